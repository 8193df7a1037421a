import { expect, test } from "vitest";
import { wordsOf } from "../src/dicom/clinicalDocument.ts";
import type { Part } from "../src/dicom/structuredReport.ts";

const section = (text: string, more = ""): string =>
  `<component><section><title>Findings</title><text>${text}</text>${more}</section></component>`;
const document = (body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><!-- a < comment --><ClinicalDocument xmlns="urn:hl7-org:v3">` +
  `<title>Letter &amp; report</title><component><structuredBody>${body}</structuredBody></component></ClinicalDocument>`;
const words = (xml: string): ReturnType<typeof wordsOf> => wordsOf(new TextEncoder().encode(xml));

/** Sections with a colon, lines as they are. */
const told = (parts: readonly Part[]): unknown[] =>
  parts.map((part) => (part.kind === "line" ? part.value : [part.name, told(part.parts)]));

test("sections, paragraphs, lists and rows are read in their order", () => {
  const table = "<table><tbody><tr><th>Hb</th><td>12\n g/dL</td></tr><tr><td>Na</td><td>140</td></tr></tbody></table>";
  const list = '<list styleCode="Disc"><item>one<br/>two</item><item><content>three</content></item></list>';
  const inner = section("&lt;b&gt; &#65;&#x42;");
  const found = words(document(section(`  First\n line <paragraph>Second.</paragraph>${list}${table}`, inner)));
  expect(found?.title).toBe("Letter & report");
  expect(told(found?.parts ?? [])).toEqual([
    [
      "Findings",
      ["First line", "Second.", "one", "two", "three", "Hb · 12 g/dL", "Na · 140", ["Findings", ["<b> AB"]]],
    ],
  ]);
});

test.each([
  ["a definition of an entity", `<!DOCTYPE a [<!ENTITY x "y">]>${document(section("a"))}`],
  ["an unknown entity", document(section("&x;"))],
  ["a number beyond all characters", document(section("&#x110000;"))],
  ["what was struck out", document(section('<content revised="delete">left</content>'))],
  ["a picture", document(section('<renderMultiMedia referencedObject="a"/>'))],
  ["a tag that is not closed", document(section("<paragraph>a"))],
  ["a tag that closes another", document(section("<a><b></a></b>"))],
  ["text that was cut off", document(section("a")).slice(0, -30)],
  ["CDATA", document(section("<![CDATA[a]]>"))],
  ["a page", "<html><title>x</title></html>"],
  ["no sections", document("")],
  ["two roots", document(section("a")) + document(section("b"))],
  ["another encoding", document(section("a")).replace("UTF-8", "UTF-16")],
  ["a tree without end", document(section(`${"<a>".repeat(99)}${"</a>".repeat(99)}`))],
])("%s is not read as plain text", (_, xml) => {
  expect(words(xml)).toBeUndefined();
});

test("what is no UTF-8, or very long, is not read as plain text", () => {
  expect(wordsOf(Uint8Array.from([0x3c, 0xff, 0x3e]))).toBeUndefined();
  expect(words(document(section("a".repeat(1 << 20))))).toBeUndefined();
});

test("text that a reader would run through again and again is read once", () => {
  expect(words("<a ".repeat(200_000))).toBeUndefined();
  expect(words(`<a ${"x".repeat(900_000)}`)).toBeUndefined();
});

const HEADER =
  '<effectiveTime value="20240314120000+0100"/>' +
  "<recordTarget><patientRole><id extension='P-1'/><patient><name><given>Grace</given><given>Ann</given>" +
  "<family>Okafor</family><prefix>Dr</prefix></name><birthTime value='19620314'/></patient></patientRole></recordTarget>" +
  "<author><time value='20240314'/><assignedAuthor><assignedPerson><name>Dr. Jane Roe</name></assignedPerson>" +
  "</assignedAuthor></author><author><assignedAuthor><assignedAuthoringDevice><softwareName>Writer 2</softwareName>" +
  "</assignedAuthoringDevice></assignedAuthor></author>" +
  "<custodian><assignedCustodian><representedCustodianOrganization><name>St Anne\u202e &amp; Co</name>" +
  "</representedCustodianOrganization></assignedCustodian></custodian>";

test("the header says whose the document is, of when, by whom, and who keeps it", () => {
  const found = words(document(section("a")).replace("<component>", `${HEADER}<component>`));
  expect(found?.facts).toEqual([
    ["Patient", "OKAFOR, Grace Ann (Dr)"],
    ["Born", "14-Mar-1962"],
    ["Date", "14-Mar-2024"],
    ["Written by", "Dr. Jane Roe; Writer 2"],
    ["Kept by", "St Anne & Co"],
  ]);
});

test("what the header does not say, or says otherwise, is left out", () => {
  const odd = "<effectiveTime nullFlavor='UNK'/><author><assignedAuthor/></author><effectiveTime value='20240314'/>";
  expect(words(document(section("a")))?.facts).toEqual([]);
  expect(words(document(section("a")).replace("<component>", `${odd}<component>`))?.facts).toEqual([]);
});
