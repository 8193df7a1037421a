import { expect, test } from "vitest";
import { charsets, decodeText } from "../src/dicom/text.ts";

const bytes = (...parts: (string | number[])[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? Array.from(part, (c) => c.charCodeAt(0)) : part)),
  );

// Names of PS3.5, annexes H to K.
test.each([
  ["ISO_IR 100", bytes("Buc^J\xe9r\xf4me"), "Buc^Jérôme"],
  ["ISO_IR 144", bytes("\xbb\xee\xda\x63\x65\xdc\xd1\x79\x70\xd3"), "Люкceмбypг"],
  ["ISO_IR 192", bytes([0xe7, 0x8e, 0x8b, 0x5e, 0xe5, 0xb0, 0x8f, 0xe6, 0x9d, 0xb1]), "王^小東"],
  ["GB18030", bytes([0xcd, 0xf5, 0x5e, 0xd0, 0xa1, 0xb6, 0xab]), "王^小东"],
  ["\\ISO 2022 IR 87", bytes("Yamada=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"), "Yamada=山田^太郎"],
  ["ISO 2022 IR 13\\ISO 2022 IR 87", bytes("\xd4\xcf\xc0\xde=\x1b$B;3ED\x1b(J"), "ﾔﾏﾀﾞ=山田"],
  ["\\ISO 2022 IR 149", bytes("Hong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7"), "Hong=洪^吉洞"],
  ["\\ISO 2022 IR 58", bytes("Zhang=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab"), "Zhang=张^小东"],
  ["\\ISO 2022 IR 159", bytes("\x1b$(D0!\x1b(B"), "丂"],
  ["ISO 2022 IR 6\\ISO 2022 IR 100", bytes("Buc^\x1b-AJ\xe9"), "Buc^Jé"],
])("%s", (set, value, text) => {
  expect(decodeText(value, charsets(set))).toBe(text);
});

test("a set that is not known, or misspelt, does no harm", () => {
  expect(charsets("ISO_IR_192")).toEqual(["utf-8"]);
  expect(charsets("no such set")).toEqual(["latin1"]);
  expect(decodeText(bytes([0xe9]), charsets(""))).toBe("é");
});

test("what a set does not have becomes a mark, not an error", () => {
  expect(decodeText(bytes("a\xffb"), charsets("ISO_IR 192"))).toBe("a\ufffdb");
});

test("an escape sequence that was not announced changes nothing", () => {
  expect(decodeText(bytes("\x1b$B;3"), charsets("ISO_IR 100"))).toBe("\x1b$B;3");
});

test("sets that are not to be mixed stand alone", () => {
  expect(charsets("ISO_IR 192\\ISO 2022 IR 87")).toEqual(["utf-8"]);
  expect(charsets("ISO 2022 IR 6\\ISO_IR 192")).toEqual(["latin1"]);
});
