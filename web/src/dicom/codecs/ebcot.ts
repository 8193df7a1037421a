/** Code-blocks of JPEG 2000 (T.800, annexes C and D). */

/** One codeword segment: its bytes, from one packet or several, and the coding passes in it. */
export interface Segment {
  passes: number;
  readonly data: Uint8Array[];
}

const BYPASS = 1;
const RESET = 2;
const CAUSAL = 8;
const SYMBOLS = 32;

// What is known of a coefficient and its neighbours.
const [N, S, W, E, NW, NE, SW, SE] = [1, 2, 4, 8, 16, 32, 64, 128] as const;
const [SIGN_N, SIGN_S, SIGN_W, SIGN_E] = [256, 512, 1024, 2048] as const;
const [SIGNIFICANT, REFINED, VISITED] = [4096, 8192, 16384] as const;
const NEIGHBOURS = 255;
const NOT_BELOW = ~(S | SW | SE | SIGN_S);

const [SIGN_CONTEXT, REFINE_CONTEXT, RUN_CONTEXT, UNIFORM_CONTEXT] = [9, 14, 17, 18] as const;

/** Contexts for significance (table D.1), for each kind of band and each set of neighbours. */
const ZERO_CODING = [0, 1, 2, 3].map((kind) =>
  Uint8Array.from({ length: 256 }, (_, flags) => zeroContext(kind, flags)),
);

function zeroContext(kind: number, flags: number): number {
  const count = (...bits: number[]): number => bits.filter((bit) => flags & bit).length;
  const diagonal = count(NW, NE, SW, SE);
  const [along, across] = kind === 1 ? [count(N, S), count(W, E)] : [count(W, E), count(N, S)];
  if (kind === 3) {
    const straight = Math.min(along + across, 2);
    if (diagonal >= 3) return 8;
    if (diagonal === 2) return straight ? 7 : 6;
    return diagonal === 1 ? 3 + straight : straight;
  }
  if (along === 2) return 8;
  if (along === 1) return across ? 7 : diagonal ? 6 : 5;
  return across ? 2 + across : Math.min(diagonal, 2);
}

/** Contexts for signs (tables D.2, D.3), by bits 4 to 11 of the flags: W, E, … and their signs. */
const SIGN_CODING = Uint8Array.from({ length: 256 }, (_, bits) => {
  const one = (isThere: number, isNegative: number): number => (isThere ? (isNegative ? -1 : 1) : 0);
  const clamp = (value: number): number => Math.min(1, Math.max(-1, value));
  const horizontal = clamp(one(bits & W, bits & (SIGN_W >> 4)) + one(bits & E, bits & (SIGN_E >> 4)));
  const vertical = clamp(one(bits & N, bits & (SIGN_N >> 4)) + one(bits & S, bits & (SIGN_S >> 4)));
  const isFlipped = horizontal < 0 || (horizontal === 0 && vertical < 0);
  const [h, v] = isFlipped ? [-horizontal, -vertical] : [horizontal, vertical];
  return (SIGN_CONTEXT + (h === 0 ? v : 3 + v)) * 2 + Number(isFlipped);
});

/** Twice the coefficients of a block, row by row, each in the middle of what it may be. */
export function decodeBlock(
  width: number,
  height: number,
  kind: number,
  planes: number,
  style: number,
  segments: readonly Segment[],
): Int32Array {
  const block = new Block(width, height, kind, style);
  let pass = 2; // the first is a clean-up pass
  let plane = planes - 1;
  let number = 0;
  for (const segment of segments) {
    const data = segment.data.length === 1 ? (segment.data[0] ?? new Uint8Array()) : together(segment.data);
    const isRaw = (style & BYPASS) !== 0 && number >= 10 && pass < 2;
    block.start(data, isRaw);
    for (let each = 0; each < segment.passes && plane >= 0; each++, number++) {
      if (pass === 0) block.significance(plane, isRaw);
      else if (pass === 1) block.refinement(plane, isRaw);
      else block.cleanup(plane);
      if (style & RESET) block.reset();
      pass = (pass + 1) % 3;
      if (pass === 0) plane--;
    }
  }
  return block.values;
}

