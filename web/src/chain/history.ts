/**
 * Everything that touched the messages and keys of an account: the events of the inbox contract beside its state.
 *
 * State is what counts. An event that it contradicts is told of as one that is not to be believed; a message, key or
 * status of which there is no event is told of from state, which a node has that has forgotten old events (EIP-4444).
 */

import type { Address } from "viem";
import { type Hex, toHex } from "../formats/bytes.ts";
import { ChainUnreachable, InboxError } from "../errors.ts";
import { EventLogs, REORDERED } from "./eventLogs.ts";
import {
  type ChainEvent,
  concerns,
  filters,
  type KeyEvent,
  type Log,
  type MessageEvent,
  type Place,
  type RestrictionEvent,
  type VersionedEvent,
} from "./events.ts";
import type { Cursor, Inbox, Message } from "./inbox.ts";

/** What says so. An event alone: of what state does not keep, such as earlier keys and messages that were refused. */
export type Basis = "event and state" | "event" | "state" | "contradicted";

/** One thing that happened. */
export interface Row {
  readonly event: ChainEvent;
  /** Unix time; null: state says that it happened, not when. */
  readonly time: number | null;
  /** Null: there is no event. */
  readonly place: Place | null;
  readonly basis: Basis;
}

/** That of one account. */
export interface History {
  readonly account: Address;
  /** Newest first; what has no time, last. */
  readonly rows: readonly Row[];
  /** The oldest block of which the node gives events. */
  readonly firstBlock: number;
  readonly lastBlock: number;
  /** The oldest that was asked for. */
  readonly wantedFirstBlock: number;
  /** What the node says where it gives no events of older blocks; empty: it gives all that were asked for. */
  readonly refusal: string;
  /** How much the node gave that was no event that had been asked for. */
  readonly leftOut: number;
  /** Earlier keys and settings, in words, of which there is no event. */
  readonly untold: readonly string[];
}

/** What is asked of the contract. */
export type ContractState = Pick<Inbox, "page" | "keyOf" | "restriction" | "approval">;

const ATTEMPTS = 3; // to read the newest blocks before they change
const PAGE = 100; // messages
const LAST_SECOND = 253_402_300_799; // of the year 9999

/** All of it. `told`, again and again: what part of it has been read. Throws InboxError, ChainUnreachable, AbortError. */
export async function readHistory(
  inbox: Inbox,
  account: Address,
  told: (part: number) => void,
  signal: AbortSignal,
): Promise<History> {
  const events = new EventLogs(inbox.site, signal, filters(account), (event) => concerns(event, account));
  let newest = await events.newest();
  const wanted = await events.firstWithCode(newest);
  const settled = Math.max(wanted - 1, newest.number - REORDERED); // up to there blocks are not read again
  const blocks = part(told, 0, 2 * (newest.number + 1 - wanted)); // each is asked about twice
  const old = await events.read(wanted, settled, blocks);
  const { leftOut } = events;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    events.leftOut = leftOut;
    newest = await events.newest();
    const tip = await events.read(settled + 1, newest.number, blocks);
    if (events.refusal !== "" && tip.first > newest.number) {
      throw new InboxError(`The network refuses to say what happened: ${events.refusal}.`);
    }
    const all = [...old.logs, ...tip.logs];
    const timed = part(told, 1 / 3, all.length);
    const times = await events.times(all, settled, () => {
      timed(1);
    });
    const logs = all.filter(({ place }) => times.has(place.blockHash));
    const compared = await compare(account, logs, times, inbox.atBlock(newest.number), told);
    signal.throwIfAborted();
    if (!(await events.has(newest))) continue;
    return {
      account,
      ...compared,
      firstBlock: Math.max(old.first, tip.first > settled + 1 ? tip.first : 0),
      lastBlock: newest.number,
      wantedFirstBlock: wanted,
      refusal: events.refusal,
      leftOut: events.leftOut + all.length - logs.length,
    };
  }
  throw new ChainUnreachable("The network changes the newest blocks while they are read. Try again.");
}

/** Whether there is an event of all that state knows. */
export function isComplete({ firstBlock, wantedFirstBlock, rows, untold }: History): boolean {
  return firstBlock <= wantedFirstBlock && untold.length === 0 && rows.every(({ basis }) => basis !== "state");
}

