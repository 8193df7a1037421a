/** Whether a passphrase is good enough to lock a file that may be copied and tried at leisure. */

const WORDS = 4;
const SIGNS = 16; // of a passphrase that is no row of words

export type Strength = "empty" | "short" | "same" | "good" | "very good";

/** Four different words of three letters or more, or sixteen mixed signs. Words, not colours, say so on the page. */
export function strength(passphrase: string): Strength {
  const text = passphrase.normalize("NFC").trim();
  if (text === "") return "empty";
  const words = text.split(/[\s\-_.,;]+/u).filter((word) => Array.from(word).length >= 3);
  const different = new Set(words.map((word) => word.toLowerCase()));
  if (different.size >= WORDS) return different.size > WORDS ? "very good" : "good";
  if (words.length >= WORDS) return "same";
  const mixed = kinds(text) >= 3 && new Set(text).size >= SIGNS * 0.6;
  return Array.from(text).length >= SIGNS && mixed ? "good" : "short";
}

export function isGood(passphrase: string): boolean {
  return strength(passphrase).endsWith("good");
}

export const STRENGTH_WORDS: Readonly<Record<Strength, string>> = {
  empty: "",
  short: "Too short",
  same: "Use different words",
  good: "Good",
  "very good": "Very good",
};

function kinds(text: string): number {
  return [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}\s]/u].filter((kind) => kind.test(text)).length;
}
