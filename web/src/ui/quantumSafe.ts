/** Whether something stays closed to quantum computers: a sign, and words that say so without it. */

import { h } from "./dom.ts";
import { icon } from "./icons.ts";

/** `why`: one sentence, where it does not. */
export function quantumSafe(isSafe: boolean, why?: string): HTMLElement {
  const words = ["Safe from future quantum computers: ", h("b", {}, isSafe ? "yes" : "no")];
  return h(
    "p",
    { class: isSafe ? "quantum safe" : "quantum" },
    icon(isSafe ? "tickRound" : "info"),
    h("span", {}, words, !isSafe && why ? `. ${why}` : "."),
  );
}
