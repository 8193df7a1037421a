import { expect, test } from "vitest";
import { described } from "../src/viewer/purposes.ts";

test.each([
  ["RT Plan Storage", "RT Plan: a plan for radiotherapy, for the radiotherapy department"],
  [
    "RT Beams Treatment Record Storage",
    "RT Beams Treatment Record: a record of radiotherapy, for the radiotherapy department",
  ],
  [
    "Grayscale Softcopy Presentation State Storage",
    "Grayscale Softcopy Presentation State: how images are to be shown, for a doctor’s viewer",
  ],
  [
    "Key Object Selection Document Storage",
    "Key Object Selection Document: a list of the images that somebody marked, for a doctor’s viewer",
  ],
  ["Spatial Registration Storage", "Spatial Registration: how images lie on top of each other, for a doctor’s viewer"],
  ["Raw Data Storage", "Raw Data: what the scanner measured, for the maker’s programs"],
  ["Segmentation Storage", "Segmentation: outlines of parts of the body, for a doctor’s viewer"],
  ["Inventory Storage", "Inventory"],
])("%s is named for what it is and for whom", (name, words) => {
  expect(described(name)).toBe(words);
});
