/** One word of a seed, as it is typed: the list has no two words with the same first four letters. */

import { wordlist } from "@scure/bip39/wordlists/english.js";

export const SEED_WORDS = 24;
/** Letters that are enough of a longer word. */
export const ENOUGH = 4;

/** `count` random words of the list, 11 bits each, for a passphrase. */
export function randomWords(count: number): string[] {
  const numbers = crypto.getRandomValues(new Uint16Array(count)); // 2,048 words: each as likely as any
  return Array.from(numbers, (number) => wordlist[number % wordlist.length] ?? "");
}

/** Whether a word of the list is `typed`, or begins with its four letters or more. */
export function isListed(typed: string): boolean {
  return wordlist.some((word) => word === typed || (typed.length >= ENOUGH && word.startsWith(typed)));
}
