/** The new address, beside the steps: what the patient gives to the hospital. */

import { toHex } from "../../formats/bytes.ts";
import { fingerprint } from "../../formats/fingerprint.ts";
import { addressMore, addressText } from "../../ui/address.ts";
import { button, copyButton } from "../../ui/button.ts";
import { dialog } from "../../ui/dialog.ts";
import { type Child, h } from "../../ui/dom.ts";
import { qrCode } from "../../ui/qrcode.ts";
import type { Owner } from "../../worker/worker.ts";

/** `owner`: null before there is a key. */
export function addressCard(owner: Owner | null): HTMLElement {
  return h("section", { class: "card next" }, h("h2", {}, "Your address"), owner === null ? coming() : present(owner));
}

function coming(): Child {
  return h("p", { class: "small muted" }, "Comes with your key. You give it to the hospital; the key stays with you.");
}

function present({ address, publicKey }: Owner): Child {
  const code = button("Show code", () => showCode(publicKey), { icon: "camera", props: { id: "show-code" } });
  return [
    h("p", {}, addressText(address, "Your address")),
    h("p", { class: "small muted" }, "Give this to the hospital. It holds no secret."),
    h(
      "div",
      { class: "ways" },
      copyButton(() => address, { label: "Copy address", said: "Address copied" }),
      code,
    ),
    h(
      "p",
      { class: "small muted" },
      "As long as the address is not in the book, the hospital needs the code or the public key too.",
    ),
    addressMore(toHex(publicKey), "public key"),
    h("h3", {}, "Words to compare"),
    h("p", { class: "words small" }, fingerprint(publicKey).join(" ")),
    h("p", { class: "small muted" }, "The hospital sees the same words when it has your key right."),
  ];
}

async function showCode(publicKey: Uint8Array): Promise<void> {
  const code = await qrCode(toHex(publicKey), "Code of your address");
  await dialog({
    title: "Your code",
    body: [h("p", {}, "Let the hospital scan this. It holds no secret."), code],
    buttons: [{ label: "Close", value: undefined }],
  });
}