/** A row for each of `logs` and for what `state` knows besides, newest first; and what is known of neither, in words. */
export async function compare(
  account: Address,
  logs: readonly Log[],
  times: ReadonlyMap<Hex, number>,
  state: ContractState,
  told: (part: number) => void = () => undefined,
): Promise<Pick<History, "rows" | "untold">> {
  const ordered = [...logs].sort((a, b) => a.place.block - b.place.block || a.place.logIndex - b.place.logIndex);
  const known = await readState(
    account,
    ordered.map(({ event }) => event),
    state,
    told,
  );
  const comparison = new Comparison(account, known);
  const rows: Row[] = ordered.map(({ event, place }) => {
    const time = times.get(place.blockHash) ?? null;
    return { event, time, place, basis: comparison.basis(event, time) };
  });
  rows.push(...comparison.withoutEvent());
  return { rows: rows.sort(newerFirst), untold: comparison.untold() };
}

/** What state says of all that events tell of, and of the account. */
interface Known {
  /** By inbox and index. */
  readonly messages: ReadonlyMap<string, Message>;
  readonly key: KeyEvent;
  readonly restriction: RestrictionEvent;
  /** By account and sender. */
  readonly approvals: ReadonlyMap<string, VersionedEvent>;
}

async function readState(
  account: Address,
  events: readonly ChainEvent[],
  state: ContractState,
  told: (part: number) => void,
): Promise<Known> {
  const lowest = new Map<Address, number>([[account, 0]]);
  for (const event of events) {
    if (isOfMessage(event) && event.account !== account)
      lowest.set(event.account, Math.min(event.index, lowest.get(event.account) ?? event.index));
  }
  const approved = new Map(
    events.flatMap((event) =>
      event.type === "SenderApproved" ? [[`${event.account} ${event.sender}`, event] as const] : [],
    ),
  );
  const done = part(told, 2 / 3, lowest.size + approved.size + 1);
  const messages = new Map<string, Message>();
  for (const [recipient, least] of lowest) {
    for await (const each of messagesFrom(state, recipient, least)) messages.set(idOf(recipient, each.index), each);
    done(1);
  }
  const approvals = new Map<string, VersionedEvent>();
  for (const [people, { account: owner, sender }] of approved) {
    const said = await state.approval(owner, sender);
    approvals.set(people, { type: "SenderApproved", account: owner, sender, ...said });
    done(1);
  }
  const { version, publicKey, hybridDigest } = await state.keyOf(account);
  const key: KeyEvent = {
    type: "KeyRegistered",
    account,
    version,
    publicKey: publicKey ? toHex(publicKey) : "0x",
    hybridDigest: hybridDigest ? toHex(hybridDigest) : null,
  };
  const restriction: RestrictionEvent = {
    type: "InboxRestricted",
    account,
    ...(await state.restriction(account)),
  };
  return { messages, key, restriction, approvals };
}

/** Newest first, down to the index `least`. */
async function* messagesFrom(state: ContractState, recipient: Address, least: number): AsyncGenerator<Message, void> {
  let from: Cursor | undefined;
  do {
    const page: Awaited<ReturnType<ContractState["page"]>> = await state.page(recipient, from, PAGE);
    for (const each of page.messages) {
      if (each.index < least) return;
      yield each;
    }
    from = page.next;
  } while (from);
}

/** Events, in the order of the chain, beside state. */
class Comparison {
  readonly #account: Address;
  readonly #known: Known;
  /** What events that are believed have said. */
  readonly #told = new Set<string>();
  /** And of which versions, by what has them. */
  readonly #versions = new Map<string, number[]>();

  constructor(account: Address, known: Known) {
    this.#account = account;
    this.#known = known;
  }

