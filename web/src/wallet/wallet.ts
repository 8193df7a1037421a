/** What is asked of a browser wallet (EIP-1193): an account, a network, signatures, transactions. */

import type { Address } from "viem";
import { getAddress } from "viem/utils";
import type { TypedData } from "../formats/signedAct.ts";
import { fromHex, type Hex, toHex } from "../formats/bytes.ts";
import {
  InsufficientFundsError,
  type RadiogramError,
  Rejected,
  UnknownChain,
  WalletBusy,
  WalletError,
} from "../errors.ts";
import type { ContractCall } from "../chain/inbox.ts";
import type { Site } from "../site.ts";
import { clean } from "../formats/text.ts";
import { waitFor } from "../waiting.ts";
import type { Provider, WalletInfo } from "./discovery.ts";
import { SAID_NO } from "./messages.ts";

export interface WalletEvents {
  /** Another account, or another chain: look at `account` and `chainId` again. */
  change?: () => void;
  /** The wallet let go of this page: connect again. */
  disconnect?: () => void;
}

const UNSUPPORTED = [4200, -32601];

/**
 * One account of one wallet. Whatever asks takes a signal, because a wallet may never answer ("Stop waiting"):
 * aborting ends the waiting with an AbortError; what the wallet asks stays on its screen.
 * All throw Rejected, WalletBusy, WalletError.
 */
export class Wallet {
  readonly info: WalletInfo;
  /** EIP-55 spelling; follows the wallet's owner. */
  account: Address;
  /** Follows the wallet's owner. */
  chainId: number;
  #events: WalletEvents = {};
  readonly #listeners: [string, (value: unknown) => void][];

  private constructor(info: WalletInfo, account: Address, chainId: number) {
    this.info = info;
    this.account = account;
    this.chainId = chainId;
    this.#listeners = [
      ["accountsChanged", this.#onAccounts.bind(this)],
      ["chainChanged", this.#onChain.bind(this)],
      ["disconnect", () => this.#events.disconnect?.()],
    ];
    for (const [event, listener] of this.#listeners) info.provider.on?.(event, listener);
  }

  /** Asks the wallet's owner for an account. */
  static async connect(info: WalletInfo, signal?: AbortSignal): Promise<Wallet> {
    const account = firstAccount(await ask(info.provider, "eth_requestAccounts", [], signal));
    if (!account) throw new WalletError("The wallet showed no account. Unlock it, and choose one.");
    return new Wallet(info, account, await chainOf(info.provider, signal));
  }

  /** The wallet, if its owner has let this page see an account before; asks nobody. */
  static async reconnect(info: WalletInfo, signal?: AbortSignal): Promise<Wallet | undefined> {
    const account = firstAccount(await ask(info.provider, "eth_accounts", [], signal));
    return account && new Wallet(info, account, await chainOf(info.provider, signal));
  }

  /** What is called as things change, until `close`. */
  listen(events: WalletEvents): void {
    this.#events = events;
  }

  isOn(site: Site): boolean {
    return this.chainId === site.chainId;
  }

  /** Asks to switch to the site's network, and to add it where it is missing. Throws UnknownChain where that can't be. */
  async switchTo(site: Site, signal?: AbortSignal): Promise<void> {
    const chainId = `0x${site.chainId.toString(16)}`;
    try {
      await this.#ask("wallet_switchEthereumChain", [{ chainId }], signal);
    } catch (error) {
      if (!(error instanceof UnknownChain)) throw error;
      await this.#add(site, chainId, signal);
    }
    this.chainId = await chainOf(this.info.provider, signal);
    if (!this.isOn(site))
      throw new UnknownChain(`The wallet stayed on its network. Change it in your wallet to ${site.name}.`);
  }

  async #add(site: Site, chainId: string, signal: AbortSignal | undefined): Promise<void> {
    if (!site.addChain)
      throw new UnknownChain(`Your wallet does not know ${site.name}. Add that network in your wallet.`);
    await this.#ask("wallet_addEthereumChain", [{ chainId, chainName: site.name, ...site.addChain }], signal);
    if ((await chainOf(this.info.provider, signal)) === site.chainId) return;
    await this.#ask("wallet_switchEthereumChain", [{ chainId }], signal); // some add without switching
  }

  /** Sends a transaction from `account`; its hash. Throws WalletError if the wallet is on another network. */
  async send({ to, data }: ContractCall, site: Site, signal?: AbortSignal): Promise<Hex> {
    this.chainId = await chainOf(this.info.provider, signal);
    if (!this.isOn(site)) throw new WalletError(`Your wallet is on another network. Switch it to ${site.name}.`);
    const transaction = { from: this.account, to, data, value: "0x0", chainId: `0x${site.chainId.toString(16)}` };
    const hash = await this.#ask("eth_sendTransaction", [transaction], signal);
    return asHex(hash, 32, "The wallet named no transaction. Look into it before you send again.");
  }

  /** eth_signTypedData_v4 by `account`: the signature, as the wallet gives it. */
  async signTypedData(data: TypedData, signal?: AbortSignal): Promise<Hex> {
    const signature = await this.#ask("eth_signTypedData_v4", [this.account, JSON.stringify(data)], signal);
    return asHex(signature, undefined, "The wallet gave no signature.");
  }

  /** EIP-191 personal message signature (65 bytes, v 27 or 28) by `account`. */
  async signText(text: string, signal?: AbortSignal): Promise<Hex> {
    const message = toHex(new TextEncoder().encode(text));
    const signature = await this.#ask("personal_sign", [message, this.account], signal);
    const bytes = fromHex(asHex(signature, 65, "The wallet’s signature is not one of a plain account."));
    if ((bytes[64] ?? 0) < 2) bytes[64] = (bytes[64] ?? 0) + 27;
    return toHex(bytes);
  }

  /** Stops listening. */
  close(): void {
    this.#events = {};
    for (const [event, listener] of this.#listeners) this.info.provider.removeListener?.(event, listener);
  }

  #ask(method: string, params: unknown[], signal: AbortSignal | undefined): Promise<unknown> {
    return ask(this.info.provider, method, params, signal);
  }

  #onAccounts(accounts: unknown): void {
    const account = firstAccount(accounts);
    if (!account) this.#events.disconnect?.();
    else if (account !== this.account) {
      this.account = account;
      this.#events.change?.();
    }
  }

  #onChain(chainId: unknown): void {
    if (typeof chainId !== "string" || Number(chainId) === this.chainId) return;
    this.chainId = Number(chainId);
    this.#events.change?.();
  }
}

