/** A person’s key card, which they hand to a hospital: as a file, and as a code to scan. It holds no secret. */

import { rawCid } from "../formats/block.ts";
import { cidText } from "../formats/bytes.ts";
import type { HybridKey } from "../formats/hybridKey.ts";
import { keyCard, keyCode } from "../formats/keyCard.ts";
import { upload } from "../ipfs/upload.ts";
import type { Site } from "../site.ts";
import { addressMore } from "../ui/address.ts";
import { button, copyButton } from "../ui/button.ts";
import { dialog } from "../ui/dialog.ts";
import { h } from "../ui/dom.ts";
import { qrCode } from "../ui/qrcode.ts";
import { saveBlob } from "../ui/save.ts";
import { say } from "../ui/speech.ts";
import type { Owner } from "../worker/worker.ts";

/** Puts what a code has no room for where senders find it. Throws IpfsError where the site has no upload. */
export async function publishRecipient({ recipient, digest }: HybridKey, site: Site): Promise<void> {
  await upload({ blob: new Blob([recipient]), cid: cidText(rawCid(digest)) }, site);
}

/** The code, once the rest of the key is online; or with the file beside it. `site`: where it may be put. */
export async function showCode(owner: Owner, site: () => Promise<Site>): Promise<void> {
  const text = keyCode(owner.publicKey, owner.hybrid);
  const [code, isWhole] = await Promise.all([
    qrCode(text.toUpperCase(), "Code of your address"),
    isOnline(owner, site),
  ]);
  const also = h("p", {}, "The hospital needs your key card file too: from here, your code alone is not enough.");
  await dialog({
    title: "Your code",
    body: [
      h("p", {}, "Let the hospital scan this. It holds no secret."),
      code,
      isWhole ? null : also,
      h(
        "div",
        { class: "ways" },
        saveCardButton(owner),
        copyButton(() => text, { label: "Copy key code", said: "Key code copied" }),
      ),
      addressMore(owner.address),
    ],
    buttons: [{ label: "Close", value: undefined }],
  });
}

export function saveCardButton(owner: Owner): HTMLElement {
  return button(
    "Save key card",
    () => {
      saveCard(owner);
    },
    { icon: "download" },
  );
}

export function saveCard({ address, publicKey, hybrid }: Owner): void {
  const name = `radiogram-card-${address.slice(2, 6)}-${address.slice(-4)}.json`;
  saveBlob(new Blob([keyCard(publicKey, hybrid)]), name, "application/json");
  say(`Saved as ${name}`);
}

/** Whether a sender who has the code has, or can fetch, all of the key. */
async function isOnline({ hybrid }: Owner, site: () => Promise<Site>): Promise<boolean> {
  if (hybrid === null) return true;
  try {
    await publishRecipient(hybrid, await site());
    return true;
  } catch {
    return false; // it is said beside the code
  }
}
