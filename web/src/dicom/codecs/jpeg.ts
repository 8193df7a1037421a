import { concat } from "../../formats/bytes.ts";
import { jpegBitmap } from "../jpegBitmap.ts";
import type { Decoded, Shape } from "../values.ts";
import { damaged, type JpegHeader, readJpegHeader, requireSize, withoutDecoder } from "./header.ts";

const SOI = [0xff, 0xd8];
/** An Adobe marker that says: the samples are stored as they are (no colour transform). */
const AS_STORED = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0];

/** JPEG Baseline and Extended of 8 bits, by the browser's own decoder, its colours as stored. Throws PreviewError. */
export async function decodeJpeg(bytes: Uint8Array<ArrayBuffer>, shape: Shape): Promise<Decoded> {
  const header = readJpegHeader(bytes);
  requireSize(header, shape);
  if (header.bits !== 8) throw withoutDecoder(`JPEG of ${header.bits} bits`);
  const stored = header.samples === 3 ? [AS_STORED] : [];
  const parts = [Uint8Array.from([SOI, ...stored].flat()), ...header.needed];
  const data = await rendered(concat(...parts), header);
  const { columns, rows, samples, bits } = header;
  const values = new Uint8Array(rows * columns * samples);
  for (let from = 0, to = 0; to < values.length; from += 4) {
    for (let sample = 0; sample < samples; sample++) values[to++] = data[from + sample] ?? 0;
  }
  return { columns, rows, samples, bits, values, ...colours(header) };
}

/** What the compressed image itself says of its colours goes before what the file says. */
function colours({ samples, ids, isJfif, adobe }: JpegHeader): { rgb?: boolean; ybr?: boolean } {
  if (samples === 1) return {};
  if (adobe !== undefined) return adobe === 0 ? { rgb: true } : { ybr: true };
  if (["82,71,66", "114,103,98"].includes(ids.join())) return { rgb: true };
  return isJfif ? { ybr: true } : {};
}

async function rendered(jpeg: Uint8Array<ArrayBuffer>, { columns, rows }: JpegHeader): Promise<Uint8ClampedArray> {
  try {
    const bitmap = await jpegBitmap(jpeg);
    const canvas = new OffscreenCanvas(columns, rows);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context?.drawImage(bitmap, 0, 0);
    bitmap.close();
    return context?.getImageData(0, 0, columns, rows).data ?? new Uint8ClampedArray();
  } catch {
    throw damaged();
  }
}