async function ask(
  provider: Provider,
  method: string,
  params: unknown[],
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const asked = (async () => provider.request({ method, params }))(); // it may throw at once
  try {
    return await waitFor(asked, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw told(error);
  }
}

async function chainOf(provider: Provider, signal: AbortSignal | undefined): Promise<number> {
  return Number(await ask(provider, "eth_chainId", [], signal));
}

function firstAccount(accounts: unknown): Address | undefined {
  const first: unknown = Array.isArray(accounts) ? accounts[0] : undefined;
  return typeof first === "string" && /^0x[0-9a-fA-F]{40}$/.test(first) ? getAddress(first.toLowerCase()) : undefined;
}

function asHex(value: unknown, bytes: number | undefined, otherwise: string): Hex {
  const fits = typeof value === "string" && /^0x([0-9a-fA-F]{2})+$/.test(value);
  if (!fits || (bytes !== undefined && value.length !== 2 + 2 * bytes)) throw new WalletError(otherwise);
  return value as Hex;
}

interface Failure {
  code?: unknown;
  message?: unknown;
  data?: { originalError?: Failure };
}

/** What a wallet's error means; wallets wrap the errors of others, and the innermost code counts. */
function told(error: unknown): RadiogramError {
  const outer = (error ?? {}) as Failure;
  const inner = outer.data?.originalError ?? outer;
  const code = typeof inner.code === "number" ? inner.code : Number(outer.code ?? 0) || 0;
  const said = clean(typeof outer.message === "string" ? outer.message : "").slice(0, 120);
  if (code === 4001) return new Rejected(SAID_NO);
  if (code === 4902) return new UnknownChain("Your wallet does not know this network.");
  if (code === -32002) return new WalletBusy("Your wallet is already asking you something. Open it, and answer there.");
  if (/insufficient funds/i.test(said)) return new InsufficientFundsError("Your wallet has too little for the fee.");
  const text =
    code === 4100
      ? "The wallet does not let this page use the account. Connect again."
      : code === 4900 || code === 4901
        ? "The wallet has lost its network. Try again."
        : UNSUPPORTED.includes(code)
          ? "This wallet can’t do that."
          : `The wallet did not do it${said && ` (${said})`}. Try again.`;
  return Object.assign(new WalletError(text), { code });
}
