/** What all pages have: top bar with the pages and the account's pill, skip link, live regions, footer. */

import "./tokens.css";
import "./app.css";
import { shortAddress, spokenEnd } from "./address.ts";
import { button } from "./button.ts";
import { dialog } from "./dialog.ts";
import { type Child, fill, h, hidden } from "./dom.ts";
import { errorSummary, type FieldError } from "./field.ts";
import { icon } from "./icons.ts";
import { regions } from "./speech.ts";
import { keepPresses } from "./press.ts";

const PILL = "account"; // id: whatever it says, the focus stays on it

/** `relay` is in no list of pages: hospitals find it below the page that they send with. */
export type PageName = "send" | "open" | "key" | "relay";

const PAGES: readonly (readonly [page: PageName, href: string, word: string, more: string])[] = [
  ["send", "./send.html", "Send", " images"],
  ["open", "./index.html", "Open", " images"],
  ["key", "./key.html", "Make a key", ""],
];

export interface PillItem {
  label: string;
  press: () => unknown;
}

export interface Pill {
  /** `Wallet`, `Unlocked`. */
  word: string;
  /** Follows the word; on a phone for screen readers only: ` wallet`. */
  more?: string;
  /** On a phone the word is dropped for the address if this is true. */
  addressFirst?: boolean;
  address?: string;
  /** Whose address: `Your wallet`. */
  whose?: string;
  /** Name of the network, on wide screens. */
  network?: string;
  tone?: "ok" | "warn";
  /** What it opens; none: it is only shown. */
  items?: readonly PillItem[];
  /** What pressing it does, if it opens nothing: `Connect wallet`. */
  press?: () => unknown;
}

export interface Shell {
  readonly main: HTMLElement;
  /** The account in the top bar; null for none. */
  setPill: (pill: Pill | null) => void;
  /** Errors of fields, above everything in main; moves the focus there. None: takes them away. */
  problems: (errors: readonly FieldError[]) => void;
  /** The window's title: `title – Radiogram`. */
  setTitle: (title: string) => void;
}

/** Builds the page around an empty main. Call once. */
export function mountShell(page: PageName, title: string): Shell {
  keepPresses(document);
  const who = h("div", { class: "who-place" });
  const problemsPlace = h("div", { class: "problems" });
  const content = h("div", { class: "content" });
  const main = h("main", { id: "main", tabindex: -1 }, problemsPlace, content);
  document.body.replaceChildren(
    h("a", { class: "skip", href: "#main" }, "Skip to content"),
    h("header", { class: "top" }, h("div", { class: "top-in" }, brand(), nav(page), who)),
    main,
    footer(page),
    ...regions,
  );
  let words = title;
  const retitle = (): void => {
    document.title = `${problemsPlace.hasChildNodes() ? "Error: " : ""}${words} – Radiogram`;
  };
  retitle();
  let shown = "";
  return {
    main: content,
    setPill: (pill) => {
      const look = JSON.stringify(pill); // functions are no part of it: for the same words they do the same
      if (look === shown) return;
      shown = look;
      const isOpen = who.querySelector(".who-menu:not([hidden])") !== null;
      fill(who, pill && pillOf(pill, isOpen));
    },
    problems: (errors) => {
      const summary = errors.length > 0 ? errorSummary(errors) : null;
      fill(problemsPlace, summary);
      retitle();
      summary?.focus();
    },
    setTitle: (next) => {
      words = next;
      retitle();
    },
  };
}

function brand(): HTMLElement {
  return h("a", { class: "brand", href: "./index.html" }, icon("mark"), "Radiogram");
}

function nav(current: PageName): HTMLElement {
  const links = PAGES.map(([page, href, word, more]) =>
    h(
      "li",
      {},
      h(
        "a",
        { href, "aria-current": page === current ? "page" : null },
        word,
        more && h("span", { class: "wide" }, more),
      ),
    ),
  );
  return h("nav", { "aria-label": "Pages" }, h("ul", {}, links));
}

/** `isOpen`: with its menu, which a person has open. */
function pillOf(pill: Pill, isOpen: boolean): HTMLElement {
  const { items = [] } = pill;
  const words = pillWords(pill);
  const look = `who ${pill.tone ?? "ok"}`;
  const { press } = pill;
  if (press) return h("button", { type: "button", id: PILL, class: look, on: { click: () => void press() } }, words);
  if (items.length === 0) return h("span", { class: look }, words);
  const menu = h("div", { class: "who-menu card", id: "account-menu" });
  const opener = h("button", { type: "button", id: PILL, class: look, "aria-controls": "account-menu" }, words);
  const show = (on: boolean): void => {
    menu.hidden = !on;
    opener.setAttribute("aria-expanded", String(on));
  };
  fill(
    menu,
    items.map(({ label, press }) =>
      button(
        label,
        () => {
          show(false);
          opener.focus();
          void press();
        },
        { kind: "link" },
      ),
    ),
  );
  show(isOpen);
  opener.addEventListener("click", () => {
    show(menu.hidden);
  });
  const place = h("div", { class: "who-with-menu" }, opener, menu);
  place.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || menu.hidden) return;
    show(false);
    opener.focus();
  });
  place.addEventListener("focusout", (event) => {
    if (!place.contains(event.relatedTarget as Node | null)) show(false);
  });
  return place;
}

function pillWords({ word, more, address, whose = "Your address", network, addressFirst = false }: Pill): Child[] {
  const shown = address !== undefined && [
    h("span", { class: addressFirst ? "mono" : "mono net", "aria-hidden": "true" }, shortAddress(address)),
    hidden(`${addressFirst ? "" : ", "}${whose}, ending ${spokenEnd(address)}`),
  ];
  return [
    h("i", { "aria-hidden": "true" }),
    h(
      "span",
      { class: addressFirst ? "wide" : "" },
      word,
      more !== undefined && h("span", { class: "wide-word" }, more),
      " ",
    ),
    shown,
    network !== undefined && [
      h("span", { class: "net muted", "aria-hidden": "true" }, network),
      hidden(`, on ${network}`),
    ],
  ];
}

function footer(page: PageName): HTMLElement {
  const passOn = page === "send" && [" ", h("a", { href: "./relay.html" }, "Pass on a patient’s file")];
  return h(
    "footer",
    { class: "foot" },
    h("p", {}, "No server in the middle. ", button("How it works", explain, { kind: "link" }), passOn),
  );
}

async function explain(): Promise<void> {
  const lines: readonly (readonly [string, string])[] = [
    ["On this computer", "Images are locked and opened only here. Your keys stay here."],
    ["On IPFS", "The locked copy lies there. Anybody may have it; nobody can open it without the patient’s key."],
    [
      "On the network",
      "Everyone can see who sent something to whom, and when, with a sealed note. Only the patient can open the note, which leads to the locked copy.",
    ],
    ["What cannot be undone", "A sending can be taken back, but not out of a copy that somebody kept."],
  ];
  await dialog({
    title: "How it works",
    body: h(
      "dl",
      { class: "how" },
      lines.map(([term, text]) => [h("dt", {}, term), h("dd", {}, text)]),
    ),
    buttons: [{ label: "Close", value: undefined }],
  });
}
