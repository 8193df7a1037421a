/** JPEG-LS, lossless and near-lossless (ITU-T T.87). Names in capitals are the standard's. */

import { PreviewError } from "../errors.ts";
import type { Decoded, Shape } from "../values.ts";

/** T.87 A.7.1.1: orders of run lengths. */
const J = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const RUN = 365; // the two contexts of run interruptions

interface Frame {
  readonly bits: number;
  readonly rows: number;
  readonly columns: number;
  readonly ids: readonly number[];
}

/** Presets (T.87 C.2.4.1.1); 0: the default. */
interface Presets {
  readonly maxval: number;
  readonly t1: number;
  readonly t2: number;
  readonly t3: number;
  readonly reset: number;
}

/** Samples pixel by pixel. Throws PreviewError. */
export function decodeJpegLs(bytes: Uint8Array<ArrayBuffer>, shape: Shape): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let frame: Frame | undefined;
  let presets: Presets = { maxval: 0, t1: 0, t2: 0, t3: 0, reset: 0 };
  let values = new Uint16Array(0);
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) throw damaged();
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xd9) break;
    const segment = bytes.subarray(at + 4, at + 2 + view.getUint16(at + 2));
    at += 4 + segment.length;
    if (marker === 0xf7) {
      frame = readFrame(segment);
      if (frame.rows !== shape.rows || frame.columns !== shape.columns || frame.ids.length !== shape.samples)
        throw damaged();
      values = new Uint16Array(frame.rows * frame.columns * frame.ids.length);
    } else if (marker === 0xf8 && segment[0] === 1) presets = readPresets(segment);
    else if (marker === 0xdd && segment.some(Boolean))
      throw damaged(); // restart intervals: not met with
    else if (marker === 0xda && frame) at = decodeScan(bytes, at, segment, frame, presets, values);
  }
  if (!frame) throw damaged();
  return { rows: frame.rows, columns: frame.columns, samples: frame.ids.length, bits: frame.bits, values };
}

function readFrame(segment: Uint8Array): Frame {
  const [bits = 0, high = 0, low = 0, left = 0, right = 0, count = 0] = segment;
  if (bits < 2 || bits > 16 || count < 1 || count > 3) throw damaged();
  const ids = Array.from({ length: count }, (_, at) => segment[6 + at * 3] ?? 0);
  return { bits, rows: high * 256 + low, columns: left * 256 + right, ids };
}

function readPresets(segment: Uint8Array): Presets {
  const word = (at: number): number => (segment[1 + at * 2] ?? 0) * 256 + (segment[2 + at * 2] ?? 0);
  return { maxval: word(0), t1: word(1), t2: word(2), t3: word(3), reset: word(4) };
}

/** Decodes one scan into `values`; the place of the marker after it. */
function decodeScan(
  bytes: Uint8Array,
  at: number,
  segment: Uint8Array,
  frame: Frame,
  presets: Presets,
  values: Uint16Array,
): number {
  const count = segment[0] ?? 0;
  const places = Array.from({ length: count }, (_, each) => frame.ids.indexOf(segment[1 + each * 2] ?? -1));
  const [near = 0, interleave = 0, shift = 0] = segment.subarray(1 + count * 2);
  if (!count || places.includes(-1) || shift || (count > 1 && interleave === 0)) throw damaged();
  const bits = new Bits(bytes, at);
  const coder = new Coder(bits, near, frame.bits, presets);
  const { rows, columns } = frame;
  const samples = frame.ids.length;
  const lines = places.map(
    () => [new Int32Array(columns + 2), new Int32Array(columns + 2)] as [Int32Array, Int32Array],
  );
  const runs = places.map(() => 0);
  for (let row = 0; row < rows; row++) {
    for (const [above, line] of lines) {
      above[columns + 1] = above[columns] ?? 0;
      line[0] = above[1] ?? 0;
    }
    if (interleave === 2) coder.lineOfAll(lines, columns);
    else {
      lines.forEach(([above, line], each) => {
        runs[each] = coder.line(above, line, columns, runs[each] ?? 0);
      });
    }
    lines.forEach((pair, each) => {
      const line = pair[1];
      let to = row * columns * samples + (places[each] ?? 0);
      for (let column = 1; column <= columns; column++, to += samples) values[to] = line[column] ?? 0;
      pair.reverse();
    });
  }
  return bits.end();
}

/** The contexts and parameters of one scan. Lines start at 1: before and after are the samples that stand in at edges. */
class Coder {
  readonly #bits: Bits;
  readonly #near: number;
  readonly #step: number;
  readonly #maxval: number;
  readonly #range: number;
  readonly #qbpp: number;
  readonly #limit: number;
  readonly #reset: number;
  readonly #a = new Int32Array(367);
  readonly #b = new Int32Array(365);
  readonly #c = new Int32Array(365);
  readonly #n = new Int32Array(367).fill(1);
  readonly #nn = new Int32Array(2);
  /** -4 to 4 for each difference, from -MAXVAL on (T.87 A.3.3). */
  readonly #quantized: Int8Array;
  #run = 0;

