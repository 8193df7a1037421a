/** What Make a key says when something is missing or wrong. */

import type { Problem } from "./state.ts";

/** `lastLine`: number of the sheet's line with the signs that are asked for. */
export function problemText(problem: Problem, lastLine: number): string {
  switch (problem) {
    case "weak":
      return "Choose a longer passphrase: 4 or more different words.";
    case "failed":
      return "The key could not be made. Try again.";
    case "not-saved":
      return "Save the file first. You will need it.";
    case "empty":
      return "Type the last 4 signs on the sheet.";
    case "not-the-same":
      return `Not the same. Look at line ${String(lastLine)} of the sheet.`;
  }
}

/** Id of the control that a problem is about. */
export const CONTROL: Readonly<Record<Problem, string>> = {
  weak: "passphrase",
  failed: "passphrase",
  "not-saved": "save-file",
  empty: "last-four",
  "not-the-same": "last-four",
};
