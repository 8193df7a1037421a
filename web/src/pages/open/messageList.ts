/** The inbox as a list: senders who are known first, by month; all others folded into one line with their number. */

import { shortAddress } from "../../ui/address.ts";
import { button } from "../../ui/button.ts";
import { chip } from "../../ui/chip.ts";
import { type Child, h } from "../../ui/dom.ts";
import { counted, day, dayAndTime, month } from "../../ui/format.ts";
import { icon } from "../../ui/icons.ts";
import { notice } from "../../ui/notice.ts";
import { quantumSafe } from "../../ui/quantumSafe.ts";
import { failed, looking, mailSought } from "./emptyInbox.ts";
import { OLDER_KEY } from "./messages.ts";
import type { NameOf } from "./notes.ts";
import {
  kindOf,
  type InboxMessage,
  isKnown,
  isVouchedFor,
  type Kind,
  type Listed,
  listed,
  total,
  type Unlocked,
  unopened,
} from "./state.ts";

export interface ListActions {
  select: (index: number) => void;
  look: () => void;
  readOn: () => void;
  moreCards: () => void;
  foldStrangers: (folded: boolean) => void;
  moreStrangerCards: () => void;
  search: (text: string) => void;
  showHidden: () => void;
  clinics: () => void;
  history: () => void;
}

const SEARCHED_FROM = 8; // messages, below which they are seen at a glance

/** Cards that look the same stay the same elements: a list is not built anew for one of them. */
export class MessageList {
  readonly #act: ListActions;
  readonly #cards = new Map<number, { look: string; element: HTMLElement }>();
  readonly #input: HTMLInputElement;
  readonly #search: HTMLElement;

  constructor(act: ListActions) {
    this.#act = act;
    this.#input = h("input", {
      id: "search",
      type: "search",
      autocomplete: "off",
      placeholder: "Clinic, images or month",
    });
    this.#input.addEventListener("input", () => {
      act.search(this.#input.value);
    });
    this.#search = h(
      "div",
      { class: "search", role: "search" },
      h("label", { class: "vh", for: "search" }, "Search your letters"),
      this.#input,
    );
  }

  clear(): void {
    this.#cards.clear();
    this.#input.value = "";
  }

  /** The column beside an open message, or the page if none is open; and which cards of known senders are in it. */
  view(state: Unlocked, nameOf: NameOf): { column: Child[]; announceable: number[] } {
    const groups = listed(state, nameOf, words);
    const familiar = groups.familiar.slice(0, state.cards);
    const shown = strangersShown(state, groups);
    const isLooking = state.load === "loading" || state.load === "slow";
    const act = this.#act;
    const byMonth = months(familiar);
    const column = [
      this.#title(state),
      total(state) + state.mail.length > SEARCHED_FROM && this.#search,
      state.search !== "" &&
        h(
          "p",
          { class: "small muted", role: "status" },
          `${counted(groups.familiar.length + groups.strangers.length, "letter")} found`,
        ),
      byMonth.map(([title, messages]) => [
        byMonth.length > 1 && h(state.selected === null ? "h2" : "h3", { class: "month" }, title),
        h(
          "ul",
          { class: "messages" },
          messages.map((each) => h("li", {}, this.#card(each, state, nameOf))),
        ),
      ]),
      groups.familiar.length > familiar.length &&
        button("Show more", act.moreCards, {
          more: ` of ${counted(groups.familiar.length, "letter")}`,
          props: { id: "more" },
        }),
      this.#strangers(state, groups, shown, nameOf),
      groups.hidden > 0 &&
        !state.showHidden &&
        button(`Show ${counted(groups.hidden, "hidden letter")}`, act.showHidden, {
          kind: "link",
          props: { id: "show-hidden" },
        }),
      this.#older(state),
      state.clinicsProblem !== null && clinicsUnknown(state.clinicsProblem, act),
      mailSought(state),
      isLooking ? looking(state) : button("Check for new images", act.look, { props: { id: "look" } }),
      button("Clinics I have checked", act.clinics, { kind: "link", props: { id: "clinics" } }),
      button("History", act.history, { kind: "link", props: { id: "history" } }),
      !state.hybrid && quantumSafe(false, OLDER_KEY),
      state.load === "failed" && [state.selected === null && h("h2", { class: "vh" }, "Problem"), failed(state, act)],
    ];
    return {
      column,
      announceable: familiar
        .filter((each) => isUnnamed(each) && isVouchedFor(state, each, nameOf(each.sender)))
        .map(({ index }) => index),
    };
  }

  #title(state: Unlocked): HTMLElement {
    const title =
      state.selected === null
        ? h("h1", { tabindex: -1, id: "inbox" }, "Your inbox")
        : h("h2", { id: "inbox" }, "Your inbox");
    const inMailboxes = state.mail.length;
    const isCounted = total(state) + inMailboxes > SEARCHED_FROM;
    const more = inMailboxes > 0 ? ` and ${inMailboxes.toLocaleString("en")} in mailboxes` : "";
    const news = state.more ? "" : `, ${unopened(state).toLocaleString("en")} not opened here`;
    return h(
      "div",
      { class: "inbox-head" },
      title,
      isCounted && h("p", { class: "small muted" }, counted(total(state), "letter"), more, news),
    );
  }

  /** One line for what anybody may have sent. */
  #strangers(state: Unlocked, { strangers, familiar }: Listed, shown: number, nameOf: NameOf): Child {
    if (strangers.length === 0) return null;
    const isOpen = shown > 0;
    const number = counted(strangers.length, "letter");
    const so = state.more ? " so far" : "";
    const fold =
      familiar.length > 0 || strangers.length > SEARCHED_FROM
        ? button(
            [icon(isOpen ? "less" : "more"), `${number}${so} from senders you do not know`],
            () => {
              this.#act.foldStrangers(isOpen);
            },
            { kind: "link", props: { id: "strangers", class: "fold", "aria-expanded": String(isOpen) } },
          )
        : null;
    return [
      fold,
      isOpen &&
        h(
          "ul",
          { class: "messages" },
          strangers.slice(0, shown).map((each) => h("li", {}, this.#card(each, state, nameOf))),
        ),
      isOpen &&
        strangers.length > shown &&
        button("Show more", this.#act.moreStrangerCards, {
          more: " from senders you do not know",
          props: { id: "more-strangers" },
        }),
    ];
  }

  #older(state: Unlocked): Child {
    if (!state.more) return null;
    const unread = state.messages.at(-1)?.index ?? 0;
    if (state.reading)
      return h("p", { class: "small muted", id: "reading" }, `Reading ${counted(unread, "older letter")}…`);
    return button("Look for older letters", this.#act.readOn, {
      more: `, ${counted(unread, "letter")}`,
      props: { id: "read-on" },
    });
  }

  #card(message: InboxMessage, state: Unlocked, nameOf: NameOf): HTMLElement {
    const name = nameOf(message.sender);
    const isOpen = message.index === state.selected;
    const { opened, acknowledged, quantumSafe: safe, index } = message;
    const kind = kindOf(message, isKnown(state, message, name));
    const look = JSON.stringify([
      kind,
      name,
      message.name,
      message.claim,
      opened,
      acknowledged,
      safe,
      isOpen,
      +message.sentAt,
      message.sender,
    ]);
    const known = this.#cards.get(index);
    if (known?.look === look) return known.element;
    const element = this.#draw(message, kind, name, isOpen);
    this.#cards.set(index, { look, element });
    return element;
  }

  #draw(message: InboxMessage, kind: Kind, name: string | null, isOpen: boolean): HTMLElement {
    const { index } = message;
    const [title, line] = titleOf(message, kind, name);
    const click = (): void => {
      this.#act.select(index);
    };
    return h(
      "button",
      {
        type: "button",
        class: "card message",
        "data-kind": kind,
        id: `message-${String(index)}`,
        "aria-current": isOpen ? "true" : null,
        on: { click },
      },
      h("b", {}, title),
      h("span", { class: "small muted" }, line),
      h(
        "span",
        { class: "chips" },
        chipOf(message, kind),
        message.quantumSafe && chip("Quantum-safe", "ok", "lock"),
        message.acknowledged && chip("Sender knows", "ok", "tick"),
      ),
    );
  }
}

