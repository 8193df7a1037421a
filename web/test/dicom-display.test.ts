import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { shownDate, shownName } from "../src/dicom/display.ts";
import { isDate } from "../src/formats/date.ts";
import { clean } from "../src/formats/text.ts";

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

test("control and direction characters are not shown", () => {
  expect(clean("a\u001b[1m\u202eb\u200b\u2028c\u00a0 d")).toBe("a [1mb c d");
  expect(clean("x".repeat(300))).toHaveLength(256);
});
