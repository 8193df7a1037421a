import { expect, test } from "vitest";
import { contentsOf, type HeldFile } from "../src/dicom/documents.ts";
import { openFile } from "../src/dicom/header.ts";
import { reportOf } from "../src/dicom/metadata.ts";
import { memorySource } from "../src/dicom/source.ts";
import { file } from "./dicom-samples.ts";

const ROOT = "1.2.840.10008.1.2.4.";
const bytes = (text: string): number[] => Array.from(text, (each) => each.charCodeAt(0));
const size = (length: number): number[] => [length & 255, (length >> 8) & 255, (length >> 16) & 255, length >>> 24];
const END = [0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0];
const item = (text: string): number[] => [0xfe, 0xff, 0, 0xe0, ...size(text.length), ...bytes(text)];

function video(coding: string, parts: readonly string[], end = END): Uint8Array<ArrayBuffer> {
  const head = file([[0x00280010, "US", [48]]], ROOT + coding);
  const pixels = [0xe0, 0x7f, 0x10, 0, ...bytes("OB\0\0"), 255, 255, 255, 255, ...["", ...parts].flatMap(item), ...end];
  return Uint8Array.from([...head, ...pixels]);
}

async function held(made: Uint8Array<ArrayBuffer>): Promise<HeldFile> {
  const found = contentsOf(await openFile(made));
  if (found?.kind !== "file") throw new Error("no file");
  return found;
}

const MP4 = `\0\0\0\x18ftypmp42${"x".repeat(1000)}`;

test.each([
  ["102", MP4, ".mp4"],
  ["103", `G${"\0".repeat(187)}`.repeat(20), ".ts"],
  ["102.1", "\0\0\0\x01gabc", ".h264"],
  ["107", "\0\0\0\x01@abc", ".h265"],
  ["100", "\0\0\x01\xb3abcd", ".m2v"],
  ["100.1", "\0\0\x01\xb3abcd", ".m2v"],
  ["101", "\0\0\x01\xbaabcd", ".mpg"],
])("a video comes out as it went in, under the name of its container: %s", async (coding, data, suffix) => {
  for (const parts of [[data], [data.slice(0, 2), data.slice(2, 6), data.slice(6)]]) {
    const found = await held(video(coding, parts));
    expect([found.what, found.suffix]).toEqual(["video", suffix]);
    expect([...new Uint8Array(await found.blob.arrayBuffer())]).toEqual(bytes(data));
  }
});

test.each([1, 8, 100, 1000])("a video that is cut short is refused: %d", async (cut) => {
  const made = video("102", [MP4], []).slice(0, -cut);
  await expect(held(made)).rejects.toThrow("its video is not all there");
});

test.each([[], [8, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4], [0xfe, 0xff, 0, 0xe0, 255, 255, 255, 255]])(
  "a video without an end, or with something else in it, is refused: %j",
  async (...junk) => {
    await expect(held(video("102", [MP4], junk))).rejects.toThrow(/not all there|breaks off/);
  },
);

test("what is a video says so, and what is only compressed does not", () => {
  const isVideo = (coding: string): unknown => {
    const report = reportOf(memorySource(video(coding, [MP4])));
    return report.kind === "dicom" && report.metadata[0]?.isVideo;
  };
  expect(["102", "102.1", "108", "50", "90", "108.1"].map(isVideo)).toEqual([true, true, true, false, false, false]);
});
