/** An inbox with nothing in it, or of which nothing is known yet. */

import { button, copyButton } from "../../ui/button.ts";
import { type Child, h } from "../../ui/dom.ts";
import { detailsOf, notice } from "../../ui/notice.ts";
import { working } from "../../ui/progress.ts";
import { quantumSafe } from "../../ui/quantumSafe.ts";
import { OLDER_KEY } from "./messages.ts";
import type { Unlocked } from "./state.ts";

export interface EmptyActions {
  look: () => void;
  shareCard: () => void;
  publicKey: () => string;
  otherInbox: () => void;
  clinics: () => void;
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
  return [
    h("h1", { tabindex: -1 }, "Nothing here yet"),
    h("p", { class: "lede" }, `Give the hospital your ${isOwn ? "key card" : "address"}:`),
    h("div", { class: "ways" }, waysToGive(state, act)),
    !isListed && h("p", { class: "hint" }, "Your address alone is not enough: it is not in the book."),
    !state.hybrid && quantumSafe(false, OLDER_KEY),
    mailSought(state),
    h(
      "div",
      { class: "ways again" },
      button("Check for new images", act.look, { props: { id: "look" } }),
      button("Clinics I have checked", act.clinics, { kind: "link", props: { id: "clinics" } }),
      state.way !== "wallet" &&
        button("My images are at another address", act.otherInbox, { kind: "link", props: { id: "other-inbox" } }),
    ),
  ];
}

/** The card first; the address for those alone who have registered it. */
function waysToGive(state: Unlocked, act: EmptyActions): Child {
  const isListed = state.keyVersion > 0;
  const isOwn = state.inbox === state.own;
  const card = button("Share my card", act.shareCard, { kind: "go", icon: "share", props: { id: "share-card" } });
  const copyAddress = copyButton(() => state.inbox, {
    label: "Copy address",
    said: "Address copied",
    kind: isOwn ? "plain" : "go",
  });
  const copyKey = copyButton(act.publicKey, { label: "Copy public key", said: "Public key copied" });
  const code = button("Show code", act.shareCard, { icon: "camera", props: { id: "show-code" } });
  return [
    isOwn ? card : null,
    isListed || !isOwn ? copyAddress : null,
    isOwn && !state.hybrid && copyKey,
    !isOwn && code,
  ];
}

export function looking(state: Unlocked): HTMLElement {
  const words = state.load === "slow" ? "The network is slow. Still looking." : "Looking for your images…";
  return h("p", { class: "wait", id: "looking" }, working(words));
}

/** Where the search for letters in mailboxes is, or why it has not found all. It hides nothing else. */
export function mailSought({ seeking, mailProblem, clinics }: Unlocked): Child {
  if (seeking !== null)
    return h("p", { class: "small muted", id: "seeking" }, working(`Looking for letters from ${seeking}…`));
  if (mailProblem === null) return null;
  const whose = clinics.length === 1 ? "the clinic you have checked" : "the clinics you have checked";
  const words =
    mailProblem.kind === "forgotten"
      ? `The network has forgotten what was sent long ago: older letters from ${whose} may be missing.`
      : `The network does not tell of all letters from ${whose}: some may be missing.`;
  const { detail = "" } = mailProblem;
  return [h("p", { class: "small muted", id: "mail-problem" }, words), detail !== "" && detailsOf(detail)];
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
