/** The wallet that a page uses: found, connected, on the site's network; no DOM. */

import type { Address } from "viem";
import { Rejected, UnknownChain, WalletBusy } from "../errors.ts";
import type { Site } from "../site.ts";
import { pause } from "../waiting.ts";
import { discoverWallets, type WalletInfo } from "./discovery.ts";
import { Wallet } from "./wallet.ts";

/** What the person is asked to do, or what the wallet is waited for. */
export type Question =
  | { readonly kind: "none" }
  /** `again`: they said that they have added one. */
  | { readonly kind: "missing"; readonly again: boolean }
  | { readonly kind: "choose"; readonly wallets: readonly WalletInfo[] }
  | { readonly kind: "connecting" }
  | { readonly kind: "refused" }
  | { readonly kind: "busy"; readonly detail: string }
  | { readonly kind: "failed"; readonly detail: string }
  /** The wallet let go of the page. */
  | { readonly kind: "lost" }
  /** `refused`: it would not change; `detail`: what else kept it from that, in the wallet's words. */
  | {
      readonly kind: "network";
      readonly chainId: number;
      readonly refused: boolean;
      readonly detail: string | null;
    }
  | { readonly kind: "switching" };

export interface Account {
  readonly address: Address;
  readonly chainId: number;
  /** Whether that is the site's network. */
  readonly isOnNetwork: boolean;
}

export interface ConnectionState {
  readonly account: Account | null;
  readonly question: Question;
}

export type ConnectionEvent =
  | { type: "found"; wallets: readonly WalletInfo[] }
  | { type: "ask"; question: Question }
  /** `byPerson`: they asked for it; otherwise it was allowed before. */
  | { type: "connected"; account: Account; byPerson: boolean }
  | { type: "switched"; account: Account }
  /** In the wallet, by its owner. */
  | { type: "changed"; account: Account }
  | { type: "failed"; question: Question }
  | { type: "stop-waiting" }
  /** Something else is said now. */
  | { type: "move-on" }
  | { type: "lost" }
  | { type: "forget" };

export const DISCONNECTED: ConnectionState = { account: null, question: { kind: "none" } };

export function next(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  switch (event.type) {
    case "found":
      return state.question.kind === "choose" || state.question.kind === "missing"
        ? { ...state, question: { kind: "choose", wallets: event.wallets } }
        : state;
    case "ask":
    case "failed":
      return { ...state, question: event.question };
    case "connected":
    case "switched":
    case "changed":
      return settled(event.account);
    case "stop-waiting":
      return settled(state.account);
    case "move-on":
      return PASSING.has(state.question.kind) ? settled(state.account) : state;
    case "lost":
      return { account: null, question: { kind: "lost" } };
    case "forget":
      return DISCONNECTED;
  }
}

/** What is over once it was read. */
const PASSING: ReadonlySet<Question["kind"]> = new Set(["refused", "busy", "failed", "missing"]);

/** Nothing is waited for; a wallet on another network asks for that to be changed. */
function settled(account: Account | null): ConnectionState {
  return { account, question: account === null || account.isOnNetwork ? { kind: "none" } : wrong(account.chainId) };
}

function wrong(chainId: number, refused = false, detail: string | null = null): Question {
  return { kind: "network", chainId, refused, detail };
}

const ANNOUNCING = 700; // milliseconds that wallets get to announce themselves; those of before EIP-6963 come last

export interface ConnectionOptions {
  /** A wallet that is connected already. Whoever connected it listens to it, and closes it. */
  readonly wallet?: Wallet | null;
  readonly wallets?: readonly WalletInfo[];
}

export class WalletConnection {
  state: ConnectionState = DISCONNECTED;
  wallet: Wallet | null;
  wallets: readonly WalletInfo[];
  readonly #site: Site;
  readonly #changed: (state: ConnectionState, event: ConnectionEvent) => void;
  readonly #given: Wallet | null;
  #waiting: AbortController | undefined;

