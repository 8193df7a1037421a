/**
 * Whether what the journal has begun came into the inbox, or may still come: the chain alone tells. As
 * radiogram/delivery.py; but here a wallet signs and sends, and names the transaction only then, or never.
 */

import type { ContractCall, Inbox, Message, Receipt } from "../chain/inbox.ts";
import {
  InsufficientFundsError,
  Rejected,
  TransactionFailed,
  TransactionReplaced,
  UnknownChain,
  WalletBusy,
} from "../errors.ts";
import type { Hex } from "../formats/bytes.ts";
import { DAY_SECONDS, LATE_DAYS } from "../formats/mailbox.ts";
import { pause } from "../waiting.ts";
import { type Changes, type Entry, type Journal, mayCome } from "./journal.ts";

/** How a sending stands. */
export type Standing =
  | { readonly at: "arrived"; readonly message: Message }
  /** The network has the transaction, and no block has it yet. */
  | { readonly at: "pending"; readonly hash: Hex }
  /** The wallet may have sent it: nobody knows yet. */
  | { readonly at: "held" }
  /** Nothing is on its way: the wallet is to be asked. */
  | { readonly at: "open" }
  /** Nothing is on its way, and what came now might not be found: it is to be sealed anew. */
  | { readonly at: "late" };

/** What chose a mailbox longer ago is not gone on with: it is to have time to come into a block. */
const GO_ON_DAYS = 7;

const SETTLING = 60_000; // milliseconds in which a transaction that a wallet has sent comes round to every node
const LOOK_AGAIN = 3000; // milliseconds

/** Looks at chain and inbox. Throws InboxError, ChainUnreachable. */
export async function standingOf(entry: Entry, inbox: Inbox, now = Date.now()): Promise<Standing> {
  const onItsWay = await transactionOf(entry, inbox, now);
  // The inbox last: what comes into a block meanwhile is there then.
  const message = await inbox.find(entry.recipient, entry.envelope, entry.since);
  if (message) return { at: "arrived", message };
  return onItsWay.at === "open" && isLate(entry, now) ? { at: "late" } : onItsWay;
}

/** Whether it chose its mailbox too long ago. What a wallet has signed has as long as readers look back. */
function isLate({ mailbox, at, hashes }: Entry, now: number): boolean {
  const days = hashes.length > 0 ? LATE_DAYS : GO_ON_DAYS;
  return mailbox === true && now - at > days * DAY_SECONDS * 1000;
}

async function transactionOf(entry: Entry, inbox: Inbox, now: number): Promise<Standing> {
  if (!mayCome(entry)) return { at: "open" };
  for (const hash of [...entry.hashes].reverse()) {
    if ((await inbox.whereIs(hash)) === "pool") return { at: "pending", hash };
  }
  const isFresh = entry.hashes.length > 0 && now - entry.sentAt < SETTLING;
  return { at: isFresh || (await inbox.hasPending(entry.sender)) ? "held" : "open" };
}

/** The same, as soon as it is known what the wallet did; until then, `waits` is told. Throws AbortError too. */
export async function settledStanding(
  entry: Entry,
  inbox: Inbox,
  waits: () => void,
  signal?: AbortSignal,
): Promise<Exclude<Standing, { at: "held" }>> {
  for (let isFirst = true; ; isFirst = false) {
    const standing = await standingOf(entry, inbox);
    if (standing.at !== "held") return standing;
    if (isFirst) waits();
    await pause(LOOK_AGAIN, signal);
  }
}

/** One entry of the journal, and what happens to it. */
export class Delivery {
  entry: Entry;
  readonly #inbox: Inbox;
  readonly #journal: Journal;

  constructor(entry: Entry, inbox: Inbox, journal: Journal) {
    this.entry = entry;
    this.#inbox = inbox;
    this.#journal = journal;
  }

  /** What a wallet is asked to send. */
  call(): ContractCall {
    const { recipient: address, keyVersion, envelope } = this.entry;
    return this.#inbox.sendCall({ address, keyVersion, publicKey: new Uint8Array() }, envelope);
  }

  /** Takes in what other windows did. */
  async refresh(): Promise<void> {
    this.entry = await this.#journal.now(this.entry);
  }

  /** How it stands, kept if it has arrived. */
  async look(waits: () => void, signal?: AbortSignal): Promise<Exclude<Standing, { at: "held" }>> {
    const standing = await settledStanding(this.entry, this.#inbox, waits, signal);
    if (standing.at === "arrived") await this.arrived(standing.message.index);
    else if (this.entry.arrived !== null) await this.#change(() => ({ arrived: null })); // reorganised away
    return standing;
  }

  /** Before a wallet is asked. */
  async asking(): Promise<void> {
    await this.#change(({ asks }) => ({ asks: asks + 1 }));
  }

  /** The wallet says that it has sent it. */
  async answered(hash: Hex): Promise<void> {
    await this.#change(({ asks, hashes }) => ({
      asks: Math.max(0, asks - 1),
      hashes: [...hashes.filter((each) => each !== hash), hash],
      sentAt: Date.now(),
    }));
  }

  /** The wallet did not do it. */
  async refused(error: unknown): Promise<void> {
    if (isCertain(error)) await this.#change(({ asks }) => ({ asks: Math.max(0, asks - 1) }));
  }

  async arrived(index: number): Promise<void> {
    await this.#change(() => ({ arrived: index }));
  }

  /** Waits for the chain, which may have it in another transaction than the wallet named. Throws as Inbox.receipt. */
  async receipt(hash: Hex, signal?: AbortSignal): Promise<Receipt> {
    try {
      const receipt = await this.#inbox.receipt(hash, signal, SETTLING);
      if (receipt.index !== undefined) await this.arrived(receipt.index);
      return receipt;
    } catch (error) {
      const isOver = error instanceof TransactionFailed || error instanceof TransactionReplaced;
      if (isOver) await this.#change(({ hashes }) => ({ hashes: hashes.filter((each) => each !== hash) }));
      throw error;
    }
  }

  /** Gives it up. What may still come stays known, to be seen when it does. */
  async giveUp(): Promise<void> {
    if (this.entry.arrived === null && !mayCome(this.entry)) await this.forget();
  }

  async forget(): Promise<void> {
    await this.#journal.forget(this.entry);
  }

  async #change(changes: (now: Entry) => Changes): Promise<void> {
    this.entry = await this.#journal.change(this.entry, changes);
  }
}

/** Whether nothing was sent: the wallet's owner said no, or was not even asked. */
function isCertain(error: unknown): boolean {
  return [Rejected, WalletBusy, InsufficientFundsError, UnknownChain].some((kind) => error instanceof kind);
}
