/** What went wrong or needs care, in its place, with its way out: icon, heading, words, buttons. */

import { type Child, h, uniqueId } from "./dom.ts";
import { icon, type IconName } from "./icons.ts";

export type Tone = "info" | "ok" | "warn" | "err";

export interface NoticeWords {
  tone: Tone;
  title?: Child;
  text?: Child;
  /** From `button` or `link`; the first is the way most people should go. */
  buttons?: readonly HTMLElement[] | undefined;
  /** Texts of machines, such as an error's own words: out of view until asked for. */
  details?: string | undefined;
  /** A mark that works in place of the icon: something is waited for. */
  busy?: boolean | undefined;
  /** Of the heading: 2 where none but the page’s h1 is above it. */
  level?: 2 | 3 | undefined;
  id?: string | undefined;
}

const ICONS: Record<Tone, IconName> = { info: "info", ok: "tickRound", warn: "warn", err: "stop" };

export function notice({
  tone,
  title,
  text,
  buttons = [],
  details,
  id,
  busy = false,
  level = 3,
}: NoticeWords): HTMLElement {
  const textId = uniqueId("notice");
  const body = h("div", { class: "notice-text", id: textId }, text);
  const heading =
    title !== undefined &&
    h(level === 2 ? "h2" : "h3", { tabindex: -1, "aria-describedby": text ? textId : null }, title);
  const ways = buttons.length > 0 && h("div", { class: "ways" }, buttons);
  return h(
    "div",
    { class: `notice ${tone}`, id },
    busy ? h("span", { class: "turning" }) : icon(ICONS[tone]),
    h("div", { class: "notice-in" }, heading, text ? body : null, ways, details !== undefined && detailsOf(details)),
  );
}

/** Machine texts under a `Details` that starts closed. */
export function detailsOf(...texts: Child[]): HTMLDetailsElement {
  return h(
    "details",
    { class: "details" },
    h("summary", {}, "Details"),
    texts.map((text) => h("p", { class: "mono-wrap" }, text)),
  );
}

/** Moves the focus to the first heading in `element`, or to itself. */
export function focusHeading(element: HTMLElement): void {
  const heading = element.matches("h1,h2,h3") ? element : element.querySelector<HTMLElement>("h1,h2,h3,legend");
  const target = heading ?? element;
  if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
  target.focus();
}
