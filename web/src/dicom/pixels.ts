/** The image of one DICOM file: where its frames are, and their stored values. */

import { latin } from "./dataset.ts";
import { PreviewError } from "./errors.ts";
import { decodeFrame, isEncapsulated } from "./codecs.ts";
import { BIG_ENDIAN, type Header, IMPLICIT } from "./header.ts";
import { positive } from "./study.ts";
import { TAG } from "./tags.ts";

export const MAX_FRAME_BYTES = 128 << 20; // a decoded frame: 8192 × 8192 pixels of 16 bits
const MAX_FRAGMENTS = 200_000;
const KINDS: Record<number, "float" | "double" | "integer"> = {
  0x7fe00008: "float",
  0x7fe00009: "double",
  0x7fe00010: "integer",
};

export type Values =
  | Uint8Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** What is common to all frames (PS3.3 C.7.6.3). */
export interface Shape {
  readonly rows: number;
  readonly columns: number;
  /** 1, or 3: red, green, blue, pixel by pixel. */
  readonly samples: number;
  /** 1 or a multiple of 8. */
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly signed: boolean;
  readonly photometric: string;
  readonly planar: boolean;
}

/** Stored values of one frame, row by row; YBR has become RGB. */
export interface Stored {
  readonly values: Values;
  readonly rgb: boolean;
}

export class Picture {
  readonly header: Header;
  readonly shape: Shape;
  readonly frames: number;
  readonly #kind: "float" | "double" | "integer";
  /** The first byte of the pixels. */
  readonly #start: number;
  readonly #isSwapped: boolean;
  readonly #little: boolean;
  #items: Fragments | undefined;

