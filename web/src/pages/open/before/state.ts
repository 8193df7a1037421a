/** What Open images shows, as data: a state and an event make the next state. No DOM, no effects, no keys. */

import type { Address } from "viem";
import type { Try } from "../../../errors.ts";

export type Way = "wallet" | "file" | "typed";

/** What the page waits for while it unlocks. */
export type Wait = "choose" | "connect" | "sign" | "sign-again" | "open" | "book" | "network";

/** Something that went wrong: which words to show, and what a person may read under Details. */
export interface Problem<Kind extends string = string> {
  readonly kind: Kind;
  readonly detail?: string;
  readonly tries?: readonly Try[];
}

export type UnlockProblem = Problem<
  | "no-wallet"
  | "said-no"
  | "wallet"
  | "program"
  | "not-derivable"
  | "other-key"
  | "passphrase"
  | "key-file"
  | "typed-key"
  | "address"
  | "chain"
>;

export type LetterProblem = Problem<
  "wrong-key" | "unreadable" | "copied" | "storage" | "tampered" | "memory" | "chain"
>;

/** What locked an open inbox: nobody there, or the wallet is on another account, or let go of the page. */
export type Because = "idle" | "account" | "disconnect";

/** Nothing is unlocked. `expected` is the inbox that was open before, or that the person named. */
export interface Locked {
  readonly at: "locked";
  readonly way: Way | null;
  readonly wait: Wait | null;
  readonly problem: UnlockProblem | null;
  readonly expected: Address | null;
  /** Why it was locked, if not by the person. */
  readonly because: Because | null;
}

/** The key is another inbox's than the one expected. */
export interface Other {
  readonly at: "other";
  readonly way: Way;
  readonly own: Address;
  readonly expected: Address;
}

/** The wallet's key is not in the contract yet. */
export interface Unlisted {
  readonly at: "unlisted";
  readonly account: Address;
}

/** The three steps of a letter: how many are done, and what the next one is doing. */
export interface Steps {
  readonly done: 0 | 1 | 2 | 3;
  readonly work: "idle" | "working" | "checking";
  readonly problem: LetterProblem | null;
  readonly stopped: boolean;
}

export interface Letter {
  readonly index: number;
  readonly sender: Address;
  readonly sentAt: Date;
  readonly retracted: boolean;
  readonly acknowledged: boolean;
  /** False if the envelope is of no suite that this page reads: no key will open it. */
  readonly readable: boolean;
  readonly opened: boolean;
  readonly hidden: boolean;
  /** The person said that they want a stranger's letter. */
  readonly welcome: boolean;
  /** What the study calls itself, once it was opened and checked. */
  readonly name: string | null;
  readonly steps: Steps;
}

export interface Unlocked {
  readonly at: "unlocked";
  readonly way: Way;
  readonly own: Address;
  readonly inbox: Address;
  /** The key's version in force; 0: nothing is registered, and senders need the public key itself. */
  readonly keyVersion: number;
  readonly load: "loading" | "slow" | "ready" | "failed";
  readonly failure: string | null;
  readonly letters: readonly Letter[];
  readonly more: boolean;
  readonly showHidden: boolean;
  readonly selected: number | null;
}

export type State = Locked | Other | Unlisted | Unlocked;

/** A message as it came from the chain, with what this browser remembers of it. */
export type Arrived = Omit<Letter, "welcome" | "name" | "steps">;

export type Event =
  | { type: "choose"; way: Way; expected?: Address }
  | { type: "wait"; wait: Wait }
  | { type: "stop-waiting" }
  | { type: "refuse"; problem: UnlockProblem }
  | { type: "other"; own: Address; expected: Address }
  | { type: "unlisted"; account: Address }
  | { type: "unlock"; way: Way; own: Address; inbox: Address; keyVersion: number }
  | { type: "another-key" }
  | { type: "lock"; because: Because | null }
  | { type: "registered"; keyVersion: number }
  | { type: "look" }
  | { type: "slow" }
  | { type: "look-failed"; detail: string }
  | { type: "arrive"; letters: readonly Arrived[]; more: boolean; fresh: boolean }
  | { type: "select"; index: number | null }
  | { type: "welcome"; index: number }
  | { type: "hide"; index: number; hidden: boolean }
  | { type: "show-hidden" }
  | { type: "work"; index: number }
  | { type: "checking"; index: number }
  | { type: "found"; index: number; retracted: boolean; acknowledged: boolean }
  | { type: "fits"; index: number }
  | { type: "got"; index: number; name: string }
  | { type: "named"; index: number; name: string }
  | { type: "fail"; index: number; problem: LetterProblem }
  | { type: "stop"; index: number }
  | { type: "acknowledged"; index: number };

