/** What Open images does: asks wallet, chain, storage and the keyring, and tells the state what came of it. */

import type { Address } from "viem";
import type { Message } from "../../../chain/inbox.ts";
import type { Opened, Owner } from "../../../worker/worker.ts";
import type { Progress } from "../../../progress.ts";
import type { Site } from "../../../site.ts";
import type { Study } from "../../../worker/fetchStudy.ts";
import type { WalletInfo } from "../../../wallet/discovery.ts";
import {
  BundleError,
  CiphertextError,
  EnvelopeError,
  InboxError,
  IpfsError,
  IpfsTooLarge,
  KeyFormatError,
  NotDerivable,
  PassphraseError,
  Rejected,
  WrongContextError,
  WrongKeyError,
} from "../../../errors.ts";
import type { Inbox } from "../../../chain/inbox.ts";
import { Keyring } from "../../../keys/keyring.ts";
import { parseAddress } from "../../../formats/publicKey.ts";
import { totalBytes } from "../../../formats/manifest.ts";
import { Wallet } from "../../../wallet/wallet.ts";
import { walletSignature } from "../../../wallet/signing.ts";
import { isMarked, setMark } from "./notes.ts";
import { cardName } from "./titles.ts";
import type { Arrived, Because, Event, LetterProblem, State, UnlockProblem, Way } from "./state.ts";
import { initial, next } from "./state.ts";

export const PAGE = 20; // letters
const SLOW_AFTER = 10_000; // milliseconds
const KEY_FILE_LIMIT = 65_536; // bytes
const ENVELOPE = { size: 154, first: [0x02, 0x03] }; // docs/format.md, Envelope

/** A study that is open in memory, and how it came. */
export interface Open {
  readonly message: Message;
  readonly study: Study;
}

/** What belongs to a letter and is not for showing. */
interface Drawer {
  message: Message;
  opened?: Opened;
  study?: Study;
}

export interface Listeners {
  /** The state has changed because of `event`. */
  changed: (state: State, event: Event) => void;
  /** How far a download is: too often for a state of its own. */
  progress: (index: number, progress: Progress) => void;
}

export class Desk {
  state: State = initial();
  wallet: Wallet | null = null;
  wallets: readonly WalletInfo[] = [];
  #keyring: Keyring | null = null;
  #drawers = new Map<number, Drawer>();
  #older: Parameters<Inbox["page"]>[1];
  #waiting = new AbortController();
  #fetching = new Map<number, AbortController>();

  readonly site: Site;
  readonly inbox: Inbox;
  readonly on: Listeners;

  constructor(site: Site, inbox: Inbox, on: Listeners) {
    this.site = site;
    this.inbox = inbox;
    this.on = on;
  }

  dispatch(event: Event): void {
    const state = next(this.state, event);
    if (state === this.state) return;
    this.state = state;
    this.on.changed(state, event);
  }

  /** The key that is unlocked. */
  get owner(): Owner | null {
    return this.#keyring?.owner ?? null;
  }

  get keyring(): Keyring {
    if (this.#keyring === null) throw new Error("locked");
    return this.#keyring;
  }

  opened(index: number): Opened | undefined {
    return this.#drawers.get(index)?.opened;
  }

  open(index: number): Open | null {
    const drawer = this.#drawers.get(index);
    return drawer?.study === undefined ? null : { message: drawer.message, study: drawer.study };
  }

  // --- unlocking

  choose(way: Way, expected?: Address): void {
    this.stopWaiting();
    this.dispatch({ type: "choose", way, ...(expected === undefined ? {} : { expected }) });
    if (way === "wallet") this.#startWallet();
  }

  #startWallet(): void {
    const [only] = this.wallets;
    if (only === undefined) this.refuse({ kind: "no-wallet" });
    else if (this.wallets.length === 1) void this.unlockWallet(only);
    else this.dispatch({ type: "wait", wait: "choose" });
  }

  stopWaiting(): void {
    this.#waiting.abort();
    this.#waiting = new AbortController();
    this.dispatch({ type: "stop-waiting" });
  }

