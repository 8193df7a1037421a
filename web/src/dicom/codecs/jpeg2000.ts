import openjpeg, { type Decoder } from "@cornerstonejs/codec-openjpeg/decodewasmjs";
import url from "@cornerstonejs/codec-openjpeg/decodewasm?url";
import { PreviewError } from "../errors.ts";
import type { Decoded, Shape } from "../values.ts";
import { damaged, requireSize } from "./header.ts";
import { samplesOf, WasmCodec } from "./wasm.ts";

const OPENJPEG = new WasmCodec<Decoder>(url, async (options) => (await openjpeg(options)).J2KDecoder);
const SOC = 0xff4f;
const SIZ = 0xff51;
const COD = 0xff52;
const SOT = 0xff90;
/** From the start of the codestream to the first component's depth (T.800 A.5.1). */
const DEPTH = 42;

interface Header {
  readonly columns: number;
  readonly rows: number;
  readonly samples: number;
  readonly bits: number;
  readonly signed: boolean;
  /** Its colours were transformed, and become red, green and blue again. */
  readonly isMixed: boolean;
}

/** JPEG 2000 and High-Throughput JPEG 2000 (ITU-T T.800, T.814), by OpenJPEG. Throws PreviewError. */
export async function decodeJpeg2000(bytes: Uint8Array<ArrayBuffer>, shape: Shape): Promise<Decoded> {
  const stream = codestream(bytes).slice();
  const { signed, isMixed, ...header } = readHeader(stream, shape);
  if (signed) markUnsigned(stream, header.samples);
  const values = await OPENJPEG.decode(stream, samplesOf);
  const isColour = header.samples === 3 && (isMixed || /^YBR_(RCT|ICT)$/.test(shape.photometric));
  const zero = signed ? 2 ** (header.bits - 1) : 0;
  return {
    ...header,
    values: zero ? Int32Array.from(values, (each) => each - zero) : values,
    ...(isColour && { rgb: true }),
  };
}

/** Out of its boxes, if it is in such (T.800 I.4). */
function codestream(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes[0] === 0xff) return bytes;
  const view = viewOf(bytes);
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = view.getUint32(at);
    const head = length === 1 ? 16 : 8;
    if (view.getUint32(at + 4) === 0x6a703263) return bytes.subarray(at + head);
    if (length === 0) break;
    at += Math.max(8, length === 1 ? view.getUint32(at + 12) : length);
  }
  throw damaged();
}

/** The image's size and kind, checked. Throws PreviewError. */
function readHeader(bytes: Uint8Array<ArrayBuffer>, shape: Shape): Header {
  const view = viewOf(bytes);
  if (bytes.length < DEPTH + 3 || view.getUint16(0) !== SOC || view.getUint16(2) !== SIZ) throw damaged();
  const [right = 0, lower = 0, left = 0, upper = 0] = [8, 12, 16, 20].map((at) => view.getUint32(at));
  const [columns, rows, samples] = [right - left, lower - upper, view.getUint16(DEPTH - 2)];
  requireSize({ columns, rows, samples }, shape);
  const depth = bytes[DEPTH] ?? 0;
  const bits = (depth & 0x7f) + 1;
  const kinds = bytes.subarray(DEPTH, DEPTH + 3 * samples);
  const isAlike = kinds.every((each, at) => each === [depth, 1, 1][at % 3]);
  // The decoder takes the first component's depth for all.
  if (bits > 16 || !isAlike) {
    throw new PreviewError(
      "this viewer can't show this kind of JPEG 2000: save a copy and open it with another program",
    );
  }
  return { columns, rows, samples, bits, signed: depth > 0x7f, isMixed: isMixed(view) };
}

function isMixed(view: DataView): boolean {
  for (let at = 2; at + 10 <= view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker === COD) return view.getUint8(at + 8) !== 0;
    if (marker === SOT) break;
  }
  return false;
}

/** Marks the samples as unsigned, half of their range higher: negative ones of 8 bits the decoder makes 0. */
function markUnsigned(bytes: Uint8Array, samples: number): void {
  for (let at = 0; at < samples; at++) bytes[DEPTH + at * 3] = (bytes[DEPTH + at * 3] ?? 0) & 0x7f;
}

const viewOf = (bytes: Uint8Array<ArrayBuffer>): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
