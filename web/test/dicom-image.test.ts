import { describe, expect, test } from "vitest";
import { openFile, readHeader } from "../src/dicom/header.ts";
import { orientationLabelsOf } from "../src/dicom/orientationLabels.ts";
import { Picture } from "../src/dicom/pixels.ts";
import { type Look, render } from "../src/dicom/render.ts";
import { Settings } from "../src/dicom/settings.ts";
import { type Elements, encoded, file, grey } from "./dicom-samples.ts";

async function picture(bytes: Uint8Array<ArrayBuffer>): Promise<Picture> {
  return new Picture(readHeader(await openFile(bytes)));
}

/** The red of each pixel. */
async function shown(bytes: Uint8Array<ArrayBuffer>, look: Look = "auto", frame = 0): Promise<number[]> {
  const found = await picture(bytes);
  const { data } = render(await found.stored(frame), found.shape, found.header.dataset, frame, look);
  return Array.from(data).filter((_, at) => at % 4 === 0);
}

const WINDOW: Elements = [
  [0x00281050, "DS", "50"],
  [0x00281051, "DS", "101"],
];

describe("rendering", () => {
  test("without a window goes from the darkest to the brightest pixel", async () => {
    expect(await shown(grey(1, 3, [100, 150, 200]))).toEqual([0, 128, 255]);
  });

  test("follows the first window", async () => {
    expect(await shown(grey(1, 4, [0, 49, 99, 500], [], WINDOW))).toEqual([1, 126, 254, 255]);
  });

  test("turns MONOCHROME1 and shape INVERSE round once", async () => {
    const bytes = grey(1, 2, [1, 2], [], [[0x20500020, "CS", "INVERSE"]]);
    expect(await shown(bytes)).toEqual([255, 0]);
  });

  test("rescales before the window", async () => {
    const rescale: Elements = [...WINDOW, [0x00281052, "DS", "-1000"], [0x00281053, "DS", "2"]];
    expect(await shown(grey(1, 2, [500, 550], [], rescale))).toEqual([1, 255]);
  });

  test("takes a window of the viewer's", async () => {
    const look = { center: 10.5, width: 11 };
    expect(await shown(grey(1, 3, [5, 10, 15], [], WINDOW), look)).toEqual([0, 128, 255]);
  });

  test("shows everything with the full window", async () => {
    expect(await shown(grey(1, 2, [0, 500], [], WINDOW), "full")).toEqual([0, 255]);
  });

  test("shows a picture of one grey as black", async () => {
    expect(await shown(grey(1, 2, [7, 7]))).toEqual([0, 0]);
  });

  test("looks values up in a VOI LUT", async () => {
    const item = encoded([
      [0x00283002, "US", [2, 10, 8]],
      [0x00283006, "OW", [255, 0]],
    ]);
    const table = new Uint8Array([0xfe, 0xff, 0, 0xe0, item.length, 0, 0, 0, ...item]);
    expect(await shown(grey(1, 3, [0, 10, 11], [], [[0x00283010, "SQ", table]]))).toEqual([255, 255, 0]);
  });
});

describe("an image is refused in one line", () => {
  const refusal = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
    picture(bytes).then(
      () => "none",
      (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`,
    );

  test("that is not DICOM", async () => {
    expect(await refusal(new Uint8Array(500))).toBe(
      "PreviewError: this file is not DICOM: open it with its own program",
    );
  });

  test("without pixels", async () => {
    expect(await refusal(file([[0x00280010, "US", [1]]]))).toBe("PreviewError: this DICOM file holds no image");
  });

  test("that claims to be huge", async () => {
    const bytes = grey(65535, 65535, [1]);
    expect(await refusal(bytes)).toBe("PreviewError: this image is too large to show: 65535 × 65535 pixels");
  });

  test("of no size", async () => {
    expect(await refusal(grey(0, 2, [1]))).toBe("PreviewError: this image does not say how large it is");
  });

  test("that is cut short", async () => {
    expect(await refusal(grey(2, 2, [1, 2]))).toBe("PreviewError: this file is cut short: its image is not all there");
  });

  test("of a compression without a decoder", async () => {
    const video = file(
      [
        [0x00280010, "US", [1]],
        [0x00280011, "US", [1]],
        [0x00280100, "US", [8]],
        [0x7fe00010, "OB", [0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0, 0xe0, 2, 0, 0, 0, 1, 2]],
      ],
      "1.2.840.10008.1.2.4.100",
    );
    const found = await picture(video);
    await expect(found.stored(0)).rejects.toThrow("there is no decoder here for this image's compression");
  });

  test.each(["4.50", "4.57", "4.70", "4.80", "4.90", "5"])("of damaged %s", async (syntax) => {
    const junk = Array.from({ length: 200 }, (_, at) => (at * 37) & 255);
    const bytes = file(
      [
        [0x00280010, "US", [16]],
        [0x00280011, "US", [16]],
        [0x00280100, "US", [8]],
        [0x7fe00010, "OB", [0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0, 0xe0, 200, 0, 0, 0, ...junk]],
      ],
      `1.2.840.10008.1.2.${syntax}`,
    );
    const found = await picture(bytes);
    await expect(found.stored(0)).rejects.toThrow(/^this image is damaged/);
  });
});

test("frames are as many as there are, whatever the file claims", async () => {
  const frames = async (count: string): Promise<number> =>
    (await picture(grey(1, 2, [1, 2, 3, 4, 5, 6], [[0x00280008, "IS", count]]))).frames;
  expect([await frames("3"), await frames("999999"), await frames("junk"), await frames("2")]).toEqual([3, 3, 3, 2]);
  expect(await shown(grey(1, 2, [1, 2, 9, 3], [[0x00280008, "IS", "2"]]), "auto", 1)).toEqual([255, 0]);
});

describe("orientation labels", () => {
  const labels = async (orientation: string, letters = ""): Promise<string> => {
    const more: Elements = [
      ...(letters ? ([[0x00200020, "CS", letters]] as const) : []),
      ...(orientation ? ([[0x00200037, "DS", orientation]] as const) : []),
    ];
    const { dataset } = readHeader(await openFile(grey(1, 1, [1], more)));
    const { left, right, top, bottom } = orientationLabelsOf(new Settings(dataset, 0));
    return [left, right, top, bottom].map((each) => each || "-").join("");
  };

  test.each([
    ["1\\0\\0\\0\\1\\0", "", "RL--"],
    ["-1\\0\\0\\0\\1\\0", "", "LR--"],
    ["0\\1\\0\\0\\0\\-1", "", "----"],
    ["0\\1\\0\\1\\0\\0", "", "--RL"],
    ["0.6\\0.8\\0\\0\\0\\-1", "", "----"],
    ["", "L\\F", "RL--"],
    ["", "A\\F", "----"],
    ["", "", "----"],
    ["junk", "R\\F", "LR--"],
  ])("of %s %s are %s", async (orientation, letters, expected) => {
    expect(await labels(orientation, letters)).toBe(expected);
  });
});
