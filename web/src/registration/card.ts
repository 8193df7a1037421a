/** A person’s key card, which they hand to a hospital: to scan, on paper, as a file. It holds no secret. */

import "./card.css";
import { rawCid } from "../formats/block.ts";
import { cidText } from "../formats/bytes.ts";
import type { HybridKey } from "../formats/hybridKey.ts";
import { fingerprint } from "../formats/fingerprint.ts";
import { cardLink, keyCard, keyCode } from "../formats/keyCard.ts";
import { upload } from "../ipfs/upload.ts";
import type { Site } from "../site.ts";
import { addressMore, fullAddress } from "../ui/address.ts";
import { button, copyButton } from "../ui/button.ts";
import { dialog } from "../ui/dialog.ts";
import { h } from "../ui/dom.ts";
import { cardPicture, qrCode } from "../ui/qrcode.ts";
import { saveBlob } from "../ui/save.ts";
import { say } from "../ui/speech.ts";
import type { Owner } from "../worker/worker.ts";

/** Puts what a code has no room for where senders find it. Throws IpfsError where the site has no upload. */
export async function publishRecipient({ recipient, digest }: HybridKey, site: Site): Promise<void> {
  await upload({ blob: new Blob([recipient]), cid: cidText(rawCid(digest)) }, site);
}

/**
 * The card, once the rest of the key is online; or with the file beside it. Its code is a link that opens Send images of
 * this site with the card. `site`: where the rest may be put. `name`: what the owner wants on the card.
 */
export async function shareCard(owner: Owner, site: () => Promise<Site>, name = ""): Promise<void> {
  const { publicKey, hybrid } = owner;
  const text = keyCode(publicKey, hybrid);
  const url = cardLink(new URL("./", location.href).href, publicKey, hybrid, name);
  const [code, isWhole] = await Promise.all([qrCode(url, "Code of your address"), isOnline(owner, site)]);
  const also = h("p", {}, "The hospital needs your key card file too: from here, your code alone is not enough.");
  await dialog({
    title: "Your key card",
    wide: true,
    body: [
      h("p", {}, "Let the hospital scan this, or give it the card on paper or as a file. It holds no secret."),
      isWhole ? null : also,
      h(
        "div",
        { class: "card-dialog" },
        code,
        h(
          "div",
          { class: "card-side" },
          h(
            "div",
            { class: "card-ways" },
            button("Print", () => printCard(owner, url, name), { icon: "print" }),
            saveCardButton(owner, () => name),
            button("Save as picture", () => savePicture(owner, url, name), { icon: "download" }),
            canShare() && button("Share", () => share(owner, url, name)),
            copyButton(() => url, { label: "Copy link", said: "Link copied" }),
            copyButton(() => text, { label: "Copy key code", said: "Key code copied" }),
          ),
          h(
            "div",
            {},
            h("h3", {}, "Words to compare"),
            h("p", { class: "card-words" }, fingerprint(publicKey, hybrid?.digest).join(" ")),
          ),
        ),
      ),
      addressMore(owner.address),
    ],
    buttons: [{ label: "Close", value: undefined }],
  });
}

/** On paper, alone on its page; it is in the document only while it is printed. */
async function printCard({ address, publicKey, hybrid }: Owner, url: string, name: string): Promise<void> {
  const words = fingerprint(publicKey, hybrid?.digest);
  const sheet = h(
    "div",
    { class: "card-paper" },
    h("h2", {}, name === "" ? "Radiogram key card" : `Radiogram key card of ${name}`),
    h("p", {}, "For the hospital that sends images. It holds no secret."),
    await qrCode(url, "Code of the key card"),
    h("p", {}, "Scan it, or type the address where it is registered:"),
    fullAddress(address),
    h("p", {}, "Words to compare:"),
    h(
      "ol",
      { class: "card-words" },
      words.map((word, place) => h("li", {}, `${place + 1}. ${word}`)),
    ),
  );
  document.body.append(sheet);
  const away = (): void => {
    sheet.remove();
  };
  addEventListener("afterprint", away, { once: true });
  print();
}

/** `name`: what the owner wants on the card. */
export function saveCardButton(owner: Owner, name: () => string): HTMLElement {
  return button(
    "Save key card",
    () => {
      saveCard(owner, name());
    },
    { icon: "download" },
  );
}

export function saveCard(owner: Owner, name = ""): void {
  const file = `${fileName(owner)}.json`;
  saveBlob(new Blob([keyCard(owner.publicKey, owner.hybrid, name)]), file, "application/json");
  say(`Saved as ${file}`);
}

async function savePicture(owner: Owner, url: string, name: string): Promise<void> {
  const file = `${fileName(owner)}.png`;
  saveBlob(await picture(owner, url, name), file, "image/png");
  say(`Saved as ${file}`);
}

/** To whatever the device offers: a message, a mail, a printer. */
async function share(owner: Owner, url: string, name: string): Promise<void> {
  const file = new File([await picture(owner, url, name)], `${fileName(owner)}.png`, { type: "image/png" });
  const files = navigator.canShare({ files: [file] }) ? { files: [file] } : {};
  try {
    await navigator.share({ ...files, title: "Key card", url });
  } catch (error) {
    const wentBack = error instanceof DOMException && error.name === "AbortError";
    if (!wentBack) say("It could not be shared. Save it as a picture.");
  }
}

const canShare = (): boolean => "share" in navigator && "canShare" in navigator;

function picture({ address, publicKey, hybrid }: Owner, url: string, name: string): Promise<Blob> {
  const words = fingerprint(publicKey, hybrid?.digest);
  return cardPicture(url, [
    ...(name === "" ? [] : [name]),
    "Radiogram key card. It holds no secret.",
    address,
    words.slice(0, 3).join(" "),
    words.slice(3).join(" "),
  ]);
}

const fileName = ({ address }: Owner): string => `radiogram-card-${address.slice(2, 6)}-${address.slice(-4)}`;

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
