/** What Open images says when something goes wrong: one entry for each problem, each with a way out. */

import { openingFailed } from "../../passkeys/words.ts";
import { type NoticeText, noWallet, NOTHING_CHANGED, SAID_NO, UNREACHABLE } from "../../wallet/messages.ts";
import type { MessageProblem, UnlockProblem } from "./state.ts";

/** What a button of a notice asks for; the page knows how. */
export type Remedy =
  | "another-key"
  | "another-place"
  | "help"
  | "hide"
  | "key-file"
  | "make-key"
  | "passkey"
  | "tell"
  | "try-again"
  | "typed-key"
  | "wallet"
  | "without-file";

export interface RemedyNotice extends NoticeText {
  /** The first is the way most people should go. */
  readonly buttons: readonly { readonly remedy: Remedy; readonly label: string }[];
}

export function unlockWords(problem: UnlockProblem): RemedyNotice {
  const words = UNLOCK[problem.kind];
  return problem.kind === "passkey" ? { ...words, ...openingFailed(problem.passkey ?? "other") } : words;
}

export function messageWords(problem: MessageProblem): RemedyNotice {
  const words = MESSAGE[problem.kind];
  return problem.keyFile === undefined
    ? words
    : { ...words, text: words.text.replace("key file", `key file ${problem.keyFile}`) };
}

/** What to say of a key without a hybrid half, where it is used. */
export const OLDER_KEY = "This key is a wallet’s, or of the older kind. A new key made here is safe.";

const KEY_FILE = { remedy: "key-file", label: "Use my key file" } as const;
const MAKE_KEY = { remedy: "make-key", label: "Make a key" } as const;
const AGAIN = { remedy: "try-again", label: "Try again" } as const;
const PLACE = { remedy: "another-place", label: "Try another place" } as const;
const HIDE = { remedy: "hide", label: "Hide" } as const;

const UNLOCK: Readonly<Record<UnlockProblem["kind"], RemedyNotice>> = {
  "no-wallet": { ...noWallet(), buttons: [] },
  "said-no": {
    tone: "warn",
    title: SAID_NO,
    text: NOTHING_CHANGED,
    buttons: [{ remedy: "wallet", label: "Try again" }],
  },
  wallet: {
    tone: "warn",
    title: "Your wallet did not answer.",
    text: "Open it from your browser bar, look if it asks you something, then try again.",
    buttons: [{ remedy: "wallet", label: "Try again" }, KEY_FILE],
  },
  "contract-account": {
    tone: "warn",
    title: "This wallet cannot make a key.",
    text: "Its address is run by a program. A program’s signature cannot be a key. Use a key file instead.",
    buttons: [KEY_FILE, MAKE_KEY],
  },
  "not-derivable": {
    tone: "warn",
    title: "This wallet cannot make a key.",
    text: "It does not sign the same way twice, so your key would be lost. Use a key file instead.",
    buttons: [KEY_FILE, MAKE_KEY],
  },
  "other-key": {
    tone: "warn",
    title: "Your address has another key.",
    text: "The key in the book for this address is not the one from your wallet. Use the key that you put there.",
    buttons: [KEY_FILE, { remedy: "typed-key", label: "Type my key" }],
  },
  passphrase: {
    tone: "err",
    title: "There is a problem",
    text: "The passphrase does not fit this file. Check capital letters.",
    buttons: [],
  },
  "key-file": { tone: "err", title: "There is a problem", text: "This is not a Radiogram key file.", buttons: [] },
  passkey: {
    tone: "warn",
    title: "",
    text: "",
    buttons: [{ remedy: "passkey", label: "Try again" }, KEY_FILE, { remedy: "typed-key", label: "Type my key" }],
  },
  "typed-key": { tone: "err", title: "There is a problem", text: "This is not a key.", buttons: [] },
  address: { tone: "err", title: "There is a problem", text: "This is not an address.", buttons: [] },
  chain: {
    tone: "warn",
    title: UNREACHABLE,
    text: "Check your connection. Your key stays on this computer.",
    buttons: [AGAIN],
  },
};

const MESSAGE: Readonly<Record<MessageProblem["kind"], RemedyNotice>> = {
  "wrong-key": {
    tone: "warn",
    title: "This key does not fit.",
    text: "Nothing was changed. Try the key you made for this hospital.",
    buttons: [
      { remedy: "another-key", label: "Use another key" },
      { remedy: "help", label: "Help" },
    ],
  },
  "no-hybrid": {
    tone: "warn",
    title: "This letter needs your 24 words.",
    text: "Unlock with the words on your sheet, or with the key file that you saved when you made this key. A private key or a wallet alone is not enough.",
    buttons: [
      { remedy: "another-key", label: "Use another key" },
      { remedy: "help", label: "Help" },
    ],
  },
  unreadable: {
    tone: "warn",
    title: "We cannot open this letter.",
    text: "It was made for another key, or is damaged.",
    buttons: [{ remedy: "another-key", label: "Try another key" }, HIDE],
  },
  copied: {
    tone: "warn",
    title: "We cannot open this letter.",
    text: "It is a copy of a letter that was meant for another place. Do not trust it.",
    buttons: [HIDE],
  },
  storage: {
    tone: "warn",
    title: "We cannot reach the images right now.",
    text: "None of the places that we know gave them to us. Try again later, or ask the sender whether they still keep them.",
    buttons: [AGAIN, PLACE],
  },
  car: {
    tone: "warn",
    title: "This file does not open.",
    text: "A part of your images is missing in it, or is damaged. Copy it again, or ask the sender for a new one. You can also get your images from the network.",
    buttons: [AGAIN, { remedy: "without-file", label: "Get them from the network" }],
  },
  tampered: {
    tone: "err",
    title: "Do not trust this copy.",
    text: "It is not what was sent to you. We deleted it.",
    buttons: [PLACE, { remedy: "tell", label: "Tell the sender" }],
  },
  memory: {
    tone: "warn",
    title: "There is no room for the images.",
    text: "Close other windows, or free some space on this device.",
    buttons: [AGAIN],
  },
  chain: {
    tone: "warn",
    title: "We cannot reach your inbox right now.",
    text: "Check your connection.",
    buttons: [AGAIN],
  },
};