  /** What is to be made of an event in a block of that time. */
  basis(event: ChainEvent, time: number | null): Basis {
    const said = this.#byState(event, time);
    if (event.type === "Skipped" || said === "contradicted") return said;
    const name = nameOf(event);
    if (this.#told.has(name)) return "contradicted"; // it happens once
    this.#told.add(name);
    if ("version" in event) {
      const versions = this.#versions.get(subject(event)) ?? [];
      versions.push(event.version);
      this.#versions.set(subject(event), versions);
    }
    return said;
  }

  /** What state knows to have happened, and no event tells of. */
  *withoutEvent(): Generator<Row, void> {
    for (const message of this.#known.messages.values()) {
      const { recipient, sender, index } = message;
      const of = (type: MessageEvent["type"]): MessageEvent => ({ type, account: recipient, sender, index });
      const isTold = this.#told.has(nameOf(of("Sent")));
      if (recipient !== this.#account && !isTold) continue;
      if (!isTold) yield { event: of("Sent"), time: sentAt(message), place: null, basis: "state" };
      for (const [type, isSo] of [
        ["Acknowledged", message.acknowledged],
        ["Retracted", message.retracted],
      ] as const) {
        if (isSo && !this.#told.has(nameOf(of(type))))
          yield { event: of(type), time: null, place: null, basis: "state" };
      }
    }
    for (const event of this.#inForce()) {
      if (!this.#told.has(nameOf(event))) yield { event, time: null, place: null, basis: "state" };
    }
  }

  /** Versions before those in force of which there is no event, in words. */
  untold(): string[] {
    return this.#inForce().flatMap((event) => {
      const spans = gaps(this.#versions.get(subject(event)) ?? [], event.version);
      return spans === "" ? [] : [`${subject(event)}, version ${spans}`];
    });
  }

  #byState(event: ChainEvent, time: number | null): Basis {
    if (event.type === "Skipped") return "event";
    if (isOfMessage(event)) {
      const message = this.#known.messages.get(idOf(event.account, event.index));
      return message?.sender === event.sender && says(message, event, time) ? "event and state" : "contradicted";
    }
    if (event.type === "InboxRestricted" && event.restricted !== (event.version % 2 === 1)) return "contradicted";
    const now = this.#now(event);
    const isSame = JSON.stringify(sorted(now)) === JSON.stringify(sorted(event));
    if (event.version === 0 || event.version > now.version || (event.version === now.version && !isSame))
      return "contradicted";
    return isSame ? "event and state" : "event";
  }

  /** What state says of the same thing. */
  #now(event: VersionedEvent): VersionedEvent {
    if (event.type === "KeyRegistered") return this.#known.key;
    if (event.type === "InboxRestricted") return this.#known.restriction;
    return this.#known.approvals.get(`${event.account} ${event.sender}`) ?? { ...event, version: 0 };
  }

  #inForce(): VersionedEvent[] {
    const { key, restriction, approvals } = this.#known;
    return [key, restriction, ...approvals.values()].filter(({ version }) => version > 0);
  }
}

/** Tells how far a third of the work is, which begins at `start`, and has `total` steps. */
function part(told: (part: number) => void, start: number, total: number): (steps: number) => void {
  let done = 0;
  return (steps) => {
    done += steps;
    told(start + Math.min(1, done / Math.max(1, total)) / 3);
  };
}

function isOfMessage(event: ChainEvent): event is MessageEvent {
  return event.type === "Sent" || event.type === "Acknowledged" || event.type === "Retracted";
}

const idOf = (recipient: Address, index: number): string => `${recipient} ${String(index)}`;

/** What happens once: which message it is of, or which version it makes. */
function nameOf(event: Exclude<ChainEvent, { type: "Skipped" }>): string {
  const { type, account } = event;
  if (isOfMessage(event)) return `${type} ${account} ${String(event.index)}`;
  const sender = event.type === "SenderApproved" ? ` ${event.sender}` : "";
  return `${type} ${account}${sender} ${String(event.version)}`;
}

const sorted = (event: VersionedEvent): unknown => Object.entries(event).sort(([a], [b]) => (a < b ? -1 : 1));

function subject(event: VersionedEvent): string {
  if (event.type === "KeyRegistered") return "keys";
  return event.type === "SenderApproved"
    ? `approvals of ${event.sender} by ${event.account}`
    : "restrictions of the inbox";
}

/** Of the numbers from 1 to below `last` those that are not told, in words. */
function gaps(told: readonly number[], last: number): string {
  const spans: string[] = [];
  let start = 1;
  for (const number of [...told.filter((each) => each < last).sort((a, b) => a - b), last]) {
    if (number > start) spans.push(number === start + 1 ? String(start) : `${String(start)} to ${String(number - 1)}`);
    start = number + 1;
  }
  return spans.join(", ");
}

const sentAt = ({ sentAt: date }: Message): number => date.getTime() / 1000;

/** Whether state says so of the message: it was sent in a block of that time, or has that mark. */
function says(message: Message, { type }: MessageEvent, time: number | null): boolean {
  if (type === "Acknowledged") return message.acknowledged;
  if (type === "Retracted") return message.retracted;
  return time !== null && Math.min(sentAt(message), LAST_SECOND) === Math.min(time % 2 ** 40, LAST_SECOND);
}

function newerFirst(a: Row, b: Row): number {
  return (
    (b.time ?? -1) - (a.time ?? -1) ||
    (b.place?.block ?? 0) - (a.place?.block ?? 0) ||
    (b.place?.logIndex ?? 0) - (a.place?.logIndex ?? 0)
  );
}