function together(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

class Block {
  readonly values: Int32Array;
  readonly #width: number;
  readonly #height: number;
  readonly #stride: number;
  readonly #flags: Uint16Array;
  readonly #zero: Uint8Array;
  readonly #style: number;
  readonly #mq = new Arithmetic();
  #raw = new RawBits(new Uint8Array());

  constructor(width: number, height: number, kind: number, style: number) {
    this.#width = width;
    this.#height = height;
    this.#stride = width + 2;
    this.#flags = new Uint16Array((width + 2) * (height + 2));
    this.#zero = ZERO_CODING[kind] ?? new Uint8Array(256);
    this.#style = style;
    this.values = new Int32Array(width * height);
    this.reset();
  }

  start(data: Uint8Array, isRaw: boolean): void {
    if (isRaw) this.#raw = new RawBits(data);
    else this.#mq.start(data);
  }

  reset(): void {
    this.#mq.reset();
  }

  significance(plane: number, isRaw: boolean): void {
    const [flags, mq] = [this.#flags, this.#mq];
    for (let top = 0; top < this.#height; top += 4) {
      const end = Math.min(top + 4, this.#height);
      for (let x = 0; x < this.#width; x++) {
        for (let y = top; y < end; y++) {
          const at = (y + 1) * this.#stride + x + 1;
          const seen = this.#seen(at, y);
          if (seen & SIGNIFICANT || !(seen & NEIGHBOURS)) continue;
          const bit = isRaw ? this.#raw.take() : mq.decode(this.#zero[seen & NEIGHBOURS] ?? 0);
          if (bit) this.#found(at, x, y, plane, isRaw, seen);
          flags[at] = (flags[at] ?? 0) | VISITED;
        }
      }
    }
  }

  refinement(plane: number, isRaw: boolean): void {
    const [flags, values] = [this.#flags, this.values];
    const half = 1 << plane;
    for (let top = 0; top < this.#height; top += 4) {
      const end = Math.min(top + 4, this.#height);
      for (let x = 0; x < this.#width; x++) {
        for (let y = top; y < end; y++) {
          const at = (y + 1) * this.#stride + x + 1;
          const seen = this.#seen(at, y);
          if ((seen & (SIGNIFICANT | VISITED)) !== SIGNIFICANT) continue;
          const context = REFINE_CONTEXT + (seen & REFINED ? 2 : seen & NEIGHBOURS ? 1 : 0);
          const bit = isRaw ? this.#raw.take() : this.#mq.decode(context);
          const place = y * this.#width + x;
          const value = values[place] ?? 0;
          values[place] = value + (bit === Number(value > 0) ? half : -half);
          flags[at] = (flags[at] ?? 0) | REFINED;
        }
      }
    }
  }

  cleanup(plane: number): void {
    const [flags, mq] = [this.#flags, this.#mq];
    for (let top = 0; top < this.#height; top += 4) {
      const end = Math.min(top + 4, this.#height);
      for (let x = 0; x < this.#width; x++) {
        let y = top;
        let isFound = false;
        if (end - top === 4 && this.#isQuiet(x, top)) {
          if (!mq.decode(RUN_CONTEXT)) continue;
          y += mq.decode(UNIFORM_CONTEXT) * 2 + mq.decode(UNIFORM_CONTEXT);
          isFound = true;
        }
        for (; y < end; y++) {
          const at = (y + 1) * this.#stride + x + 1;
          const seen = this.#seen(at, y);
          if (!(seen & (SIGNIFICANT | VISITED))) {
            if (isFound || mq.decode(this.#zero[seen & NEIGHBOURS] ?? 0)) this.#found(at, x, y, plane, false, seen);
          }
          isFound = false;
          flags[at] = (flags[at] ?? 0) & ~VISITED;
        }
      }
    }
    if (this.#style & SYMBOLS) for (let each = 0; each < 4; each++) mq.decode(UNIFORM_CONTEXT);
  }

  /** Flags of a coefficient; where stripes are not to look ahead, without those of the next stripe. */
  #seen(at: number, y: number): number {
    const flags = this.#flags[at] ?? 0;
    return this.#style & CAUSAL && (y & 3) === 3 ? flags & NOT_BELOW : flags;
  }

  /** Whether a column of four is all insignificant, as is everything around it. */
  #isQuiet(x: number, top: number): boolean {
    for (let y = top; y < top + 4; y++) {
      if (this.#seen((y + 1) * this.#stride + x + 1, y) & (SIGNIFICANT | VISITED | NEIGHBOURS)) return false;
    }
    return true;
  }

  /** The coefficient's first bit that is 1: its sign follows. */
  #found(at: number, x: number, y: number, plane: number, isRaw: boolean, seen: number): void {
    const coding = SIGN_CODING[((seen >> 4) & 0xf0) | (seen & 15)] ?? 0;
    const isNegative = isRaw ? this.#raw.take() : this.#mq.decode(coding >> 1) ^ (coding & 1);
    const size = 3 << plane;
    this.values[y * this.#width + x] = isNegative ? -size : size;
    const [flags, stride] = [this.#flags, this.#stride];
    const mark = (place: number, bits: number): void => {
      flags[place] = (flags[place] ?? 0) | bits;
    };
    mark(at, SIGNIFICANT);
    mark(at - stride, S | (isNegative ? SIGN_S : 0));
    mark(at + stride, N | (isNegative ? SIGN_N : 0));
    mark(at - 1, E | (isNegative ? SIGN_E : 0));
    mark(at + 1, W | (isNegative ? SIGN_W : 0));
    mark(at - stride - 1, SE);
    mark(at - stride + 1, SW);
    mark(at + stride - 1, NE);
    mark(at + stride + 1, NW);
  }
}

/** Bits as they are, after each FF one less (T.800 D.6). */
class RawBits {
  readonly #data: Uint8Array;
  #at = 0;
  #byte = 0;
  #left = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  take(): number {
    if (this.#left === 0) {
      this.#left = this.#byte === 0xff ? 7 : 8;
      this.#byte = this.#data[this.#at++] ?? 0xff;
    }
    return (this.#byte >> --this.#left) & 1;
  }
}

/** Table C.2: for each state Qe, the next after the more and after the less probable symbol, and whether they swap. */
const STATES = [
  [0x5601, 1, 1, 1],
  [0x3401, 2, 6, 0],
  [0x1801, 3, 9, 0],
  [0x0ac1, 4, 12, 0],
  [0x0521, 5, 29, 0],
  [0x0221, 38, 33, 0],
  [0x5601, 7, 6, 1],
  [0x5401, 8, 14, 0],
  [0x4801, 9, 14, 0],
  [0x3801, 10, 14, 0],
  [0x3001, 11, 17, 0],
  [0x2401, 12, 18, 0],
  [0x1c01, 13, 20, 0],
  [0x1601, 29, 21, 0],
  [0x5601, 15, 14, 1],
  [0x5401, 16, 14, 0],
  [0x5101, 17, 15, 0],
  [0x4801, 18, 16, 0],
  [0x3801, 19, 17, 0],
  [0x3401, 20, 18, 0],
  [0x3001, 21, 19, 0],
  [0x2801, 22, 19, 0],
  [0x2401, 23, 20, 0],
  [0x2201, 24, 21, 0],
  [0x1c01, 25, 22, 0],
  [0x1801, 26, 23, 0],
  [0x1601, 27, 24, 0],
  [0x1401, 28, 25, 0],
  [0x1201, 29, 26, 0],
  [0x1101, 30, 27, 0],
  [0x0ac1, 31, 28, 0],
  [0x09c1, 32, 29, 0],
  [0x08a1, 33, 30, 0],
  [0x0521, 34, 31, 0],
  [0x0441, 35, 32, 0],
  [0x02a1, 36, 33, 0],
  [0x0221, 37, 34, 0],
  [0x0141, 38, 35, 0],
  [0x0111, 39, 36, 0],
  [0x0085, 40, 37, 0],
  [0x0049, 41, 38, 0],
  [0x0025, 42, 39, 0],
  [0x0015, 43, 40, 0],
  [0x0009, 44, 41, 0],
  [0x0005, 45, 42, 0],
  [0x0001, 45, 43, 0],
  [0x5601, 46, 46, 0],
] as const;
const QE = Uint16Array.from(STATES, (each) => each[0]);
const AFTER_MORE = Uint8Array.from(STATES, (each) => each[1]);
const AFTER_LESS = Uint8Array.from(STATES, (each) => each[2]);
const SWAPS = Uint8Array.from(STATES, (each) => each[3]);

/** The MQ decoder (T.800 C.3). */
class Arithmetic {
  readonly #index = new Uint8Array(19);
  readonly #mps = new Uint8Array(19);
  #data: Uint8Array = new Uint8Array();
  #at = 0;
  #a = 0;
  #c = 0;
  #count = 0;

  /** Table D.7. */
  reset(): void {
    this.#index.fill(0);
    this.#mps.fill(0);
    this.#index[0] = 4;
    this.#index[RUN_CONTEXT] = 3;
    this.#index[UNIFORM_CONTEXT] = 46;
  }

  start(data: Uint8Array): void {
    this.#data = data;
    this.#at = 0;
    this.#c = (data[0] ?? 0xff) << 16;
    this.#byteIn();
    this.#c <<= 7;
    this.#count -= 7;
    this.#a = 0x8000;
  }

  decode(context: number): number {
    const index = this.#index[context] ?? 0;
    const qe = QE[index] ?? 0;
    let bit = this.#mps[context] ?? 0;
    this.#a -= qe;
    if (this.#c >>> 16 < qe) {
      // The less probable symbol, unless the two have changed sides.
      const isMore = this.#a < qe;
      this.#a = qe;
      if (isMore) this.#index[context] = AFTER_MORE[index] ?? 0;
      else bit = this.#less(context, index, bit);
    } else {
      this.#c -= qe << 16;
      if (this.#a & 0x8000) return bit;
      if (this.#a < qe) bit = this.#less(context, index, bit);
      else this.#index[context] = AFTER_MORE[index] ?? 0;
    }
    do {
      if (this.#count === 0) this.#byteIn();
      this.#a <<= 1;
      this.#c <<= 1;
      this.#count--;
    } while (!(this.#a & 0x8000));
    return bit;
  }

  #less(context: number, index: number, bit: number): number {
    if (SWAPS[index]) this.#mps[context] = 1 - bit;
    this.#index[context] = AFTER_LESS[index] ?? 0;
    return 1 - bit;
  }

  #byteIn(): void {
    const byte = this.#data[this.#at] ?? 0xff;
    const next = this.#data[this.#at + 1] ?? 0xff;
    if (byte === 0xff && next > 0x8f) {
      this.#c += 0xff00;
      this.#count = 8;
    } else {
      this.#at++;
      this.#c += byte === 0xff ? next << 9 : next << 8;
      this.#count = byte === 0xff ? 7 : 8;
    }
  }
}
