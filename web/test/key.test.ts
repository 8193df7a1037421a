import { describe, expect, test } from "vitest";
import { suggestion } from "../src/pages/key/suggestion.ts";
import { isGood, strength, STRENGTH_WORDS } from "../src/ui/passphrase.ts";
import type { Event, State } from "../src/pages/key/state.ts";
import { initial, isOnPaper, next, wouldLose } from "../src/pages/key/state.ts";
import { firstWrong, judge, lines } from "../src/pages/key/sheetLines.ts";

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

describe("a suggested passphrase", () => {
  test("is six words, new each time, and good enough", () => {
    const suggested = Array.from({ length: 50 }, suggestion);
    for (const each of suggested) expect(each).toMatch(/^[a-z]{3,8}( [a-z]{3,8}){5}$/u);
    expect(new Set(suggested).size).toBe(50);
    expect(suggested.every(isGood)).toBe(true);
  });
});

describe("the sheet", () => {
  test("has an address on two", () => {
    expect(lines("0x70997970C51812dc3A010C7d01b50e0d17dc79C8").map((line) => line.length)).toEqual([6, 4]);
  });

  test.each([
    ["abandon", "", false, "open"],
    ["abandon", "", true, "open"],
    ["abandon", "aba", false, "open"],
    ["abandon", "aba", true, "short"],
    ["abandon", "aban", false, "right"],
    ["abandon", " Abandon ", true, "right"],
    ["abandon", "abandons", false, "unlisted"],
    ["abandon", "zo", false, "open"],
    ["abandon", "zoo", false, "open"],
    ["abandon", "zoo", true, "other"],
    ["abandon", "abil", false, "other"],
    ["abandon", "abxx", false, "unlisted"],
    ["act", "act", false, "right"],
    ["act", "acto", false, "other"],
    ["actor", "act", true, "short"],
  ] as const)("has %j, and %j is typed (left: %j): %s", (word, typed, left, judged) => {
    expect(judge(word, typed, left)).toBe(judged);
  });

  test("is right if each of its words was typed in its place", () => {
    const words = ["abandon", "zoo", "act"];
    expect(firstWrong(words, ["ABAN", " zoo ", "act"])).toBe(-1);
    expect(firstWrong(words, ["abandon", "act", "zoo"])).toBe(1);
    expect(firstWrong(words, ["abandon", "zoo", ""])).toBe(2);
    expect(firstWrong(words, [])).toBe(0);
  });
});

describe("the path", () => {
  const after = (...events: Event[]): State => events.reduce(next, initial());
  const made: Event[] = [{ type: "make" }, { type: "made" }];
  const printed: Event[] = [...made, { type: "paper", how: "printed" }];
  const checked: Event[] = [...printed, { type: "check", typed: "same" }];

  test("asks for the words once they are on paper, printed or written", () => {
    expect(after(...made).at).toBe("sheet");
    expect(after(...printed)).toMatchObject({ at: "check", paper: "printed" });
    expect(after(...made, { type: "paper", how: "written" })).toMatchObject({ at: "check", paper: "written" });
  });

  test("goes on only with the right words", () => {
    expect(after(...printed, { type: "check", typed: "nothing" })).toMatchObject({ at: "check", problem: "empty" });
    expect(after(...printed, { type: "check", typed: "other" })).toMatchObject({ problem: "not-the-same" });
    expect(after(...checked)).toMatchObject({ at: "file", problem: null });
  });

  test("makes no key file, and gives nothing out, before the words were typed back", () => {
    for (const events of [[], made, printed, [...printed, { type: "check", typed: "other" } as const]]) {
      const state = after(...events);
      expect(isOnPaper(state)).toBe(false);
      expect(next(state, { type: "lock" })).toEqual(state);
      expect(next(state, { type: "without-file" })).toEqual(state);
    }
    expect(isOnPaper(after(...checked))).toBe(true);
  });

  test("needs a good passphrase, typed twice, for a key file", () => {
    expect(after(...checked, { type: "refuse", problem: "weak" })).toMatchObject({ at: "file", problem: "weak" });
    expect(after(...checked, { type: "lock" }, { type: "no-file" })).toMatchObject({ at: "file", problem: "no-file" });
    expect(after(...checked, { type: "lock" }, { type: "saved" })).toMatchObject({ at: "registration", saved: true });
  });

  test("goes on without a key file, which can be saved later", () => {
    const without = after(...checked, { type: "without-file" });
    expect(without).toMatchObject({ at: "registration", saved: false });
    expect(next(without, { type: "another-file" })).toMatchObject({ at: "file" });
  });

  test("warns of leaving from the making until the words are known to be on paper", () => {
    expect(wouldLose(initial())).toBe(false);
    expect(wouldLose(after({ type: "make" }))).toBe(true);
    expect(wouldLose(after(...printed))).toBe(true);
    expect(wouldLose(after(...checked))).toBe(false);
  });

  test("takes no step that does not belong where it is", () => {
    expect(after({ type: "lock" }, { type: "check", typed: "same" }, { type: "end" })).toEqual(initial());
  });
});
