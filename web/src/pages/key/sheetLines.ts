/** How codes and words are written on the recovery sheet, and how what is typed from it is judged. */

import { ENOUGH, isListed } from "../../formats/seedWord.ts";

const GROUP = 4;
const GROUPS_A_LINE = 6;
const ASKED = 3;

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

export const asOnSheet = (typed: string): string => typed.trim().toLowerCase();

/** Which of the words on a sheet are asked for: three different numbers from 1 on, in order. */
export function numbersToAsk(words: number): number[] {
  const all = Array.from({ length: words }, (_, place) => place + 1);
  const chosen = Array.from({ length: ASKED }, () => {
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
    return all.splice(random % all.length, 1)[0] ?? 1;
  });
  return chosen.sort((a, b) => a - b);
}

/** The place among `typed` of the first that is not the seed's word with that number; -1 if all are. */
export function firstWrong(seed: string, numbers: readonly number[], typed: readonly string[]): number {
  const words = seed.split(" ");
  return numbers.findIndex((number, place) => typed[place]?.trim().toLowerCase() !== words[number - 1]);
}