  /** Two signatures make the key; it counts only if it is the one in the book, or none is there yet. */
  async unlockWallet(info: WalletInfo): Promise<void> {
    await this.#unlock(async (signal, keyring) => {
      this.dispatch({ type: "wait", wait: "connect" });
      const wallet = await Wallet.connect(info, signal);
      const account = wallet.account;
      if (await this.inbox.isContract(account)) {
        this.refuse({ kind: "program" });
        return;
      }
      const ask = (time: 1 | 2): void => {
        this.dispatch({ type: "wait", wait: time === 1 ? "sign" : "sign-again" });
      };
      const signature = await walletSignature(wallet, this.inbox, ask, signal);
      this.dispatch({ type: "wait", wait: "book" });
      const owner = await keyring.unlockWallet(signature, account);
      const { version, publicKey } = await this.inbox.keyOf(account);
      if (signal.aborted) return;
      this.wallet = wallet;
      this.#follow(wallet, account);
      if (publicKey === undefined) this.dispatch({ type: "unlisted", account });
      else if (same(publicKey, owner.publicKey)) this.#enter("wallet", account, version);
      else {
        this.dispatch({ type: "choose", way: "wallet", expected: account });
        this.refuse({ kind: "other-key" });
      }
    });
  }

  async unlockFile(file: File, passphrase: string, wanted: string): Promise<void> {
    await this.#unlockKey(wanted, async (keyring) => {
      if (file.size > KEY_FILE_LIMIT) throw new KeyFormatError("too large");
      return keyring.unlockKeyFile(await file.text(), passphrase);
    });
  }

  async unlockTyped(key: string, wanted: string): Promise<void> {
    await this.#unlockKey(wanted, (keyring) => keyring.unlockPrivateKey(key.replace(/\s/gu, "")));
  }

  async #unlockKey(wanted: string, unlock: (keyring: Keyring) => Promise<Owner>): Promise<void> {
    const way = this.state.at === "locked" && this.state.way === "file" ? "file" : "typed";
    await this.#unlock(async (signal, keyring) => {
      const asked = wanted.trim() === "" ? null : parseWanted(wanted);
      this.dispatch({ type: "wait", wait: "open" });
      const owner = await unlock(keyring);
      this.dispatch({ type: "wait", wait: "book" });
      const expected = asked ?? (this.state.at === "locked" ? this.state.expected : null) ?? owner.address;
      const { version, publicKey } = await this.inbox.keyOf(expected);
      if (signal.aborted) return;
      const fits = expected === owner.address || (publicKey !== undefined && same(publicKey, owner.publicKey));
      if (fits) this.#enter(way, expected, version);
      else this.dispatch({ type: "other", own: owner.address, expected });
    });
  }

  /** Runs an attempt with a fresh keyring, which is gone again unless the attempt ends in an inbox or a question. */
  async #unlock(attempt: (signal: AbortSignal, keyring: Keyring) => Promise<void>): Promise<void> {
    this.#waiting.abort();
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    this.#forget();
    try {
      const keyring = await Keyring.open();
      if (signal.aborted) {
        keyring.lock();
        return;
      }
      this.#keyring = keyring;
      await attempt(signal, keyring);
    } catch (error) {
      if (!signal.aborted) this.refuse(unlockProblem(error));
    }
    if (signal.aborted) return;
    if (this.state.at === "locked") this.#forget();
  }

  refuse(problem: UnlockProblem): void {
    this.dispatch({ type: "refuse", problem });
  }

  /** Goes on with the key's own inbox, after the question. */
  async openOwn(): Promise<void> {
    if (this.state.at !== "other") return;
    const { own, way } = this.state;
    const version = await this.inbox.keyOf(own).then(
      (key) => key.version,
      () => 0,
    );
    this.#enter(way, own, version);
  }

  /** Goes on with the inbox that was asked for: older letters there may be sealed to this key, in force or not. */
  async openExpected(): Promise<void> {
    if (this.state.at !== "other") return;
    const { expected, way } = this.state;
    const version = await this.inbox.keyOf(expected).then(
      (key) => key.version,
      () => 0,
    );
    this.#enter(way, expected, version);
  }

  /** The same key for another address: one that has it in the book. */
  async openOther(wanted: string): Promise<void> {
    const { state, owner } = this;
    if (state.at !== "unlocked" || owner === null) return;
    try {
      const inbox = parseWanted(wanted);
      const { version, publicKey } = await this.inbox.keyOf(inbox);
      if (publicKey !== undefined && same(publicKey, owner.publicKey)) {
        this.#drawers.clear();
        this.#older = undefined;
        this.#enter(state.way, inbox, version);
      } else this.dispatch({ type: "look-failed", detail: `${inbox} has another key in the book, or none.` });
    } catch (error) {
      this.dispatch({ type: "look-failed", detail: text(error) });
    }
  }

  /** Goes on without a key in the book. */
  enterUnlisted(keyVersion = 0): void {
    if (this.state.at === "unlisted") this.#enter("wallet", this.state.account, keyVersion);
  }

  #enter(way: Way, inbox: Address, keyVersion: number): void {
    const own = this.owner?.address ?? inbox;
    this.dispatch({ type: "unlock", way, own, inbox, keyVersion });
    void this.look();
  }

  /** An inbox belongs to an account: with another one in the wallet, or none, it is closed. */
  #follow(wallet: Wallet, account: Address): void {
    wallet.listen({
      change: () => {
        if (wallet.account !== account) this.lock("account");
      },
      disconnect: () => {
        this.lock("disconnect");
      },
    });
  }

  anotherKey(): void {
    this.#forget();
    this.dispatch({ type: "another-key" });
  }

  lock(because: Because | null = null): void {
    this.stopWaiting();
    this.#forget();
    this.dispatch({ type: "lock", because });
  }

  #forget(): void {
    for (const fetching of this.#fetching.values()) fetching.abort();
    this.#fetching.clear();
    this.#drawers.clear();
    this.#older = undefined;
    this.#keyring?.lock();
    this.#keyring = null;
    this.wallet?.close();
    this.wallet = null;
  }

  // --- the list

  /** Looks for letters newer than those on the list. */
  async look(): Promise<void> {
    const state = this.state;
    if (state.at !== "unlocked") return;
    this.dispatch({ type: "look" });
    await this.#list(async () => {
      const newest = state.letters[0]?.index ?? -1;
      let page = await this.inbox.page(state.inbox, undefined, PAGE);
      const messages = [...page.messages];
      if (newest < 0) this.#older = page.next;
      while (newest >= 0 && page.next !== undefined && (messages.at(-1)?.index ?? 0) > newest + 1) {
        page = await this.inbox.page(state.inbox, page.next, PAGE);
        messages.push(...page.messages);
      }
      return this.#arrive(messages, page.next !== undefined, true);
    });
  }

  async more(): Promise<void> {
    const state = this.state;
    const older = this.#older;
    if (state.at !== "unlocked" || older === undefined) return;
    this.dispatch({ type: "look" });
    await this.#list(async () => {
      const page = await this.inbox.page(state.inbox, older, PAGE);
      this.#older = page.next;
      return this.#arrive(page.messages, page.next !== undefined, false);
    });
  }

  async #list(read: () => Promise<Event>): Promise<void> {
    const keyring = this.#keyring;
    const slow = setTimeout(() => {
      this.dispatch({ type: "slow" });
    }, SLOW_AFTER);
    try {
      const event = await read();
      if (this.#keyring === keyring) this.dispatch(event);
    } catch (error) {
      if (this.#keyring === keyring) this.dispatch({ type: "look-failed", detail: text(error) });
    } finally {
      clearTimeout(slow);
    }
  }

  #arrive(messages: readonly Message[], more: boolean, fresh: boolean): Event {
    for (const message of messages) {
      const drawer = this.#drawers.get(message.index);
      if (drawer === undefined) this.#drawers.set(message.index, { message });
      else drawer.message = message;
    }
    return { type: "arrive", letters: messages.map((message) => this.#arrived(message)), more, fresh };
  }

  #arrived(message: Message): Arrived {
    const { index, sender, sentAt, retracted, acknowledged, envelope, recipient } = message;
    const readable = envelope.length === ENVELOPE.size && ENVELOPE.first.includes(envelope[0] ?? 0);
    const opened = isMarked(this.site, recipient, index, "opened");
    const hidden = isMarked(this.site, recipient, index, "hidden");
    return { index, sender, sentAt, retracted, acknowledged, readable, opened, hidden };
  }

  hide(index: number, hidden: boolean): void {
    if (this.state.at !== "unlocked") return;
    setMark(this.site, this.state.inbox, index, "hidden", hidden);
    this.dispatch({ type: "hide", index, hidden });
  }

  // --- the three steps

  /** 1. Reads the message anew: it may have been taken back since the list was made. */
  getHash(index: number): Promise<void> {
    return this.#step(index, async (drawer) => {
      drawer.message = await this.inbox.message(drawer.message.recipient, index);
      const { retracted, acknowledged } = drawer.message;
      return { type: "found", index, retracted, acknowledged };
    });
  }

  /** 2. Opens the envelope. */
  decrypt(index: number): Promise<void> {
    return this.#step(index, async (drawer, keyring) => {
      drawer.opened = await keyring.open(drawer.message, this.site);
      return { type: "fits", index };
    });
  }

  /** 3. Brings the bundle here, decrypts and checks it; from other gateways than the site's, if these are named. */
  getImage(index: number, gateways: string[] = this.site.gateways): Promise<void> {
    return this.#step(index, async (drawer, keyring, signal) => {
      if (drawer.opened === undefined) throw new Error("not decrypted");
      const told = (progress: Progress): void => {
        if (signal.aborted) return;
        this.on.progress(index, progress);
        if (progress.done >= progress.total) this.dispatch({ type: "checking", index });
      };
      drawer.study = await keyring.retrieve(drawer.opened, gateways, told, signal);
      setMark(this.site, drawer.message.recipient, index, "opened", true);
      return { type: "got", index, name: cardName(drawer.study.manifest) };
    });
  }

  async #step(
    index: number,
    run: (drawer: Drawer, keyring: Keyring, signal: AbortSignal) => Promise<Event>,
  ): Promise<void> {
    const drawer = this.#drawers.get(index);
    const keyring = this.#keyring;
    if (drawer === undefined || keyring === null) return;
    this.#fetching.get(index)?.abort();
    const stop = new AbortController();
    this.#fetching.set(index, stop);
    this.dispatch({ type: "work", index });
    try {
      const event = await run(drawer, keyring, stop.signal);
      if (!stop.signal.aborted) this.dispatch(event);
    } catch (error) {
      if (!stop.signal.aborted) this.dispatch({ type: "fail", index, problem: letterProblem(error) });
    }
  }

  stop(index: number): void {
    this.#fetching.get(index)?.abort();
    this.dispatch({ type: "stop", index });
  }

  /** Bytes of what is open. */
  size(index: number): number {
    const study = this.#drawers.get(index)?.study;
    return study === undefined ? 0 : totalBytes(study.manifest);
  }
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}

