/** One transaction to the inbox contract, from its fee to its receipt; no DOM. */

import type { Inbox, Receipt, ContractCall } from "../chain/inbox.ts";
import type { Hex } from "../formats/bytes.ts";
import { waitFor } from "../waiting.ts";
import type { Wallet } from "./wallet.ts";

/** How far it is. */
export type TransactionStep =
  /** `waits`: what is waited for, in words, where it may take longer. */
  | { readonly at: "preparing"; readonly waits?: string }
  /** A wallet that was asked before may be sending it. */
  | { readonly at: "held" }
  /** The wallet is about to ask its owner. Wei. */
  | { readonly at: "agree"; readonly fee: bigint }
  /** The wallet's owner agreed; the chain does not hold it yet. */
  | { readonly at: "confirming"; readonly hash: Hex }
  | { readonly at: "done" };

/** What a wallet is asked and answers, to be kept before anything else is done. */
export interface WalletRecord {
  /** The wallet is about to be asked. */
  asking(): Promise<void>;
  /** It has sent the transaction. */
  answered(hash: Hex): Promise<void>;
  /** It did not, it says. */
  refused(error: unknown): Promise<void>;
  /** Waits for the chain, as Inbox.receipt, which does it otherwise. */
  receipt?(hash: Hex, signal?: AbortSignal): Promise<Receipt>;
}

/** What to ask a wallet; or what it has sent already; or that the chain has it. */
export type Prepared = ContractCall | { readonly hash: Hex } | "done";

export interface Order {
  readonly inbox: Inbox;
  readonly wallet: Wallet;
  /** What to send. */
  readonly prepare: () => Promise<Prepared>;
  /** Told of late answers too. */
  readonly record?: WalletRecord | undefined;
}

/**
 * Yields each step as it begins. Aborting `signal` ends the waiting with an AbortError. What the wallet asks stays on
 * its screen then: if its owner agrees all the same, `late` gets the hash. Throws what Inbox and Wallet throw, and what
 * `prepare` does: see `transactionProblem`.
 */
export async function* transact(
  { inbox, wallet, prepare, record }: Order,
  signal?: AbortSignal,
  late: (hash: Hex) => void = () => undefined,
): AsyncGenerator<TransactionStep, void> {
  yield { at: "preparing" };
  const request = await prepare();
  if (request === "done") {
    yield { at: "done" };
    return;
  }
  if ("hash" in request) {
    yield* confirmed(request.hash, inbox, record, signal);
    return;
  }
  const fee = await inbox.fee(request, wallet.account);
  signal?.throwIfAborted();
  yield { at: "agree", fee };
  await record?.asking();
  const asked = recorded(wallet.send(request, inbox.site), record);
  const hash = await orLate(asked, signal, late);
  yield* confirmed(hash, inbox, record, signal);
}

async function* confirmed(
  hash: Hex,
  inbox: Inbox,
  record: WalletRecord | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<TransactionStep, void> {
  yield { at: "confirming", hash };
  await (record?.receipt?.(hash, signal) ?? inbox.receipt(hash, signal));
  yield { at: "done" };
}

async function recorded(asked: Promise<Hex>, record: WalletRecord | undefined): Promise<Hex> {
  try {
    const hash = await asked;
    await record?.answered(hash);
    return hash;
  } catch (error) {
    await record?.refused(error);
    throw error;
  }
}

async function orLate(asked: Promise<Hex>, signal: AbortSignal | undefined, late: (hash: Hex) => void): Promise<Hex> {
  try {
    return await waitFor(asked, signal);
  } catch (error) {
    if (signal?.aborted) asked.then(late, () => undefined);
    throw error;
  }
}
