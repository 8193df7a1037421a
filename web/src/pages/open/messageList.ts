/** The inbox as a list of messages. */

import { button, copyButton } from "../../ui/button.ts";
import { chip } from "../../ui/chip.ts";
import { type Child, h } from "../../ui/dom.ts";
import { counted } from "../../ui/format.ts";
import { notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { quantumSafe } from "../../ui/quantumSafe.ts";
import { OLDER_KEY } from "./messages.ts";
import { kindOf, type InboxMessage, listed, type Unlocked } from "./state.ts";
import { day } from "../../ui/format.ts";

export interface ListActions {
  name: (message: InboxMessage) => string | null;
  select: (index: number) => void;
  look: () => void;
  more: () => void;
  showHidden: () => void;
  showCode: () => void;
  publicKey: () => string;
  saveCard: () => void;
  otherInbox: () => void;
}

/** The column beside an open message, or the page if none is open. */
export function listView(state: Unlocked, act: ListActions): Child[] {
  const messages = listed(state);
  const hidden = state.messages.filter((message) => message.hidden).length;
  const title =
    state.selected === null
      ? h("h1", { tabindex: -1, id: "inbox" }, "Your inbox")
      : h("h2", { id: "inbox" }, "Your inbox");
  const isLooking = state.load === "loading" || state.load === "slow";
  return [
    title,
    h(
      "ul",
      { class: "messages" },
      messages.map((message) => h("li", {}, card(message, message.index === state.selected, act))),
    ),
    hidden > 0 &&
      !state.showHidden &&
      button(`Show ${counted(hidden, "hidden letter")}`, act.showHidden, {
        kind: "link",
        props: { id: "show-hidden" },
      }),
    state.more && button("Show more", act.more, { props: { id: "more" } }),
    isLooking ? looking(state) : button("Check for new images", act.look, { props: { id: "look" } }),
    !state.hybrid && quantumSafe(false, OLDER_KEY),
    state.load === "failed" && [state.selected === null && h("h2", { class: "vh" }, "Problem"), failed(state, act)],
  ];
}

function card(message: InboxMessage, isOpen: boolean, act: ListActions): HTMLElement {
  const name = act.name(message);
  const kind = kindOf(message, name !== null);
  const title = {
    "taken-back": "Taken back by the sender",
    "cannot-read": "A letter we cannot open",
    opened: message.name ?? "Images",
    unknown: "Locked images",
    locked: message.name ?? "Locked images",
  }[kind];
  return h(
    "button",
    {
      type: "button",
      class: "card message",
      "data-kind": kind,
      id: `message-${String(message.index)}`,
      "aria-current": isOpen ? "true" : null,
      on: {
        click: () => {
          act.select(message.index);
        },
      },
    },
    h("b", {}, title),
    h("span", { class: "small muted" }, `${name ?? "Unknown sender"}, ${day(message.sentAt)}`),
    h(
      "span",
      { class: "chips" },
      chipOf(message, kind),
      message.quantumSafe && chip("Quantum-safe", "ok", "lock"),
      message.acknowledged && chip("Sender knows", "ok", "tick"),
    ),
  );
}

function chipOf(message: InboxMessage, kind: ReturnType<typeof kindOf>): HTMLElement {
  if (kind === "taken-back") return chip("Nothing to open", "gone");
  if (kind === "cannot-read") return chip("Cannot open", "warn", "warn");
  return message.opened ? chip("Opened", "ok", "tick") : chip("New", "new", "letter");
}

/** Nothing in the inbox, or nothing known of it yet. */
export function emptyView(state: Unlocked, act: ListActions): Child {
  switch (state.load) {
    case "loading":
    case "slow":
      return [h("h1", { tabindex: -1 }, "Your inbox"), looking(state)];
    case "failed":
      return [h("h1", { tabindex: -1 }, "Your inbox"), h("h2", { class: "vh" }, "Problem"), failed(state, act)];
    case "ready":
      return nothing(state, act);
  }
}

function nothing(state: Unlocked, act: ListActions): Child {
  const isListed = state.keyVersion > 0;
  const isOwn = state.inbox === state.own; // a card is the key’s own account’s
  const needsCard = isOwn && !isListed;
  return [
    h("h1", { tabindex: -1 }, "Nothing here yet"),
    h("p", { class: "lede" }, `Give the hospital your ${needsCard && state.hybrid ? "key card" : "address"}:`),
    h("div", { class: "ways" }, waysToGive(state, act, needsCard)),
    !isListed &&
      h(
        "p",
        { class: "hint" },
        "Your address is not in the book yet. The hospital needs your key card or your code instead.",
      ),
    !state.hybrid && quantumSafe(false, OLDER_KEY),
    h(
      "div",
      { class: "ways again" },
      button("Check for new images", act.look, { props: { id: "look" } }),
      state.way !== "wallet" &&
        button("My images are at another address", act.otherInbox, { kind: "link", props: { id: "other-inbox" } }),
    ),
  ];
}

/** What most people should hand over stands first. */
function waysToGive(state: Unlocked, act: ListActions, needsCard: boolean): Child {
  const isCardFirst = needsCard && state.hybrid;
  const copyAddress = copyButton(() => state.inbox, {
    label: "Copy address",
    said: "Address copied",
    kind: isCardFirst ? "plain" : "go",
  });
  const copyKey =
    needsCard && !state.hybrid && copyButton(act.publicKey, { label: "Copy public key", said: "Public key copied" });
  const code = button("Show code", act.showCode, { icon: "camera", props: { id: "show-code" } });
  const kind = isCardFirst ? "go" : "plain";
  const card = button("Save key card", act.saveCard, { kind, icon: "download", props: { id: "save-card" } });
  return isCardFirst ? [card, code, copyAddress] : [copyAddress, copyKey, code, state.inbox === state.own && card];
}

function looking(state: Unlocked): HTMLElement {
  const words = state.load === "slow" ? "The network is slow. Still looking." : "Looking for your images…";
  return h("p", { class: "wait", id: "looking" }, working(words));
}

function failed(state: Unlocked, act: ListActions): HTMLElement {
  return notice({
    tone: "warn",
    title: "We cannot reach your inbox right now.",
    text: "Check your connection.",
    buttons: [button("Try again", act.look, { props: { id: "look-again" } })],
    details: state.failure ?? undefined,
  });
}
