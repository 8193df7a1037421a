/**
 * In place of handing.ts in a page that was opened from a disk: WebKit lets no Worker of such a page read a Blob, not even
 * one of its own. There the Worker is handed the bytes.
 */

import { trustedWorker } from "../worker/trustedWorker.ts";

const TRY = "onmessage = ({ data }) => data.arrayBuffer().then(() => postMessage(true), () => postMessage(false));";

let canRead: Promise<boolean> | undefined;

/** The bytes of all Blobs anywhere in `ask`; none where Workers can read these. */
export async function handedFiles(ask: object): Promise<Map<Blob, Uint8Array<ArrayBuffer>>> {
  canRead ??= workersReadBlobs();
  if (await canRead) return new Map();
  const blobs = [...new Set(blobsIn(ask))];
  return new Map(
    await Promise.all(blobs.map(async (blob) => [blob, new Uint8Array(await blob.arrayBuffer())] as const)),
  );
}

/** `ask` with these bytes in place of its Blobs. */
export function replaced<T extends object>(ask: T, bytes: Map<Blob, Uint8Array<ArrayBuffer>>): T {
  const copy = (value: unknown): unknown => {
    if (value instanceof Blob) return bytes.get(value) ?? value;
    if (Array.isArray(value)) return value.map(copy);
    if (!isPlain(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copy(each)]));
  };
  return copy(ask) as T;
}

function* blobsIn(value: unknown): Generator<Blob> {
  if (value instanceof Blob) yield value;
  else if (Array.isArray(value) || isPlain(value)) for (const each of Object.values(value)) yield* blobsIn(each);
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

function workersReadBlobs(): Promise<boolean> {
  const worker = trustedWorker(TRY);
  return new Promise((resolve) => {
    const settle = (can: boolean): void => {
      worker.terminate();
      resolve(can);
    };
    worker.addEventListener("message", ({ data }: MessageEvent<boolean>) => {
      settle(data);
    });
    worker.addEventListener("error", () => {
      settle(true); // of what is wrong then, the Worker that decodes will tell
    });
    worker.postMessage(new Blob(["1"]));
  });
}
