/** A DICOM file's header: all data elements before its pixels. */

import { concat } from "../formats/bytes.ts";
import { budget, type Dataset, type Encoding, latin, Reader, trimEnd } from "./dataset.ts";
import { PreviewError } from "./errors.ts";
import type { Handed } from "./protocol.ts";
import { memorySource, type Source, sourceOf } from "./source.ts";

export const IMPLICIT = "1.2.840.10008.1.2";
export const EXPLICIT = "1.2.840.10008.1.2.1";
export const DEFLATED = "1.2.840.10008.1.2.1.99";
export const BIG_ENDIAN = "1.2.840.10008.1.2.2";
const MAX_INFLATED = 256 << 20;
const PIXELS = new Set([0x7fe00008, 0x7fe00009, 0x7fe00010]);
/** Bytes after the deflated data, with which browsers give up: a pad byte, or as in gzip a checksum and a length. */
const TRAILERS = [0, 1, 8, 9];
const META: Encoding = { implicit: false, little: true };
const VRS = new Set(
  "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split(" "),
);

export interface Header {
  /** The file itself, or its inflated content. */
  readonly source: Source;
  /** Transfer syntax UID; always set. */
  readonly syntax: string;
  readonly dataset: Dataset;
  /** The byte at which the pixels' element starts, or the file ends. */
  readonly end: number;
}

/** Elements that files without the prefix of PS3.10 7.1 may begin with, ranges of them in groups 2 and 8. */
const FIRST: Record<number, string> = {
  2: "0-3 10 12-13 16-18 26-28 31-33 35-38 100 102",
  8:
    "0-1 5-6 8 10 12-1c 20-25 2a 30-35 40-42 50-56 58 60-64 68 70 80-82 90 92 94 96 9c-9d 100-110 112 " +
    "114-119 120-124 201-202 220-222 300-310 400-429 1000 1010 1030 1032 103e-1041 1048-1049 1050 1052 " +
    "1060 1062 1070 1072 1080 1084 1088 1090 1100 1110-1112 1115 1120 1125 1130 1134 113a 1140 1145 " +
    "114a-114b 1150 1155-1156 115a 1160-1164 1167 1190 1195-119b 1200 1250 2110-2112 2120 2122 2124 " +
    "2127-212a 2130 2132-2135 2142-2144 2200 2204 2208 2218 2220 2228-2229 2230 2240 2242 2244 2246 2251 " +
    "2253 2255-225a 225c 3001-3002 3010-3012 4000 9007 9092 9121 9123-9124 9154 9205-9209 9215 9237 9410 " +
    "9458-9459 9460",
};

/** Whether this looks like DICOM: the prefix of PS3.10 7.1, or without one a first element of group 2 or 8. */
export function isDicom(source: Source): boolean {
  if (isMarked(source)) return true;
  const head = source.read(0, 132);
  if (head.length <= 8) return false;
  const view = new DataView(head.buffer, head.byteOffset, 4);
  return [true, false].some((little) => {
    const ranges = FIRST[view.getUint16(0, little)];
    return ranges !== undefined && isIn(view.getUint16(2, little), ranges);
  });
}

/** Whether the prefix is there. */
export function isMarked(source: Source): boolean {
  return latin(source.read(128, 132)) === "DICM";
}

function isIn(value: number, ranges: string): boolean {
  return ranges.split(" ").some((range) => {
    const [low, high = low] = range.split("-").map((each) => parseInt(each, 16));
    return low !== undefined && high !== undefined && low <= value && value <= high;
  });
}

/** The file as one to read from: inflated, if it is deflated (PS3.5 A.5). Throws PreviewError. Only in a Worker. */
export async function openFile(file: Handed): Promise<Source> {
  const source = sourceOf(file);
  if (!isDicom(source)) return source;
  const { syntax, at } = readMeta(source);
  if (syntax !== DEFLATED) return source;
  for (const extra of TRAILERS) {
    const parts = await inflated(file, at, source.size - extra);
    if (parts) return memorySource(concat(plainMeta(), ...parts));
  }
  throw new PreviewError("this file is damaged: it can't be inflated");
}

async function inflated(file: Handed, from: number, to: number): Promise<Uint8Array<ArrayBuffer>[] | undefined> {
  const deflated = file instanceof Blob ? file.slice(from, to).stream() : new Response(file.slice(from, to)).body;
  if (!deflated) return undefined;
  const inflater = deflated.pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    for (let part = await inflater.read(); !part.done; part = await inflater.read()) {
      size += part.value.length;
      if (size > MAX_INFLATED) break;
      parts.push(part.value);
    }
  } catch {
    return undefined;
  }
  if (size <= MAX_INFLATED) return parts;
  await inflater.cancel();
  throw new PreviewError(`this file can't be read safely: it would grow beyond ${MAX_INFLATED >> 20} MB`);
}

/** The beginning of a file that is not deflated. */
function plainMeta(): Uint8Array<ArrayBuffer> {
  const text = `DICM\x02\0\x10\0UI\x14\0${EXPLICIT}\0`;
  const bytes = new Uint8Array(128 + text.length);
  bytes.set(
    Array.from(text, (each) => each.charCodeAt(0)),
    128,
  );
  return bytes;
}

function readMeta(source: Source): { syntax: string; at: number } {
  const start = latin(source.read(128, 132)) === "DICM" ? 132 : 0;
  const reader = new Reader(source, start, budget());
  const meta = reader.dataset(META, ["latin1"], { stop: (tag) => tag >>> 16 !== 2 });
  return { syntax: trimEnd(meta.text(0x00020010)), at: reader.at };
}

/** All (or only what is in `keep`) that stands before the pixels, of `leave` the place. Throws PreviewError. */
export function readHeader(source: Source, keep?: ReadonlySet<number>, leave?: number): Header {
  if (!isDicom(source)) throw new PreviewError("this file is not DICOM: open it with its own program");
  const meta = readMeta(source);
  const reader = new Reader(source, meta.at, budget());
  reader.dataset({ implicit: true, little: true }, ["latin1"], { stop: (tag) => tag >>> 16 !== 0 });
  const encoding = encodingOf(meta.syntax, source.read(reader.at, reader.at + 6));
  const stop = (tag: number): boolean => PIXELS.has(tag);
  const options = { stop, ...(keep && { keep }), ...(leave !== undefined && { leave }) };
  const dataset = reader.dataset(encoding, ["latin1"], options);
  const guessed = encoding.implicit ? IMPLICIT : encoding.little ? EXPLICIT : BIG_ENDIAN;
  return { source, syntax: meta.syntax || guessed, dataset, end: reader.at };
}

function encodingOf(syntax: string, head: Uint8Array): Encoding {
  if (!syntax && head.length === 6) {
    const group = (head[0] ?? 0) + (head[1] ?? 0) * 256;
    return VRS.has(latin(head.subarray(4)))
      ? { implicit: false, little: group < 1024 }
      : { implicit: true, little: true };
  }
  return { implicit: syntax === IMPLICIT || !syntax, little: syntax !== BIG_ENDIAN };
}
