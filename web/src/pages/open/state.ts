/** What Open images shows, as data: a state and an event make the next state. No DOM, no effects, no keys. */

import type { Address } from "viem";
import type { PasskeyReason, Try } from "../../errors.ts";
import type { Clinic } from "../../formats/clinics.ts";

export type Way = "passkey" | "wallet" | "file" | "typed";

/** What the page waits for while it unlocks. */
export type Wait = "choose" | "connect" | "sign" | "sign-again" | "open" | "registry" | "network";

/** Something that went wrong: which words to show, and what a person may read under Details. */
export interface Problem<Kind extends string = string> {
  readonly kind: Kind;
  readonly detail?: string;
  readonly tries?: readonly Try[];
  /** Of a passkey that did not open. */
  readonly passkey?: PasskeyReason;
  /** Name of the key file that is needed. */
  readonly keyFile?: string;
}

export type UnlockProblem = Problem<
  | "no-wallet"
  | "said-no"
  | "wallet"
  | "contract-account"
  | "not-derivable"
  | "other-key"
  | "passphrase"
  | "key-file"
  | "passkey"
  | "typed-key"
  | "address"
  | "chain"
>;

export type MessageProblem = Problem<
  "wrong-key" | "no-hybrid" | "unreadable" | "copied" | "storage" | "car" | "tampered" | "memory" | "chain"
>;

/** The network did not tell what the clinics sent; or not what they sent before a block. */
export type MailProblem = Problem<"untold" | "forgotten">;

/** What locked an open inbox: nobody there, or the wallet is on another account, or let go of the page. */
export type LockReason = "idle" | "account" | "disconnect";

/** Nothing is unlocked. `expected` is the inbox that was open before, or that the person named. */
export interface Locked {
  readonly at: "locked";
  readonly way: Way | null;
  readonly wait: Wait | null;
  readonly problem: UnlockProblem | null;
  readonly expected: Address | null;
  /** Why it was locked, if not by the person. */
  readonly because: LockReason | null;
}

/** The key is another inbox's than the one expected. */
export interface OtherInbox {
  readonly at: "other";
  readonly way: Way;
  readonly own: Address;
  readonly expected: Address;
}

/** The wallet's key is not in the contract yet. */
export interface Unregistered {
  readonly at: "unregistered";
  readonly account: Address;
}

/** The three steps of a message: how many are done, and what the next one is doing. */
export interface Steps {
  readonly done: 0 | 1 | 2 | 3;
  readonly work: "idle" | "working" | "checking";
  readonly problem: MessageProblem | null;
  readonly stopped: boolean;
}

export interface InboxMessage {
  /** Its index in the inbox. Below 0 for one in a mailbox: a number of this page’s alone, by which it finds it again. */
  readonly index: number;
  /** What the commands call it, if it is in a mailbox: `m3f9a2c1d`. */
  readonly mailbox: string | null;
  readonly sender: Address;
  readonly sentAt: Date;
  readonly retracted: boolean;
  readonly acknowledged: boolean;
  /** False if the envelope is of no suite that this page reads: no key will open it. */
  readonly readable: boolean;
  readonly opened: boolean;
  readonly hidden: boolean;
  /** The person said that they want a stranger's message. */
  readonly welcome: boolean;
  /** What the study calls itself, once its beginning was read. */
  readonly name: string | null;
  /** What its maker calls itself: a claim. */
  readonly claim: string | null;
  /** Known once the envelope was opened. */
  readonly quantumSafe: boolean | null;
  readonly steps: Steps;
}