  constructor(
    site: Site,
    changed: (state: ConnectionState, event: ConnectionEvent) => void,
    { wallet = null, wallets = [] }: ConnectionOptions = {},
  ) {
    this.#site = site;
    this.#changed = changed;
    this.#given = wallet;
    this.wallet = wallet;
    this.wallets = wallets;
    if (wallet) this.state = settled(this.#account(wallet));
  }

  /** A connected wallet on the site's network. */
  get ready(): Wallet | undefined {
    return this.wallet?.isOn(this.#site) ? this.wallet : undefined;
  }

  #dispatch(event: ConnectionEvent): void {
    const state = next(this.state, event);
    if (state === this.state) return;
    this.state = state;
    this.#changed(state, event);
  }

  // --- finding

  /** Takes in every wallet that announces itself from now on; one whose owner allowed this page before is connected. */
  discover(): void {
    let isFirst = true;
    discoverWallets((wallets) => {
      this.#found(wallets);
      if (isFirst) setTimeout(() => void this.#resume(), 0);
      isFirst = false;
    });
  }

  /** Asks wallets to announce themselves once more, and connects. */
  async lookAgain(): Promise<void> {
    discoverWallets((wallets) => {
      this.#found(wallets);
    })();
    await this.connect();
  }

  #found(wallets: readonly WalletInfo[]): void {
    this.wallets = wallets;
    this.#dispatch({ type: "found", wallets });
  }

  async #resume(): Promise<void> {
    for (const info of this.wallets) {
      const wallet = await Wallet.reconnect(info).catch(() => undefined);
      if (this.wallet ?? this.#waiting) return; // the person was faster
      if (wallet) {
        this.#take(wallet, false);
        return;
      }
    }
  }

  // --- connecting

  /** The only wallet there is; several are to be chosen from. */
  async connect(): Promise<void> {
    if (this.wallets.length === 0) await pause(ANNOUNCING, undefined);
    const [only, ...others] = this.wallets;
    if (only && others.length === 0) await this.connectTo(only);
    else if (only) this.choose();
    else this.#ask({ kind: "missing", again: this.state.question.kind === "missing" });
  }

  /** Offers all wallets. */
  choose(): void {
    this.#ask({ kind: "choose", wallets: this.wallets });
  }

  async connectTo(info: WalletInfo): Promise<void> {
    const { signal } = this.#wait({ kind: "connecting" });
    try {
      this.#take(await Wallet.connect(info, signal), true);
    } catch (error) {
      this.#fail(signal, connectionProblem(error));
    }
  }

  /** One press: the wallet changes its network, or is told of it. */
  async switchNetwork(): Promise<void> {
    const { wallet } = this;
    if (wallet === null) return;
    const { signal } = this.#wait({ kind: "switching" });
    try {
      await wallet.switchTo(this.#site, signal);
      this.#waiting = undefined;
      this.#dispatch({ type: "switched", account: this.#account(wallet) });
    } catch (error) {
      const refused = error instanceof Rejected || error instanceof UnknownChain;
      this.#fail(signal, wrong(wallet.chainId, refused, refused ? null : messageOf(error)));
    }
  }

  /** Asks for what is missing to be ready: a connection, or another network. Whether it is ready now. */
  async insist(): Promise<boolean> {
    if (this.wallet && !this.ready) this.#ask(wrong(this.wallet.chainId));
    else if (!this.wallet) await this.connect();
    return this.ready !== undefined;
  }

  stopWaiting(): void {
    this.#waiting?.abort();
  }

  /** Takes away what was said of a question that is over. */
  moveOn(): void {
    this.#dispatch({ type: "move-on" });
  }

  #ask(question: Question): void {
    this.#dispatch({ type: "ask", question });
  }

  #wait(question: Question): AbortController {
    this.#waiting?.abort();
    this.#waiting = new AbortController();
    this.#ask(question);
    return this.#waiting;
  }

  #fail(signal: AbortSignal, question: Question): void {
    if (signal.aborted && this.#waiting?.signal !== signal) return; // another question took its place
    this.#waiting = undefined;
    this.#dispatch(signal.aborted ? { type: "stop-waiting" } : { type: "failed", question });
  }

  // --- connected

  #take(wallet: Wallet, byPerson: boolean): void {
    this.#close();
    this.wallet = wallet;
    this.#waiting = undefined;
    wallet.listen({
      change: () => {
        if (this.wallet === wallet && !this.#waiting) {
          this.#dispatch({ type: "changed", account: this.#account(wallet) });
        }
      },
      disconnect: () => {
        if (this.wallet !== wallet) return;
        this.#close();
        this.#dispatch({ type: "lost" });
      },
    });
    this.#dispatch({ type: "connected", account: this.#account(wallet), byPerson });
  }

  #account(wallet: Wallet): Account {
    return { address: wallet.account, chainId: wallet.chainId, isOnNetwork: wallet.isOn(this.#site) };
  }

  /** Lets go of the wallet; it stays connected on its own side, where only its owner can end that. */
  forget(): void {
    this.#close();
    this.#dispatch({ type: "forget" });
  }

  /** Ends without a word, because nobody looks any more. A wallet that was given stays connected. */
  end(): void {
    this.#waiting?.abort();
    this.#close();
  }

  #close(): void {
    if (this.wallet !== this.#given) this.wallet?.close();
    this.wallet = null;
  }
}

function connectionProblem(error: unknown): Question {
  if (error instanceof Rejected) return { kind: "refused" };
  return { kind: error instanceof WalletBusy ? "busy" : "failed", detail: messageOf(error) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
