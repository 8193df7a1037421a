/** What Make a key says when something is missing or wrong. */

import type { Problem } from "./state.ts";

/** `number`: of the word that is missing or wrong. */
export function problemText(problem: Problem, number: number): string {
  switch (problem) {
    case "weak":
      return "Choose a longer passphrase: 4 or more different words.";
    case "failed":
      return "The key could not be made. Try again.";
    case "not-saved":
      return "Save the file first. You will need it.";
    case "empty":
      return `Type word ${String(number)} of the sheet.`;
    case "not-the-same":
      return `Not the same. Look at word ${String(number)} of the sheet.`;
  }
}

/** Id of the control that a problem is about; `place`: of the field among those for words. */
export function controlOf(problem: Problem, place: number): string {
  switch (problem) {
    case "weak":
    case "failed":
      return "passphrase";
    case "not-saved":
      return "save-file";
    case "empty":
    case "not-the-same":
      return wordField(place);
  }
}

export const wordField = (place: number): string => `word-${String(place + 1)}`;