export interface Unlocked {
  readonly at: "unlocked";
  readonly way: Way;
  readonly own: Address;
  readonly inbox: Address;
  /** The key's version in force; 0: nothing is registered, and senders need the public key itself. */
  readonly keyVersion: number;
  /** Whether the key has a hybrid half. */
  readonly hybrid: boolean;
  readonly load: "loading" | "slow" | "ready" | "failed";
  readonly failure: string | null;
  /** Those in the inbox, newest first. */
  readonly messages: readonly InboxMessage[];
  /** Those that checked clinics sent into mailboxes, newest first. */
  readonly mail: readonly InboxMessage[];
  /** Which clinic’s mailboxes are being looked for. */
  readonly seeking: string | null;
  /** Why not all of them were found; null: they were, or there is no clinic. */
  readonly mailProblem: MailProblem | null;
  /** There are older ones, which were not read. */
  readonly more: boolean;
  /** Older ones are being read. */
  readonly reading: boolean;
  readonly showHidden: boolean;
  readonly selected: number | null;
  /** Senders whom the person approved in the contract, or whose message this browser had opened before. */
  readonly familiar: ReadonlySet<Address>;
  /** Senders whom the person approved in the contract. */
  readonly approved: ReadonlySet<Address>;
  /** Whose cards the person has checked. */
  readonly clinics: readonly Clinic[];
  /** Why it is not known whose; null: it is. */
  readonly clinicsProblem: string | null;
  /** What the list is searched for. */
  readonly search: string;
  /** How many cards of familiar senders there are, and of others; null: folded, unless there are no other cards. */
  readonly cards: number;
  readonly strangerCards: number | null;
}

export type State = Locked | OtherInbox | Unregistered | Unlocked;

/** A message as it came from the chain, with what this browser remembers of it. */
export type Arrived = Omit<InboxMessage, "welcome" | "name" | "claim" | "quantumSafe" | "steps">;

export type Event =
  | { type: "choose"; way: Way; expected?: Address }
  | { type: "wait"; wait: Wait }
  | { type: "stop-waiting" }
  | { type: "refuse"; problem: UnlockProblem }
  | { type: "other"; own: Address; expected: Address }
  | { type: "unregistered"; account: Address }
  | { type: "unlock"; way: Way; own: Address; inbox: Address; keyVersion: number; hybrid: boolean }
  | { type: "another-key" }
  | { type: "lock"; because: LockReason | null }
  | { type: "registered"; keyVersion: number }
  | { type: "look" }
  | { type: "slow" }
  | { type: "look-failed"; detail: string }
  | { type: "arrive"; messages: readonly Arrived[]; more: boolean; fresh: boolean }
  | { type: "seek"; clinic: string }
  /** All that a clinic has sent into mailboxes; how many of it were not there before. */
  | { type: "mail"; sender: Address; messages: readonly Arrived[]; fresh: number }
  | { type: "sought"; problem: MailProblem | null }
  /** Older ones: as many as came, or none, if the chain did not answer. */
  | { type: "read-on" }
  | { type: "read-no-further" }
  | { type: "approved"; senders: readonly Address[] }
  | { type: "clinics"; clinics: readonly Clinic[] }
  | { type: "no-clinics"; detail: string }
  | { type: "search"; text: string }
  | { type: "more-cards" }
  | { type: "fold-strangers"; folded: boolean }
  | { type: "more-stranger-cards" }
  /** Its beginning was read, which says what it is. */
  | { type: "announced"; index: number; name: string; claim: string | null; quantumSafe: boolean }
  | { type: "select"; index: number | null }
  | { type: "welcome"; index: number }
  | { type: "hide"; index: number; hidden: boolean }
  | { type: "show-hidden" }
  | { type: "work"; index: number }
  | { type: "checking"; index: number }
  | { type: "found"; index: number; retracted: boolean; acknowledged: boolean }
  | { type: "fits"; index: number; quantumSafe: boolean }
  | { type: "got"; index: number; name: string; claim: string | null }
  | { type: "named"; index: number; name: string }
  | { type: "fail"; index: number; problem: MessageProblem }
  | { type: "stop"; index: number }
  | { type: "acknowledged"; index: number };

const LOCKED: Locked = { at: "locked", way: null, wait: null, problem: null, expected: null, because: null };
const FRESH: Steps = { done: 0, work: "idle", problem: null, stopped: false };
/** Shown at first; each press of Show more doubles them, so that all presses together draw each card twice at most. */
const CARDS = 20;
const PASSING: ReadonlySet<MessageProblem["kind"]> = new Set(["storage", "car", "memory", "chain"]);
const UNOPENED = { welcome: false, name: null, claim: null, quantumSafe: null, steps: FRESH } as const;

export function initial(): State {
  return LOCKED;
}

/** The state after an event. An event that does not belong to a state (a late answer, after a lock) changes nothing. */
export function next(state: State, event: Event): State {
  if (event.type === "lock") return { ...LOCKED, expected: inboxOf(state), because: event.because };
  if (event.type === "unlock") return opened(event);
  if (event.type === "another-key") return { ...LOCKED, expected: inboxOf(state) };
  switch (state.at) {
    case "locked":
      return unlocking(state, event);
    case "unlocked":
      return reading(state, event);
    default:
      return state;
  }
}