  constructor(bits: Bits, near: number, precision: number, presets: Presets) {
    this.#bits = bits;
    this.#near = near;
    this.#step = 2 * near + 1;
    this.#maxval = presets.maxval || (1 << precision) - 1;
    this.#range = near ? Math.floor((this.#maxval + 2 * near) / this.#step) + 1 : this.#maxval + 1;
    this.#qbpp = Math.ceil(Math.log2(this.#range));
    const bpp = Math.max(2, Math.ceil(Math.log2(this.#maxval + 1)));
    this.#limit = 2 * (bpp + Math.max(8, bpp));
    this.#reset = presets.reset || 64;
    this.#a.fill(Math.max(2, (this.#range + 32) >> 6));
    this.#quantized = quantizer(this.#maxval, near, presets);
  }

  /** One line of one component; the run index after it. */
  line(above: Int32Array, line: Int32Array, columns: number, run: number): number {
    this.#run = run;
    for (let at = 1; at <= columns;) {
      const q = this.#context(above, line, at);
      if (q !== 0) line[at] = this.#regular(q, above, line, at++);
      else at = this.#runOf([[above, line]], at, columns);
    }
    return this.#run;
  }

  /** One line of all components, sample by sample. */
  lineOfAll(lines: readonly [Int32Array, Int32Array][], columns: number): void {
    for (let at = 1; at <= columns;) {
      const contexts = lines.map(([above, line]) => this.#context(above, line, at));
      if (contexts.every((q) => q === 0)) at = this.#runOf(lines, at, columns);
      else {
        lines.forEach(([above, line], each) => {
          line[at] = this.#regular(contexts[each] ?? 0, above, line, at);
        });
        at++;
      }
    }
  }

  /** T.87 A.3: the context, negative where the gradients are to be mirrored. */
  #context(above: Int32Array, line: Int32Array, at: number): number {
    const [a, b, c, d] = [line[at - 1] ?? 0, above[at] ?? 0, above[at - 1] ?? 0, above[at + 1] ?? 0];
    const table = this.#quantized;
    const { length } = table;
    const zero = (length - 1) / 2;
    return ((table[zero + d - b] ?? 0) * 9 + (table[zero + b - c] ?? 0)) * 9 + (table[zero + c - a] ?? 0);
  }

  /** T.87 A.4 to A.6. */
  #regular(context: number, above: Int32Array, line: Int32Array, at: number): number {
    const sign = context < 0 ? -1 : 1;
    const q = context * sign;
    const [a, b, c] = [line[at - 1] ?? 0, above[at] ?? 0, above[at - 1] ?? 0];
    let predicted = a + b - c;
    if (c >= Math.max(a, b)) predicted = Math.min(a, b);
    else if (c <= Math.min(a, b)) predicted = Math.max(a, b);
    predicted = Math.min(Math.max(predicted + sign * (this.#c[q] ?? 0), 0), this.#maxval);
    const n = this.#n[q] ?? 1;
    let k = 0;
    while (n << k < (this.#a[q] ?? 0) && k < 24) k++;
    const mapped = this.#golomb(k, this.#limit);
    let error = mapped & 1 ? -((mapped + 1) >> 1) : mapped >> 1;
    if (k === 0 && this.#near === 0 && 2 * (this.#b[q] ?? 0) <= -n) error = -error - 1;
    this.#update(q, error);
    return this.#fixed(predicted + sign * error * this.#step);
  }

  #update(q: number, error: number): void {
    let a = (this.#a[q] ?? 0) + Math.abs(error);
    let b = (this.#b[q] ?? 0) + error * this.#step;
    let n = this.#n[q] ?? 1;
    if (n === this.#reset) {
      a >>= 1;
      b >>= 1;
      n >>= 1;
    }
    n++;
    const c = this.#c[q] ?? 0;
    if (b <= -n) {
      b = Math.max(b + n, 1 - n);
      if (c > -128) this.#c[q] = c - 1;
    } else if (b > 0) {
      b = Math.min(b - n, 0);
      if (c < 127) this.#c[q] = c + 1;
    }
    this.#a[q] = a;
    this.#b[q] = b;
    this.#n[q] = n;
  }

  /** T.87 A.7, from place `at` on; the place after the run and what ended it. */
  #runOf(lines: readonly [Int32Array, Int32Array][], at: number, columns: number): number {
    const end = this.#runEnd(at, columns);
    for (const [, line] of lines) line.fill(line[at - 1] ?? 0, at, end);
    if (end > columns) return end;
    for (const [above, line] of lines) {
      const [a, b] = [line[end - 1] ?? 0, above[end] ?? 0];
      // Where samples of several components alternate, all count as the first kind (T.87 B.4.2).
      const isSame = lines.length === 1 && Math.abs(a - b) <= this.#near;
      const error = this.#interruption(isSame ? 1 : 0);
      line[end] = this.#fixed((isSame ? a : b) + (!isSame && a > b ? -error : error) * this.#step);
    }
    if (this.#run > 0) this.#run--;
    return end + 1;
  }

  #runEnd(at: number, columns: number): number {
    let end = at;
    while (this.#bits.take(1)) {
      const length = 1 << (J[this.#run] ?? 0);
      if (end + length <= columns + 1 && this.#run < 31) this.#run++;
      end = Math.min(end + length, columns + 1);
      if (end > columns) return end;
    }
    end += this.#bits.take(J[this.#run] ?? 0);
    if (end > columns) throw damaged();
    return end;
  }

  #interruption(kind: 0 | 1): number {
    const q = RUN + kind;
    const n = this.#n[q] ?? 1;
    const nn = this.#nn[kind] ?? 0;
    const sum = (this.#a[q] ?? 0) + (kind ? n >> 1 : 0);
    let k = 0;
    while (n << k < sum && k < 24) k++;
    const mapped = this.#golomb(k, this.#limit - (J[this.#run] ?? 0) - 1);
    const odd = (mapped + kind) & 1;
    const size = (mapped + kind + odd) >> 1;
    const error = (k !== 0 || 2 * nn >= n) === (odd === 1) ? -size : size;
    const isFull = n === this.#reset;
    const a = (this.#a[q] ?? 0) + ((mapped + 1 - kind) >> 1);
    const negative = nn + (error < 0 ? 1 : 0);
    this.#a[q] = isFull ? a >> 1 : a;
    this.#nn[kind] = isFull ? negative >> 1 : negative;
    this.#n[q] = (isFull ? n >> 1 : n) + 1;
    return error;
  }

  /** A Golomb code of limited length (T.87 A.5.3). */
  #golomb(k: number, limit: number): number {
    const zeros = this.#bits.zeros(limit);
    if (zeros < limit - this.#qbpp - 1) return (zeros << k) + this.#bits.take(k);
    return this.#bits.take(this.#qbpp) + 1;
  }

  #fixed(value: number): number {
    const turn = this.#range * this.#step;
    let fixed = value;
    if (fixed < -this.#near) fixed += turn;
    else if (fixed > this.#maxval + this.#near) fixed -= turn;
    return Math.min(Math.max(fixed, 0), this.#maxval);
  }
}

function quantizer(maxval: number, near: number, presets: Presets): Int8Array {
  const clamp = (value: number, least: number): number => (value > maxval || value < least ? least : value);
  const large = Math.floor((Math.min(maxval, 4095) + 128) / 256);
  const small = Math.floor(256 / (maxval + 1));
  const pick = (basic: number, start: number, factor: number): number =>
    maxval >= 128
      ? large * (basic - start) + start + factor * near
      : Math.max(start, Math.floor(basic / small) + factor * near);
  const t1 = presets.t1 || clamp(pick(3, 2, 3), near + 1);
  const t2 = presets.t2 || clamp(pick(7, 3, 5), t1);
  const t3 = presets.t3 || clamp(pick(21, 4, 7), t2);
  return Int8Array.from({ length: 2 * maxval + 1 }, (_, at) => {
    const size = Math.abs(at - maxval);
    const step = size >= t3 ? 4 : size >= t2 ? 3 : size >= t1 ? 2 : size > near ? 1 : 0;
    return at < maxval ? -step : step;
  });
}

/** The bits of a scan: after each FF one 0 bit is not part of them. */
class Bits {
  readonly #bytes: Uint8Array;
  #at: number;
  #held = 0;
  #count = 0;
  #missing = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  take(size: number): number {
    if (size > 16) return this.take(size - 16) * 65536 + this.take(16);
    while (this.#count < size) this.#fill();
    this.#count -= size;
    return (this.#held >>> this.#count) & ((1 << size) - 1);
  }

  /** How many zeros come before the next 1, which is read too. */
  zeros(most: number): number {
    for (let zeros = 0; zeros <= most; zeros++) if (this.take(1)) return zeros;
    throw damaged();
  }

  #fill(): void {
    const byte = this.#bytes[this.#at] ?? 0xff;
    const isMarker = byte === 0xff && (this.#bytes[this.#at + 1] ?? 0xff) > 0x7f;
    if (isMarker && ++this.#missing > 64) throw damaged();
    const isStuffed = !isMarker && this.#bytes[this.#at - 1] === 0xff && this.#count >= 0 && this.#started;
    this.#held = (this.#held << (isStuffed ? 7 : 8)) | (isMarker ? 0 : byte);
    this.#count += isStuffed ? 7 : 8;
    if (!isMarker) this.#at++;
    this.#started = true;
  }
  #started = false;

  /** Where the next marker is. */
  end(): number {
    let at = this.#at;
    while (at + 1 < this.#bytes.length && !(this.#bytes[at] === 0xff && (this.#bytes[at + 1] ?? 0) > 0x7f)) at++;
    return at;
  }
}

const damaged = (): PreviewError => new PreviewError("this image is damaged: it can't be decompressed");
