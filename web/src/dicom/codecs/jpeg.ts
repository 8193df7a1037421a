import { PreviewError } from "../errors.ts";
import type { Decoded } from "../values.ts";

const SOI = [0xff, 0xd8];
/** An Adobe marker that says: the samples are stored as they are (no colour transform). */
const AS_STORED = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0];

interface Frame {
  readonly bits: number;
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  readonly ids: readonly number[];
  readonly isJfif: boolean;
  /** The colour transform of an Adobe marker. */
  readonly adobe: number | undefined;
  /** The segments that a decoder needs, and what follows. */
  readonly needed: readonly Uint8Array<ArrayBuffer>[];
}

/** JPEG Baseline and Extended of 8 bits, by the browser's own decoder, its colours as stored. Throws PreviewError. */
export async function decodeJpeg(bytes: Uint8Array<ArrayBuffer>): Promise<Decoded> {
  const frame = readFrame(bytes);
  if (frame.bits !== 8 || ![1, 3].includes(frame.samples)) {
    throw new PreviewError(`there is no decoder here for this image's compression, JPEG of ${frame.bits} bits`);
  }
  const stored = frame.samples === 3 ? [AS_STORED] : [];
  const parts = [Uint8Array.from([SOI, ...stored].flat()), ...frame.needed];
  const data = await rendered(new Blob(parts, { type: "image/jpeg" }), frame);
  const values = new Uint8Array(frame.rows * frame.columns * frame.samples);
  for (let from = 0, to = 0; to < values.length; from += 4) {
    for (let sample = 0; sample < frame.samples; sample++) values[to++] = data[from + sample] ?? 0;
  }
  return { ...frame, values, ...colours(frame) };
}

/** What the compressed image itself says of its colours goes before what the file says. */
function colours({ samples, ids, isJfif, adobe }: Frame): { rgb?: boolean; ybr?: boolean } {
  if (samples === 1) return {};
  if (adobe !== undefined) return adobe === 0 ? { rgb: true } : { ybr: true };
  if (["82,71,66", "114,103,98"].includes(ids.join())) return { rgb: true };
  return isJfif ? { ybr: true } : {};
}

async function rendered(blob: Blob, { columns, rows }: Frame): Promise<Uint8ClampedArray> {
  try {
    const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", imageOrientation: "none" });
    const canvas = new OffscreenCanvas(columns, rows);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context?.drawImage(bitmap, 0, 0);
    bitmap.close();
    return context?.getImageData(0, 0, columns, rows).data ?? new Uint8ClampedArray();
  } catch {
    throw new PreviewError("this image is damaged: it can't be decompressed");
  }
}

/** The segments up to the first scan (T.81 B.1.1.3), without comments and those of applications. */
function readFrame(bytes: Uint8Array<ArrayBuffer>): Frame {
  const needed: Uint8Array<ArrayBuffer>[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let found: Omit<Frame, "needed" | "isJfif" | "adobe"> | undefined;
  let isJfif = false;
  let adobe: number | undefined;
  for (let at = 2; at + 10 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    if (marker === 0xda) {
      needed.push(bytes.subarray(at));
      if (found) return { ...found, isJfif, adobe, needed };
      break;
    }
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 9));
    isJfif ||= name.startsWith("JFIF");
    if (marker === 0xee && name === "Adobe") adobe = bytes[at + 15];
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      const samples = bytes[at + 9] ?? 0;
      const ids = Array.from({ length: samples }, (_, each) => bytes[at + 10 + each * 3] ?? 0);
      found = { bits: bytes[at + 4] ?? 0, rows: view.getUint16(at + 5), columns: view.getUint16(at + 7), samples, ids };
    }
    if (marker < 0xe0) needed.push(bytes.subarray(at, end));
    at = end;
  }
  throw new PreviewError("this image is damaged: it can't be decompressed");
}
