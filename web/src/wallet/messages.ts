/** What is said of a wallet and of a transaction. The buttons beside the words differ from place to place. */

import { feeText } from "../chain/ether.ts";
import type { Tone } from "../ui/notice.ts";
import { networkName } from "./network.ts";
import type { TransactionProblem } from "./problem.ts";

export interface NoticeText {
  readonly tone: Tone;
  readonly title: string;
  readonly text: string;
}

/** Where people find wallets; nobody's in particular. */
export const FIND_WALLETS = "https://ethereum.org/en/wallets/find-wallet/";

export const LOOK_IN_WALLET = "Look in your wallet";
export const TOO_FEW_HOMES = "Too few homes keep the images.";
export const SAID_NO = "You said no in your wallet.";
export const STOPPED_WAITING = "You stopped waiting.";
export const NOTHING_CHANGED = "Nothing has changed.";
export const OTHER_ACCOUNT = "Your wallet is on another account.";
export const ASKED_TO_CONNECT = "We asked it to connect.";
export const ASKED_TO_SIGN = "It asks you to sign. This costs nothing.";
export const OPEN_FROM_BAR = "Nothing there? Open the wallet from your browser bar.";
export const BEING_WRITTEN = "The network is writing it down.";
export const MAY_BE_ON_ITS_WAY = "It may be on its way";
export const WALLET_MAY_HOLD = "Your wallet may have sent it. Look in your wallet. We look again every few seconds.";
export const MAY_CLOSE = "Most take under a minute. You can close this page.";
export const UNREACHABLE = "We cannot reach the network right now.";
export const NOT_ACCEPTED = "The network did not accept it.";

export function askedToSwitch(network: string): string {
  return `We asked it to change to ${network}.`;
}

/** `again`: the person said before that they have added one. */
export function noWallet(again = false): NoticeText {
  const text = again
    ? "Still none here. Some browsers show a new wallet only after the page was loaded again."
    : "A wallet is a small add-on for your browser. It signs for you.";
  return { tone: "info", title: "You need a wallet", text };
}

export const CHOOSE_WALLET = { tone: "info", title: "Choose your wallet" } as const;

export const SAID_NO_TO_CONNECT: NoticeText = { tone: "warn", title: SAID_NO, text: NOTHING_CHANGED };

export const NOT_CONNECTED: NoticeText = {
  tone: "warn",
  title: "Your wallet did not connect.",
  text: NOTHING_CHANGED,
};

export const LET_GO = "Your wallet let go of this page.";

export const LOST: NoticeText = { tone: "warn", title: LET_GO, text: "What you chose is still here." };

export const BUSY: NoticeText = {
  tone: "warn",
  title: "Your wallet is still asking you something.",
  text: "Open it from your browser bar and answer, then try again.",
};

/** `refused`: the wallet would not change its network when asked to. */
export function wrongNetwork(chainId: number, network: string, refused: boolean): NoticeText {
  const text = refused ? `Change it in your wallet to ${network}.` : `Radiogram here uses ${network}.`;
  return { tone: "warn", title: `Your wallet is on ${networkName(chainId)}.`, text };
}

/** `missing`: wei; 0 if it is not known how much. */
export function tooLittle(missing: bigint): NoticeText {
  const text = missing > 0n ? `It needs about ${feeText(missing)} more.` : "Put some more in, then check again.";
  return { tone: "warn", title: "Your wallet has too little for the fee.", text };
}

/** Why a transaction that was sent did nothing, as far as that is known. */
export function notAccepted(kind: TransactionProblem["kind"], nothingCame: string): NoticeText {
  if (kind === "replaced") return { tone: "err", title: "It was cancelled in your wallet.", text: nothingCame };
  if (kind === "undone") return { tone: "err", title: NOT_ACCEPTED, text: nothingCame };
  const text = "Look at it in your wallet before you send again.";
  if (kind === "lost") return { tone: "warn", title: "The network has lost it.", text };
  return { tone: "err", title: "It is not known what became of it.", text };
}
