/** The new key's card, beside the steps: what the patient gives to the hospital. */

import { fingerprint } from "../../formats/fingerprint.ts";
import { keyCode } from "../../formats/keyCard.ts";
import { LABEL_LIMIT } from "../../formats/manifest.ts";
import { shareCard } from "../../registration/card.ts";
import { loadSite } from "../../site.ts";
import { addressMore, addressText } from "../../ui/address.ts";
import { button } from "../../ui/button.ts";
import { type Child, h } from "../../ui/dom.ts";
import { type Field, field } from "../../ui/field.ts";
import { quantumSafe } from "../../ui/quantumSafe.ts";
import type { Owner } from "../../worker/worker.ts";

/** What the owner wants to be called on the card. */
export function nameField(): Field {
  return field({
    id: "card-name",
    label: "Your name on the card",
    hint: "Only if you want. The hospital sees it beside your key.",
    props: { maxlength: LABEL_LIMIT, autocomplete: "name", autocapitalize: "words" },
  });
}

/** `owner`: null until the words are on paper. */
export function addressCard(owner: Owner | null, name: Field): HTMLElement {
  const body = owner === null ? coming() : present(owner, name);
  return h("section", { class: "card next" }, h("h2", {}, "Your key card"), body);
}

function coming(): Child {
  return h(
    "p",
    { class: "small muted" },
    "Comes when your 24 words are on paper. You give it to the hospital; the key stays with you.",
  );
}

function present(owner: Owner, { element, input }: Field): Child {
  const { address, publicKey, hybrid } = owner;
  const name = (): string => input.value.trim();
  const share = button("Share my card", () => shareCard(owner, loadSite, name()), {
    icon: "share",
    props: { id: "share-card" },
  });
  return [
    h("p", {}, addressText(address, "Your address")),
    h(
      "p",
      { class: "small muted" },
      "Give it to the hospital: on paper, as a code to scan, or as a file. It holds no secret.",
    ),
    element,
    h("div", { class: "ways" }, share),
    quantumSafe(hybrid !== null),
    addressMore(keyCode(publicKey, hybrid), "key code"),
    h("h3", {}, "Words to compare"),
    h("p", { class: "words small" }, fingerprint(publicKey, hybrid?.digest).join(" ")),
    h("p", { class: "small muted" }, "The hospital sees the same words when it has your key right."),
  ];
}
