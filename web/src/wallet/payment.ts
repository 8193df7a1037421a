/** A transaction that a person may make: a wallet is connected where none is, and then asked; no DOM. */

import type { Address } from "viem";
import type { Inbox } from "../chain/inbox.ts";
import { WalletConnection, type Question } from "./connection.ts";
import type { WalletInfo } from "./discovery.ts";
import { type TransactionProblem, transactionProblem } from "./problem.ts";
import { type Prepared, transact, type TransactionStep, type WalletRecord } from "./transaction.ts";
import type { Wallet } from "./wallet.ts";

export type PaymentState =
  | { readonly at: "ready" }
  /** The wallet is not connected, or on another network. */
  | { readonly at: "connection"; readonly question: Question }
  | { readonly at: "other-account"; readonly needed: Address; readonly account: Address }
  | { readonly at: "failed"; readonly problem: TransactionProblem }
  | TransactionStep;

export type PaymentEvent =
  | { type: "connection"; question: Question }
  | { type: "other-account"; needed: Address; account: Address }
  | { type: "step"; step: TransactionStep }
  | { type: "failed"; problem: TransactionProblem }
  | { type: "stop-waiting" };

/** The state after an event; what is done stays done. */
export function next(state: PaymentState, event: PaymentEvent): PaymentState {
  if (state.at === "done") return state;
  switch (event.type) {
    case "connection":
      return asked(state, event.question);
    case "other-account":
      return { at: "other-account", needed: event.needed, account: event.account };
    case "step":
      return event.step;
    case "failed":
      return { at: "failed", problem: event.problem };
    case "stop-waiting":
      return { at: "ready" };
  }
}

function asked(state: PaymentState, question: Question): PaymentState {
  switch (question.kind) {
    case "none":
    case "switching":
      return state;
    case "refused":
      return { at: "failed", problem: { kind: "said-no", detail: "", missing: 0n } };
    case "busy":
    case "failed":
      return { at: "failed", problem: { kind: "other", detail: question.detail, missing: 0n } };
    case "network":
      if (question.detail === null) return { at: "connection", question };
      return { at: "failed", problem: { kind: "other", detail: question.detail, missing: 0n } };
    default:
      return { at: "connection", question };
  }
}

export interface PaymentOrder {
  readonly inbox: Inbox;
  /** A wallet that is connected already. */
  readonly wallet: Wallet | null;
  readonly wallets: () => readonly WalletInfo[];
  /** Whose transaction it must be; any account's if null. */
  readonly account: Address | null;
  /**
   * What to send, once it is known who sends it. `held` is told when a wallet may be sending it already, and `waits` what is
   * waited for, in words.
   */
  readonly prepare: (
    wallet: Wallet,
    held: () => void,
    signal: AbortSignal,
    waits: (words: string) => void,
  ) => Promise<Prepared>;
  readonly record?: WalletRecord;
}

export class Payment {
  state: PaymentState = { at: "ready" };
  readonly #order: PaymentOrder;
  readonly #changed: (state: PaymentState) => void;
  readonly #connection: WalletConnection;
  #waiting = new AbortController();

  constructor(order: PaymentOrder, changed: (state: PaymentState) => void) {
    this.#order = order;
    this.#changed = changed;
    this.#connection = new WalletConnection(
      order.inbox.site,
      ({ question }, { type }) => {
        if (type === "ask" || type === "failed") this.#dispatch({ type: "connection", question });
      },
      { wallet: order.wallet },
    );
  }

  /** Starts, or goes on where it stopped: connects what is not connected, then asks the wallet. */
  async start(info?: WalletInfo): Promise<void> {
    this.#connection.wallets = this.#order.wallets();
    if (info) await this.#connection.connectTo(info);
    if (this.#connection.wallet === null && !info) await this.#connection.connect();
    if (this.#connection.wallet) await this.#pay(this.#connection.wallet);
  }

  async switchNetwork(): Promise<void> {
    await this.#connection.switchNetwork();
    if (this.#connection.ready) await this.start();
  }

  stopWaiting(): void {
    this.#connection.stopWaiting();
    this.#waiting.abort();
    this.#dispatch({ type: "stop-waiting" });
  }

  /** Ends without a word, because nobody looks any more. */
  close(): void {
    this.#waiting.abort();
    this.#connection.end();
  }

  async #pay(wallet: Wallet): Promise<void> {
    const { inbox, account, prepare, record } = this.#order;
    if (account !== null && wallet.account !== account) {
      this.#dispatch({ type: "other-account", needed: account, account: wallet.account });
      return;
    }
    if (!(await this.#connection.insist())) return;
    this.#waiting.abort();
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    const held = (): void => {
      if (!signal.aborted) this.#dispatch({ type: "step", step: { at: "held" } });
    };
    const waits = (words: string): void => {
      const { state } = this;
      const isSaid = state.at === "preparing" && state.waits === words;
      if (!signal.aborted && !isSaid) this.#dispatch({ type: "step", step: { at: "preparing", waits: words } });
    };
    const order = { inbox, wallet, record, prepare: () => prepare(wallet, held, signal, waits) };
    try {
      for await (const step of transact(order, signal)) {
        if (signal.aborted) return;
        this.#dispatch({ type: "step", step });
      }
    } catch (error) {
      if (!signal.aborted) this.#dispatch({ type: "failed", problem: transactionProblem(error) });
    }
  }

  #dispatch(event: PaymentEvent): void {
    const state = next(this.state, event);
    if (state === this.state) return;
    this.state = state;
    this.#changed(state);
  }
}