function inboxOf(state: State): Address | null {
  switch (state.at) {
    case "unlocked":
      return state.inbox;
    case "unregistered":
      return state.account;
    default:
      return state.expected;
  }
}

function opened(event: Extract<Event, { type: "unlock" }>): Unlocked {
  const { way, own, inbox, keyVersion, hybrid } = event;
  return {
    at: "unlocked",
    way,
    own,
    inbox,
    keyVersion,
    hybrid,
    load: "loading",
    failure: null,
    messages: [],
    mail: [],
    seeking: null,
    mailProblem: null,
    more: false,
    reading: false,
    showHidden: false,
    selected: null,
    familiar: new Set(),
    approved: new Set(),
    clinics: [],
    clinicsProblem: null,
    search: "",
    cards: CARDS,
    strangerCards: null,
  };
}

function unlocking(state: Locked, event: Event): State {
  switch (event.type) {
    case "choose":
      return { ...LOCKED, way: event.way, expected: event.expected ?? state.expected };
    case "wait":
      return { ...state, wait: event.wait, problem: null, because: null };
    case "stop-waiting":
      return { ...state, wait: null, problem: null };
    case "refuse":
      return { ...state, wait: null, problem: event.problem, because: null };
    case "other":
      return { at: "other", way: state.way ?? "typed", own: event.own, expected: event.expected };
    case "unregistered":
      return { at: "unregistered", account: event.account };
    default:
      return state;
  }
}

function reading(state: Unlocked, event: Event): Unlocked {
  switch (event.type) {
    case "registered":
      return { ...state, keyVersion: event.keyVersion };
    case "look":
      return { ...state, load: "loading", failure: null };
    case "slow":
      return state.load === "loading" ? { ...state, load: "slow" } : state;
    case "look-failed":
      return { ...state, load: "failed", failure: event.detail };
    case "arrive":
      return arrived(state, event);
    case "seek":
      return { ...state, seeking: event.clinic };
    case "mail":
      return posted(state, event);
    case "sought":
      return { ...state, seeking: null, mailProblem: event.problem };
    case "select":
      return { ...movedOn(state, event.index), selected: event.index };
    case "show-hidden":
      return { ...state, showHidden: true };
    case "read-on":
      return { ...state, reading: true };
    case "read-no-further":
      return { ...state, reading: false };
    case "approved":
      return {
        ...state,
        familiar: new Set([...state.familiar, ...event.senders]),
        approved: new Set([...state.approved, ...event.senders]),
      };
    case "clinics":
      return withClinics(state, event.clinics, null);
    case "no-clinics":
      return withClinics(state, [], event.detail);
    case "search":
      return { ...state, search: event.text, cards: CARDS };
    case "more-cards":
      return { ...state, cards: 2 * state.cards };
    case "fold-strangers":
      return { ...state, strangerCards: event.folded ? null : CARDS };
    case "more-stranger-cards":
      return { ...state, strangerCards: 2 * (state.strangerCards ?? CARDS) };
    default:
      return "index" in event ? withMessage(state, event) : state;
  }
}

/** New messages beside those already there, which keep how far they were; alone in the inbox, one opens by itself. */
function arrived(state: Unlocked, event: Extract<Event, { type: "arrive" }>): Unlocked {
  const messages = merged(state.messages, event.messages);
  const more = event.fresh && state.messages.length > 0 ? state.more : event.more;
  const opened = event.messages.filter((message) => message.opened).map(({ sender }) => sender);
  const familiar = opened.length === 0 ? state.familiar : new Set([...state.familiar, ...opened]);
  return withOnly({ ...state, load: "ready", failure: null, messages, more, familiar });
}

/** What one clinic has sent into mailboxes, in place of what was there of it. */
function posted(state: Unlocked, { sender, messages, fresh }: Extract<Event, { type: "mail" }>): Unlocked {
  const known = new Map(state.mail.map((each) => [each.index, each]));
  const theirs = messages.map((each) => ({ ...(known.get(each.index) ?? UNOPENED), ...each }));
  const others = state.mail.filter((each) => each.sender !== sender);
  const mail = [...others, ...theirs].sort((a, b) => +b.sentAt - +a.sentAt || a.index - b.index);
  const now = stillThere({ ...state, mail });
  return fresh > 0 ? withOnly(now) : now;
}

