/** The new key's card, beside the steps: what the patient gives to the hospital. */

import { fingerprint } from "../../formats/fingerprint.ts";
import { keyCode } from "../../formats/keyCard.ts";
import { saveCardButton, showCode } from "../../registration/card.ts";
import { loadSite } from "../../site.ts";
import { addressMore, addressText } from "../../ui/address.ts";
import { button, copyButton } from "../../ui/button.ts";
import { type Child, h } from "../../ui/dom.ts";
import { quantumSafe } from "../../ui/quantumSafe.ts";
import type { Owner } from "../../worker/worker.ts";

/** `owner`: null before there is a key. */
export function addressCard(owner: Owner | null): HTMLElement {
  return h("section", { class: "card next" }, h("h2", {}, "Your key card"), owner === null ? coming() : present(owner));
}

function coming(): Child {
  return h("p", { class: "small muted" }, "Comes with your key. You give it to the hospital; the key stays with you.");
}

function present(owner: Owner): Child {
  const { address, publicKey, hybrid } = owner;
  const code = button("Show code", () => showCode(owner, loadSite), { icon: "camera", props: { id: "show-code" } });
  return [
    h("p", {}, addressText(address, "Your address")),
    h("p", { class: "small muted" }, "Give the card to the hospital, as a file or as a code. It holds no secret."),
    h("div", { class: "ways" }, saveCardButton(owner), code),
    quantumSafe(hybrid !== null),
    copyButton(() => address, { label: "Copy address", said: "Address copied" }),
    h("p", { class: "small muted" }, "The address alone is enough once it is in the book."),
    addressMore(keyCode(publicKey, hybrid), "key code"),
    h("h3", {}, "Words to compare"),
    h("p", { class: "words small" }, fingerprint(publicKey, hybrid?.digest).join(" ")),
    h("p", { class: "small muted" }, "The hospital sees the same words when it has your key right."),
  ];
}
