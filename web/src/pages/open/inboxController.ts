/** What an open inbox does: lists messages, and finds, decrypts and fetches what they lead to. */

import type { Address } from "viem";
import type { Inbox, Message } from "../../chain/inbox.ts";
import {
  BundleError,
  CiphertextError,
  EnvelopeError,
  InboxError,
  IpfsError,
  IpfsMismatch,
  IpfsTooLarge,
  KeyPacketError,
  NoHybridKeyError,
  PacketContextError,
  WrongContextError,
  WrongKeyError,
} from "../../errors.ts";
import { placeName } from "../../chain/senderLog.ts";
import { isEnvelope } from "../../formats/suite.ts";
import { clean } from "../../formats/text.ts";
import type { CarIndex } from "../../ipfs/car.ts";
import type { Keyring } from "../../keys/keyring.ts";
import type { Progress } from "../../progress.ts";
import type { Site } from "../../site.ts";
import type { WalletInfo } from "../../wallet/discovery.ts";
import { keyFileName } from "../../ui/address.ts";
import { mailboxName } from "../../ui/format.ts";
import type { Wallet } from "../../wallet/wallet.ts";
import type { Early, Study } from "../../worker/fetchStudy.ts";
import type { From, Opened, Owner } from "../../worker/worker.ts";
import { isInCar } from "./carLetters.ts";
import { ClinicBook } from "./clinicBook.ts";
import { SealedStore } from "./sealedStore.ts";
import { marks, type NameOf, senderNames, setMark } from "./notes.ts";
import { KeptMail } from "./keptMail.ts";
import { MailFinder } from "./mailFinder.ts";
import { InboxReader } from "./reader.ts";
import type { Arrived, Event, LockReason, MailProblem, MessageProblem, State, Way } from "./state.ts";
import { initial, messageAt, next } from "./state.ts";
import { cardName, claimOf } from "./titles.ts";
import { Unlocker } from "./unlocker.ts";

const SLOW_AFTER = 10_000; // milliseconds

/** A study that is open in memory, and the message that it came with. */
export interface OpenStudy {
  readonly sent: Message;
  readonly study: Study;
}

/** A letter of the list, and the contract’s message. */
interface Numbered {
  readonly index: number;
  readonly message: Message;
}

/** What belongs to a message and is not for showing. */
interface Held {
  message: Message;
  /** What it leads to is read from the CAR file alone. */
  isInCar?: boolean;
  opened?: Opened;
  study?: Study;
}

export interface Listeners {
  /** The state has changed because of `event`. */
  changed: (state: State, event: Event) => void;
  /** How far a download is: too often for a state of its own. */
  progress: (index: number, progress: Progress) => void;
  /** What is there of a study while the rest is on its way. */
  early: (index: number, early: Early) => void;
}

export class InboxController {
  state: State = initial();
  /** The wallet that unlocked. */
  wallet: Wallet | null = null;
  readonly inbox: Inbox;
  readonly unlocker: Unlocker;
  readonly #on: Listeners;
  readonly #reader: InboxReader;
  readonly #clinics = new SealedStore("radiogram-clinics");
  readonly #mailFiles = new SealedStore("radiogram-mailboxes");
  #keyring: Keyring | null = null;
  /** By the list’s index. */
  #held = new Map<number, Held>();
  /** Of letters in mailboxes, by recipient and index: below 0. */
  #numbers = new Map<string, number>();
  #lastNumber = 0;
  #car: CarIndex | null = null;
  #mail: MailFinder | null = null;
  #seeking: AbortController | null = null;
  #fetching = new Map<number, AbortController>();
  /** Senders whose approval was asked for; another set for each inbox. */
  #asked = new Set<Address>();

  constructor(inbox: Inbox, on: Listeners) {
    this.inbox = inbox;
    this.#on = on;
    this.#reader = new InboxReader(inbox);
    this.unlocker = new Unlocker(this);
  }

  readonly dispatch = (event: Event): void => {
    const state = next(this.state, event);
    if (state === this.state) return;
    this.state = state;
    this.#on.changed(state, event);
  };