function clinicsUnknown(detail: string, act: ListActions): HTMLElement {
  return notice({
    level: 2,
    tone: "warn",
    title: "The clinics you have checked are not known.",
    text: "Their letters stand with those of senders you do not know.",
    buttons: [button("What can I do?", act.clinics, { props: { id: "clinics-help" } })],
    details: detail,
  });
}

/** A list of strangers alone is open from the start, if it is short enough to be looked through. */
function strangersShown(state: Unlocked, { familiar, strangers }: Listed): number {
  if (state.strangerCards !== null) return state.strangerCards;
  const isShort = familiar.length === 0 && strangers.length <= SEARCHED_FROM;
  return isShort || (state.search !== "" && strangers.length > 0) ? SEARCHED_FROM : 0;
}

/** What the images are, or else from whom; then what is still to be said: from whom, and when. */
function titleOf(message: InboxMessage, kind: Kind, name: string | null): readonly [title: string, line: string] {
  const sender = name ?? claimed(shortAddress(message.sender), message);
  switch (kind) {
    case "taken-back":
      return ["Taken back by the sender", `${name ?? "Unknown sender"} · ${day(message.sentAt)}`];
    case "cannot-read":
      return ["A letter we cannot open", `${name ?? "Unknown sender"} · ${day(message.sentAt)}`];
    case "unknown":
      return ["Unknown sender", `${shortAddress(message.sender)} · ${dayAndTime(message.sentAt)}`];
    default:
      return message.name === null
        ? [name ?? "A sender you know", `${name === null ? `${sender} · ` : ""}${dayAndTime(message.sentAt)}`]
        : [message.name, `${sender} · ${day(message.sentAt)}`];
  }
}

/** With what its maker calls itself, which anybody may. */
function claimed(sender: string, { claim }: InboxMessage): string {
  return claim === null ? sender : `${sender}, says it is from “${claim}”`;
}

/** What a search looks at. */
function words(message: InboxMessage, name: string | null): string {
  return `${message.name ?? ""} ${name ?? "Unknown sender"} ${day(message.sentAt)} ${month(message.sentAt)} ${message.sender}`;
}

/** Newest first. */
function months(messages: readonly InboxMessage[]): [title: string, messages: InboxMessage[]][] {
  const found = new Map<string, InboxMessage[]>();
  for (const each of messages) {
    const title = month(each.sentAt);
    const list = found.get(title);
    if (list) list.push(each);
    else found.set(title, [each]);
  }
  return [...found];
}

/** It is not known what it is, and its beginning may say so. */
function isUnnamed({ name, steps, retracted, readable }: InboxMessage): boolean {
  return name === null && steps.done === 0 && steps.work === "idle" && steps.problem === null && !retracted && readable;
}

function chipOf(message: InboxMessage, kind: Kind): HTMLElement {
  if (kind === "taken-back") return chip("Nothing to open", "gone");
  if (kind === "cannot-read") return chip("Cannot open", "warn", "warn");
  return message.opened ? chip("Opened", "ok", "tick") : chip("New", "new", "letter");
}
