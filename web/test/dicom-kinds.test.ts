import { expect, test } from "vitest";
import { described, isDrawn, roleOf } from "../src/dicom/kinds.ts";
import { python } from "./python.ts";

const ROOT = "1.2.840.10008.5.1.4.1.1.";

test("every class of objects that DICOM stores, and any other, has the role and the words that the commands give it", () => {
  const program = `
import json
from pydicom._uid_dict import UID_dictionary as known
from radiogram.dicom.kinds import described, role_of
uids = [uid for uid, each in known.items() if each[1] == "SOP Class"] + ["${ROOT}66.7", "1.2.3", ""]
print(json.dumps({uid: [role_of(uid), described(uid)] for uid in uids}))
`;
  const all = Object.entries(JSON.parse(python(program).toString()) as Record<string, [string, string]>);
  expect(all.length).toBeGreaterThan(250);
  for (const [uid, said] of all) expect([roleOf(uid), described(uid)]).toEqual(said);
});

test.each([
  ["481.5", "RT Plan: a plan for radiotherapy, for the radiotherapy department"],
  ["481.4", "RT Beams Treatment Record: a record of radiotherapy, for the radiotherapy department"],
  ["11.2", "Color Softcopy Presentation State: how images are to be shown, for a doctor’s viewer"],
  ["66.1", "Spatial Registration: how images lie on top of each other, for a doctor’s viewer"],
  ["66", "Raw Data: what the scanner measured, for the maker’s programs"],
  ["66.4", "Segmentation: outlines of parts of the body, for a doctor’s viewer"],
  ["481.2", "RT Dose: the dose that is planned, for the radiotherapy department"],
])("%s is named for what it is and for whom", (place, words) => {
  expect(described(ROOT + place)).toBe(words);
});

test("what has pixels and is no picture to be looked at is not drawn, and what DICOM does not name is", () => {
  expect(["2", "481.1", "66.4", "481.2", "30", "81.1"].map((place) => isDrawn(ROOT + place))).toEqual([
    ...[true, true, false, false, false, false],
  ]);
  expect([roleOf("1.2.3"), isDrawn("1.2.3"), isDrawn("")]).toEqual(["unknown", true, true]);
});
