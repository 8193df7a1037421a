import { expect, test } from "vitest";
import { contentsOf } from "../src/dicom/documents.ts";
import { openFile } from "../src/dicom/header.ts";
import type { Part, Report } from "../src/dicom/structuredReport.ts";
import { type Elements, encoded, file } from "./dicom-samples.ts";
import { python } from "./python.ts";

/** Reports of every kind of content: as files, and what Python makes of them. */
const EVERY_KIND = `
import base64, json
from tests.dicom.test_documents import code, document_of, item, number, report, Dataset, Sequence
def reference(**more):
    made = Dataset()
    made.ReferencedSOPClassUID, made.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3"
    for name, value in more.items(): setattr(made, name, value)
    return Sequence([made])
evil = '<script>alert(1)</script> & \\u202e\\x07\\u00a0\\t"\\'\\\\\\\\ end'
side = item("CODE", "Side", "HAS CONCEPT MOD", ConceptCodeSequence=code("L", "X", "left"))
deep = item("TEXT", "x", TextValue="end")
for _ in range(20): deep = item("CONTAINER", "x", children=(deep,))
values = [("DATE", dict(Date="20001206")), ("DATE", dict(Date="soon")), ("DATE", {}), ("TIME", dict(Time="120005.25")),
    ("TIME", dict(Time="12")), ("TIME", dict(Time="noon")), ("DATETIME", dict(DateTime="20001206120005+0100")),
    ("DATETIME", dict(DateTime="20001206")), ("DATETIME", dict(DateTime="2000")), ("UIDREF", dict(UID="1.2.3")),
    ("PNAME", dict(PersonName="Yamada^Tarou=山田^太郎")), ("TABLE", {}), ("", {}), ("NUM", {}),
    ("NUM", dict(NumericValueQualifierCodeSequence=code("1", "DCM", "Not a number"))),
    ("SCOORD", dict(GraphicType="POLYLINE")), ("SCOORD", {}), ("TCOORD", dict(TemporalRangeType="POINT")),
    ("IMAGE", dict(ReferencedSOPSequence=reference(ReferencedFrameNumber=[5, 2]))), ("IMAGE", {}),
    ("WAVEFORM", dict(ReferencedSOPSequence=reference())), ("TEXT", dict(TextValue=evil)),
    ("TEXT", dict(TextValue="a\\r\\nb\\rc\\nd")), ("TEXT", dict(TextValue="é" * 81)), ("TEXT", dict(TextValue="😀" * 80)),
    ("TEXT", dict(ReferencedContentItemIdentifier=[1, 2])), ("", dict(ReferencedContentItemIdentifier=3)),
    ("CODE", dict(ConceptCodeSequence=code("X1", "99", ""))), ("CODE", dict(ConceptCodeSequence=code("", "", evil)))]
lines = [item(kind, "Thing", **more) for kind, more in values]
verified = Dataset()
verified.VerifyingObserverName = "Ito^Ken^^Dr"
made = [
    report(*lines, SpecificCharacterSet="ISO_IR 192", PatientName=evil, StudyDescription=evil),
    report(item("TEXT", "Knee", children=(side, item("TEXT", "Sign", "INFERRED FROM", TextValue="warm")), TextValue="x"),
        item("CONTAINER", "", children=lines[:2]), number("Size", "12.50", "mm", "UCUM", "millimeter"),
        number("Count", "3", "1", "UCUM", "no units"), number("Grade", "2", "G", "99", "grades"), deep),
    report(item("CONTAINER", "F", "HAS OBS CONTEXT", children=(side,)), item("TEXT", "", "HAS ACQ CONTEXT"),
        PreliminaryFlag="PRELIMINARY", ContentDate="20260314", SpecificCharacterSet="ISO_IR 100",
        SeriesDescription="Überblick", VerifyingObserverSequence=Sequence([verified, verified])),
    report(SeriesDescription="No parts"),
]
`;
const TOLD = `
import sys
from pydicom.data import get_testdata_file
names = ["test-SR.dcm", "reportsi.dcm", "reportsi_with_empty_number_tags.dcm"]
made += [open(get_testdata_file(name), "rb").read() for name in names]
def told(source):
    sink = __import__("io").BytesIO()
    document_of(source).write(sink)
    return sink.getvalue().decode().partition("<body>")[2]
print(json.dumps([[base64.b64encode(each).decode(), told(each)] for each in made]))
`;

const escaped = (text: string): string =>
  text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#x27;");

/** As Python writes it. */
function html(report: Report): string {
  const rows = report.facts.map(([name, value]) => `<tr><th>${escaped(name)}</th><td>${escaped(value)}</td></tr>`);
  const status = report.status.map((said) => `<p class="status">${said}</p>`);
  const head = `<h1>${escaped(report.title)}</h1>\n<table>${rows.join("")}</table>\n${status.join("")}`;
  return `${head}${parts(report.parts, 2)}</body></html>\n`;
}

function parts(list: readonly Part[], level: number): string {
  let text = "";
  let isList = false;
  for (const part of list) {
    if (isList !== (part.kind === "line")) text += isList ? "</ul>\n" : "<ul>\n";
    isList = part.kind === "line";
    const tag = `h${Math.min(level, 6)}`;
    const name = escaped(part.name);
    if (part.kind === "section") {
      const heading = name && `<${tag}>${name}</${tag}>\n`;
      text += `<section>${heading}${parts(part.parts, level + 1)}</section>\n`;
    } else {
      const value = part.isLong ? `<p>${escaped(part.value)}</p>` : escaped(part.value);
      text += `<li>${part.relation}${name && `<b>${name}</b>: `}${value}${parts(part.parts, level + 1)}</li>\n`;
    }
  }
  return text + (isList ? "</ul>\n" : "");
}

async function report(bytes: Uint8Array<ArrayBuffer>): Promise<Report> {
  const found = contentsOf(await openFile(bytes));
  if (found?.kind !== "report") throw new Error("no report");
  return found.report;
}

test("reports say what Python's pages of them say, word by word in the same order", async () => {
  const told = JSON.parse(python(EVERY_KIND + TOLD).toString()) as [file: string, body: string][];
  expect(told).toHaveLength(7);
  for (const [base64, body] of told) {
    const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
    expect(html(await report(bytes))).toBe(body);
  }
});

const SR: Elements = [
  [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.88.11"],
  [0x00080060, "CS", "SR"],
];
const item = (elements: Elements): Uint8Array => {
  const inner = encoded(elements);
  const length = [inner.length & 255, (inner.length >> 8) & 255, inner.length >> 16, 0];
  return Uint8Array.from([0xfe, 0xff, 0, 0xe0, ...length, ...inner]);
};

test("a report nested without end is refused", async () => {
  let inner = item([[0x0040a040, "CS", "CONTAINER"]]);
  for (let depth = 0; depth < 60; depth++) {
    inner = item([
      [0x0040a040, "CS", "CONTAINER"],
      [0x0040a730, "SQ", inner],
    ]);
  }
  await expect(report(file([...SR, [0x0040a730, "SQ", inner]]))).rejects.toThrow("its parts are nested too deep");
});

test("a report of too many parts is refused", async () => {
  const one = item([[0x0040a040, "CS", "TEXT"]]);
  const many = new Uint8Array(one.length * 20_001);
  for (let at = 0; at < 20_001; at++) many.set(one, at * one.length);
  await expect(report(file([...SR, [0x0040a730, "SQ", many]]))).rejects.toThrow("it has too many parts");
});
