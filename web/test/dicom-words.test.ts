import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { clean, isDate, isoDate, patientTitle, shortTitle, shownDate, shownName } from "../src/dicom/words.ts";

const names = JSON.parse(readFileSync(new URL("../../tests/vectors/person_name.json", import.meta.url), "utf8")) as {
  raw: string;
  shown: string;
}[];

test.each(names)("the name $raw is shown as $shown", ({ raw, shown }) => {
  expect(shownName(raw)).toBe(shown);
});

test("a date is shown with its month as a word", () => {
  expect(shownDate("1962-03-14")).toBe("14-Mar-1962");
});

test.each(["", "1962", "1962-13-01", "1962-02-30", "0000-01-01", "14-Mar-1962"])("%s is no date", (text) => {
  expect(isDate(text)).toBe(false);
  expect(shownDate(text)).toBe(text);
});

test("dates of DICOM, old ones too, become ISO dates", () => {
  expect(["19620314", "1962.03.14", "1962", "x"].map(isoDate)).toEqual(["1962-03-14", "1962-03-14", "1962", "x"]);
});

test("control and direction characters are not shown", () => {
  expect(clean("a\u001b[1m\u202eb\u200b\u2028c\u00a0 d")).toBe("a [1mb c d");
  expect(clean("x".repeat(300))).toHaveLength(256);
});

describe("titles", () => {
  const kind = (modality: string, part: string, laterality = ""): Parameters<typeof patientTitle>[0] => ({
    modalities: [modality],
    bodyParts: [part],
    laterality,
  });

  test.each([
    [kind("CT", "CHEST"), "CT scan of your chest", "CT chest"],
    [kind("CR", "HAND", "L"), "X-ray of your left hand", "X-ray left hand"],
    [kind("DX", "CHEST", "R"), "X-ray of your chest", "X-ray chest"],
    [kind("US", ""), "Your ultrasound", "Ultrasound"],
    [kind("MG", "BREAST", "L"), "Your mammogram", "Mammogram left breast"],
    [kind("OT", "SHOE"), "Your images", "Images"],
    [{ modalities: ["CT", "MR"], bodyParts: ["HEAD"] }, "Your images", "Head"],
    [{ modalities: [], bodyParts: [] }, "Your images", "Images"],
  ])("%o is called %s", (given, patients, short) => {
    expect(patientTitle(given)).toBe(patients);
    expect(shortTitle(given)).toBe(short);
  });
});
