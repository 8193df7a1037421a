/** Files that the computer serving this page has, read as they are needed: none is whole in memory, or on a disk. */

import type { Bytes } from "./formats/bytes.ts";

/** Plain data: a Worker gets it as it is. */
export interface RemoteFile {
  /** Of this origin. */
  readonly url: string;
  /** What the server wants in `Authorization`. */
  readonly authorization: string;
  /** Bytes. */
  readonly size: number;
}

/** What is chosen on this computer, or waits where the page comes from. */
export type FileContent = Blob | RemoteFile;

export function isRemote(file: FileContent): file is RemoteFile {
  return !(file instanceof Blob);
}

/** Pieces of `size` bytes, the last one smaller: all `most` bytes from the beginning, or fewer where it ends. Throws. */
export async function* remotePieces(
  file: RemoteFile,
  size: number,
  signal?: AbortSignal,
  most = file.size,
): AsyncGenerator<Bytes, void> {
  const wanted = Math.min(most, file.size);
  const reader = (await answered(file, signal)).getReader();
  let held: Bytes = new Uint8Array(Math.min(size, wanted));
  let filled = 0;
  let left = wanted;
  try {
    while (left > 0) {
      const { done, value } = await reader.read();
      if (done) throw new Error("the file is not whole");
      if (wanted === file.size && value.length > left) throw larger();
      for (let at = 0; at < value.length && left > 0;) {
        const count = Math.min(value.length - at, held.length - filled);
        held.set(value.subarray(at, at + count), filled);
        [at, filled, left] = [at + count, filled + count, left - count];
        if (filled < held.length) continue;
        yield held;
        held = new Uint8Array(Math.min(size, left));
        filled = 0;
      }
    }
    if (wanted === file.size && !(await reader.read()).done) throw larger();
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

const larger = (): Error => new Error("the file is larger than it was");

/** The beginning of a file, or all of it, as one to read from anywhere. Throws if it can’t be read. */
export async function beginning(file: FileContent, most: number, signal?: AbortSignal): Promise<Blob> {
  if (!isRemote(file)) return file;
  const pieces: Bytes[] = [];
  for await (const piece of remotePieces(file, most, signal, most)) pieces.push(piece);
  return new Blob(pieces);
}

async function answered({ url, authorization }: RemoteFile, signal?: AbortSignal): Promise<ReadableStream<Bytes>> {
  const response = await fetch(url, {
    headers: { Authorization: authorization },
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    ...(signal && { signal }),
  });
  if (!response.ok || response.body === null) throw new Error(`the computer answers ${response.status}`);
  return response.body;
}
