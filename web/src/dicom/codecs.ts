/** Decoders of compressed frames, by transfer syntax (PS3.5 A.4). Each is loaded when first needed. */

import { readJpegHeader, withoutDecoder } from "./codecs/header.ts";
import { type Decoded, emptyValues, toStored, type Shape, type Stored } from "./values.ts";

const NATIVE = new Set(["", ".1", ".1.99", ".2"].map((each) => `1.2.840.10008.1.2${each}`));

type Decoder = (bytes: Uint8Array<ArrayBuffer>, shape: Shape) => Decoded | Promise<Decoded>;

const JPEG: Decoder = async (bytes, shape) => (await import("./codecs/jpeg.ts")).decodeJpeg(bytes, shape);
const EXTENDED: Decoder = async (bytes, shape) =>
  bitsOf(bytes) === 8 ? JPEG(bytes, shape) : (await import("./codecs/extended.ts")).decodeExtended(bytes, shape);
const LOSSLESS: Decoder = async (bytes, shape) => (await import("./codecs/lossless.ts")).decodeLossless(bytes, shape);
const JPEG_LS: Decoder = async (bytes, shape) => (await import("./codecs/jpegls.ts")).decodeJpegLs(bytes, shape);
const JPEG_2000: Decoder = async (bytes, shape) => (await import("./codecs/jpeg2000.ts")).decodeJpeg2000(bytes, shape);
const RLE: Decoder = async (bytes, shape) => (await import("./codecs/rle.ts")).decodeRle(bytes, shape);

const DECODERS: Record<string, Decoder> = {
  "1.2.840.10008.1.2.4.50": JPEG,
  "1.2.840.10008.1.2.4.51": EXTENDED,
  "1.2.840.10008.1.2.4.57": LOSSLESS,
  "1.2.840.10008.1.2.4.70": LOSSLESS,
  "1.2.840.10008.1.2.4.80": JPEG_LS,
  "1.2.840.10008.1.2.4.81": JPEG_LS,
  "1.2.840.10008.1.2.4.90": JPEG_2000,
  "1.2.840.10008.1.2.4.91": JPEG_2000,
  "1.2.840.10008.1.2.4.201": JPEG_2000,
  "1.2.840.10008.1.2.4.202": JPEG_2000,
  "1.2.840.10008.1.2.4.203": JPEG_2000,
  "1.2.840.10008.1.2.5": RLE,
};

const bitsOf = (bytes: Uint8Array<ArrayBuffer>): number => readJpegHeader(bytes).bits;

export const isEncapsulated = (syntax: string): boolean => !NATIVE.has(syntax);

/** The stored values of one compressed frame. Throws PreviewError. */
export async function decodeFrame(syntax: string, bytes: Uint8Array<ArrayBuffer>, shape: Shape): Promise<Stored> {
  const decoder = DECODERS[syntax];
  if (!decoder) throw withoutDecoder();
  const decoded = await decoder(bytes, shape);
  const photometric = decoded.rgb ? "RGB" : decoded.ybr ? "YBR_FULL" : shape.photometric;
  const values = emptyValues(decoded.values.length, Math.max(decoded.bits, shape.bitsAllocated), shape.signed);
  values.set(decoded.values);
  return toStored(values, { ...shape, photometric }, decoded.bits, decoded.planar ?? false);
}
