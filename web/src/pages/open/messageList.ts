/** The inbox as a list of messages. */

import { button, copyButton } from "../../ui/button.ts";
import { chip } from "../../ui/chip.ts";
import { type Child, h } from "../../ui/dom.ts";
import { counted } from "../../ui/format.ts";
import { notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
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
    h("span", { class: "chips" }, chipOf(message, kind), message.acknowledged && chip("Sender knows", "ok", "tick")),
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
  const copyAddress = copyButton(() => state.inbox, { label: "Copy address", said: "Address copied", kind: "go" });
  const copyKey = copyButton(act.publicKey, { label: "Copy public key", said: "Public key copied" });
  return [
    h("h1", { tabindex: -1 }, "Nothing here yet"),
    h("p", { class: "lede" }, "Give the hospital your address:"),
    h(
      "div",
      { class: "ways" },
      copyAddress,
      !isListed && copyKey,
      button("Show code", act.showCode, { icon: "camera", props: { id: "show-code" } }),
    ),
    !isListed &&
      h(
        "p",
        { class: "hint" },
        "Your address is not in the book yet. The hospital also needs your public key. The code has both.",
      ),
    h(
      "div",
      { class: "ways again" },
      button("Check for new images", act.look, { props: { id: "look" } }),
      state.way !== "wallet" &&
        button("My images are at another address", act.otherInbox, { kind: "link", props: { id: "other-inbox" } }),
    ),
  ];
}

function looking(state: Unlocked): HTMLElement {
  const words = state.load === "slow" ? "The network is slow. Still looking." : "Looking for your images…";
  return h("p", { class: "wait", id: "looking" }, working(words));
}

function failed(state: Unlocked, act: ListActions): HTMLElement {
  return notice({
    tone: "warn",
    title: "We cannot reach your inbox right now.",
    text: "Nothing is lost. Check your connection.",
    buttons: [button("Try again", act.look, { props: { id: "look-again" } })],
    details: state.failure ?? undefined,
  });
}
