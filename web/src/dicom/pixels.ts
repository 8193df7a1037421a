/** The image of one DICOM file: where its frames are, and their stored values. */

import { latin } from "./dataset.ts";
import { PreviewError } from "./errors.ts";
import { decodeFrame, isEncapsulated } from "./codecs.ts";
import { BIG_ENDIAN, type Header, IMPLICIT } from "./header.ts";
import { positive } from "./metadata.ts";
import { TAG } from "./tags.ts";
import { toStored, numbers, type PixelElement, type Shape, type Stored, unpackedBits, from422 } from "./values.ts";

export const MAX_FRAME_BYTES = 128 << 20; // a decoded frame: 8192 × 8192 pixels of 16 bits
const MAX_FRAGMENTS = 200_000;
const KINDS: Record<number, PixelElement> = {
  0x7fe00008: "float",
  0x7fe00009: "double",
  0x7fe00010: "integer",
};

export class Picture {
  readonly header: Header;
  readonly shape: Shape;
  readonly frames: number;
  readonly #kind: PixelElement;
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

  /** The number of frames that the file declares, if that is a number, but no more than it holds. */
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
    if (bitsAllocated === 1) return { values: unpackedBits(bytes, (index * bits) % 8, count), rgb: false };
    const values = numbers(bytes, this.shape, this.#kind, this.#little);
    const full = photometric === "YBR_FULL_422" ? from422(values, count) : values;
    return toStored(full, this.shape, this.shape.bitsStored, this.shape.planar);
  }

  /** Pixels of 8 bits that are stored in big endian words of two: each pair is swapped. */
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

function shapeOf({ dataset }: Header, kind: PixelElement): Shape {
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
