import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeExtended } from "../src/dicom/codecs/extended.ts";
import type { Shape } from "../src/dicom/values.ts";
import { python } from "./python.ts";

const STEP = 16; // of the first coefficient, which is 8 times the mean of a block

function shape(rows: number, columns: number, more: Partial<Shape> = {}): Shape {
  const kind = {
    samples: 1,
    bitsAllocated: 16,
    bitsStored: 12,
    signed: false,
    photometric: "MONOCHROME2",
    planar: false,
  };
  return { rows, columns, ...kind, ...more };
}

const segment = (marker: number, ...body: number[]): number[] => [0xff, marker, 0, body.length + 2, ...body];

/** Blocks of one grey each, `means` in steps of 2 around 2048, with a marker every `interval` blocks. */
function encoded(
  rows: number,
  columns: number,
  means: readonly number[],
  interval = 0,
  bits = 12,
): Uint8Array<ArrayBuffer> {
  // Categories 0 to 13 of differences have codes of 4 bits; of the other coefficients there is but the end of a block.
  const first = [0x00, 0, 0, 0, 14, ...new Array<number>(12).fill(0), ...Array.from({ length: 14 }, (_, at) => at)];
  const others = [0x10, 1, ...new Array<number>(15).fill(0), 0x00];
  const head = [
    ...segment(0xdb, 0, STEP, ...new Array<number>(63).fill(1)),
    ...segment(0xc1, bits, rows >> 8, rows & 255, columns >> 8, columns & 255, 1, 1, 0x11, 0),
    ...segment(0xc4, ...first),
    ...segment(0xc4, ...others),
    ...(interval ? segment(0xdd, interval >> 8, interval & 255) : []),
    ...segment(0xda, 1, 1, 0x00, 0, 63, 0),
  ];
  const scan: number[] = [];
  let text = "";
  let before = 0;
  const flush = (): void => {
    const padded = text.padEnd(Math.ceil(text.length / 8) * 8, "1");
    for (const byte of padded.match(/.{8}/g) ?? []) scan.push(parseInt(byte, 2), ...(byte === "11111111" ? [0] : []));
    text = "";
  };
  for (const [at, mean] of means.entries()) {
    if (interval && at && at % interval === 0) {
      flush();
      scan.push(0xff, 0xd0 + ((at / interval - 1) & 7));
      before = 0;
    }
    const difference = mean - before;
    before = mean;
    const size = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
    const value = difference < 0 ? difference + (1 << size) - 1 : difference;
    text += size.toString(2).padStart(4, "0") + (size ? value.toString(2).padStart(size, "0") : "") + "0";
  }
  flush();
  return Uint8Array.from([0xff, 0xd8, ...head, ...scan, 0xff, 0xd9]);
}

/** The values, or the message of the refusal. Any error but the decoder's own is thrown. */
function outcome(bytes: Uint8Array<ArrayBuffer>, wanted: Shape): number[] | string {
  try {
    return Array.from(decodeExtended(bytes, wanted).values);
  } catch (error) {
    if ((error as Error).name !== "PreviewError") throw error;
    return (error as Error).message;
  }
}

test("blocks of one grey are decoded exactly, of any size, with restart markers and without", () => {
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(
      size,
      size,
      fc.integer({ min: 0, max: 9 }),
      fc.infiniteStream(fc.integer({ min: -1024, max: 1023 })),
      (rows, columns, interval, greys) => {
        const across = Math.ceil(columns / 8);
        const means = [...greys.take(across * Math.ceil(rows / 8))];
        const wanted = Array.from({ length: rows * columns }, (_, at) => {
          const [row, column] = [Math.floor(at / columns), at % columns];
          return 2048 + 2 * (means[(row >> 3) * across + (column >> 3)] ?? 0);
        });
        expect(outcome(encoded(rows, columns, means, interval), shape(rows, columns))).toEqual(wanted);
      },
    ),
  );
});

test("what is beyond 12 bits is cut off", () => {
  expect(outcome(encoded(8, 8, [4000]), shape(8, 8))).toEqual(new Array(64).fill(4095));
  expect(outcome(encoded(8, 8, [-4000]), shape(8, 8))).toEqual(new Array(64).fill(0));
});

test("as many bits count as are stored, where values are signed", () => {
  const bits = (stored: number, signed: boolean): number =>
    decodeExtended(encoded(8, 8, [0]), shape(8, 8, { bitsStored: stored, signed })).bits;
  expect([bits(9, true), bits(16, true), bits(9, false)]).toEqual([9, 12, 12]);
});

test.each([
  ["another size", encoded(8, 8, [0]), shape(8, 16)],
  ["room for 8 bits alone", encoded(8, 8, [0]), shape(8, 8, { bitsAllocated: 8 })],
  ["10 bits", encoded(8, 8, [0], 0, 10), shape(8, 8)],
  ["no quantization table", encoded(8, 8, [0]).map((byte, at) => (at === 3 ? 0xfe : byte)), shape(8, 8)],
  ["an end before its last block", encoded(16, 16, [1, 2]), shape(16, 16)],
  [
    "no restart marker where one should be",
    encoded(8, 24, [1, 2, 3], 1).map((byte, at, all) => (all[at - 1] === 0xff && byte === 0xd1 ? 0xd5 : byte)),
    shape(8, 24),
  ],
])("refused is an image with %s", (_, bytes, wanted) => {
  expect(outcome(bytes, wanted)).toMatch(/damaged|no decoder/);
});

const SAMPLE = `
import sys
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_frames
scan = dcmread(get_testdata_file("JPGExtended.dcm", download=False))
sys.stdout.buffer.write(scan.Rows.to_bytes(2, "big") + scan.Columns.to_bytes(2, "big") + next(generate_frames(scan.PixelData)))`;

test("a real image that is cut short or changed anywhere is decoded or refused, and nothing else", () => {
  const raw = python(SAMPLE);
  const wanted = shape(raw.readUInt16BE(0), raw.readUInt16BE(2));
  const whole = Uint8Array.from(raw.subarray(4));
  expect(outcome(whole, wanted)).toHaveLength(wanted.rows * wanted.columns);
  expect(outcome(whole.slice(0, whole.length >> 1), wanted)).toMatch(/damaged/);
  fc.assert(
    fc.property(fc.nat(1500), fc.nat(255), (place, byte) => {
      const changed = whole.slice();
      changed[place] = byte;
      outcome(changed, wanted);
    }),
    { numRuns: 30 },
  );
});
