import { describe, expect, test } from "vitest";
import { memorySource } from "../src/dicom/source.ts";
import { isoDate, reportOf, studyMetadataOf } from "../src/dicom/metadata.ts";
import type { FileReport } from "../src/dicom/types.ts";
import { type Elements, encoded, file } from "./dicom-samples.ts";

const report = (bytes: Uint8Array<ArrayBuffer>): FileReport => reportOf(memorySource(bytes));

function slice(patient: Elements, place: number, more: Elements = []): FileReport {
  return report(
    file([
      [0x00080060, "CS", "CT"],
      ...patient,
      [0x0020000d, "UI", "1.2.3"],
      [0x0020000e, "UI", "1.2.3.1"],
      [0x00200013, "IS", String(10 - place)],
      [0x00200032, "DS", `0\\0\\${place}`],
      [0x00200037, "DS", "1\\0\\0\\0\\1\\0"],
      [0x00280010, "US", [1]],
      ...more,
    ]),
  );
}

const GRACE: Elements = [
  [0x00100010, "PN", "Okafor^Grace"],
  [0x00100020, "LO", "4471 902"],
  [0x00100030, "DA", "19620314"],
  [0x00100040, "CS", "F"],
];

test("slices are put in order by position", () => {
  const metadata = studyMetadataOf([slice(GRACE, 3), slice(GRACE, 1), slice(GRACE, 2)]);
  expect(metadata.order).toEqual([[1, 2, 0]]);
  expect(metadata.middle).toBe(2);
});

test("a study is told as the manifest lists it", () => {
  const metadata = studyMetadataOf([slice(GRACE, 1), slice(GRACE, 2)]);
  expect(metadata.studies).toEqual([
    {
      patient: { name: "Okafor^Grace", birthDate: "1962-03-14", sex: "F", id: "4471 902" },
      uid: "1.2.3",
      series: [{ uid: "1.2.3.1", modality: "CT", images: 2, frames: 2 }],
    },
  ]);
});

describe("people", () => {
  const named = (name: string): Elements => [[0x00100010, "PN", name]];

  test("of different names are two, and their files are told apart", () => {
    const metadata = studyMetadataOf([slice(GRACE, 1), slice(named("Okafor^Gracia"), 2), slice(GRACE, 3)]);
    expect(metadata.patients.map(({ name, files }) => [name, files])).toEqual([
      ["OKAFOR, Grace", [0, 2]],
      ["OKAFOR, Gracia", [1]],
    ]);
    expect(metadata.differences.map((each) => each.attribute)).toEqual(["name"]);
  });

  test("whose names differ in capitals only are one", () => {
    expect(studyMetadataOf([slice(GRACE, 1), slice(named("OKAFOR^GRACE"), 2)]).patients).toHaveLength(1);
  });

  test("whose names differ in no alphabet in which both are written are one", () => {
    const reports = ["Yamada^Tarou=Y", "YAMADA^TAROU", "=Y=Z"].map((name) => slice(named(name), 1));
    const metadata = studyMetadataOf(reports);
    expect(metadata.patients.map(({ name }) => name)).toEqual(["YAMADA, Tarou / Y / Z"]);
    expect(metadata.differences).toEqual([]);
  });

  test("whose names differ in one alphabet are two", () => {
    const metadata = studyMetadataOf([slice(named("Yamada^Tarou=Y"), 1), slice(named("Yamada^Tarou=Z"), 2)]);
    expect(metadata.patients).toHaveLength(2);
    expect(metadata.differences).toEqual([{ attribute: "name", values: ["YAMADA, Tarou / Y", "YAMADA, Tarou / Z"] }]);
  });

  test("whose numbers are of two issuers are two", () => {
    const of = (issuer: string): FileReport => slice([...GRACE, [0x00100021, "LO", issuer]], 1);
    expect(studyMetadataOf([of("ST ANNE"), of("ST MARY")]).patients).toHaveLength(2);
  });

  test("of one name and two dates of birth are two", () => {
    const other: Elements = [
      [0x00100010, "PN", "Okafor^Grace"],
      [0x00100030, "DA", "19700101"],
    ];
    expect(studyMetadataOf([slice(GRACE, 1), slice(other, 2)]).patients).toHaveLength(2);
  });

  test("that no file names are nobody, and go with the one who is named", () => {
    const metadata = studyMetadataOf([slice([], 1), slice(GRACE, 2)]);
    expect(metadata.patients).toHaveLength(1);
    expect(metadata.patients[0]?.files).toEqual([1, 0]);
    expect(metadata.unidentified).toBe(1);
  });
});

test("a kind of picture that often has writing in it is told", () => {
  expect(studyMetadataOf([slice(GRACE, 1)]).mayShowText).toBe(false);
  expect(studyMetadataOf([slice(GRACE, 1, [[0x00280301, "CS", "YES"]])]).mayShowText).toBe(true);
});

test("files that are not DICOM, and those beyond reading, are listed", () => {
  const text = new TextEncoder().encode(
    "just some notes, more than a hundred and thirty-two letters of them".repeat(4),
  );
  const metadata = studyMetadataOf([report(text), slice(GRACE, 1), report(new Uint8Array(0))]);
  expect(metadata.others).toEqual([0, 2]);
  expect(metadata.dicom).toBe(1);
});

describe("hostile files", () => {
  const item = (inner: Uint8Array): Uint8Array =>
    Uint8Array.from([0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff, ...inner]);
  const nested = (depth: number): Uint8Array => {
    const open = [0x08, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff];
    return Uint8Array.from(Array.from({ length: depth }, () => [...open, ...item(new Uint8Array())]).flat());
  };
  const with_ = (tail: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from([...file([]), ...tail]);

  test("sequences nested too deep are refused", () => {
    expect(report(with_(nested(200)))).toEqual({
      kind: "unreadable",
      reason: "this file can't be read safely: its sequences are nested too deep",
    });
  });

  test("a sequence without an end is refused", () => {
    expect(report(with_(nested(3)))).toEqual({
      kind: "unreadable",
      reason: "this file is damaged: a sequence has no end",
    });
  });

  test("too many elements are refused", () => {
    const many = encoded(Array.from({ length: 1000 }, () => [0x00080060, "CS", "CT"] as const));
    const start = file([]);
    const bytes = new Uint8Array(start.length + many.length * 310);
    bytes.set(start);
    for (let at = 0; at < 310; at++) bytes.set(many, start.length + at * many.length);
    expect(report(bytes)).toEqual({
      kind: "unreadable",
      reason: "this file can't be read safely: it has too many data elements",
    });
  });

  test("every file that is cut short gives an answer", () => {
    const whole = file([...GRACE, [0x00280010, "US", [1]], [0x00081140, "SQ", item(encoded(GRACE))]]);
    for (let length = 0; length < whole.length; length++) {
      expect(["dicom", "other", "unreadable"]).toContain(report(whole.slice(0, length)).kind);
    }
  });

  test("every file with a flipped byte gives an answer", () => {
    const whole = file([...GRACE, [0x00280010, "US", [1]], [0x00081140, "SQ", item(encoded(GRACE))]]);
    for (let at = 0; at < whole.length; at++) {
      const bytes = whole.slice();
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      expect(["dicom", "other", "unreadable"]).toContain(report(bytes).kind);
    }
  });
});

test("dates of DICOM, old ones too, become ISO dates", () => {
  expect(["19620314", "1962.03.14", "1962", "x"].map(isoDate)).toEqual(["1962-03-14", "1962-03-14", "1962", "x"]);
});
