/** What screen readers are told: one status region and one alert region a page, made by the shell. */

import { h } from "./dom.ts";

const status = h("div", { role: "status", class: "vh" });
const alert = h("div", { role: "alert", class: "vh" });

/** The two regions; to be in the page from its beginning. */
export const regions: readonly HTMLElement[] = [status, alert];

/** Steps, results, and progress by quarters. The same words twice are spoken twice. */
export function say(text: string): void {
  speak(status, text);
}

/** Failures that happen in the background only: those that a person caused get the focus instead. */
export function alarm(text: string): void {
  speak(alert, text);
}

function speak(region: HTMLElement, text: string): void {
  region.replaceChildren(h("p", {}, text)); // a new node: browsers report additions, not equal texts
}

/** Says `25 percent` and so on as they are passed, never every tick. */
export class Quarters {
  #said = 0;

  /** `words` makes what is said of `25`, `50` and `75`. */
  report(done: number, total: number, words: (percent: number) => string): void {
    const quarter = total > 0 ? Math.min(3, Math.floor((4 * done) / total)) : 0;
    if (quarter > this.#said) say(words(quarter * 25));
    this.#said = Math.max(this.#said, quarter);
  }
}