  /** Nothing is decoded yet. Throws PreviewError, also for images of more than MAX_FRAME_BYTES a frame. */
  constructor(header: Header) {
    this.header = header;
    this.#little = header.syntax !== BIG_ENDIAN;
    const head = header.source.read(header.end, header.end + 12);
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    const tag = head.length < 4 ? 0 : view.getUint16(0, this.#little) * 0x10000 + view.getUint16(2, this.#little);
    const kind = KINDS[tag];
    if (!kind) throw new PreviewError("this DICOM file holds no image");
    this.#kind = kind;
    this.#start = header.end + (header.syntax === IMPLICIT ? 8 : 12);
    this.shape = shapeOf(header, kind);
    this.#isSwapped = !this.#little && this.shape.bitsAllocated === 8 && latin(head.subarray(4, 6)) === "OW";
    this.frames = this.#count();
  }

  /** The stored values of frame `index` (from 0). Throws PreviewError. */
  async stored(index: number): Promise<Stored> {
    if (index < 0 || index >= this.frames) throw new PreviewError(`there is no frame ${index + 1}`);
    return isEncapsulated(this.header.syntax)
      ? decodeFrame(this.header.syntax, this.#encoded(index), this.shape)
      : this.#native(index);
  }

  /** As many as the file says, where that is a number, and no more than it has. */
  #count(): number {
    const { dataset, source, syntax } = this.header;
    const declared = dataset.has(TAG.NumberOfFrames) ? positive(dataset.text(TAG.NumberOfFrames)) : 1;
    if (isEncapsulated(syntax)) {
      this.#items = readFragments(this.header, this.#start);
      const { offsets, fragments } = this.#items;
      return Math.min((declared ?? offsets.length) || 1, Math.max(offsets.length, fragments.length));
    }
    const held = Math.floor(((source.size - this.#start) * 8) / Math.max(this.#storedBits(), 1));
    if (held < 1) throw new PreviewError("this file is cut short: its image is not all there");
    return Math.min(declared ?? held, held);
  }

  /** Bits of a stored frame: YBR_FULL_422 leaves out half of the colour. */
  #storedBits(): number {
    const { rows, columns, samples, bitsAllocated, photometric } = this.shape;
    return rows * columns * samples * bitsAllocated * (photometric === "YBR_FULL_422" ? 2 / 3 : 1);
  }

  #native(index: number): Stored {
    const { rows, columns, samples, bitsAllocated, photometric } = this.shape;
    const bits = this.#storedBits();
    const first = this.#start + Math.floor((index * bits) / 8);
    const end = this.#start + Math.ceil(((index + 1) * bits) / 8);
    const bytes = this.#isSwapped ? this.#swapped(first, end) : this.header.source.read(first, end);
    if (bytes.length < end - first) throw new PreviewError("this file is cut short: its image is not all there");
    const count = rows * columns * samples;
    if (bitsAllocated === 1) return { values: unpacked(bytes, (index * bits) % 8, count), rgb: false };
    const values = numbers(bytes, this.shape, this.#kind, this.#little);
    const full = photometric === "YBR_FULL_422" ? without422(values, count) : values;
    return finished(full, this.shape, this.shape.bitsStored, this.shape.planar);
  }

  /** Big endian words of two pixels each. */
  #swapped(first: number, end: number): Uint8Array<ArrayBuffer> {
    const odd = (first - this.#start) % 2;
    const words = this.header.source.read(first - odd, end + ((end - first + odd) % 2)).slice();
    for (let at = 0; at + 1 < words.length; at += 2) {
      const low = words[at] ?? 0;
      words[at] = words[at + 1] ?? 0;
      words[at + 1] = low;
    }
    return words.subarray(odd, odd + end - first);
  }

  #encoded(index: number): Uint8Array<ArrayBuffer> {
    const { offsets, fragments, base } = this.#items ?? { offsets: [], fragments: [], base: 0 };
    const { source } = this.header;
    if (offsets.length > 0) {
      const from = base + (offsets[index] ?? Infinity);
      const to = base + (offsets[index + 1] ?? Infinity);
      return joined(
        source,
        fragments.filter((each) => each.start - 8 >= from && each.start - 8 < to),
      );
    }
    if (this.frames === 1) return joined(source, fragments);
    if (fragments.length === this.frames) return joined(source, fragments.slice(index, index + 1));
    let frame = 0;
    let group: Fragment[] = [];
    for (const fragment of fragments) {
      group.push(fragment);
      if (!endsImage(source.read(Math.max(fragment.start, fragment.end - 10), fragment.end))) continue;
      if (frame++ === index) return joined(source, group);
      group = [];
    }
    return joined(source, frame === index ? group : []);
  }
}

interface Fragment {
  readonly start: number;
  readonly end: number;
}

/** Where the pieces of an encapsulated image are (PS3.5 A.4). */
interface Fragments {
  /** The basic offset table: from `base`, to each frame's first fragment's head. */
  readonly offsets: readonly number[];
  readonly base: number;
  readonly fragments: readonly Fragment[];
}

function readFragments({ source }: Header, start: number): Fragments {
  const found: Fragment[] = [];
  for (let at = start; found.length < MAX_FRAGMENTS;) {
    const head = source.read(at, at + 8);
    if (head.length < 8) break;
    const view = new DataView(head.buffer, head.byteOffset, 8);
    const tag = view.getUint32(0, true);
    const length = view.getUint32(4, true);
    if (tag === 0xe0ddfffe) break;
    if (tag !== 0xe000fffe || length === 0xffffffff) throw damaged();
    found.push({ start: at + 8, end: Math.min(at + 8 + length, source.size) });
    at += 8 + length;
  }
  const [table, ...fragments] = found;
  if (!table || !fragments.length) throw damaged();
  const bytes = source.read(table.start, table.end);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offsets = Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => view.getUint32(at * 4, true));
  return { offsets, base: table.end, fragments };
}

function joined(source: Header["source"], fragments: readonly Fragment[]): Uint8Array<ArrayBuffer> {
  const size = fragments.reduce((sum, each) => sum + each.end - each.start, 0);
  if (!size) throw damaged();
  if (size > MAX_FRAME_BYTES) throw new PreviewError("this image is too large to show");
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const each of fragments) {
    bytes.set(source.read(each.start, each.end), at);
    at += each.end - each.start;
  }
  return bytes;
}

const endsImage = (bytes: Uint8Array): boolean => bytes.some((byte, at) => byte === 0xff && bytes[at + 1] === 0xd9);

const damaged = (): PreviewError => new PreviewError("this image is damaged: it can't be decompressed");

function shapeOf({ dataset }: Header, kind: "float" | "double" | "integer"): Shape {
  const us = (tag: number): number | undefined => dataset.number(tag, "US");
  const rows = us(TAG.Rows);
  const columns = us(TAG.Columns);
  const bitsAllocated = us(TAG.BitsAllocated);
  const samples = us(TAG.SamplesPerPixel) ?? 1;
  if (!rows || !columns || !bitsAllocated) throw new PreviewError("this image does not say how large it is");
  if (rows * columns * samples * bitsAllocated > MAX_FRAME_BYTES * 8) {
    throw new PreviewError(`this image is too large to show: ${columns} × ${rows} pixels`);
  }
  const bits = { float: [32], double: [64], integer: [1, 8, 16, 32] }[kind];
  if (!bits.includes(bitsAllocated) || ![1, 3].includes(samples))
    throw new PreviewError("this image is of an unusual kind");
  const bitsStored = us(TAG.BitsStored) ?? bitsAllocated;
  return {
    rows,
    columns,
    samples,
    bitsAllocated,
    bitsStored: bitsStored >= 1 && bitsStored <= bitsAllocated ? bitsStored : bitsAllocated,
    signed: us(TAG.PixelRepresentation) === 1,
    photometric: dataset.text(TAG.Photometric).trim(),
    planar: samples === 3 && us(TAG.Planar) === 1,
  };
}

