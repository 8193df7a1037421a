/** What Make a key says when something is missing or wrong. */

import type { Problem } from "./state.ts";

/** `number`: of the word that is missing or wrong. */
export function problemText(problem: Problem, number: number): string {
  switch (problem) {
    case "failed":
      return "The key could not be made. Try again.";
    case "empty":
      return `Type word ${String(number)} of the sheet.`;
    case "not-the-same":
      return `Not the same. Look at word ${String(number)} of the sheet.`;
    case "weak":
      return "Choose a longer passphrase: 4 or more different words.";
    case "differs":
      return "The two are not the same. Type the passphrase again.";
    case "no-file":
      return "The key file could not be made. Try again.";
  }
}

/** Id of the control that a problem is about; `place`: of the word's field. */
export function controlOf(problem: Problem, place: number): string {
  switch (problem) {
    case "failed":
      return "make-key";
    case "empty":
    case "not-the-same":
      return wordField(place);
    case "weak":
    case "no-file":
      return "passphrase";
    case "differs":
      return "passphrase-again";
  }
}

export const wordField = (place: number): string => `word-${String(place + 1)}`;
