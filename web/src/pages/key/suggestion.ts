/** A passphrase to take. */

import { randomWords } from "../../formats/seedWord.ts";

const WORDS = 6; // 66 bits

/** Random words, as `ape run create_key` makes them. */
export function suggestion(): string {
  return randomWords(WORDS).join(" ");
}
