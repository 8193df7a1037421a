import { describe, expect, it } from "vitest";
import { isDate } from "../src/formats/date.ts";
import { checkDate } from "../src/pages/send/birthDate.ts";
import { looksLike, risksOf } from "../src/recipients/risks.ts";
import { feeText } from "../src/chain/ether.ts";
import { about, amountOf, counted, listed, size } from "../src/ui/format.ts";

const plain = (text: string): string => text.replaceAll("\u00a0", " ");

describe("the date of birth", () => {
  const typed = (day: string, month: string, year: string): string => checkDate({ day, month, year }, "1962-03-14");

  it("is the same however it is written", () => {
    expect(typed("14", "3", "1962")).toBe("same");
    expect(typed(" 14", "03", "1962 ")).toBe("same");
  });

  it("differs in any part", () => {
    for (const other of [typed("15", "3", "1962"), typed("14", "4", "1962"), typed("3", "1", "1962")]) {
      expect(other).toBe("differs");
    }
  });

  it("is compared when it is complete only", () => {
    expect(typed("", "", "")).toBe("empty");
    for (const part of [typed("14", "", ""), typed("14", "3", ""), typed("14", "3", "196"), typed("", "3", "1962")]) {
      expect(part).toBe("unfinished");
    }
  });

  it("is a day of the calendar", () => {
    for (const wrong of [
      typed("31", "2", "1962"),
      typed("0", "3", "1962"),
      typed("14", "13", "1962"),
      typed("x", "3", "1962"),
    ]) {
      expect(wrong).toBe("impossible");
    }
    expect(isDate("2024-02-29")).toBe(true);
    expect(isDate("2023-02-29")).toBe(false);
  });
});

describe("risky addresses", () => {
  const used = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
  const sameEnds = "0x7090000000000000000000000000000000000000".slice(0, 39) + "9c8";
  const oneTypo = used.replace("C518", "C519");

  it("are those that look like a used one and are not the same", () => {
    expect(looksLike(sameEnds, used)).toBe(true);
    expect(looksLike(oneTypo, used)).toBe(true);
    expect(looksLike(used.toLowerCase(), used)).toBe(false);
    expect(looksLike("0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65", used)).toBe(false);
  });

  it("are all named, and one that was used itself is not alike", () => {
    expect(risksOf(used, true, { own: used, used: [] })).toEqual([{ kind: "own" }, { kind: "contract" }]);
    expect(risksOf(oneTypo, false, { own: undefined, used: [used] })).toEqual([{ kind: "alike", other: used }]);
    expect(risksOf(oneTypo, false, { own: undefined, used: [used, oneTypo] })).toEqual([]);
  });
});

describe("numbers for people", () => {
  it("are amounts in the unit of the whole", () => {
    expect(plain(amountOf(41e6, 108e6))).toBe("41 of 108 MB");
    expect(plain(amountOf(0.4e6, 1.6e6))).toBe("0.4 of 1.6 MB");
    expect(plain(size(12))).toBe("12 bytes");
    expect(plain(size(3.2e9))).toBe("3.2 GB");
  });

  it("are fees that are never said too low", () => {
    expect(plain(feeText(0n))).toBe("0 ETH");
    expect(plain(feeText(209_972_001_000_000n))).toBe("0.00021 ETH");
    expect(plain(feeText(999_999_999_999_999_999n))).toBe("1 ETH");
    expect(plain(feeText(1n))).toBe("0.000000000000000001 ETH");
    expect(plain(feeText(12_300_000_000_000_000_000n))).toBe("13 ETH");
  });

  it("are counts, lists and times", () => {
    expect([counted(1, "file"), counted(1214, "image")]).toEqual(["1 file", "1,214 images"]);
    expect(listed(["a", "b", "c", "d", "e"])).toBe("a, b, c and 2 more");
    expect([about(3), about(42), about(61)]).toEqual(["about 5 s", "about 45 s", "about 2 min"]);
  });
});
