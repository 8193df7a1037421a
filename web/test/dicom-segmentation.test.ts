import { expect, test } from "vitest";
import { openFile, readHeader } from "../src/dicom/header.ts";
import { Picture } from "../src/dicom/pixels.ts";
import { planesOf } from "../src/dicom/planes.ts";
import { overlaid, Placement, rgbOf, segmentationOf } from "../src/dicom/segmentation.ts";
import { python } from "./python.ts";

interface Made {
  readonly segmentation: string;
  readonly images: readonly { readonly file: string; readonly frames: readonly number[] }[];
  readonly segments: readonly (readonly [name: string, colour: readonly number[], maker: string])[];
}

const header = async (base64: string) => readHeader(await openFile(Uint8Array.from(Buffer.from(base64, "base64"))));

test("segments, and the images that they lie on, are those that Python finds", async () => {
  const program = `
import base64, json, tempfile, pathlib
from pydicom import dcmread
from radiogram.dicom.planes import planes_of
from radiogram.dicom.segmentation import Segmentation
from tests.dicom.segmentations import described, masks, scan, segmentation
folder = pathlib.Path(tempfile.mkdtemp())
slices = scan(folder)
drawn = masks(128, 128, 5, 2)
made = segmentation(slices, drawn, [described(1, "Liver", (200, 30, 40)), described(2, "Tumour", kind="MANUAL")])
for group in list(made.PerFrameFunctionalGroupsSequence)[5:]:
    del group.DerivationImageSequence  # by its place
made.save_as(folder / "seg.dcm")
found = Segmentation(folder / "seg.dcm")
text = lambda name: base64.b64encode((folder / name).read_bytes()).decode()
print(json.dumps({
    "segmentation": text("seg.dcm"),
    "images": [
        {"file": text(f"ct-{n + 1}.dcm"), "frames": found.frames_on(planes_of(each, 1)[0])} for n, each in enumerate(slices)
    ],
    "segments": [[each.name, each.colour, each.maker] for each in found.segments.values()],
}))
`;
  const made = JSON.parse(python(program).toString()) as Made;
  const found = segmentationOf(await header(made.segmentation));
  expect(found.segments.map(({ name, colour, maker }) => [name, colour, maker])).toEqual(made.segments);
  const placement = new Placement(found);
  for (const { file, frames } of made.images) {
    const image = await header(file);
    const [plane] = planesOf(image.dataset, new Picture(image).frames);
    expect(frames.length).toBe(2);
    expect(plane && placement.framesOn(plane)).toEqual(frames);
  }
});

test("colours are those that Python computes", () => {
  const program = `
import json
from radiogram.dicom.segmentation import rgb_of
labs = [[l, a, b] for l in range(0, 65536, 13107) for a in range(0, 65536, 16383) for b in range(0, 65536, 16383)]
print(json.dumps([[lab, rgb_of(lab)] for lab in labs]))
`;
  const all = JSON.parse(python(program).toString()) as [number[], number[]][];
  expect(all.length).toBeGreaterThan(100);
  for (const [lab, rgb] of all) expect(rgbOf(lab)).toEqual(rgb);
});

test("what is not covered stays clear, and what two cover is more of the second", () => {
  const red = { values: [1, 1, 0], full: 1, colours: new Map([[0, [255, 0, 0] as const]]) };
  const blue = { values: [0, 2, 0], full: 2, colours: new Map([[0, [0, 0, 255] as const]]) };
  const data = [...overlaid([red, blue], 3)];
  expect(data.slice(0, 4)).toEqual([255, 0, 0, 128]);
  expect(data.slice(4, 8)).toEqual([85, 0, 170, 192]);
  expect(data.slice(8)).toEqual([0, 0, 0, 0]);
});

test("of a label map, values that are not chosen stay clear", () => {
  const map = { values: [1, 2, 3], full: 1, colours: new Map([[2, [9, 9, 9] as const]]) };
  expect([...overlaid([map], 3)].filter((_, at) => at % 4 === 3)).toEqual([0, 128, 0]);
});
