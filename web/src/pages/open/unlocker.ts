/** What opens an inbox: a wallet, a key file or a typed key is asked for, and its key compared with the inbox's. */

import type { Address } from "viem";
import { InboxError, KeyFormatError, NotDerivable, PasskeyError, PassphraseError, Rejected } from "../../errors.ts";
import type { Inbox } from "../../chain/inbox.ts";
import { equal } from "../../formats/bytes.ts";
import { parseAddress } from "../../formats/publicKey.ts";
import { Keyring } from "../../keys/keyring.ts";
import { unlockWithPasskey } from "../../keys/passkey.ts";
import type { Passkey } from "../../keys/passkeyStore.ts";
import type { WalletInfo } from "../../wallet/discovery.ts";
import { walletSignature } from "../../wallet/signing.ts";
import { Wallet } from "../../wallet/wallet.ts";
import type { Owner } from "../../worker/worker.ts";
import type { Event, State, UnlockProblem, Way } from "./state.ts";
import { readTyped } from "./typedKey.ts";

const KEY_FILE_LIMIT = 65_536; // bytes

/** The inbox that is opened, and what is known of its key. */
export interface UnlockTarget {
  readonly state: State;
  readonly inbox: Inbox;
  readonly owner: Owner | null;
  readonly dispatch: (event: Event) => void;
  hold: (keyring: Keyring) => void;
  follow: (wallet: Wallet) => void;
  enter: (way: Way, account: Address, keyVersion: number) => void;
  forget: () => void;
}

export class Unlocker {
  wallets: readonly WalletInfo[] = [];
  /** Of this browser. */
  passkeys: readonly Passkey[] = [];
  readonly #target: UnlockTarget;
  #waiting = new AbortController();

  constructor(target: UnlockTarget) {
    this.#target = target;
  }

  choose(way: Way, expected?: Address): void {
    this.stopWaiting();
    this.#target.dispatch({ type: "choose", way, ...(expected === undefined ? {} : { expected }) });
    const [passkey, ...more] = this.passkeys;
    if (way === "wallet") this.#startWallet();
    if (way === "passkey" && passkey !== undefined && more.length === 0) void this.byPasskey(passkey);
  }

  stopWaiting(): void {
    this.#waiting.abort();
    this.#waiting = new AbortController();
    this.#target.dispatch({ type: "stop-waiting" });
  }

