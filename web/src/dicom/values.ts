/** Stored values of a frame: as numbers in this machine's byte order, with colours as red, green and blue. */

/** Which of three data elements holds the pixels (PS3.3 C.7.6.24, C.7.6.25, C.7.6.3). */
export type PixelElement = "float" | "double" | "integer";

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

/** Samples as a decoder returns them, pixel by pixel, or plane by plane. */
export interface Decoded {
  readonly columns: number;
  readonly rows: number;
  readonly samples: number;
  /** Bits of a sample, from the compressed image's own header. */
  readonly bits: number;
  readonly values: ArrayLike<number>;
  readonly planar?: boolean;
  /** Red, green and blue already, whatever the file says. */
  readonly rgb?: boolean;
  /** YBR although the file says RGB. */
  readonly ybr?: boolean;
}

export function unpackedBits(bytes: Uint8Array, skip: number, count: number): Uint8Array<ArrayBuffer> {
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

/** Bytes as numbers in this machine's byte order. */
export function numbers(
  bytes: Uint8Array<ArrayBuffer>,
  { bitsAllocated, signed }: Shape,
  kind: PixelElement,
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
export function from422(values: Values, count: number): Values {
  const full = new Uint8Array(count);
  for (let from = 0, to = 0; to < count; from += 4, to += 6) {
    full[to] = values[from] ?? 0;
    full[to + 3] = values[from + 1] ?? 0;
    full[to + 1] = full[to + 4] = values[from + 2] ?? 0;
    full[to + 2] = full[to + 5] = values[from + 3] ?? 0;
  }
  return full;
}

/** Bits above `bits` are cleared, signs extended, planes interleaved, and YBR converted to RGB. */
export function toStored(values: Values, shape: Shape, bits: number, planar: boolean): Stored {
  const exact = values instanceof Float32Array || values instanceof Float64Array ? values : trimmed(values, bits);
  if (shape.samples === 1) return { values: exact, rgb: false };
  const pixels = planar ? interleaved(exact, shape) : exact;
  if (shape.photometric.startsWith("YBR_FULL")) toRgb(pixels);
  return { values: pixels, rgb: true };
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

/** From plane by plane (all red, all green, all blue) to pixel by pixel. */
function interleaved<T extends Values>(values: T, { rows, columns }: Shape): T {
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
