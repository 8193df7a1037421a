/**
 * Fetches events of the inbox contract from a chain’s node, in ranges of blocks that the node takes.
 *
 * Nodes answer such questions for 10,000 blocks at most, or for so many events, or not at all for blocks that they have
 * forgotten (EIP-4444): each in words of its own. So whatever is refused is asked for again in smaller parts, from the
 * newest block to the oldest, until not even a single block is answered for.
 */

import type { Hex } from "../formats/bytes.ts";
import { ChainUnreachable, InboxError } from "../errors.ts";
import type { Site } from "../site.ts";
import { type ChainEvent, type Log, parseLog, quantity } from "./events.ts";
import { askChain, RpcError } from "./rpc.ts";

/** Newest blocks whose events are asked for anew if the chain has changed: more than any did. */
export const REORDERED = 100;
const USUAL_RANGE = 10_000; // blocks that many providers answer for at once
const MOST_EVENTS = 1_000_000;
const CUT_AT = 100; // a list of so many events, or a multiple, may have been cut without a word
const GIVEN_UP = 3; // times in a row that a node does not answer at all

/** One block that the chain has. */
export interface Block {
  readonly number: number;
  readonly hash: Hex;
  /** Unix time. */
  readonly time: number;
}

/** Tells of each number of blocks that was read. */
export type Told = (blocks: number) => void;

/** Those of a site’s contract that are asked for, at the site’s node. Throws InboxError, ChainUnreachable, AbortError. */
export class EventLogs {
  /** What the node says of the blocks that it does not answer for; empty: it answers for all. */
  refusal = "";
  /** Objects that are no event that was asked for. */
  leftOut = 0;
  readonly #site: Site;
  readonly #signal: AbortSignal;
  readonly #filters: readonly unknown[][];
  readonly #isAsked: (event: ChainEvent) => boolean;

  /** `filters`: topics, one list for each question; `isAsked`: whether one of them asks for an event. */
  constructor(site: Site, signal: AbortSignal, filters: unknown[][], isAsked: (event: ChainEvent) => boolean) {
    this.#site = site;
    this.#signal = signal;
    this.#filters = filters;
    this.#isAsked = isAsked;
  }

  async newest(): Promise<Block> {
    const found = await this.#block("latest");
    if (!found) throw untrue("no newest block");
    return found;
  }

  /** The first block of the chain. */
  async first(): Promise<Block> {
    const found = await this.#block(hex(0));
    if (!found) throw untrue("no first block");
    return found;
  }

  /** The block in which the contract was deployed; or one before it, where the node has not kept enough to say. */
  async firstWithCode(newest: Block): Promise<number> {
    let [low, high] = [0, newest.number];
    try {
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const code = await this.#ask("eth_getCode", [this.#site.inbox, hex(middle)]);
        if (typeof code !== "string") return low;
        if (code === "" || code === "0x") low = middle + 1;
        else high = middle;
      }
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    return low;
  }

  /** The first block of that Unix time or later; the one after the newest if there is none. */
  async firstSince(moment: number, newest: Block): Promise<number> {
    let [low, high] = [0, newest.number + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const block = await this.#block(hex(middle));
      if (!block) throw untrue(`no block ${String(middle)}`);
      if (block.time < moment) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The events in these blocks, each once, and the oldest block that the node answered for. */
  async read(first: number, last: number, told: Told): Promise<{ logs: Log[]; first: number }> {
    const found = new Map<string, Log>();
    let oldest = first;
    for (const topics of this.#filters) {
      const asked = await this.#range(topics, first, last, told);
      oldest = Math.max(oldest, asked.first);
      this.refusal ||= asked.refusal;
      for (const raw of asked.logs) {
        const log = parseLog(raw, this.#site.inbox);
        const isInside = log && log.place.block >= first && log.place.block <= last;
        if (isInside && this.#isAsked(log.event))
          found.set(`${log.place.blockHash} ${String(log.place.logIndex)}`, log);
        else this.leftOut += 1;
      }
    }
    return { logs: [...found.values()].filter(({ place }) => place.block >= oldest), first: oldest };
  }

  /**
   * The Unix time of each block that holds one of `logs` and is in the chain, by its hash. Of blocks up to `settled` the node
   * is believed where it said the time along with the event.
   */
  async times(logs: readonly Log[], settled: number, done: () => void): Promise<Map<Hex, number>> {
    const times = new Map<Hex, number>();
    for (const { place } of logs) {
      if (!times.has(place.blockHash)) {
        if (place.block <= settled && place.time !== undefined) times.set(place.blockHash, place.time);
        else {
          const block = await this.#block(hex(place.block));
          if (block?.hash === place.blockHash) times.set(block.hash, block.time);
        }
      }
      done();
    }
    return times;
  }

  /** Whether it is in the chain still. */
  async has({ number, hash }: Block): Promise<boolean> {
    return (await this.#block(hex(number)))?.hash === hash;
  }

  /** All logs in these blocks, as far back as there is an answer. */
  async #range(
    topics: unknown[],
    first: number,
    last: number,
    told: Told,
  ): Promise<{ logs: unknown[]; first: number; refusal: string }> {
    let logs: unknown[] = [];
    let [high, silences, most] = [last, 0, last - first + 1];
    let width = most;
    while (high >= first) {
      const low = Math.max(first, high - width + 1);
      const asked = high - low + 1;
      let page: unknown;
      try {
        const filter = { address: this.#site.inbox, fromBlock: hex(low), toBlock: hex(high), topics };
        page = await this.#ask("eth_getLogs", [filter]);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        const isSilent = error instanceof ChainUnreachable;
        silences += isSilent ? 1 : 0;
        if (isSilent && (asked === 1 || silences > GIVEN_UP)) throw error;
        if (asked === 1) return { logs, first: high + 1, refusal: error.message };
        most = Math.floor(asked / 2);
        width = Math.min(most, USUAL_RANGE);
        continue;
      }
      if (!Array.isArray(page)) throw untrue("eth_getLogs");
      silences = 0;
      if (asked > 1 && page.length > 0 && page.length % CUT_AT === 0) {
        width = Math.floor(asked / 2);
        continue;
      }
      logs = logs.concat(page);
      if (logs.length > MOST_EVENTS) throw untrue(`more than ${String(MOST_EVENTS)} events`);
      told(asked);
      high = low - 1;
      width = Math.min(2 * asked, most);
    }
    return { logs, first, refusal: "" };
  }

  async #block(which: string): Promise<Block | undefined> {
    const said = (await this.#ask("eth_getBlockByNumber", [which, false]).catch((error: unknown) => {
      throw error instanceof RpcError ? new InboxError(`The network refused: ${error.message}.`) : error;
    })) as Record<string, unknown> | null;
    if (said === null) return undefined;
    try {
      const { number, hash, timestamp } = said;
      if (typeof hash !== "string" || !/^0x[0-9a-f]{64}$/.test(hash)) throw new RangeError("no hash");
      return { number: quantity(number), hash: hash as Hex, time: quantity(timestamp) };
    } catch {
      throw untrue("eth_getBlockByNumber");
    }
  }

  #ask(method: string, params: unknown[]): Promise<unknown> {
    return askChain(this.#site.rpc, method, params, this.#signal);
  }
}

const hex = (number: number): Hex => `0x${number.toString(16)}`;

function isRefusal(error: unknown): error is RpcError | ChainUnreachable {
  return error instanceof RpcError || error instanceof ChainUnreachable;
}

function untrue(what: string): ChainUnreachable {
  return new ChainUnreachable(`The network does not answer as it should (${what}). Try again.`);
}