/** An error of the field with the inbox's address, which must not look like one of the key. */
class AddressError extends Error {}

function parseWanted(text: string): Address {
  try {
    return parseAddress(text.trim());
  } catch (error) {
    throw new AddressError(error instanceof Error ? error.message : "");
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : "";
}

function unlockProblem(error: unknown): UnlockProblem {
  const detail = text(error);
  if (error instanceof AddressError) return { kind: "address", detail };
  if (error instanceof Rejected) return { kind: "said-no" };
  if (error instanceof NotDerivable) return { kind: "not-derivable", detail };
  if (error instanceof PassphraseError) return { kind: "passphrase" };
  if (error instanceof KeyFormatError) return { kind: "key-file" };
  if (error instanceof InboxError) return { kind: "chain", detail };
  return { kind: "wallet", detail };
}

function letterProblem(error: unknown): LetterProblem {
  const detail = text(error);
  if (error instanceof WrongContextError) return { kind: "copied" };
  if (error instanceof WrongKeyError) return { kind: "wrong-key" };
  if (error instanceof EnvelopeError) return { kind: "unreadable", detail };
  if (error instanceof CiphertextError || error instanceof BundleError || error instanceof IpfsTooLarge)
    return { kind: "tampered", detail };
  if (error instanceof IpfsError) return { kind: "storage", detail, tries: error.tries };
  if (error instanceof InboxError) return { kind: "chain", detail };
  return { kind: "memory", detail };
}
