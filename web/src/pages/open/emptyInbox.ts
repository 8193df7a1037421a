/** An inbox with nothing in it, or of which nothing is known yet. */

import { button, copyButton } from "../../ui/button.ts";
import { type Child, h } from "../../ui/dom.ts";
import { notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { quantumSafe } from "../../ui/quantumSafe.ts";
import { OLDER_KEY } from "./messages.ts";
import type { Unlocked } from "./state.ts";

export interface EmptyActions {
  look: () => void;
  showCode: () => void;
  publicKey: () => string;
  saveCard: () => void;
  otherInbox: () => void;
}

/** Nothing in the inbox, or nothing known of it yet. */
export function emptyView(state: Unlocked, act: EmptyActions): Child {
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

function nothing(state: Unlocked, act: EmptyActions): Child {
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
function waysToGive(state: Unlocked, act: EmptyActions, needsCard: boolean): Child {
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

export function looking(state: Unlocked): HTMLElement {
  const words = state.load === "slow" ? "The network is slow. Still looking." : "Looking for your images…";
  return h("p", { class: "wait", id: "looking" }, working(words));
}

export function failed(state: Unlocked, act: Pick<EmptyActions, "look">): HTMLElement {
  return notice({
    tone: "warn",
    title: "We cannot reach your inbox right now.",
    text: "Check your connection.",
    buttons: [button("Try again", act.look, { props: { id: "look-again" } })],
    details: state.failure ?? undefined,
  });
}