const LOCKED: Locked = { at: "locked", way: null, wait: null, problem: null, expected: null, because: null };
const FRESH: Steps = { done: 0, work: "idle", problem: null, stopped: false };

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
    case "unlisted":
      return state.account;
    default:
      return state.expected;
  }
}

function opened(event: Extract<Event, { type: "unlock" }>): Unlocked {
  const { way, own, inbox, keyVersion } = event;
  return {
    at: "unlocked",
    way,
    own,
    inbox,
    keyVersion,
    load: "loading",
    failure: null,
    letters: [],
    more: false,
    showHidden: false,
    selected: null,
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
    case "unlisted":
      return { at: "unlisted", account: event.account };
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
    case "select":
      return { ...state, selected: event.index };
    case "show-hidden":
      return { ...state, showHidden: true };
    default:
      return "index" in event ? withLetter(state, event) : state;
  }
}

/** New messages beside those already there, which keep how far they were; alone in the inbox, one opens by itself. */
function arrived(state: Unlocked, event: Extract<Event, { type: "arrive" }>): Unlocked {
  const before = new Map(state.letters.map((letter) => [letter.index, letter]));
  for (const each of event.letters) {
    const known = before.get(each.index);
    const { welcome, name, steps } = known ?? { welcome: false, name: null, steps: FRESH };
    before.set(each.index, { ...each, welcome, name, steps });
  }
  const letters = [...before.values()].sort((a, b) => b.index - a.index);
  const more = event.fresh && state.letters.length > 0 ? state.more : event.more;
  const shown = letters.filter((letter) => !letter.hidden);
  const only = letters.length === 1 && !more ? shown[0] : undefined;
  return { ...state, load: "ready", failure: null, letters, more, selected: state.selected ?? only?.index ?? null };
}

function withLetter(state: Unlocked, event: Event & { index: number | null }): Unlocked {
  let selected = state.selected;
  const letters = state.letters.map((letter) => {
    if (letter.index !== event.index) return letter;
    const changed = lettered(letter, event);
    if (changed.hidden && selected === changed.index) selected = null;
    return changed;
  });
  return { ...state, letters, selected };
}

function lettered(letter: Letter, event: Event): Letter {
  const { steps } = letter;
  switch (event.type) {
    case "welcome":
      return { ...letter, welcome: true };
    case "hide":
      return { ...letter, hidden: event.hidden };
    case "work":
      return { ...letter, steps: { ...steps, work: "working", problem: null, stopped: false } };
    case "checking":
      return steps.work === "working" ? { ...letter, steps: { ...steps, work: "checking" } } : letter;
    case "found":
      return foundIn(letter, event);
    case "fits":
      return steps.done === 1 ? { ...letter, steps: { ...FRESH, done: 2 } } : letter;
    case "got":
      return steps.done === 2 && steps.work !== "idle"
        ? { ...letter, opened: true, name: event.name, steps: { ...FRESH, done: 3 } }
        : letter;
    case "fail":
      return steps.work === "idle"
        ? letter
        : { ...letter, steps: { ...steps, work: "idle", problem: event.problem, stopped: false } };
    case "stop":
      return { ...letter, steps: { ...steps, work: "idle", problem: null, stopped: true } };
    case "named":
      return { ...letter, name: event.name };
    case "acknowledged":
      return { ...letter, acknowledged: true };
    default:
      return letter;
  }
}

function foundIn(letter: Letter, event: Extract<Event, { type: "found" }>): Letter {
  const { retracted, acknowledged } = event;
  const steps: Steps =
    letter.steps.done === 0 && !retracted ? { ...FRESH, done: 1 } : { ...letter.steps, work: "idle" };
  return { ...letter, retracted, acknowledged, steps };
}

/** What a letter's card and its page are about, in this order of precedence. */
export type Kind = "taken-back" | "opened" | "cannot-read" | "unknown" | "locked";

export function kindOf(letter: Letter, known: boolean): Kind {
  if (letter.retracted) return "taken-back";
  if (letter.steps.done === 3) return "opened";
  if (!letter.readable || letter.steps.problem?.kind === "unreadable" || letter.steps.problem?.kind === "copied")
    return "cannot-read";
  if (!known && !letter.welcome && !letter.opened) return "unknown";
  return "locked";
}

/** Those to list: new before opened, each newest first. */
export function listed(state: Unlocked): Letter[] {
  const rank = (letter: Letter): number => (letter.opened || letter.retracted ? 1 : 0);
  return state.letters
    .filter((letter) => !letter.hidden || state.showHidden)
    .sort((a, b) => rank(a) - rank(b) || b.index - a.index);
}

export function selectedOf(state: Unlocked): Letter | null {
  return state.letters.find((letter) => letter.index === state.selected) ?? null;
}
