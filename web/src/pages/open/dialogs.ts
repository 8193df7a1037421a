/** Questions and texts of Open images that stand over the page. */

import type { Address } from "viem";
import { addressMore, fullAddress } from "../../ui/address.ts";
import { copyButton } from "../../ui/button.ts";
import { dialog } from "../../ui/dialog.ts";
import { h } from "../../ui/dom.ts";
import { field } from "../../ui/field.ts";
import { day } from "../../ui/format.ts";
import { qrCode } from "../../ui/qrcode.ts";
import { say } from "../../ui/speech.ts";
import { type InboxMessage, letterOf } from "./state.ts";

const CLOSE = [{ label: "Close", value: undefined }] as const;

export async function showFullAddress(address: Address): Promise<void> {
  const full = fullAddress(address);
  const copy = copyButton(() => address, { label: "Copy address", said: "Address copied", source: () => full });
  await dialog({ title: "Your address", body: [full, copy], buttons: CLOSE });
}

/** `text`: what the code says. */
export async function showCode(text: string, address: Address): Promise<void> {
  const code = await qrCode(text, "Code of your address");
  await dialog({
    title: "Your code",
    body: [h("p", {}, "Let the hospital scan this. It holds no secret."), code, addressMore(address)],
    buttons: CLOSE,
  });
}

/** Nobody was here for a while. `opened` gets what closes the question. */
export function askWhetherThere(opened: (close: () => void) => void): Promise<"stay" | "lock" | undefined> {
  return dialog<"stay" | "lock">({
    title: "Still there?",
    body: h("p", {}, "We lock your images in one minute."),
    buttons: [
      { label: "Stay", value: "stay" },
      { label: "Lock now", value: "lock" },
    ],
    opened,
  });
}

/** Another IPFS gateway, of which the sender or anybody may know; null if none was named. */
export async function askForGateway(): Promise<string | null> {
  const place = field({
    id: "place",
    label: "Web address of the place",
    hint: "Ask the sender where else the images are kept. It starts with https:// and often ends with /ipfs/.",
    props: { type: "url", inputmode: "url" },
  });
  const answer = await dialog({
    title: "Try another place",
    body: [h("p", {}, "Wherever the images come from, we check that nothing has changed."), place.element],
    buttons: [
      { label: "Try this place", value: "try" },
      { label: "Not now", value: "no" },
    ],
  });
  if (answer !== "try") return null;
  const gateway = gatewayOf(place.input.value);
  if (gateway === null) say("That is not a web address.");
  return gateway;
}

function gatewayOf(text: string): string | null {
  try {
    const url = new URL(text.trim(), location.href);
    if (text.trim() === "" || !/^https?:$/u.test(url.protocol)) return null;
    return url.href.endsWith("/") ? url.href : `${url.href}/`;
  } catch {
    return null;
  }
}

/** The address of another inbox that the same key may open; null if none was named. */
export async function askForInbox(): Promise<string | null> {
  const wanted = field({
    id: "other-address",
    label: "Inbox address",
    hint: "The address that you gave the hospital.",
  });
  const answer = await dialog({
    title: "Open another address",
    body: [h("p", {}, "This works if that address has your key in the book."), wanted.element],
    buttons: [
      { label: "Open it", value: "open" },
      { label: "Not now", value: "no" },
    ],
  });
  return answer === "open" ? wanted.input.value : null;
}

/** `panel` makes it. */
export async function askForPasskey(panel: HTMLElement, opened: (close: () => void) => void): Promise<void> {
  const title = "Open with this device’s passkey";
  const words = "Your face, your finger or a PIN opens your images here, without file and passphrase.";
  await dialog({ title, body: [h("p", {}, words), panel], buttons: CLOSE, opened });
}

/** What to tell the sender of images that arrived changed. */
export async function showWordsForSender(message: InboxMessage): Promise<void> {
  const text = `The images that you sent me on ${day(message.sentAt)} (letter ${letterOf(message)}) arrived changed. Please send them again.`;
  const words = h("p", { class: "quote" }, text);
  await dialog({
    title: "Tell the sender",
    body: [
      h("p", {}, "Call them, or send them these words:"),
      words,
      copyButton(() => text, { label: "Copy words", said: "Words copied", source: () => words }),
    ],
    buttons: CLOSE,
  });
}

export async function showKeyHelp(): Promise<void> {
  await dialog({
    title: "Which key do I need?",
    body: h(
      "ul",
      { class: "bullets" },
      h("li", {}, "The key whose address, public key or code you gave this hospital."),
      h("li", {}, "If you have several key files, try each. The last four signs of its address are in a file’s name."),
      h("li", {}, "If you opened images with a wallet before, unlock with that wallet."),
      h(
        "li",
        {},
        "If the key is lost, nobody can open these images. Make a new key, and ask the hospital to send again.",
      ),
    ),
    buttons: CLOSE,
  });
}

export async function showWhatOpensCopies(): Promise<void> {
  await dialog({
    title: "What can open it?",
    body: [
      h(
        "p",
        {},
        "A file that ends in .dcm is a medical image. Doctors’ programs open it; so do free ones, such as Weasis or Horos.",
      ),
      h("p", {}, "A file that ends in .zip is a folder of them. Open it first."),
      h("p", {}, "PDF, PNG and JPEG files open in most programs. Give your doctor the copy just as it is."),
    ],
    buttons: CLOSE,
  });
}
