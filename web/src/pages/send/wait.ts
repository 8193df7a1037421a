/** Waiting for a person to answer in their wallet, which may never happen. */

import { button } from "../../ui/button.ts";
import { type Child, h } from "../../ui/dom.ts";
import { say } from "../../ui/speech.ts";

export const HINT_AFTER = 20_000; // ms
const HINT = "Nothing there? Open the wallet from your browser bar.";

export interface Waiting {
  readonly element: HTMLElement;
  /** The hint does not come any more. */
  end(): void;
}

/** `text`, after 20 seconds where to look, and buttons: `Stop waiting`, unless others are given. */
export function waiting(text: Child, stop: () => void, buttons?: readonly HTMLElement[]): Waiting {
  const hint = h("p", { hidden: true }, HINT);
  const timer = setTimeout(() => {
    hint.hidden = false;
    say(HINT);
  }, HINT_AFTER);
  const end = (): void => {
    clearTimeout(timer);
  };
  const ways = buttons ?? [button("Stop waiting", stop)];
  const element = h("div", { class: "waiting" }, text && h("p", {}, text), hint, h("div", { class: "ways" }, ways));
  return { element, end };
}
