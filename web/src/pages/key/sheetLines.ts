/** How codes and words are written on the recovery sheet, and how what is typed from it is judged. */

import { ENOUGH, isListed } from "../../formats/seedWord.ts";

const GROUP = 4;
const GROUPS_A_LINE = 6;

/** The signs after 0x in groups of four, six groups a line. */
export function lines(code: string): string[][] {
  const groups = code.replace(/^0x/u, "").match(new RegExp(`.{1,${String(GROUP)}}`, "gu")) ?? [];
  const count = Math.ceil(groups.length / GROUPS_A_LINE);
  return Array.from({ length: count }, (_, line) => groups.slice(line * GROUPS_A_LINE, (line + 1) * GROUPS_A_LINE));
}

/** `open`: nothing can be said yet. `short`: it was left too early. `unlisted`: no such word is on any sheet. */
export type Judgement = "open" | "right" | "short" | "unlisted" | "other";

/** What was typed for one word of the sheet; the first four letters are enough. `left`: nothing more is being typed. */
export function judge(word: string, typed: string, left: boolean): Judgement {
  const said = asOnSheet(typed);
  if (said === "") return "open";
  if (said === word) return "right";
  const isEnough = said.length >= ENOUGH;
  if (word.startsWith(said)) return isEnough ? "right" : left ? "short" : "open";
  if (!isEnough && !left) return "open";
  return isListed(said) ? "other" : "unlisted";
}

/** The place of the first word that was not typed as it is on the sheet; -1 if all were. */
export function firstWrong(words: readonly string[], typed: readonly string[]): number {
  return words.findIndex((word, place) => judge(word, typed[place] ?? "", true) !== "right");
}

export const asOnSheet = (typed: string): string => typed.trim().toLowerCase();
