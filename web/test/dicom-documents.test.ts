import { expect, test } from "vitest";
import { contentsOf, type HeldFile } from "../src/dicom/documents.ts";
import { openFile } from "../src/dicom/header.ts";
import { type Elements, file } from "./dicom-samples.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (each) => each.charCodeAt(0));
const PDF = "%PDF-1.4\n%%EOF\n\0";
const UL = (value: number): Elements[number] => [0x00420015, "UL", [value & 255, value >> 8, 0, 0]];

async function held(data: string, type = "application/pdf", more: Elements = []): Promise<HeldFile & { text: string }> {
  const document: Elements = [
    [0x00080060, "CS", "DOC"],
    [0x00420010, "ST", "Chest <b>X-ray</b>"],
    [0x00420011, "OB", bytes(data)],
    [0x00420012, "LO", type],
  ];
  const found = contentsOf(await openFile(file([...document, ...more])));
  if (found?.kind !== "file") throw new Error("no file");
  return { ...found, text: await found.blob.text() };
}

test.each([
  ["of no known length", [], PDF],
  ["of a known length", [UL(PDF.length - 1)], PDF.slice(0, -1)],
  ["of a length that is none of its own", [UL(5)], PDF],
])("a PDF document %s comes out as it went in, without padding that is known", async (_, more, text) => {
  const found = await held(PDF, "application/pdf", more);
  expect([found.what, found.suffix, found.text]).toEqual(["pdf", ".pdf", text]);
  expect(found.title).toBe("Chest <b>X-ray</b>");
});

test("a clinical document is XML, whatever case its type is in, and ends with its last tag", async () => {
  const found = await held('\xef\xbb\xbf <?xml version="1.0"?><a/>\0', "text/XML; charset=utf-8");
  expect([found.what, found.suffix]).toEqual(["clinicalDocument", ".xml"]);
  expect(found.blob.size).toBe(3 + ' <?xml version="1.0"?><a/>'.length);
});

test.each(["MZ\x90\0", "<html></html>", ""])(
  "what only says that it is a PDF document is refused: %j",
  async (data) => {
    await expect(held(data)).rejects.toThrow("it says that it holds a PDF document, and holds something else");
  },
);

test.each(["application/x-msdownload", "text/html", ""])("a document of another kind is refused: %s", async (type) => {
  await expect(held(PDF, type)).rejects.toThrow("it holds a document of a kind that is not known here");
});

test("a document that is cut short is refused", async () => {
  const document: Elements = [
    [0x00080060, "CS", "DOC"],
    [0x00420012, "LO", "application/pdf"],
    [0x00420011, "OB", bytes(PDF)],
  ];
  const cut = file(document).slice(0, -2);
  await expect(openFile(cut).then(contentsOf)).rejects.toThrow("its document is not all there");
});

test("what is no document is none", async () => {
  expect(contentsOf(await openFile(file([[0x00080060, "CS", "RTPLAN"]])))).toBeUndefined();
});
