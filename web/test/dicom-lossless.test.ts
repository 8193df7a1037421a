import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeLossless } from "../src/dicom/codecs/lossless.ts";
import type { Shape } from "../src/dicom/values.ts";

interface Kind {
  readonly bits: number;
  readonly samples: number;
  readonly predictor: number;
  readonly shift: number;
  /** Rows from one restart marker to the next; 0: none. */
  readonly restart: number;
  /** A scan for each sample. */
  readonly isSeparate: boolean;
}

const ROWS = 5;
const COLUMNS = 7;
const PLAIN: Kind = { bits: 16, samples: 1, predictor: 1, shift: 0, restart: 0, isSeparate: false };
const shape = (samples: number): Shape => ({
  rows: ROWS,
  columns: COLUMNS,
  samples,
  bitsAllocated: 16,
  bitsStored: 16,
  signed: false,
  photometric: "",
  planar: false,
});

const word = (value: number): number[] => [value >> 8, value & 255];

/** JPEG Lossless, as ITU-T T.81, annex H, says: each code is a category of differences in five bits. */
function encoded(values: readonly number[], kind: Kind): Uint8Array<ArrayBuffer> {
  const { bits, samples, predictor, shift, restart, isSeparate } = kind;
  const all = Array.from({ length: samples }, (_, at) => at);
  const out = [0xff, 0xd8, 0xff, 0xc4, ...word(36), 0, 0, 0, 0, 0, 17, ...Array<number>(11).fill(0)];
  out.push(...Array.from({ length: 17 }, (_, at) => at));
  out.push(0xff, 0xc3, ...word(8 + 3 * samples), bits, ...word(ROWS), ...word(COLUMNS), samples);
  out.push(...all.flatMap((at) => [at + 1, 0x11, 0]));
  if (restart) out.push(0xff, 0xdd, ...word(4), ...word(restart * COLUMNS));
  for (const scan of isSeparate ? all.map((at) => [at]) : [all]) {
    out.push(0xff, 0xda, ...word(6 + 2 * scan.length), scan.length, ...scan.flatMap((at) => [at + 1, 0]));
    out.push(predictor, 0, shift);
    let text = "";
    const flush = (): void => {
      for (const eight of text.padEnd(Math.ceil(text.length / 8) * 8, "1").match(/.{8}/g) ?? []) {
        out.push(parseInt(eight, 2), ...(eight === "11111111" ? [0] : []));
      }
      text = "";
    };
    for (let row = 0; row < ROWS; row++) {
      const isFirst = row % (restart || Infinity) === 0;
      if (isFirst && row) {
        flush();
        out.push(0xff, 0xd0 + ((row / restart - 1) % 8));
      }
      for (let at = row * COLUMNS; at < (row + 1) * COLUMNS; at++) {
        for (const sample of scan) {
          const value = (place: number): number => (values[place * samples + sample] ?? 0) >> shift;
          const [a, b, c] = [value(at - 1), value(at - COLUMNS), value(at - COLUMNS - 1)];
          const isLeft = at % COLUMNS === 0;
          const start = isLeft ? 1 << (bits - shift - 1) : a;
          text += difference(value(at) - (isFirst ? start : isLeft ? b : predicted(predictor, a, b, c)));
        }
      }
    }
    flush();
  }
  return Uint8Array.from([...out, 0xff, 0xd9]);
}

const predicted = (predictor: number, a: number, b: number, c: number): number =>
  [0, a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1][predictor] ?? 0;

function difference(value: number): string {
  const wrapped = (value << 16) >> 16;
  if (wrapped === -32768) return (16).toString(2);
  const size = Math.abs(wrapped).toString(2).length * Number(wrapped !== 0);
  const code = size.toString(2).padStart(5, "0");
  return size ? code + (wrapped > 0 ? wrapped : wrapped + 2 ** size - 1).toString(2).padStart(size, "0") : code;
}

