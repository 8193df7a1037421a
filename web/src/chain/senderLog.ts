/**
 * What a sender has sent and taken back, from the events of the inbox contract. The node is asked for all of it, so that
 * it does not learn which of the messages the reader looks for.
 */

import type { Address } from "viem";
import type { Hex } from "../formats/bytes.ts";
import type { Logged, Place } from "../formats/senderLogs.ts";
import { ChainUnreachable, InboxError } from "../errors.ts";
import type { Site } from "../site.ts";
import { EventLogs, REORDERED, type Told } from "./eventLogs.ts";
import { type ChainEvent, isOfSender, type Log, type MessageEvent, senderFilters } from "./events.ts";

/** What was read of one sender, up to some block; messages in the order of the chain. */
export interface SenderLog {
  readonly sent: readonly Logged[];
  /** Which of them were taken back: by `placeName`. */
  readonly retracted: ReadonlySet<string>;
  readonly nextBlock: number;
  /** The node has forgotten the blocks before this one; null: it has them all. */
  readonly forgottenBefore: number | null;
}

const ATTEMPTS = 3; // to read the newest blocks before they change

/** Where a message lies, as the key of a map. */
export function placeName({ recipient, index }: Place): string {
  return `${recipient.toLowerCase()} ${String(index)}`;
}

/** The way back. */
export function placeOfName(name: string): Place {
  const [recipient = "", index] = name.split(" ");
  return { recipient: recipient as Address, index: Number(index) };
}

/** The hash of the chain’s first block: chains for development begin anew with the same chain id. Throws as `readSenderLog`. */
export async function chainOf(site: Site, signal: AbortSignal): Promise<Hex> {
  return (await new EventLogs(site, signal, [], () => false).first()).hash;
}

/**
 * All of it up to now, and the part that no reorganisation changes any more, to go on from the next time. Throws
 * InboxError, also where the node gives no event at all; ChainUnreachable, AbortError.
 */
export async function readSenderLog(
  site: Site,
  sender: Address,
  kept: SenderLog | undefined,
  signal: AbortSignal,
): Promise<{ whole: SenderLog; settled: SenderLog }> {
  const events = new EventLogs(site, signal, senderFilters(sender), (event) => isOfSender(event, sender));
  let newest = await events.newest();
  let settled = kept ?? nothingRead(await events.firstWithCode(newest));
  let before = settled;
  const last = Math.max(settled.nextBlock - 1, newest.number - REORDERED);
  if (last >= settled.nextBlock) {
    // Where the node has forgotten all of these, it is asked again the next time.
    before = await readOn(events, settled, last, last);
    if (!isForgotten(before)) settled = before;
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const whole = newest.number > last ? await readOn(events, before, newest.number, last) : before;
    if (isForgotten(whole)) throw refused(events);
    if (await events.has(newest)) return { whole, settled };
    newest = await events.newest();
  }
  throw new ChainUnreachable("The network changes the newest blocks while they are read. Try again.");
}

/**
 * The recipients of all that was sent in blocks of that Unix time and later. Throws InboxError, also where the node does
 * not give all of these events; ChainUnreachable, AbortError.
 */
export async function sentSince(
  site: Site,
  sender: Address,
  moment: number,
  signal: AbortSignal,
): Promise<ReadonlySet<Address>> {
  const events = new EventLogs(site, signal, senderFilters(sender), (event) => isOfSender(event, sender));
  const newest = await events.newest();
  const first = await events.firstSince(moment, newest);
  if (first > newest.number) return new Set();
  const { logs, first: oldest } = await events.read(first, newest.number, () => undefined);
  if (oldest > first) throw refused(events);
  return new Set(logs.flatMap(({ event }) => (event.type === "Sent" ? [event.account] : [])));
}

function nothingRead(firstBlock: number): SenderLog {
  return { sent: [], retracted: new Set(), nextBlock: firstBlock, forgottenBefore: null };
}

/** Whether the node gave nothing of the blocks that it was asked for. */
function isForgotten({ forgottenBefore, nextBlock }: SenderLog): boolean {
  return forgottenBefore === nextBlock;
}

/** `log` with the events up to block `last`. */
async function readOn(events: EventLogs, log: SenderLog, last: number, settled: number): Promise<SenderLog> {
  const unheard: Told = () => undefined;
  const { logs, first } = await events.read(log.nextBlock, last, unheard);
  const times = await events.times(logs, settled, () => undefined);
  const found = ofMessages(logs, times);
  return {
    sent: [...log.sent, ...found.flatMap(({ event, time }) => (event.type === "Sent" ? [logged(event, time)] : []))],
    retracted: new Set([...log.retracted, ...found.flatMap(({ event }) => takenBack(event))]),
    nextBlock: last + 1,
    forgottenBefore: first === log.nextBlock ? log.forgottenBefore : first,
  };
}

function refused(events: EventLogs): InboxError {
  return new InboxError(`The network refuses to say what happened: ${events.refusal}.`);
}

/** In the order of the chain, with the times of their blocks; without those of blocks that it has not any more. */
function ofMessages(logs: readonly Log[], times: ReadonlyMap<Hex, number>): { event: MessageEvent; time: number }[] {
  return [...logs]
    .sort((a, b) => a.place.block - b.place.block || a.place.logIndex - b.place.logIndex)
    .flatMap(({ event, place }) => {
      const time = times.get(place.blockHash);
      return time !== undefined && isOfMessage(event) ? [{ event, time }] : [];
    });
}

function isOfMessage(event: ChainEvent): event is MessageEvent {
  return event.type === "Sent" || event.type === "Retracted";
}

function logged({ account, index }: MessageEvent, time: number): Logged {
  return { recipient: account, index, time };
}

function takenBack({ type, account, index }: MessageEvent): string[] {
  return type === "Retracted" ? [placeName({ recipient: account, index })] : [];
}
