import { expect, test } from "vitest";
import { decodeJpeg2000 } from "../src/dicom/codecs/jpeg2000.ts";
import type { Shape } from "../src/dicom/values.ts";

const SHAPE: Shape = {
  rows: 5,
  columns: 7,
  samples: 3,
  bitsAllocated: 8,
  bitsStored: 8,
  signed: false,
  photometric: "RGB",
  planar: false,
};

const word = (value: number): number[] => [value >> 8, value & 255];
const long = (value: number): number[] => [...word(value >> 16), ...word(value & 0xffff)];

/** A codestream's beginning (T.800 A.5.1), of three components: depth, and how many pixels to a sample. */
function beginning(components: readonly number[]): Uint8Array<ArrayBuffer> {
  const area = [SHAPE.columns, SHAPE.rows, 0, 0];
  const size = [...word(0), ...[...area, ...area].flatMap(long), ...word(components.length / 3), ...components];
  return Uint8Array.from([0xff, 0x4f, 0xff, 0x51, ...word(size.length + 2), ...size]);
}

test.each<[string, number[]]>([
  ["colours are of unlike depth", [7, 1, 1, 7, 1, 1, 5, 1, 1]],
  ["colours have fewer samples than pixels", [7, 1, 1, 7, 2, 1, 7, 2, 1]],
  ["samples are of more than 16 bits", [23, 1, 1, 23, 1, 1, 23, 1, 1]],
])("JPEG 2000 whose %s is refused, with what to do instead", async (_, components) => {
  await expect(decodeJpeg2000(beginning(components), SHAPE)).rejects.toThrow(
    "this viewer can't show this kind of JPEG 2000: save a copy and open it with another program",
  );
});

test("JPEG 2000 of another size than the file says is refused", async () => {
  const bytes = beginning([7, 1, 1, 7, 1, 1, 7, 1, 1]);
  await expect(decodeJpeg2000(bytes, { ...SHAPE, rows: 6 })).rejects.toThrow("its size is not the one");
});
