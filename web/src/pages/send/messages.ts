/** What Send images says when something goes wrong, or was stopped: the words, without the buttons. */

import * as wallet from "../../wallet/messages.ts";
import type { TransactionProblem } from "../../wallet/problem.ts";
import type { NoticeWords } from "../../ui/notice.ts";
import type { Cancelled } from "./transferController.ts";
import type { TransferProblem, Unsigned, UploadKind } from "./transfer.ts";

const GOT_NOTHING = "The patient got nothing.";
const NOT_SENT = "The images were not sent.";
const STILL_HERE = "The locked copy is still here.";
const STILL_SENT = "The images are still sent.";

/** Why what is sent to a key is not quantum-safe. */
export const OLDER_KEY =
  "The patient’s key is of the older kind, or a wallet’s. A new key made with Radiogram is safe.";

/** Of a browser that keeps nothing. */
export const NOT_KEPT: NoticeWords = {
  tone: "info",
  title: "This window keeps nothing.",
  text: "It may be a private one. A sending that is interrupted here cannot be finished later. Stay on this page until it says that the images are sent.",
};

export const GOT_NOTHING_YET =
  "The patient got nothing yet. The locked images were uploaded before: nothing is uploaded again.";
export const SAY_NO_TO_OLDER = "If your wallet still shows an older question about it, say no to that one.";
export const SENT_BEFORE = "You sent these images to this patient before.";
export const IN_ANOTHER_WINDOW = "Another window is sending these images. We wait for it.";

export const UNREACHABLE = {
  tone: "warn",
  title: wallet.UNREACHABLE,
  text: "Check your connection.",
} as const;

export const CANCELLED: Readonly<Record<Cancelled, string>> = {
  "sent-before": "Nothing was sent again.",
  "before-upload": "Stopped. Nothing left this computer.",
  "during-upload": "Stopped. A locked part may stay online. Nobody can open it.",
};

/** Of the folded row, after `Not signed.` */
export const UNSIGNED: Readonly<Record<Unsigned, string>> = {
  "not-asked": "",
  "no-wallet": "No wallet signed it.",
  skipped: "You went on without.",
  "said-no": "You said no to signing.",
  failed: "Your wallet could not sign it.",
  nobodys: "",
  before: "",
};

/** Why it can't be sent, before it was begun. */
export function feeWords({ kind, detail, missing }: TransactionProblem): NoticeWords {
  if (kind === "too-little") return wallet.tooLittle(missing);
  if (kind === "unreachable") return UNREACHABLE;
  return { tone: "warn", title: "This cannot be sent.", text: detail };
}

export function transferWords(problem: TransferProblem): NoticeWords {
  switch (problem.step) {
    case "lock":
      return lockWords(problem.kind, problem.detail);
    case "upload":
      return uploadWords(problem.kind, problem.detail);
    case "agree":
      return agreeWords(problem);
    case "deliver": {
      const { hash, problem: transaction } = problem;
      const details = `${hash}\n${transaction.detail}`;
      return { ...wallet.notAccepted(transaction.kind, GOT_NOTHING), details };
    }
  }
}

function lockWords(kind: "study" | "unreachable" | "other", detail: string): NoticeWords {
  if (kind === "unreachable") return { ...UNREACHABLE, details: detail };
  const words = { tone: "err", title: "The images could not be locked." } as const;
  if (kind === "study") return { ...words, text: detail };
  return { ...words, text: "There may be too little room on this computer. Nothing left it.", details: detail };
}

function uploadWords(kind: UploadKind, details: string): NoticeWords {
  const text = {
    "too-large": "The storage does not take so many images at once. Send them in parts.",
    "wrong-cid": `The storage did not keep what it was sent. ${NOT_SENT} Tell whoever runs this site.`,
    homes: details,
    "not-kept": details,
    other: `The storage did not answer. ${STILL_HERE}`,
  }[kind];
  if (kind === "homes") return { tone: "warn", title: wallet.TOO_FEW_HOMES, text };
  if (kind === "not-kept") return { tone: "warn", title: "The images are not kept safe yet.", text };
  return { tone: "warn", title: "The upload stopped.", text, details };
}

function agreeWords(problem: Extract<TransferProblem, { step: "agree" }>): NoticeWords {
  const tone = "warn";
  switch (problem.kind) {
    case "not-ready":
      return { tone, title: "Your wallet is not ready.", text: `${NOT_SENT} ${STILL_HERE}` };
    case "other-account": {
      const text = `${NOT_SENT} Change it back to the account that you began with, or start over.`;
      return { tone, title: wallet.OTHER_ACCOUNT, text };
    }
    case "stopped-waiting": {
      const text =
        "If you still agree to this in your wallet, the images are sent. To ask again, first say no to it there.";
      return { tone, title: wallet.STOPPED_WAITING, text };
    }
    case "transaction":
      return notAgreedWords(problem.problem);
  }
}

function notAgreedWords({ kind, detail, missing }: TransactionProblem): NoticeWords {
  const tone = "warn";
  if (kind === "said-no") return { tone, title: wallet.SAID_NO, text: NOT_SENT };
  if (kind === "too-little") return wallet.tooLittle(missing);
  if (kind === "unreachable") return { tone, title: wallet.UNREACHABLE, text: `${STILL_HERE} Check your connection.` };
  return { tone, title: "It was not sent.", text: detail };
}

/** Why the images were not taken back. */
export function notTakenBack({ kind, detail, missing }: TransactionProblem): NoticeWords {
  if (kind === "said-no") return { tone: "warn", title: wallet.SAID_NO, text: STILL_SENT };
  if (kind === "too-little") return wallet.tooLittle(missing);
  return { ...wallet.notAccepted(kind, STILL_SENT), text: STILL_SENT, details: detail };
}

export const STOPPED_TAKING_BACK: NoticeWords = {
  tone: "warn",
  title: wallet.STOPPED_WAITING,
  text: `${STILL_SENT} If you agree in your wallet now, they are taken back all the same.`,
};