  #startWallet(): void {
    const [only] = this.wallets;
    if (only === undefined) this.#refuse({ kind: "no-wallet" });
    else if (this.wallets.length === 1) void this.byWallet(only);
    else this.#target.dispatch({ type: "wait", wait: "choose" });
  }

  /** Two signatures make the key; it counts only if it is the one that is registered, or none is yet. */
  async byWallet(info: WalletInfo): Promise<void> {
    await this.#attempt(async (signal, keyring) => {
      const { inbox, dispatch } = this.#target;
      dispatch({ type: "wait", wait: "connect" });
      const wallet = await Wallet.connect(info, signal);
      const { account } = wallet;
      if (await inbox.isContract(account)) {
        this.#refuse({ kind: "contract-account" });
        return;
      }
      const onAsk = (time: 1 | 2): void => {
        dispatch({ type: "wait", wait: time === 1 ? "sign" : "sign-again" });
      };
      const signature = await walletSignature(wallet, inbox, onAsk, signal);
      dispatch({ type: "wait", wait: "registry" });
      const owner = await keyring.unlockWallet(signature, account);
      const { version, publicKey } = await inbox.keyOf(account);
      if (signal.aborted) return;
      this.#target.follow(wallet);
      if (publicKey === undefined) dispatch({ type: "unregistered", account });
      else if (equal(publicKey, owner.publicKey)) this.#target.enter("wallet", account, version);
      else {
        dispatch({ type: "choose", way: "wallet", expected: account });
        this.#refuse({ kind: "other-key" });
      }
    });
  }

  /** `wanted`: the address of the inbox, if it is not the key's own. */
  async byKeyFile(file: File, passphrase: string, wanted: string): Promise<void> {
    await this.#byKey(wanted, async (keyring) => {
      if (file.size > KEY_FILE_LIMIT) throw new KeyFormatError("This is too large for a key file.");
      return keyring.unlockKeyFile(await file.text(), passphrase);
    });
  }

  async byTypedKey(key: string, wanted: string): Promise<void> {
    const typed = readTyped(key);
    await this.#byKey(wanted, (keyring) =>
      "words" in typed ? keyring.unlockSeed(typed.words) : keyring.unlockPrivateKey(typed.digits),
    );
  }

  /** The device asks its owner. */
  async byPasskey(passkey: Passkey): Promise<void> {
    await this.#byKey("", (keyring) => unlockWithPasskey(keyring, passkey));
  }

  async #byKey(wanted: string, unlock: (keyring: Keyring) => Promise<Owner>): Promise<void> {
    const { inbox, dispatch } = this.#target;
    const { way } = this.#lockedState();
    await this.#attempt(async (signal, keyring) => {
      const asked = wanted.trim() === "" ? null : parseWanted(wanted);
      dispatch({ type: "wait", wait: "open" });
      const owner = await unlock(keyring);
      dispatch({ type: "wait", wait: "registry" });
      const expected = asked ?? this.#lockedState().expected ?? owner.address;
      const { version, publicKey } = await inbox.keyOf(expected);
      if (signal.aborted) return;
      const fits = expected === owner.address || (publicKey !== undefined && equal(publicKey, owner.publicKey));
      if (fits) this.#target.enter(way ?? "typed", expected, version);
      else dispatch({ type: "other", own: owner.address, expected });
    });
  }

  #lockedState(): { way: Way | null; expected: Address | null } {
    const { state } = this.#target;
    return state.at === "locked" ? state : { way: null, expected: null };
  }

  /** Runs an attempt with a fresh keyring, which is gone again unless the attempt ends in an inbox or a question. */
  async #attempt(attempt: (signal: AbortSignal, keyring: Keyring) => Promise<void>): Promise<void> {
    this.#waiting.abort();
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    this.#target.forget();
    try {
      const keyring = await Keyring.open();
      if (signal.aborted) {
        keyring.lock();
        return;
      }
      this.#target.hold(keyring);
      await attempt(signal, keyring);
    } catch (error) {
      if (!signal.aborted) this.#refuse(unlockProblem(error, this.#lockedState().way));
    }
    if (!signal.aborted && this.#target.state.at === "locked") this.#target.forget();
  }

  #refuse(problem: UnlockProblem): void {
    this.#target.dispatch({ type: "refuse", problem });
  }

  // --- questions that may come between

  /** Goes on with the key's own inbox. */
  async openOwn(): Promise<void> {
    const { state } = this.#target;
    if (state.at === "other") await this.#enterRegistered(state.way, state.own);
  }

  /** Goes on with the inbox that was asked for: older messages there may be sealed to this key, in force or not. */
  async openExpected(): Promise<void> {
    const { state } = this.#target;
    if (state.at === "other") await this.#enterRegistered(state.way, state.expected);
  }

  async #enterRegistered(way: Way, account: Address): Promise<void> {
    const version = await this.#target.inbox.keyOf(account).then(
      (key) => key.version,
      () => 0,
    );
    this.#target.enter(way, account, version);
  }

  /** The same key for another address: one that has registered it. */
  async openOther(wanted: string): Promise<void> {
    const { state, owner, inbox, dispatch } = this.#target;
    if (state.at !== "unlocked" || owner === null) return;
    try {
      const account = parseWanted(wanted);
      const { version, publicKey } = await inbox.keyOf(account);
      if (publicKey !== undefined && equal(publicKey, owner.publicKey)) {
        this.#target.enter(state.way, account, version);
      } else dispatch({ type: "look-failed", detail: `${account} has another key in the book, or none.` });
    } catch (error) {
      dispatch({ type: "look-failed", detail: messageOf(error) });
    }
  }

  /** Goes on, whether or not the wallet's key was registered meanwhile. */
  enterUnregistered(keyVersion: number): void {
    const { state } = this.#target;
    if (state.at === "unregistered") this.#target.enter("wallet", state.account, keyVersion);
  }
}

/** An error of the field with the inbox's address, which must not look like one of the key. */
class AddressError extends Error {}

function parseWanted(text: string): Address {
  try {
    return parseAddress(text.trim());
  } catch (error) {
    throw new AddressError(messageOf(error));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}

function unlockProblem(error: unknown, way: Way | null): UnlockProblem {
  const detail = messageOf(error);
  if (error instanceof AddressError) return { kind: "address", detail };
  if (error instanceof Rejected) return { kind: "said-no" };
  if (error instanceof NotDerivable) return { kind: "not-derivable", detail };
  if (error instanceof PasskeyError) return { kind: "passkey", passkey: error.reason };
  if (error instanceof PassphraseError) return { kind: "passphrase" };
  if (error instanceof KeyFormatError) return { kind: way === "typed" ? "typed-key" : "key-file", detail };
  if (error instanceof InboxError) return { kind: "chain", detail };
  return { kind: "wallet", detail };
}
