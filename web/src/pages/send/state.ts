/** What Send images shows, as data: a state and an event make the next state. No DOM, no effects. */

import type { RegisterState } from "../../contacts/register.ts";
import type { LookupState, FoundRecipient } from "../../recipients/lookup.ts";
import * as recipientLookup from "../../recipients/lookup.ts";
import type { TransactionProblem } from "../../wallet/problem.ts";
import * as choosing from "./choosing.ts";
import * as earlier from "./earlier.ts";
import type { Images } from "./images.ts";
import * as retraction from "./retraction.ts";
import * as transfer from "./transfer.ts";
import type { Cancelled } from "./transferController.ts";
import * as waiting from "./waiting.ts";

/** One of the three steps before, or what comes after them. */
export type Place = 1 | 2 | 3 | "sending" | "sent";

/** Why nothing was sent, in the step that has the Send button. */
export type CheckProblem =
  | { readonly kind: "cancelled"; readonly when: Cancelled }
  | { readonly kind: "fee"; readonly problem: TransactionProblem };

export interface State {
  readonly at: Place;
  readonly choosing: choosing.ChoosingState;
  readonly lookup: LookupState;
  /** Whom the images go to, once the words were compared. */
  readonly patient: FoundRecipient | null;
  /** Wei; null while it is not known. */
  readonly fee: bigint | null;
  readonly problem: CheckProblem | null;
  readonly transfer: transfer.TransferState | null;
  readonly delivered: transfer.Delivered | null;
  readonly retraction: retraction.RetractionState;
  /** What the page was left with, or was given up and may come all the same. */
  readonly earlier: readonly earlier.Earlier[];
  /** Whose key is whose. */
  readonly register: RegisterState;
  /** The register stays locked, and nothing is held against it. */
  readonly isRegisterSkipped: boolean;
  /** The person chose the inbox, where it would be a mailbox. */
  readonly isMailboxDeclined: boolean;
  /** What has arrived from a scanner, where the page comes from. */
  readonly waiting: waiting.WaitingState;
}

export type Event =
  | { type: "choosing"; event: choosing.ChoosingEvent }
  | { type: "lookup"; event: recipientLookup.LookupEvent }
  /** The words are the same. */
  | { type: "agree-on-words"; patient: FoundRecipient }
  | { type: "another-patient" }
  /** `Change`, or what is chosen already stays. */
  | { type: "go"; to: 1 | 2 | 3 }
  /** The address has a risk that was not looked at yet. */
  | { type: "check-address" }
  /** Send was pressed: what was said of an earlier press goes. */
  | { type: "send" }
  | { type: "price"; fee: bigint | null }
  /** `asked`: the person pressed something, and waits for the answer. */
  | { type: "cannot-pay"; problem: TransactionProblem; asked: boolean }
  | { type: "transfer"; event: transfer.TransferEvent }
  | { type: "cancelled"; when: Cancelled }
  | { type: "delivered"; delivered: transfer.Delivered }
  | { type: "retraction"; event: retraction.RetractionEvent }
  | { type: "start-over" }
  | { type: "earlier"; event: earlier.EarlierEvent }
  | { type: "register"; register: RegisterState }
  | { type: "skip-register" }
  /** Into the inbox; or into a mailbox after all. */
  | { type: "decline-mailbox"; isDeclined: boolean }
  | { type: "waiting"; event: waiting.WaitingEvent };

export function initial(): State {
  return {
    at: 1,
    choosing: choosing.initial(),
    lookup: recipientLookup.initial(),
    patient: null,
    fee: null,
    problem: null,
    transfer: null,
    delivered: null,
    retraction: { at: "idle" },
    earlier: [],
    register: { at: "none" },
    isRegisterSkipped: false,
    isMailboxDeclined: false,
    waiting: { at: "none" },
  };
}

export function next(state: State, event: Event): State {
  switch (event.type) {
    case "choosing":
      return chosen(state, event.event);
    case "lookup":
      return unpriced(state, {
        lookup: recipientLookup.next(state.lookup, event.event),
        patient: event.event.type === "look" ? null : state.patient,
      });
    case "agree-on-words":
      return unpriced(state, {
        patient: event.patient,
        lookup: recipientLookup.initial(),
        at: state.choosing.images ? 3 : 1,
      });
    case "another-patient":
      return unpriced(state, { patient: null, lookup: recipientLookup.initial() });
    case "go":
      return { ...state, at: event.to };
    case "check-address":
      return { ...state, at: 2 };
    case "send":
      return state.problem === null ? state : { ...state, problem: null };
    case "price":
      return { ...state, fee: event.fee, problem: event.fee === null ? state.problem : null };
    case "cannot-pay":
      return { ...state, problem: { kind: "fee", problem: event.problem } };
    case "transfer":
      return { ...state, at: "sending", transfer: transfer.next(state.transfer, event.event) };
    case "cancelled":
      return { ...state, at: 3, transfer: null, problem: { kind: "cancelled", when: event.when } };
    case "delivered":
      return { ...state, at: "sent", transfer: null, delivered: event.delivered, retraction: { at: "idle" } };
    case "retraction":
      return { ...state, retraction: retraction.next(state.retraction, event.event) };
    case "start-over":
      return {
        ...initial(),
        earlier: state.earlier,
        register: state.register,
        isRegisterSkipped: state.isRegisterSkipped,
        waiting: state.waiting,
      };
    case "earlier":
      return { ...state, earlier: earlier.next(state.earlier, event.event) };
    case "register":
      return { ...state, register: event.register };
    case "skip-register":
      return { ...state, isRegisterSkipped: true };
    case "decline-mailbox":
      return { ...state, isMailboxDeclined: event.isDeclined, fee: null, problem: null };
    case "waiting":
      return { ...state, waiting: waiting.next(state.waiting, event.event) };
  }
}

/**
 * Files that are in order lead on to the next step that is open, unless the person went there while they were read; a
 * question about them leads back to theirs.
 */
function chosen(state: State, event: choosing.ChoosingEvent): State {
  const after = unpriced(state, { choosing: choosing.next(state.choosing, event) });
  if (event.type === "take") return state.at === 1 ? { ...after, at: state.patient ? 3 : 2 } : after;
  const { kind } = after.choosing.question;
  const asks = event.type === "read" || event.type === "refuse" || (event.type === "sift" && kind !== "files");
  return asks ? { ...after, at: 1 } : after;
}

/** Other images, or another patient: what was said of the fee, or chosen, is no longer about them. */
function unpriced(state: State, changes: Partial<State>): State {
  const after = { ...state, ...changes };
  const isSame = after.choosing.images === state.choosing.images && after.patient === state.patient;
  const isMailboxDeclined = after.patient === state.patient && state.isMailboxDeclined;
  return isSame ? after : { ...after, fee: null, problem: null, isMailboxDeclined };
}

/** Both halves of what is sent, once both are there. */
export function ready({ choosing: { images }, patient }: State): { images: Images; patient: FoundRecipient } | null {
  return images && patient ? { images, patient } : null;
}
