/** A numbered path: finished steps fold to a line, one is open, later ones wait. */

import { button } from "./button.ts";
import { type Child, h, hidden } from "./dom.ts";
import { icon } from "./icons.ts";

export interface StepOptions {
  number: number;
  title: string;
  state: "done" | "now" | "later";
  /** One line about it, when done (or later). */
  line?: Child;
  /** When done: `Change`, and what it says of it to screen readers, such as ` images`. */
  change?: { press: () => unknown; more: string; label?: string } | undefined;
  id?: string;
}

/** An item of `<ol class="steps">`. Its heading can take the focus. */
export function step({ number, title, state, line, change, id }: StepOptions, ...body: Child[]): HTMLLIElement {
  const sign = state === "done" ? icon("tick") : String(number);
  const spoken = state === "done" ? "Done: " : `Step ${number}: `;
  const heading = h("h2", { tabindex: -1, id }, hidden(spoken), title);
  return h(
    "li",
    { class: `card step ${state}`, "aria-current": state === "now" ? "step" : null },
    h(
      "div",
      { class: "head" },
      h("span", { class: "num", "aria-hidden": "true" }, sign),
      h(
        "div",
        { class: "head-words" },
        heading,
        line !== undefined && state !== "now" && h("p", { class: "sum" }, line),
      ),
      change && button(change.label ?? "Change", change.press, { kind: "link", more: change.more }),
    ),
    state === "now" && body,
  );
}

/** The list that the steps go into. */
export function stepList(...steps: HTMLLIElement[]): HTMLOListElement {
  return h("ol", { class: "steps" }, steps);
}
