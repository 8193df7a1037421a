/** A transfer as data: lock, upload, agree, deliver; each may stop, and says what is left behind. No DOM. */

import type { Address } from "viem";
import type { Receipt } from "../../chain/inbox.ts";
import type { Hex } from "../../formats/bytes.ts";
import type { FoundRecipient } from "../../recipients/lookup.ts";
import type { Held } from "../../ipfs/homes.ts";
import type { TransactionProblem } from "../../wallet/problem.ts";
import type { Images } from "./images.ts";

/** What is to be sent, and by whom. */
export interface Job {
  readonly images: Images;
  readonly patient: FoundRecipient;
  readonly account: Address;
  /** Whether the wallet is asked to sign the list of files, besides to send. */
  readonly sign: boolean;
  /** Into a mailbox that only the account and the patient can derive; otherwise into the patient’s inbox. */
  readonly toMailbox: boolean;
}

export interface Delivered {
  readonly job: Job;
  /** Where it is: the patient’s inbox, or a mailbox. */
  readonly recipient: Address;
  readonly isInMailbox: boolean;
  readonly index: number | undefined;
  /** Null: it is not known which transaction put it there. */
  readonly receipt: Receipt | null;
  readonly signed: boolean;
}

/** The same study was sent to the same person before. */
export interface SentBefore {
  readonly at: Date;
  readonly index: number;
  /** Null: it is in the patient’s inbox. */
  readonly mailbox: Address | null;
}

export const STEPS = ["lock", "upload", "agree", "deliver"] as const;
export type TransferStep = (typeof STEPS)[number];

/**
 * Why the list of files is not signed; `nobodys`: what the wallet gave is no signature of its account; `before`: it was
 * left unsigned when the sending was begun.
 */
export type Unsigned = "not-asked" | "no-wallet" | "skipped" | "said-no" | "failed" | "nobodys" | "before";

/**
 * `wrong-cid`: the storage names another file than it was sent; `homes`: fewer homes keep it than should; `not-kept`: they
 * could not be asked.
 */
export type UploadKind = "too-large" | "wrong-cid" | "homes" | "not-kept" | "other";

export type TransferProblem =
  | { readonly step: "lock"; readonly kind: "study" | "unreachable" | "other"; readonly detail: string }
  | { readonly step: "upload"; readonly kind: UploadKind; readonly detail: string }
  | { readonly step: "agree"; readonly kind: "not-ready" | "other-account" | "stopped-waiting" }
  | { readonly step: "agree"; readonly kind: "transaction"; readonly problem: TransactionProblem }
  | {
      readonly step: "deliver";
      readonly kind: "transaction";
      readonly problem: TransactionProblem;
      readonly hash: Hex;
    };

/** What goes on now. */
export type Doing =
  | { readonly kind: "locking" }
  /** Another window sends the same. */
  | { readonly kind: "elsewhere" }
  /** It was sent before: whether it is to be sent again is asked. */
  | { readonly kind: "known"; readonly before: SentBefore }
  /** The wallet is asked to sign the list of files. */
  | { readonly kind: "signing" }
  | { readonly kind: "uploading" }
  /** Homes are to keep the locked copy, besides the storage. */
  | { readonly kind: "keeping"; readonly held: Held }
  | { readonly kind: "checking-fee" }
  /** The wallet may have sent it: the network is looked at until it is known. */
  | { readonly kind: "held" }
  /** Wei. */
  | { readonly kind: "agreeing"; readonly fee: bigint }
  | { readonly kind: "confirming"; readonly hash: Hex }
  | { readonly kind: "failed"; readonly problem: TransferProblem };

