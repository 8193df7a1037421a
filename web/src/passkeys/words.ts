/** What is said of each thing that can go wrong with a passkey. */

import { PasskeyError, type PasskeyReason } from "../errors.ts";
import type { NoticeWords } from "../ui/notice.ts";

export const OTHERWISE = "Your words and your key file open your images as before.";
const NOTHING_LOST = `Nothing has changed. ${OTHERWISE}`;

const MAKING: Readonly<Record<PasskeyReason, string>> = {
  stopped: "It was stopped, or took too long.",
  exists: "This device has a passkey for this key already. Use that, or another device or security key.",
  host: "Your browser does not allow passkeys at this address.",
  unable: "This device cannot keep a passkey that asks for your face, finger or PIN. Try another one.",
  "no-prf":
    "This device makes passkeys, but none that can lock a key (no PRF). If it now lists one for Radiogram, delete it: it opens nothing.",
  damaged: "The passkey does not open what it locked. Make another one.",
  other: "Your browser did not say why.",
};

const OPENING: Readonly<Record<PasskeyReason, string>> = {
  stopped: "You stopped it, it took too long, or the device does not have this passkey any more.",
  exists: "Your browser did not say why.",
  host: "It was made at another address of this website. It works only there.",
  unable: "This device cannot use it.",
  "no-prf": "The device gave nothing to open your key with (no PRF). Use the device that made the passkey.",
  damaged:
    "What is kept in this browser for it is damaged, or was made for another passkey. Forget it, and make a new one.",
  other: "Your browser did not say why.",
};

export function makingFailed(error: unknown): NoticeWords {
  const reason = reasonOf(error);
  return {
    tone: reason === "stopped" || reason === "exists" ? "warn" : "err",
    title: "There is no new passkey.",
    text: `${MAKING[reason]} ${NOTHING_LOST}`,
    details: detailsOf(error, reason),
  };
}

/** The device has made it, and was not let use it. */
export const NOT_TRIED: NoticeWords = {
  tone: "warn",
  title: "The passkey is made, and opens nothing yet.",
  text: `It was stopped when it was to be used, or took too long. ${OTHERWISE}`,
};

export function openingFailed(reason: PasskeyReason): { readonly title: string; readonly text: string } {
  return { title: "The passkey did not open your images.", text: `${OPENING[reason]} ${NOTHING_LOST}` };
}

export function reasonOf(error: unknown): PasskeyReason {
  return error instanceof PasskeyError ? error.reason : "other";
}

/** Where a browser's own words may help. */
function detailsOf(error: unknown, reason: PasskeyReason): string | undefined {
  const isKnown = reason === "stopped" || reason === "exists" || reason === "no-prf";
  return !isKnown && error instanceof Error && error.message !== "" ? error.message : undefined;
}