function unpacked(bytes: Uint8Array, skip: number, count: number): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(count);
  for (let at = 0; at < count; at++) values[at] = ((bytes[(at + skip) >> 3] ?? 0) >> ((at + skip) & 7)) & 1;
  return values;
}

const ARRAYS = {
  8: [Uint8Array, Int8Array],
  16: [Uint16Array, Int16Array],
  32: [Uint32Array, Int32Array],
} as const;

/** An array for `count` values of 8, 16 or 32 bits. */
export function emptyValues(
  count: number,
  bits: number,
  signed: boolean,
): Exclude<Values, Float32Array | Float64Array> {
  const kinds = ARRAYS[bits <= 8 ? 8 : bits <= 16 ? 16 : 32];
  return new kinds[signed ? 1 : 0](count);
}

/** Bytes as numbers of this machine's order. */
function numbers(
  bytes: Uint8Array<ArrayBuffer>,
  { bitsAllocated, signed }: Shape,
  kind: "float" | "double" | "integer",
  little: boolean,
): Values {
  const own = bytes.slice();
  const size = bitsAllocated / 8;
  if (!little && size > 1) reverse(own, size);
  const count = Math.floor(own.length / size);
  if (kind === "float") return new Float32Array(own.buffer, 0, count);
  if (kind === "double") return new Float64Array(own.buffer, 0, count);
  const kinds = ARRAYS[bitsAllocated === 8 ? 8 : bitsAllocated === 16 ? 16 : 32];
  return new kinds[signed ? 1 : 0](own.buffer, 0, count);
}

function reverse(bytes: Uint8Array, size: number): void {
  for (let at = 0; at + size <= bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** Y1 Y2 B R becomes Y1 B R Y2 B R (PS3.3 C.7.6.3.1.2). */
function without422(values: Values, count: number): Values {
  const full = new Uint8Array(count);
  for (let from = 0, to = 0; to < count; from += 4, to += 6) {
    full[to] = values[from] ?? 0;
    full[to + 3] = values[from + 1] ?? 0;
    full[to + 1] = full[to + 4] = values[from + 2] ?? 0;
    full[to + 2] = full[to + 5] = values[from + 3] ?? 0;
  }
  return full;
}

/** Values of `bits` each, as they are to be read: no bits beyond, signs extended, colours red, green, blue. */
export function finished(values: Values, shape: Shape, bits: number, planar: boolean): Stored {
  const exact = values instanceof Float32Array || values instanceof Float64Array ? values : trimmed(values, bits);
  if (shape.samples === 1) return { values: exact, rgb: false };
  const interleaved = planar ? woven(exact, shape) : exact;
  if (shape.photometric.startsWith("YBR_FULL")) toRgb(interleaved);
  return { values: interleaved, rgb: true };
}

function trimmed<T extends Exclude<Values, Float32Array | Float64Array>>(values: T, bits: number): T {
  const spare = 32 - bits;
  if (bits >= values.BYTES_PER_ELEMENT * 8) return values;
  const signed = values instanceof Int8Array || values instanceof Int16Array || values instanceof Int32Array;
  for (let at = 0; at < values.length; at++) {
    const high = (values[at] ?? 0) << spare;
    values[at] = signed ? high >> spare : high >>> spare;
  }
  return values;
}

/** All of red, then all of green, then all of blue, as pixel by pixel. */
function woven<T extends Values>(values: T, { rows, columns }: Shape): T {
  const count = rows * columns;
  const out = values.slice() as T;
  for (let plane = 0; plane < 3; plane++) {
    for (let at = 0; at < count; at++) out[at * 3 + plane] = values[plane * count + at] ?? 0;
  }
  return out;
}

const BLUE_TO_GREEN = Math.fround((-0.114 * 1.772) / 0.587);
const RED_TO_GREEN = Math.fround((-0.299 * 1.402) / 0.587);

/** PS3.3 C.7.6.3.1.2, for 8 bits. */
function toRgb(values: Values): void {
  const level = (value: number): number => Math.min(255, Math.max(0, Math.floor(value + 0.5)));
  for (let at = 0; at + 2 < values.length; at += 3) {
    const y = values[at] ?? 0;
    const blue = (values[at + 1] ?? 0) - 128;
    const red = (values[at + 2] ?? 0) - 128;
    values[at] = level(y + 1.402 * red);
    values[at + 1] = level(y + BLUE_TO_GREEN * blue + RED_TO_GREEN * red);
    values[at + 2] = level(y + 1.772 * blue);
  }
}
