/** One transaction to the inbox contract, from the choice of a wallet to the receipt; no DOM. */

import type { Address } from "viem";
import type { Inbox, Receipt, ContractCall } from "../../chain/inbox.ts";
import type { WalletInfo } from "../../wallet/discovery.ts";
import {
  InsufficientFundsError,
  Rejected,
  TransactionFailed,
  TransactionReplaced,
  UnknownChain,
} from "../../errors.ts";
import { Wallet } from "../../wallet/wallet.ts";

export type PaymentState =
  | { readonly at: "ready" }
  | { readonly at: "no-wallet" }
  | { readonly at: "choose"; readonly wallets: readonly WalletInfo[] }
  | { readonly at: "connecting" }
  | { readonly at: "other-account"; readonly needed: Address; readonly account: Address }
  | { readonly at: "network"; readonly chainId: number; readonly refused: boolean }
  | { readonly at: "preparing" }
  | { readonly at: "poor"; readonly missing: bigint }
  | { readonly at: "agree"; readonly fee: bigint }
  | { readonly at: "said-no" }
  | { readonly at: "confirming" }
  | { readonly at: "failed"; readonly detail: string; readonly sent: boolean }
  | { readonly at: "done"; readonly receipt: Receipt };

export interface Order {
  readonly inbox: Inbox;
  /** A wallet that is connected already. */
  readonly wallet: Wallet | null;
  readonly wallets: () => readonly WalletInfo[];
  /** Whose transaction it must be; any account's if null. */
  readonly account: Address | null;
  /** What to send, once it is known who sends it. */
  readonly prepare: (wallet: Wallet) => Promise<ContractCall>;
}

export class Payment {
  state: PaymentState = { at: "ready" };
  readonly order: Order;
  readonly #changed: (state: PaymentState) => void;
  #wallet: Wallet | null;
  #waiting = new AbortController();

  constructor(order: Order, changed: (state: PaymentState) => void) {
    this.order = order;
    this.#wallet = order.wallet;
    this.#changed = changed;
  }

  /** Starts, or goes on where it stopped: connects what is not connected, then asks the wallet. */
  async start(info?: WalletInfo): Promise<void> {
    this.#waiting.abort();
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    try {
      const wallet = await this.#connected(info, signal);
      if (wallet !== null) await this.#pay(wallet, signal);
    } catch (error) {
      if (!signal.aborted) this.#to(failure(error));
    }
  }

  /** One press: the wallet changes its network, or is told of it. */
  async switchNetwork(): Promise<void> {
    const wallet = this.#wallet;
    if (wallet === null) return;
    const { signal } = this.#waiting;
    try {
      await wallet.switchTo(this.order.inbox.site, signal);
    } catch (error) {
      const refused = error instanceof Rejected || error instanceof UnknownChain;
      if (!signal.aborted) this.#to(refused ? { at: "network", chainId: wallet.chainId, refused } : failure(error));
      return;
    }
    if (!signal.aborted) await this.start();
  }

  stopWaiting(): void {
    this.#waiting.abort();
    this.#to({ at: "ready" });
  }

  /** Ends without a word, because nobody looks any more. A wallet that was connected before stays. */
  close(): void {
    this.#waiting.abort();
    if (this.#wallet !== this.order.wallet) this.#wallet?.close();
  }

  async #connected(info: WalletInfo | undefined, signal: AbortSignal): Promise<Wallet | null> {
    if (this.#wallet !== null && info === undefined) return this.#wallet;
    const wallets = this.order.wallets();
    const chosen = info ?? (wallets.length === 1 ? wallets[0] : undefined);
    if (chosen === undefined) {
      this.#to(wallets.length === 0 ? { at: "no-wallet" } : { at: "choose", wallets });
      return null;
    }
    this.#to({ at: "connecting" });
    this.#wallet = await Wallet.connect(chosen, signal);
    return this.#wallet;
  }

  async #pay(wallet: Wallet, signal: AbortSignal): Promise<void> {
    const { inbox, account, prepare } = this.order;
    if (account !== null && wallet.account !== account) {
      this.#to({ at: "other-account", needed: account, account: wallet.account });
      return;
    }
    if (!wallet.isOn(inbox.site)) {
      this.#to({ at: "network", chainId: wallet.chainId, refused: false });
      return;
    }
    this.#to({ at: "preparing" });
    const request = await prepare(wallet);
    const fee = await inbox.fee(request, wallet.account);
    if (signal.aborted) return;
    this.#to({ at: "agree", fee });
    const hash = await wallet.send(request, inbox.site, signal);
    this.#to({ at: "confirming" });
    this.#to({ at: "done", receipt: await inbox.receipt(hash, signal) });
  }

  #to(state: PaymentState): void {
    this.state = state;
    this.#changed(state);
  }
}

function failure(error: unknown): PaymentState {
  if (error instanceof Rejected) return { at: "said-no" };
  if (error instanceof InsufficientFundsError) return { at: "poor", missing: error.fee - error.balance };
  const sent = error instanceof TransactionFailed || error instanceof TransactionReplaced;
  return { at: "failed", detail: error instanceof Error ? error.message : "", sent };
}
