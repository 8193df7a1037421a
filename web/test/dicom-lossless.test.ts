import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeLossless } from "../src/dicom/codecs/lossless.ts";
import type { Shape } from "../src/dicom/values.ts";
import { encodeLossless, type Kind } from "./jpeg-lossless.ts";
import { base64 } from "./vectors.ts";

interface Vector {
  readonly bits: number;
  readonly samples: number;
  readonly predictor: number;
  readonly shift: number;
  readonly restart: number;
  readonly scans: number;
  readonly rows: number;
  readonly columns: number;
  readonly stream: string;
  readonly pixels: string;
}

const vectors = JSON.parse(
  readFileSync(new URL("../../tests/dicom/jpeg_lossless.json", import.meta.url), "utf8"),
) as Vector[];
const PLAIN: Kind = {
  rows: 5,
  columns: 7,
  bits: 16,
  samples: 1,
  predictor: 1,
  shift: 0,
  restart: 0,
  isSeparate: false,
};
const VALUES = Array.from({ length: PLAIN.rows * PLAIN.columns }, (_, at) => at * 997);
const WHOLE = encodeLossless(VALUES, PLAIN);

function shape({ rows, columns, samples }: Pick<Shape, "rows" | "columns" | "samples">): Shape {
  const bits = { bitsAllocated: 16, bitsStored: 16, signed: false };
  return { rows, columns, samples, ...bits, photometric: "", planar: false };
}

/** The values, or the message of the refusal. Any error but the decoder's own is thrown. */
function outcome(bytes: Uint8Array<ArrayBuffer>, kind: Pick<Shape, "rows" | "columns" | "samples">): number[] | string {
  try {
    return Array.from(decodeLossless(bytes, shape(kind)).values);
  } catch (error) {
    if ((error as Error).name !== "PreviewError") throw error;
    return (error as Error).message;
  }
}

test.each(vectors)(
  "an image of libjpeg-turbo is decoded exactly: $bits bits, $samples samples in $scans scans, " +
    "predictor $predictor, shifted by $shift, a marker every $restart rows",
  ({ stream, pixels, ...kind }) => {
    const decoded = decodeLossless(base64(stream), shape(kind));
    expect(Array.from(decoded.values)).toEqual(Array.from(new Uint16Array(base64(pixels).buffer)));
    expect(decoded).toMatchObject({ bits: kind.bits, rows: kind.rows, columns: kind.columns, samples: kind.samples });
  },
);

const kinds = fc
  .record({
    rows: fc.integer({ min: 1, max: 20 }),
    columns: fc.integer({ min: 1, max: 9 }),
    bits: fc.integer({ min: 2, max: 16 }),
    samples: fc.constantFrom(1, 3),
    predictor: fc.integer({ min: 1, max: 7 }),
    shift: fc.nat(15),
    restart: fc.nat(3),
    isSeparate: fc.boolean(),
  })
  .map((kind) => ({ ...kind, shift: kind.shift % kind.bits }));
const images = kinds.chain((kind) => {
  const length = kind.rows * kind.columns * kind.samples;
  const values = fc.array(fc.nat(2 ** kind.bits - 1), { minLength: length, maxLength: length });
  return fc.record({ kind: fc.constant(kind), values });
});

test("any image that is encoded is decoded exactly", () => {
  fc.assert(
    fc.property(images, ({ kind, values }) => {
      const shown = values.map((each) => (each >> kind.shift) << kind.shift);
      expect(outcome(encodeLossless(values, kind), kind)).toEqual(shown);
    }),
    { numRuns: 300 },
  );
});

test("an image that is cut short anywhere is damaged", () => {
  fc.assert(
    fc.property(images, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), ({ kind, values }, part) => {
      const whole = encodeLossless(values, kind);
      const cut = whole.slice(0, Math.floor(part * (whole.length - 2))); // all is there before the end marker
      expect(outcome(cut, kind)).toMatch(/^this image is damaged/);
      expect(outcome(Uint8Array.from([...cut, 0xff, 0xd9]), kind)).toMatch(/^this image is damaged/);
    }),
    { numRuns: 300 },
  );
});

test("an image with damaged bytes is shown in its size, or refused in one line", () => {
  const damages = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(images, damages, ({ kind, values }, changes) => {
      const bytes = encodeLossless(values, kind);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const found = outcome(bytes, kind);
      expect(typeof found === "string" ? /^[^\n]+$/.test(found) : found.length === values.length).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("any bytes at all are shown in the size asked for, or refused", () => {
  const head = WHOLE.slice(0, 40);
  fc.assert(
    fc.property(fc.boolean(), fc.uint8Array({ maxLength: 200 }), (hasHead, bytes) => {
      const found = outcome(Uint8Array.from([...(hasHead ? head : []), ...bytes]), PLAIN);
      expect(typeof found === "string" || found.length === VALUES.length).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("an image of another size, or with more or fewer samples, than the file says is refused", () => {
  for (const other of [{ rows: 6 }, { columns: 6 }, { samples: 3 }]) {
    expect(outcome(WHOLE, { ...PLAIN, ...other })).toMatch(/its size is not the one that the file gives/);
  }
});

test("an image is complete without an end marker", () => {
  expect(outcome(WHOLE.slice(0, -2), PLAIN)).toEqual(VALUES);
});

test.each<[string, Partial<Kind>, (bytes: number[]) => number[]]>([
  ["a sample has no scan", { samples: 3, isSeparate: true }, (bytes) => bytes.slice(0, bytes.lastIndexOf(0xda) - 1)],
  ["a restart marker is missing", { restart: 1 }, (bytes) => without(bytes, 0xd1)],
  ["restart markers are in the wrong order", { restart: 1 }, (bytes) => replaced(bytes, 0xd1, 0xd2)],
  ["there is no such predictor", { predictor: 0 }, (bytes) => bytes],
  ["all bits are shifted away", { bits: 8, shift: 8 }, (bytes) => bytes],
  ["it is JPEG of another process", {}, (bytes) => replaced(bytes, 0xc3, 0xc1)],
  ["a table is missing", {}, (bytes) => replaced(bytes, 0xc4, 0xfe)],
])("an image is damaged where %s", (_, more, change) => {
  const kind = { ...PLAIN, ...more };
  const values = Array.from({ length: kind.rows * kind.columns * kind.samples }, (__, at) => at);
  expect(outcome(Uint8Array.from(change([...encodeLossless(values, kind)])), kind)).toMatch(/^this image is damaged/);
});

test("colours of fewer samples than pixels are refused", () => {
  const kind = { ...PLAIN, samples: 3 };
  const bytes = encodeLossless(Array<number>(VALUES.length * 3).fill(1), kind);
  bytes[placeOf([...bytes], 0xc3) + 11] = 0x21;
  expect(outcome(bytes, kind)).toBe("there is no decoder here for this image's compression, subsampled JPEG Lossless");
});

function placeOf(bytes: readonly number[], marker: number): number {
  return bytes.findIndex((each, at) => each === 0xff && bytes[at + 1] === marker);
}

const without = (bytes: readonly number[], marker: number): number[] =>
  bytes.filter((_, at) => at !== placeOf(bytes, marker) && at !== placeOf(bytes, marker) + 1);

const replaced = (bytes: readonly number[], marker: number, by: number): number[] =>
  bytes.map((each, at) => (at === placeOf(bytes, marker) + 1 ? by : each));
