/** Buttons, links that look like them, and buttons that copy. */

import { type Child, h, hidden, type Props, uniqueId } from "./dom.ts";
import { icon, type IconName } from "./icons.ts";
import { say } from "./speech.ts";

export interface ButtonOptions {
  /** `go`: filled, one in a view; `link`: looks like text. */
  kind?: "go" | "plain" | "link" | undefined;
  icon?: IconName | undefined;
  /** Said after the label to who can't see what it stands beside: `Change`, ` images`. */
  more?: string | undefined;
  props?: Props | undefined;
}

export function button(label: Child, press: () => unknown, options: ButtonOptions = {}): HTMLButtonElement {
  const { kind = "plain", icon: picture, more, props = {} } = options;
  const look = kind === "link" ? "link" : kind === "go" ? "btn go" : "btn";
  const on = { click: () => void press(), ...props.on };
  const all = { type: "button", ...props, class: [look, props.class].filter(Boolean).join(" "), on };
  return h("button", all, picture && icon(picture), label, more !== undefined && hidden(more));
}

/** A link to another page. One that leaves the site opens a window of its own, which knows nothing of ours. */
export function link(label: Child, href: string, props: Props = {}): HTMLAnchorElement {
  const leaves = /^https?:/.test(href);
  return h("a", { href, ...(leaves && { target: "_blank", rel: "noopener noreferrer" }), ...props }, label);
}

const COPIED_FOR = 2000; // ms

export interface CopyOptions {
  label?: string;
  /** What the status region says. */
  said?: string;
  /** Selected when copying is refused, so that the person can copy it by hand. */
  source?: () => HTMLElement | undefined;
  kind?: ButtonOptions["kind"];
}

/** Copies `text()`; says so for two seconds, in the same width. */
export function copyButton(text: () => string, options: CopyOptions = {}): HTMLElement {
  const { label = "Copy", said = "Copied", source, kind } = options;
  const words = h("span", { class: "swap" }, h("span", {}, label), h("span", { "aria-hidden": "true" }, "Copied"));
  const problem = h("span", { class: "copy-failed", id: uniqueId("copy"), hidden: true });
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function copy(): Promise<void> {
    problem.hidden = true;
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      refuse();
      return;
    }
    words.classList.add("swapped");
    say(said);
    clearTimeout(timer);
    timer = setTimeout(() => {
      words.classList.remove("swapped");
    }, COPIED_FOR);
  }

  function refuse(): void {
    problem.textContent = "Could not copy. Select the text and copy it.";
    problem.hidden = false;
    say(problem.textContent);
    const shown = source?.();
    if (shown) getSelection()?.selectAllChildren(shown);
  }

  return h("span", { class: "copy" }, button(words, copy, { kind, icon: "copy" }), problem);
}
