import { describe, expect, test } from "vitest";
import { isGood, strength, STRENGTH_WORDS } from "../src/ui/passphrase.ts";
import type { Event, State } from "../src/pages/key/state.ts";
import { initial, next, wouldLose } from "../src/pages/key/state.ts";
import { firstWrong, lines, numbersToAsk } from "../src/pages/key/sheetLines.ts";

describe("a passphrase", () => {
  test.each([
    ["", "empty"],
    ["hunter2", "short"],
    ["one two six", "short"],
    ["a b c d e f", "short"],
    ["horse horse horse horse", "same"],
    ["aaaaaaaaaaaaaaaaaaaaaaaa", "short"],
    ["correct horse battery staple", "good"],
    ["correct-horse-battery-staple-lamp", "very good"],
    ["x7!Kp2#vQ9$mZ4&tB", "good"],
    ["чай лампа окно стол", "good"],
  ])("%j is %s", (passphrase, expected) => {
    expect(strength(passphrase)).toBe(expected);
  });

  test("is said to be good in words", () => {
    expect(STRENGTH_WORDS[strength("hunter2")]).toBe("Too short");
    expect(STRENGTH_WORDS[strength("correct horse battery staple")]).toBe("Good");
    expect(isGood("correct horse battery staple")).toBe(true);
  });
});

describe("the sheet", () => {
  test("has an address on two", () => {
    expect(lines("0x70997970C51812dc3A010C7d01b50e0d17dc79C8").map((line) => line.length)).toEqual([6, 4]);
  });

  test("is asked for three different words of it, in their order", () => {
    const asked = Array.from({ length: 200 }, () => numbersToAsk(24));
    for (const numbers of asked) {
      expect(new Set(numbers).size).toBe(3);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    const all = new Set(asked.flat());
    expect([Math.min(...all), Math.max(...all), all.size]).toEqual([1, 24, 24]);
  });

  test.each([
    [["b", "c", "e"], -1],
    [["B", " c ", "e"], -1],
    [["b", "c", "d"], 2],
    [["", "c", "e"], 0],
    [["c", "b", "e"], 0],
    [[], 0],
  ])("is checked by these words: %j", (typed, wrong) => {
    expect(firstWrong("a b c d e", [2, 3, 5], typed)).toBe(wrong);
  });
});

describe("the path", () => {
  const after = (...events: Event[]): State => events.reduce(next, initial());
  const made: Event[] = [{ type: "make" }, { type: "made" }];

  test("goes on only when the file is saved", () => {
    expect(after(...made, { type: "go-on" })).toMatchObject({ at: "save", problem: "not-saved" });
    expect(after(...made, { type: "saved" }, { type: "go-on" })).toMatchObject({ at: "check", problem: null });
  });

  test("does not nag about a sheet that was not printed", () => {
    expect(after(...made, { type: "saved" }, { type: "go-on" })).toMatchObject({ at: "check", printed: false });
  });

  test("goes on by itself once there is a file and a sheet, whichever comes first", () => {
    expect(after(...made, { type: "saved" }, { type: "printed" })).toMatchObject({ at: "check" });
    expect(after(...made, { type: "printed" })).toMatchObject({ at: "save" });
    expect(after(...made, { type: "printed" }, { type: "saved" })).toMatchObject({ at: "check" });
  });

  test("ends only with the right signs", () => {
    const checking: Event[] = [...made, { type: "saved" }, { type: "go-on" }];
    expect(after(...checking, { type: "finish", typed: "nothing" })).toMatchObject({ at: "check", problem: "empty" });
    expect(after(...checking, { type: "finish", typed: "other" })).toMatchObject({ problem: "not-the-same" });
    expect(after(...checking, { type: "finish", typed: "same" })).toMatchObject({ at: "registration", problem: null });
  });

  test("another passphrase makes another file, which is to be saved again", () => {
    const again = after(...made, { type: "saved" }, { type: "change" }, ...made);
    expect(again).toMatchObject({ at: "save", saved: false });
  });

  test("warns of leaving from the making until the file is saved", () => {
    expect(wouldLose(initial())).toBe(false);
    expect(wouldLose(after({ type: "make" }))).toBe(true);
    expect(wouldLose(after(...made))).toBe(true);
    expect(wouldLose(after(...made, { type: "saved" }))).toBe(false);
  });

  test("takes no step that does not belong where it is", () => {
    expect(after({ type: "go-on" }, { type: "finish", typed: "same" }, { type: "end" })).toEqual(initial());
  });
});