/** Mailboxes are those of checked clinics: without one, its letters there are not known. */
function withClinics(state: Unlocked, clinics: readonly Clinic[], clinicsProblem: string | null): Unlocked {
  const checked = new Set(clinics.map(({ card }) => card.address));
  const mail = state.mail.filter(({ sender }) => checked.has(sender));
  const mailProblem = clinics.length === 0 ? null : state.mailProblem;
  return stillThere({ ...state, clinics, clinicsProblem, mail, seeking: null, mailProblem });
}

function stillThere(state: Unlocked): Unlocked {
  return selectedOf(state) === null ? { ...state, selected: null } : state;
}

/** The only letter opens by itself. */
function withOnly(state: Unlocked): Unlocked {
  const [only, second] = [...state.messages.slice(0, 2), ...state.mail.slice(0, 2)];
  const opens = state.selected === null && !state.more && only && !second && !only.hidden;
  return opens ? { ...state, selected: only.index } : state;
}

/** Of two lists, each newest first: one pass over both. */
function merged(before: readonly InboxMessage[], arrived: readonly Arrived[]): InboxMessage[] {
  const all: InboxMessage[] = [];
  let place = 0;
  for (const each of arrived) {
    for (let known = before[place]; known && known.index > each.index; known = before[++place]) all.push(known);
    const known = before[place]?.index === each.index ? before[place++] : undefined;
    const { welcome, name, claim, quantumSafe, steps } = known ?? UNOPENED;
    all.push({ ...each, welcome, name, claim, quantumSafe, steps });
  }
  for (; place < before.length; place++) all.push(before[place] as InboxMessage);
  return all;
}

/** What kept another message from being opened, and may not any more, is not said again later. */
function movedOn(state: Unlocked, to: number | null): Unlocked {
  const from = messageAt(state, state.selected);
  const kind = from?.steps.problem?.kind;
  if (from === null || from.index === to || kind === undefined || !PASSING.has(kind)) return state;
  return replaced(state, { ...from, steps: { ...from.steps, problem: null } });
}

function withMessage(state: Unlocked, event: Event & { index: number | null }): Unlocked {
  const message = messageAt(state, event.index);
  if (message === null) return state;
  const changed = changedBy(message, event);
  if (changed === message) return state;
  const isNewer = event.type === "work" && state.load === "failed";
  const load = isNewer ? ({ load: "ready", failure: null } as const) : {};
  const selected = changed.hidden && state.selected === changed.index ? null : state.selected;
  return { ...replaced(state, changed), ...load, selected };
}

/** A message in place of the one with its index. */
function replaced(state: Unlocked, message: InboxMessage): Unlocked {
  const { index } = message;
  if (index < 0) return { ...state, mail: state.mail.map((each) => (each.index === index ? message : each)) };
  return { ...state, messages: state.messages.with(placeOf(state.messages, index), message) };
}

/** By halves: those in the inbox are sorted by their index. -1 for none. */
function placeOf(messages: readonly InboxMessage[], index: number): number {
  let [low, high] = [0, messages.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle]?.index ?? 0) > index) low = middle + 1;
    else high = middle;
  }
  return messages[low]?.index === index ? low : -1;
}

function changedBy(message: InboxMessage, event: Event): InboxMessage {
  const { steps } = message;
  switch (event.type) {
    case "welcome":
      return message.welcome ? message : { ...message, welcome: true };
    case "hide":
      return { ...message, hidden: event.hidden };
    case "work":
      return { ...message, steps: { ...steps, work: "working", problem: null, stopped: false } };
    case "checking":
      return steps.work === "working" ? { ...message, steps: { ...steps, work: "checking" } } : message;
    case "found":
      return foundIn(message, event);
    case "fits":
      return steps.done === 1 ? { ...message, quantumSafe: event.quantumSafe, steps: { ...FRESH, done: 2 } } : message;
    case "got":
      return steps.done === 2 && steps.work !== "idle"
        ? { ...message, opened: true, name: event.name, claim: event.claim, steps: { ...FRESH, done: 3 } }
        : message;
    case "fail":
      return steps.work === "idle"
        ? message
        : { ...message, steps: { ...steps, work: "idle", problem: event.problem, stopped: false } };
    case "stop":
      return { ...message, steps: { ...steps, work: "idle", problem: null, stopped: true } };
    case "named":
      return { ...message, name: event.name };
    case "announced":
      return message.steps.done === 3
        ? message
        : { ...message, name: event.name, claim: event.claim, quantumSafe: event.quantumSafe };
    case "acknowledged":
      return { ...message, acknowledged: true };
    default:
      return message;
  }
}

