/** A bar with its number beside it, and rows of what is done, going on and still to come. */

import { type Child, fill, h } from "./dom.ts";
import { icon, type IconName } from "./icons.ts";

export interface ProgressBar {
  readonly element: HTMLElement;
  /** `words` stand beside the bar, `41 of 108 MB`; the percent if there are none. */
  set(done: number, total: number, words?: string): void;
}

/** Not a live region: say quarters with Quarters. `name` is for screen readers. */
export function progressBar(name: string): ProgressBar {
  const bar = h("progress", { max: 1, value: 0, "aria-label": name });
  const number = h("span", { class: "percent" }, "0 %");
  const text = h("span", { class: "amount" });
  const element = h("div", { class: "progress" }, bar, h("div", { class: "progress-words" }, text, number));
  function set(done: number, total: number, words = ""): void {
    const part = total > 0 ? Math.min(1, done / total) : 0;
    bar.value = part;
    number.textContent = `${Math.floor(part * 100)} %`;
    text.textContent = words;
  }
  return { element, set };
}

export interface Row {
  readonly element: HTMLLIElement;
  /** Its heading, to move the focus to. */
  readonly heading: HTMLElement;
  set(state: RowState, ...body: Child[]): void;
  /** Another title, such as `Locking the images` while it goes on. */
  rename(title: string): void;
}

/** `later` has the step's picture, `now` a mark that works, `done` a tick, `failed` its picture beside a notice. */
export type RowState = "later" | "now" | "done" | "failed";

const SPOKEN: Record<RowState, string> = { later: "", now: "Now: ", done: "Done: ", failed: "Stopped: " };

/** A row of a live list of steps. */
export function progressRow(picture: IconName, title: string, ...body: Child[]): Row {
  const sign = h("span", { class: "sign" });
  const spoken = h("span", { class: "vh" });
  const name = h("span", {}, title);
  const heading = h("h3", { tabindex: -1 }, spoken, name);
  const words = h("div", { class: "row-body" });
  const element = h("li", { class: "row" }, sign, h("div", { class: "row-in" }, heading, words));
  function set(state: RowState, ...next: Child[]): void {
    element.className = `row ${state}`;
    spoken.textContent = SPOKEN[state];
    fill(sign, state === "now" ? h("span", { class: "turning" }) : icon(signs(picture)[state]));
    fill(words, next);
  }
  function rename(next: string): void {
    name.textContent = next;
  }
  set("later", ...body);
  return { element, heading, set, rename };
}

const signs = (picture: IconName): Record<RowState, IconName> => ({
  later: picture,
  now: picture,
  done: "tick",
  failed: picture,
});

/** A mark that works; never alone, words stand beside it. */
export function working(words: Child): HTMLElement {
  return h("span", { class: "working" }, h("span", { class: "turning" }), words);
}
