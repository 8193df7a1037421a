/** Puts what is made piece by piece on the person's disk: straight there where the browser can, otherwise by a Blob. */

import type { Bytes } from "../../formats/bytes.ts";
import { blobOf, type ByteStream } from "../../formats/streams.ts";
import { saveBlob } from "../../ui/save.ts";

/** From so many bytes on, the person is asked where: less fits where downloads go, without a question. */
const LARGE = 64 << 20;

/** Chromium alone has it (File System Access). */
interface Picker {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
}

/** Chromium’s own, too. */
type Removable = FileSystemFileHandle & { remove?: () => Promise<void> };

/** Where the person wants a large file; null where the browser decides. In the task of a press. Throws AbortError. */
export async function placeFor(name: string, bytes: number): Promise<FileSystemFileHandle | null> {
  const { showSaveFilePicker } = globalThis as Picker;
  if (bytes < LARGE || showSaveFilePicker === undefined) return null;
  return showSaveFilePicker.call(globalThis, { suggestedName: name });
}

/** Saves all of the stream that `make` gives, or nothing. Returns the file's name. Throws AbortError, what these throw. */
export async function saveStream(
  make: () => Promise<ByteStream>,
  name: string,
  place: FileSystemFileHandle | null,
  mediaType: string,
  signal: AbortSignal,
): Promise<string> {
  if (place === null) {
    const stream = (await make()).pipeThrough(new TransformStream<Bytes, Bytes>(), { signal });
    const blob = await blobOf(stream);
    signal.throwIfAborted();
    return saveBlob(blob, name, mediaType);
  }
  try {
    await (await make()).pipeTo(await place.createWritable(), { signal });
  } catch (error) {
    await (place as Removable).remove?.().catch(() => undefined); // an empty file stands there since it was chosen
    throw error;
  }
  return place.name;
}