const image = (bits: number, samples: number): fc.Arbitrary<number[]> => {
  const [minLength, maxLength] = [ROWS * COLUMNS * samples, ROWS * COLUMNS * samples];
  return fc.array(fc.nat(2 ** bits - 1), { minLength, maxLength });
};
const kinds = fc.record({
  bits: fc.integer({ min: 2, max: 16 }),
  samples: fc.constantFrom(1, 3),
  predictor: fc.integer({ min: 1, max: 7 }),
  shift: fc.integer({ min: 0, max: 14 }),
  restart: fc.constantFrom(0, 1, 2),
  isSeparate: fc.boolean(),
});

test("an image is decoded exactly, or refused: never shown wrongly", () => {
  const pair = kinds.chain((kind) => fc.tuple(fc.constant(kind), image(kind.bits, kind.samples)));
  fc.assert(
    fc.property(pair, ([kind, values]) => {
      const stream = encoded(values, kind);
      const shift = Math.min(kind.shift, kind.bits);
      try {
        const found = decodeLossless(stream, shape(kind.samples));
        expect(Array.from(found.values)).toEqual(values.map((each) => (each >> shift) << shift));
        expect(found.bits).toBe(kind.bits);
      } catch (error) {
        expect((error as Error).message).toMatch(/^there is no decoder here/);
      }
    }),
    { numRuns: 500 },
  );
});

test.each([1, 2, 3, 4, 5, 6, 7])("predictor %i is decoded exactly, shifted or not", (predictor) => {
  for (const bits of [8, 12, 16]) {
    for (const shift of [0, 2]) {
      const kind = { ...PLAIN, bits, predictor, shift };
      fc.assert(
        fc.property(image(bits, 1), (values) => {
          const found = decodeLossless(encoded(values, kind), shape(1));
          expect(Array.from(found.values)).toEqual(values.map((each) => (each >> shift) << shift));
        }),
        { numRuns: 10 },
      );
    }
  }
});

test("colours of 8 bits, and restart markers with the first predictor, are decoded exactly", () => {
  for (const kind of [
    { ...PLAIN, bits: 8, samples: 3 },
    { ...PLAIN, restart: 1 },
  ]) {
    fc.assert(
      fc.property(image(kind.bits, kind.samples), (values) => {
        expect(Array.from(decodeLossless(encoded(values, kind), shape(kind.samples)).values)).toEqual(values);
      }),
      { numRuns: 20 },
    );
  }
});

test.each<Partial<Kind>>([
  { samples: 3 },
  { samples: 3, bits: 8, restart: 1 },
  { samples: 3, bits: 8, isSeparate: true },
  { predictor: 2, restart: 1 },
  { predictor: 0 },
])("what the decoder does not know, it does not guess: %o", (more) => {
  const kind = { ...PLAIN, ...more };
  const values = Array.from({ length: ROWS * COLUMNS * kind.samples }, (_, at) => at);
  expect(() => decodeLossless(encoded(values, kind), shape(kind.samples))).toThrow(/^there is no decoder here/);
});

test("an image that is cut short, or of another size than the file says, is damaged", () => {
  const values = Array.from({ length: ROWS * COLUMNS }, (_, at) => at * 997);
  const whole = encoded(values, PLAIN);
  for (let length = 0; length < whole.length - 1; length++) {
    expect(() => decodeLossless(whole.slice(0, length), shape(1)), String(length)).toThrow(/^this image is damaged/);
  }
  for (let length = whole.length - 60; length < whole.length - 12; length++) {
    const bytes = Uint8Array.from([...whole.slice(0, length), 0xff, 0xd9]); // a piece in the middle is missing
    expect(() => decodeLossless(bytes, shape(1)), String(length)).toThrow(/^this image is damaged/);
  }
  expect(() => decodeLossless(whole, { ...shape(1), rows: ROWS + 1 })).toThrow("its size is not the one");
});

test("an image with a flipped byte is shown or refused in one line", () => {
  const whole = encoded(
    Array.from({ length: ROWS * COLUMNS }, (_, at) => at * 997),
    PLAIN,
  );
  for (let at = 0; at < whole.length; at++) {
    const bytes = whole.slice();
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    try {
      expect(decodeLossless(bytes, shape(1)).values).toHaveLength(ROWS * COLUMNS);
    } catch (error) {
      expect((error as Error).name).toBe("PreviewError");
    }
  }
});
