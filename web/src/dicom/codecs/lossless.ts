import { Decoder } from "@cornerstonejs/jpeg-lossless-decoder-js";
import type { Decoded, Shape } from "../values.ts";
import { damaged, type JpegHeader, readJpegHeader, requireSize, withoutDecoder } from "./header.ts";

/** JPEG Lossless, process 14 (ITU-T T.81, annex H), by Cornerstone's decoder. Throws PreviewError. */
export function decodeLossless(bytes: Uint8Array<ArrayBuffer>, shape: Shape): Decoded {
  const header = readJpegHeader(bytes);
  const { columns, rows, samples, bits, scan } = header;
  if (header.marker !== 0xc3) throw damaged();
  requireSize({ columns, rows, samples }, shape);
  if (!isSupported(header)) throw withoutDecoder("an unusual kind of JPEG Lossless");
  const values = decoded(codestream(header), bits - scan.shift);
  return {
    columns,
    rows,
    samples,
    bits,
    values: scan.shift ? Uint16Array.from(values, (each) => each << scan.shift) : values,
  };
}

/** Whether the decoder decodes this kind right. Other kinds it decodes wrongly without an error. */
function isSupported({ samples, bits, interval, scan }: JpegHeader): boolean {
  const isWhole = scan.samples === samples && scan.predictor >= 1 && scan.predictor <= 7 && bits - scan.shift >= 2;
  return isWhole && (samples === 1 ? interval === 0 || scan.predictor === 1 : interval === 0 && bits <= 8);
}

/** Only what was checked, up to the end marker; samples that were shifted are decoded as samples of fewer bits. */
function codestream({ needed, bits, scan }: JpegHeader): Uint8Array<ArrayBuffer> {
  const size = needed.reduce((sum, each) => sum + each.length, 2);
  const bytes = new Uint8Array(size);
  bytes.set([0xff, 0xd8]);
  let at = 2;
  for (const segment of needed) {
    bytes.set(segment, at);
    if (segment[1] === 0xc3) bytes[at + 4] = bits - scan.shift;
    at += segment.length;
  }
  const end = bytes.lastIndexOf(0xd9); // behind an FF it is the end marker: in a scan a 0 follows each FF
  if (bytes[end - 1] !== 0xff) throw damaged();
  return bytes.slice(0, end + 1);
}

function decoded(bytes: Uint8Array<ArrayBuffer>, bits: number): Uint8Array | Uint16Array {
  const decoder = new Exact();
  try {
    const values = decoder.decode(bytes.buffer, 0, bytes.length, bits <= 8 ? 1 : 2);
    // Of an image that is cut short, the decoder leaves out the rest, or makes it up from beyond the end.
    if (decoder.yLoc >= decoder.yDim && (decoder.stream?.index ?? Infinity) <= bytes.length) return values;
  } catch {
    // as below
  }
  throw damaged();
}

class Exact extends Decoder {
  /** The mean, rounded down (T.81 table H.1). The library keeps halves, which are lost to the wrong side below 0. */
  override select7(offset?: number): number {
    return (this.getPreviousX(offset) + this.getPreviousY(offset)) >> 1;
  }
}