export interface TransferState {
  readonly job: Job;
  readonly doing: Doing;
  /** Null if the list of files is signed; undefined until that is known. */
  readonly unsigned: Unsigned | null | undefined;
  /** Bytes of the locked copy, once it is uploaded. */
  readonly uploaded: number | null;
  /** How many homes keep it; null where the storage is enough. */
  readonly homes: Held | null;
  /** When it was begun, if that was before; nothing is locked or uploaded again then. */
  readonly resumed: Date | null;
  /** What was begun before goes where it was begun for. */
  readonly isToMailbox: boolean;
}

export type TransferEvent =
  | { type: "lock"; job: Job }
  | { type: "elsewhere" }
  | { type: "known"; before: SentBefore }
  /** Nobody else sends it, or it is to be sent again. */
  | { type: "go-on-locking" }
  | { type: "resume"; at: Date; bytes: number; signed: boolean; isToMailbox: boolean }
  | { type: "sign" }
  /** Signed, or not. */
  | { type: "answered" }
  | { type: "upload"; unsigned: Unsigned | null }
  | { type: "upload-again" }
  /** As often as something changes. */
  | { type: "keep"; held: Held }
  | { type: "kept"; held: Held }
  | { type: "check-fee"; bytes: number }
  | { type: "check-fee-again" }
  | { type: "hold" }
  | { type: "agree"; fee: bigint }
  | { type: "confirm"; hash: Hex }
  | { type: "fail"; problem: TransferProblem };

export function next(state: TransferState | null, event: TransferEvent): TransferState | null {
  if (event.type === "lock") {
    const { job } = event;
    const isToMailbox = job.toMailbox;
    return {
      job,
      doing: { kind: "locking" },
      unsigned: undefined,
      uploaded: null,
      homes: null,
      resumed: null,
      isToMailbox,
    };
  }
  if (state === null) return null;
  switch (event.type) {
    case "elsewhere":
      return { ...state, doing: { kind: "elsewhere" } };
    case "known":
      return { ...state, doing: { kind: "known", before: event.before } };
    case "resume": {
      const unsigned = event.signed ? null : "before";
      const { at: resumed, bytes: uploaded, isToMailbox } = event;
      return { ...state, doing: { kind: "checking-fee" }, unsigned, uploaded, resumed, isToMailbox };
    }
    case "sign":
      return { ...state, doing: { kind: "signing" } };
    case "go-on-locking":
    case "answered":
      return { ...state, doing: { kind: "locking" } };
    case "upload":
      return { ...state, doing: { kind: "uploading" }, unsigned: event.unsigned };
    case "upload-again":
      return { ...state, doing: { kind: "uploading" } };
    case "keep":
      return { ...state, doing: { kind: "keeping", held: event.held } };
    case "kept":
      return { ...state, doing: { kind: "checking-fee" }, homes: event.held };
    case "check-fee":
      return { ...state, doing: { kind: "checking-fee" }, uploaded: event.bytes };
    case "check-fee-again":
      return { ...state, doing: { kind: "checking-fee" } };
    case "hold":
      return { ...state, doing: { kind: "held" } };
    case "agree":
      return { ...state, doing: { kind: "agreeing", fee: event.fee } };
    case "confirm":
      return { ...state, doing: { kind: "confirming", hash: event.hash } };
    case "fail":
      return { ...state, doing: { kind: "failed", problem: event.problem } };
  }
}

export function stepOf(doing: Doing): TransferStep {
  switch (doing.kind) {
    case "locking":
    case "elsewhere":
    case "known":
    case "signing":
      return "lock";
    case "uploading":
    case "keeping":
      return "upload";
    case "checking-fee":
    case "held":
    case "agreeing":
      return "agree";
    case "confirming":
      return "deliver";
    case "failed":
      return doing.problem.step;
  }
}

/** What loses nothing if the page is closed. */
const AT_REST: readonly Doing["kind"][] = ["elsewhere", "known", "keeping", "held", "confirming", "failed"];

/** Whether closing the page now loses something. */
export function wouldLose(state: TransferState | null): boolean {
  return state !== null && !AT_REST.includes(state.doing.kind);
}