function foundIn(message: InboxMessage, event: Extract<Event, { type: "found" }>): InboxMessage {
  const { retracted, acknowledged } = event;
  const steps: Steps =
    message.steps.done === 0 && !retracted ? { ...FRESH, done: 1 } : { ...message.steps, work: "idle" };
  return { ...message, retracted, acknowledged, steps };
}

/** What a message's card and its page are about, in this order of precedence. */
export type Kind = "taken-back" | "opened" | "cannot-read" | "unknown" | "locked";

export function kindOf(message: InboxMessage, known: boolean): Kind {
  if (message.retracted) return "taken-back";
  if (message.steps.done === 3) return "opened";
  if (!message.readable || message.steps.problem?.kind === "unreadable" || message.steps.problem?.kind === "copied")
    return "cannot-read";
  if (!known && !message.welcome) return "unknown";
  return "locked";
}

/** The list: messages of senders who are known, and the rest, each newest first. */
export interface Listed {
  readonly familiar: readonly InboxMessage[];
  readonly strangers: readonly InboxMessage[];
  readonly hidden: number;
}

/** One pass. `nameOf`: whom the person or the site knows. A search looks at names, studies and days alone. */
export function listed(state: Unlocked, nameOf: (sender: Address) => string | null, words: Words): Listed {
  const [familiar, strangers]: [InboxMessage[], InboxMessage[]] = [[], []];
  const wanted = state.search.trim().toLowerCase();
  let hidden = 0;
  for (const message of byTime(state)) {
    if (message.hidden) hidden += 1;
    if (message.hidden && !state.showHidden) continue;
    const name = nameOf(message.sender);
    if (wanted !== "" && !words(message, name).toLowerCase().includes(wanted)) continue;
    (isKnown(state, message, name) ? familiar : strangers).push(message);
  }
  return { familiar, strangers, hidden };
}

/** Those in the inbox and in mailboxes, newest first. */
function* byTime({ messages, mail }: Unlocked): Generator<InboxMessage, void> {
  let place = 0;
  for (const message of messages) {
    for (let each = mail[place]; each && each.sentAt > message.sentAt; each = mail[++place]) yield each;
    yield message;
  }
  yield* mail.slice(place);
}

/** Whether its sender has a name, is approved, or sent what was opened before. */
export function isKnown(state: Unlocked, { opened, sender }: InboxMessage, name: string | null): boolean {
  return name !== null || opened || state.familiar.has(sender);
}

/**
 * Whether what its sender’s letters lead to may be fetched without being asked for: docs/contract.md, Known senders. That
 * one was opened before is no consent to the next.
 */
export function isVouchedFor(state: Unlocked, { sender }: InboxMessage, name: string | null): boolean {
  return name !== null || state.approved.has(sender);
}

/** What a card says. */
export type Words = (message: InboxMessage, name: string | null) => string;

/** What it is called, by the commands too. */
export function letterOf({ index, mailbox }: InboxMessage): string {
  return mailbox ?? String(index);
}

/** How many were not opened here yet, and can be. */
export function unopened({ messages, mail }: Unlocked): number {
  const isNew = (each: InboxMessage): boolean => !each.opened && !each.retracted && !each.hidden;
  return messages.filter(isNew).length + mail.filter(isNew).length;
}

/** How many were ever sent to the inbox: the newest has the highest index. */
export function total(state: Unlocked): number {
  return (state.messages[0]?.index ?? -1) + 1;
}

export function messageAt(state: Unlocked, index: number | null): InboxMessage | null {
  if (index === null) return null;
  if (index < 0) return state.mail.find((each) => each.index === index) ?? null;
  return state.messages[placeOf(state.messages, index)] ?? null;
}

export function selectedOf(state: Unlocked): InboxMessage | null {
  return messageAt(state, state.selected);
}