  get site(): Site {
    return this.inbox.site;
  }

  get wallets(): readonly WalletInfo[] {
    return this.unlocker.wallets;
  }

  // --- the key

  /** Whose key is unlocked. */
  get owner(): Owner | null {
    return this.#keyring?.owner ?? null;
  }

  get keyring(): Keyring {
    if (this.#keyring === null) throw new Error("locked");
    return this.#keyring;
  }

  hold(keyring: Keyring): void {
    this.#keyring = keyring;
  }

  /** An inbox belongs to an account: with another one in the wallet, or none, it is closed. */
  follow(wallet: Wallet): void {
    const { account } = wallet;
    this.wallet = wallet;
    wallet.listen({
      change: () => {
        if (wallet.account !== account) this.lock("account");
      },
      disconnect: () => {
        this.lock("disconnect");
      },
    });
  }

  /** Opens an inbox with the key that is unlocked. */
  enter(way: Way, account: Address, keyVersion: number): void {
    this.#held.clear();
    this.#asked = new Set();
    this.#reader.clear();
    this.#seekNoMore();
    const [own, hybrid] = [this.owner?.address ?? account, Boolean(this.owner?.hybrid)];
    if (this.#car !== null) this.keyring.useCar(this.#car).catch(() => undefined); // it may be locked meanwhile
    this.#mail = new MailFinder(this.inbox, this.keyring, new KeptMail(this.#mailFiles, this.keyring, own));
    this.dispatch({ type: "unlock", way, own, inbox: account, keyVersion, hybrid });
    void this.#readClinics();
    void this.look();
  }

  useAnotherKey(): void {
    this.forget();
    this.dispatch({ type: "another-key" });
  }

  lock(because: LockReason | null = null): void {
    this.unlocker.stopWaiting();
    this.forget();
    this.dispatch({ type: "lock", because });
  }

  /** Nothing is left of key, wallet and messages. */
  forget(): void {
    for (const fetching of this.#fetching.values()) fetching.abort();
    this.#fetching.clear();
    this.#held.clear();
    this.#reader.clear();
    this.#seekNoMore();
    this.#keyring?.lock();
    this.#keyring = null;
    this.wallet?.close();
    this.wallet = null;
  }

  // --- whom the person knows

  /** By what names the person or the site knows senders. */
  get nameOf(): NameOf {
    const { state } = this;
    if (state.at !== "unlocked") return () => null;
    const named = senderNames(this.site, state.clinics);
    return (sender) => named(sender) ?? (sender === state.inbox ? "You" : null);
  }

  /** The clinics whose cards the person has checked. */
  get clinics(): ClinicBook {
    return new ClinicBook(this.#clinics, this.keyring);
  }

  /** Whether they are there after the window has closed. */
  get areClinicsKept(): boolean {
    return this.#clinics.isKept;
  }

  async #readClinics(): Promise<void> {
    const keyring = this.#keyring;
    let event: Event;
    try {
      event = { type: "clinics", clinics: await this.clinics.read() };
    } catch (error) {
      event = { type: "no-clinics", detail: messageOf(error) };
    }
    if (this.#keyring === keyring) this.dispatch(event);
  }

  // --- the list

  /** Looks for messages newer than those on the list; the first time, for older ones too. */
  async look(): Promise<void> {
    const { state } = this;
    if (state.at !== "unlocked") return;
    const newest = state.messages[0]?.index ?? -1;
    await this.#list(async () => {
      const messages = await this.#reader.newer(state.inbox, newest);
      return this.#arrive(state.inbox, messages, true);
    });
    if (newest < 0) await this.readOn();
  }

  /** Reads older messages. */
  async readOn(): Promise<void> {
    const { state } = this;
    if (state.at !== "unlocked" || state.reading || !this.#reader.hasOlder) return;
    const keyring = this.#keyring;
    this.dispatch({ type: "read-on" });
    try {
      for await (const messages of this.#reader.older(state.inbox, state.messages.length)) {
        if (this.#keyring !== keyring) return;
        this.dispatch(this.#arrive(state.inbox, messages, false));
      }
    } catch {
      // It is said that there are older ones, which can be asked for again.
    }
    if (this.#keyring === keyring) this.dispatch({ type: "read-no-further" });
  }

  /** Whom of the senders that nobody knows yet the person has approved. */
  async lookForApprovals(): Promise<void> {
    const { state } = this;
    if (state.at !== "unlocked") return;
    const { nameOf } = this;
    const isOpen = (sender: Address): boolean => nameOf(sender) === null && !state.familiar.has(sender);
    const senders = [...new Set(state.messages.map(({ sender }) => sender))];
    const unknown = senders.filter((sender) => isOpen(sender) && !this.#asked.has(sender));
    if (unknown.length === 0) return;
    const asked = this.#asked;
    for (const sender of unknown) asked.add(sender);
    const approved = await this.inbox.approved(state.inbox, unknown).catch(() => undefined);
    if (approved === undefined)
      for (const sender of unknown) asked.delete(sender); // the next look asks anew
    else if (approved.length > 0 && asked === this.#asked) this.dispatch({ type: "approved", senders: approved });
  }

  /** Looks for what the checked clinics sent into mailboxes, once the inbox itself is there; anew if that is under way. */
  async lookForMail(): Promise<void> {
    this.#seeking?.abort();
    const { state } = this;
    const [mail, stop] = [this.#mail, new AbortController()];
    if (state.at !== "unlocked" || mail === null) return;
    this.#forgetMailOfOthers(new Set(state.clinics.map(({ card }) => card.address)));
    if (state.load !== "ready" || state.clinics.length === 0) return;
    this.#seeking = stop;
    let problem: MailProblem | null = null;
    try {
      for (const { card } of state.clinics) {
        this.dispatch({ type: "seek", clinic: clean(card.label) });
        const { messages, forgottenBefore } = await mail.find(card, stop.signal);
        stop.signal.throwIfAborted();
        this.dispatch(this.#deliver(card.address, messages));
        if (forgottenBefore !== null)
          problem = { kind: "forgotten", detail: `Before block ${forgottenBefore.toLocaleString("en")}.` };
      }
    } catch (error) {
      problem = { kind: "untold", detail: messageOf(error) };
    }
    if (stop.signal.aborted) return;
    this.dispatch({ type: "sought", problem });
    await mail.keep().catch(() => undefined); // it is read anew the next time
  }

  #seekNoMore(): void {
    this.#seeking?.abort();
    this.#seeking = null;
    this.#mail = null;
    this.#numbers.clear();
  }

  /** Of clinics that are not on the list any more, nothing is left. */
  #forgetMailOfOthers(clinics: ReadonlySet<Address>): void {
    for (const [place, index] of this.#numbers) {
      const held = this.#held.get(index);
      if (held !== undefined && clinics.has(held.message.sender)) continue;
      this.#fetching.get(index)?.abort();
      this.#fetching.delete(index);
      this.#held.delete(index);
      this.#numbers.delete(place);
    }
  }

  #deliver(sender: Address, messages: readonly Message[]): Event {
    const numbered = messages.map((message) => ({ index: this.#numberOf(message), message }));
    const fresh = numbered.filter(({ index }) => !this.#held.has(index)).length;
    this.#hold(numbered);
    const arrived = numbered.map((each) => arrivedAs(each, marks(this.site, each.message.recipient), true));
    return { type: "mail", sender, messages: arrived, fresh };
  }

  #numberOf(message: Message): number {
    const place = placeName(message);
    const known = this.#numbers.get(place) ?? --this.#lastNumber;
    this.#numbers.set(place, known);
    return known;
  }

  async #list(read: () => Promise<Event>): Promise<void> {
    this.dispatch({ type: "look" });
    const keyring = this.#keyring;
    const slow = setTimeout(() => {
      this.dispatch({ type: "slow" });
    }, SLOW_AFTER);
    try {
      const event = await read();
      if (this.#keyring === keyring) this.dispatch(event);
    } catch (error) {
      if (this.#keyring === keyring) this.dispatch({ type: "look-failed", detail: messageOf(error) });
    } finally {
      clearTimeout(slow);
    }
  }

  #arrive(inbox: Address, messages: readonly Message[], fresh: boolean): Event {
    const numbered = messages.map((message) => ({ index: message.index, message }));
    this.#hold(numbered);
    const marked = marks(this.site, inbox);
    const more = this.#reader.hasOlder;
    return { type: "arrive", messages: numbered.map((each) => arrivedAs(each, marked, false)), more, fresh };
  }

  #hold(letters: readonly Numbered[]): void {
    for (const { index, message } of letters) {
      const held = this.#held.get(index);
      if (held === undefined) this.#held.set(index, { message });
      else held.message = message;
    }
  }

  /**
   * Reads what the study calls itself, out of its beginning. Nothing is said if that fails: nobody has asked. Returns
   * whether it is settled: what did not come, or could not be read for want of memory, may be read another time.
   */
  async announce(index: number): Promise<boolean> {
    const [held, keyring] = [this.#held.get(index), this.#keyring];
    if (held === undefined || keyring === null) return true;
    try {
      const from = this.#car === null ? this.site.gateways : null;
      const opened = await keyring.open(held.message, this.site, from);
      const manifest = await keyring.manifest(opened, from).finally(() => keyring.close(opened));
      if (this.#keyring !== keyring) return true;
      const [name, claim, quantumSafe] = [cardName(manifest), claimOf(manifest), opened.suite === 2];
      this.dispatch({ type: "announced", index, name, claim, quantumSafe });
      return true;
    } catch (error) {
      const { kind } = messageProblem(error, "");
      return kind !== "storage" && kind !== "memory";
    }
  }

  hide(index: number, hidden: boolean): void {
    const held = this.#held.get(index);
    if (held === undefined) return;
    setMark(this.site, held.message.recipient, held.message.index, "hidden", hidden);
    this.dispatch({ type: "hide", index, hidden });
  }

  // --- a CAR file

  /** While there is one, nothing is asked of gateways before a letter is opened that is not in it. */
  useCar(index: CarIndex | null): void {
    this.#car = index;
    for (const held of this.#held.values()) held.isInCar = false;
    this.#keyring?.useCar(index).catch(() => undefined); // it may be locked meanwhile
  }

  /** Which letter the file is of, the newest one first; those that `tried` names are passed over. Throws CarError, AbortError. */
  async findInCar(tried: Set<number>): Promise<number | null> {
    for (const [index, held] of [...this.#held].sort(([, a], [, b]) => +b.message.sentAt - +a.message.sentAt)) {
      if (tried.has(index)) continue;
      tried.add(index);
      if (await isInCar(this.keyring, held.message, this.site)) return index;
    }
    return null;
  }

  /** What a letter leads to is read from the file, or from the network after all. */
  readFromCar(index: number, isFromCar: boolean): void {
    const held = this.#held.get(index);
    if (held !== undefined) held.isInCar = isFromCar;
  }

  // --- one message

  /** The envelope's contents, to hand them on. */
  opened(index: number): Opened | undefined {
    return this.#held.get(index)?.opened;
  }

  openStudy(index: number): OpenStudy | null {
    const held = this.#held.get(index);
    return held?.study === undefined ? null : { sent: held.message, study: held.study };
  }

  /** What is left of the three steps, one after the other, until one of them stops. */
  async open(index: number, gateways?: string[]): Promise<void> {
    for (let done = this.#done(index); done !== null && done < 3;) {
      if (done === 0) await this.getHash(index);
      else if (done === 1) await this.decrypt(index, gateways);
      else await this.getImage(index, gateways);
      const after = this.#done(index);
      if (after === null || after <= done) return;
      done = after;
    }
  }

  /** How many steps of a message are done; null if it is not there, or there is nothing to open. */
  #done(index: number): number | null {
    const message = this.state.at === "unlocked" ? messageAt(this.state, index) : null;
    return message === null || message.retracted ? null : message.steps.done;
  }

  /** Step 1. Reads the message anew: it may have been taken back since the list was made. */
  getHash(index: number): Promise<void> {
    return this.#step(index, async (held) => {
      held.message = await this.inbox.message(held.message.recipient, held.message.index);
      const { retracted, acknowledged } = held.message;
      return { type: "found", index, retracted, acknowledged };
    });
  }

  /** Step 2. Opens the envelope, and the key packet in suite 2; that from other gateways, if these are named. */
  decrypt(index: number, gateways: string[] = this.site.gateways): Promise<void> {
    return this.#step(index, async (held, keyring, signal) => {
      held.opened = await keyring.open(held.message, this.site, fromOf(held, gateways), signal);
      return { type: "fits", index, quantumSafe: held.opened.suite === 2 };
    });
  }

  /** Step 3. Brings the bundle here, decrypts and checks it; from other gateways than the site's, if these are named. */
  getImage(index: number, gateways: string[] = this.site.gateways): Promise<void> {
    return this.#step(index, async (held, keyring, signal) => {
      if (held.opened === undefined) throw new Error("not decrypted");
      const onProgress = (progress: Progress): void => {
        if (signal.aborted) return;
        this.#on.progress(index, progress);
        if (progress.done >= progress.total) this.dispatch({ type: "checking", index });
      };
      const onEarly = (early: Early): void => {
        if (!signal.aborted) this.#on.early(index, early);
      };
      held.study = await keyring.retrieve(held.opened, fromOf(held, gateways), onProgress, onEarly, signal);
      setMark(this.site, held.message.recipient, held.message.index, "opened", true);
      const { manifest } = held.study;
      return { type: "got", index, name: cardName(manifest), claim: claimOf(manifest) };
    });
  }

  async #step(
    index: number,
    run: (held: Held, keyring: Keyring, signal: AbortSignal) => Promise<Event>,
  ): Promise<void> {
    const held = this.#held.get(index);
    const keyring = this.#keyring;
    if (held === undefined || keyring === null) return;
    this.#fetching.get(index)?.abort();
    const stop = new AbortController();
    this.#fetching.set(index, stop);
    this.dispatch({ type: "work", index });
    try {
      const event = await run(held, keyring, stop.signal);
      if (!stop.signal.aborted) this.dispatch(event);
    } catch (error) {
      if (stop.signal.aborted) return;
      const problem: MessageProblem =
        held.isInCar && error instanceof IpfsError
          ? { kind: "car", detail: error.message }
          : messageProblem(error, keyring.owner?.address ?? "");
      this.dispatch({ type: "fail", index, problem });
    }
  }

  stop(index: number): void {
    this.#fetching.get(index)?.abort();
    this.dispatch({ type: "stop", index });
  }
}

function fromOf({ isInCar: isFromCar }: Held, gateways: string[]): From {
  return isFromCar ? null : gateways;
}

function arrivedAs({ index, message }: Numbered, marked: ReturnType<typeof marks>, isMail: boolean): Arrived {
  const { sender, sentAt, retracted, acknowledged, envelope } = message;
  const [opened, hidden] = [marked.opened.has(message.index), marked.hidden.has(message.index)];
  const mailbox = isMail ? mailboxName(message) : null;
  return { index, mailbox, sender, sentAt, retracted, acknowledged, readable: isEnvelope(envelope), opened, hidden };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}

function messageProblem(error: unknown, address: string): MessageProblem {
  const detail = messageOf(error);
  if (error instanceof WrongContextError || error instanceof PacketContextError) return { kind: "copied" };
  if (error instanceof WrongKeyError) return { kind: "wrong-key" };
  if (error instanceof NoHybridKeyError) return { kind: "no-hybrid", keyFile: keyFileName(address) };
  if (error instanceof EnvelopeError || error instanceof KeyPacketError) return { kind: "unreadable", detail };
  if (error instanceof CiphertextError || error instanceof BundleError) return { kind: "tampered", detail };
  if (error instanceof IpfsTooLarge || error instanceof IpfsMismatch)
    return { kind: "tampered", detail, tries: error.tries };
  if (error instanceof IpfsError) return { kind: "storage", detail, tries: error.tries };
  if (error instanceof InboxError) return { kind: "chain", detail };
  return { kind: "memory", detail };
}
