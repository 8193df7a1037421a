/** Gets blocks of a file from a gateway: https://specs.ipfs.tech/http-gateways/trustless-gateway/ */

import { type Bytes, cidText, equal } from "../formats/bytes.ts";
import { CHUNK_BYTES } from "../formats/unixfs.ts";
import {
  IpfsError,
  IpfsIncomplete,
  IpfsMismatch,
  IpfsNotFound,
  IpfsRefused,
  IpfsTimeout,
  IpfsTooLarge,
  IpfsUnreachable,
} from "../errors.ts";
import { ByteReader } from "../formats/streams.ts";
import { Budget } from "../budget.ts";
import { pause } from "../waiting.ts";
import { checkBlock, DAG_PB, type Leaves, NODE_LIMIT } from "./dag.ts";

/** Milliseconds. */
export interface Patience {
  /** Until a gateway's first byte of a block. */
  start: number;
  /** Later: in which it may be silent, or slower than SLOWEST. */
  silence: number;
}

export const PATIENCE: Patience = { start: 30_000, silence: 60_000 };

const BLOCK = { query: "?format=raw", headers: { Accept: "application/vnd.ipld.raw" } };
const CAR = "application/vnd.ipld.car;version=1;order=dfs;dups=y"; // https://ipld.io/specs/transport/car/carv1/
/** Milliseconds after which a gateway that says it is busy (429, 503) is asked the same again, each time. */
const BUSY = [1000, 2000];
const CAR_HEADER_LIMIT = 1 << 10; // bytes; ours has about 60
const CID_BYTES = 36;
const MOST_NODES = 1000; // in one reply: those above a million leaves

/** Which block is wanted. */
export interface Wanted {
  /** 36 bytes. */
  cid: Bytes;
  /** Bytes. */
  size: number;
  /** Whether it may be smaller. */
  atMost?: boolean;
}

/** The block, checked against its CID. Throws IpfsError; IpfsMismatch where the gateway sends another; AbortError. */
export async function blockFrom(
  gateway: string,
  { cid, size, atMost = false }: Wanted,
  patience: Patience,
  signal: AbortSignal,
): Promise<Bytes> {
  const body = await Body.of(gateway, cid, BLOCK, patience, signal);
  try {
    if (body.stated > size) throw tooLarge(size);
    const block = await body.exactly(size);
    if ((await body.exactly(1)).length > 0) throw tooLarge(size);
    if (block.length < size && !atMost) throw incomplete(block.length, size);
    await checkBlock(cid, block);
    return block;
  } finally {
    body.close();
  }
}

/** A gateway, and a file that it may have. */
export class Source {
  readonly #gateway: string;
  readonly #cid: Bytes;
  readonly #leaves: Leaves;
  readonly #patience: Patience;
  /** How it may send many leaves in one reply; what costs it least is first. */
  #forms = [this.#part, this.#car];

  constructor(gateway: string, cid: Bytes, leaves: Leaves, patience: Patience) {
    this.#gateway = gateway;
    this.#cid = cid;
    this.#leaves = leaves;
    this.#patience = patience;
  }

  /**
   * The leaves from number `from` to before `to`: several as one reply (a part of the file, or a CAR), one by one where the
   * gateway gives neither, or something else. Each is checked against its CID. Throws as `blockFrom` does.
   */
  async *blocks(from: number, to: number, signal: AbortSignal): AsyncGenerator<Bytes, void> {
    let next = from;
    for (let [form] = this.#forms; form && to - next > 1; [form] = this.#forms) {
      for await (const block of form.call(this, next, to, signal)) {
        next++;
        yield block;
      }
      if (next < to && form === this.#forms[0]) this.#forms.shift();
    }
    for (; next < to; next++) yield await blockFrom(this.#gateway, await this.#leaves.at(next), this.#patience, signal);
  }

  /** Out of the file itself. Ends early where it is something else. */
  async *#part(from: number, to: number, signal: AbortSignal): AsyncGenerator<Bytes, void> {
    const end = to < this.#leaves.count ? to * CHUNK_BYTES - 1 : "";
    const body = await this.#many({ query: "", headers: { Range: `bytes=${from * CHUNK_BYTES}-${end}` } }, signal);
    if (!body) return;
    const leaf = async (number: number): Promise<{ cid: Bytes; block: Bytes }> => {
      const { cid, size } = await this.#leaves.at(number);
      return { cid, block: await body.exactly(size) };
    };
    try {
      if (!body.isPart) return;
      let coming = leaf(from);
      for (let next = from; next < to; next++) {
        const { cid, block } = await coming;
        if (next + 1 < to) coming = leaf(next + 1); // while this one is checked
        coming.catch(() => undefined); // whoever waits for it hears of it
        await checkBlock(cid, block);
        yield block;
      }
    } catch (error) {
      if (!(error instanceof IpfsMismatch)) throw error;
    } finally {
      body.close();
    }
  }

  /** Ends early where something else is in the reply than it should be. */
  async *#car(from: number, to: number, signal: AbortSignal): AsyncGenerator<Bytes, void> {
    const end = to < this.#leaves.count ? String(to * CHUNK_BYTES - 1) : "*";
    const query = `?format=car&dag-scope=entity&entity-bytes=${from * CHUNK_BYTES}:${end}`;
    const body = await this.#many({ query, headers: { Accept: CAR } }, signal);
    if (!body) return;
    try {
      const header = await body.length(CAR_HEADER_LIMIT);
      await body.exactly(header ?? 0);
      let nodes = 0; // which are known, and few
      for (let next = from; header !== undefined && next < to;) {
        const leaf = await this.#leaves.at(next);
        const length = await body.length(CID_BYTES + NODE_LIMIT);
        if (length === undefined || length <= CID_BYTES) return;
        const cid = await body.exactly(CID_BYTES);
        const isLeaf = equal(cid, leaf.cid);
        if (!isLeaf && (cid[1] !== DAG_PB || ++nodes > MOST_NODES)) return;
        const block = await body.exactly(length - CID_BYTES);
        if (block.length < length - CID_BYTES) throw incomplete(block.length, length - CID_BYTES);
        if (!isLeaf) continue;
        if (block.length > leaf.size) throw tooLarge(leaf.size);
        if (block.length < leaf.size) throw incomplete(block.length, leaf.size);
        await checkBlock(cid, block);
        next++;
        yield block;
      }
    } finally {
      body.close();
    }
  }

  /** A reply with many leaves; undefined where there is none: what is wrong, the request for a block will say. */
  async #many(what: What, signal: AbortSignal): Promise<Body | undefined> {
    try {
      return await Body.of(this.#gateway, this.#cid, what, this.#patience, signal);
    } catch (error) {
      if (error instanceof IpfsTimeout || !(error instanceof IpfsError)) throw error;
      return undefined;
    }
  }
}

/** What is asked for of a CID. */
interface What {
  query: string;
  headers: Record<string, string>;
}

/** What a request had. */
interface Asking {
  patience: Patience;
  stop: AbortController;
  /** By performance.now(). */
  began: number;
  /** Lets go of the signal that stops it. */
  unfollow: () => void;
}

/** It has too much to do just now. */
class Busy extends IpfsUnreachable {}

/** The body of a reply: no wait in it is without an end. */
class Body {
  /** Bytes that the gateway says it has; 0 if it does not. */
  readonly stated: number;
  /** Whether it is the part of a file that was asked for, and not all of it. */
  readonly isPart: boolean;
  readonly #reader: ByteReader;
  readonly #patience: Patience;
  readonly #stop: AbortController;
  readonly #budget: Budget;
  readonly #began: number;
  readonly #unfollow: () => void;
  #rest: Bytes = new Uint8Array();
  #done = 0;

  private constructor(response: Response, { patience, stop, began, unfollow }: Asking) {
    const isPlain = !response.headers.has("content-encoding");
    this.isPart = response.status === 206;
    this.stated = isPlain ? Number(response.headers.get("content-length") ?? 0) : 0;
    this.#reader = new ByteReader(response.body ?? new Blob().stream());
    [this.#patience, this.#stop, this.#began, this.#unfollow] = [patience, stop, began, unfollow];
    this.#budget = new Budget(patience.silence);
  }

  /** Throws IpfsError, AbortError. */
  static async of(
    gateway: string,
    cid: Bytes,
    what: What,
    patience: Patience,
    signal: AbortSignal,
    pauses: readonly number[] = BUSY,
  ): Promise<Body> {
    const [wait, ...later] = pauses;
    try {
      return await Body.#once(gateway, cid, what, patience, signal);
    } catch (error) {
      if (wait === undefined || !(error instanceof Busy)) throw error;
    }
    await pause(wait, signal);
    return Body.of(gateway, cid, what, patience, signal, later);
  }

  static async #once(
    gateway: string,
    cid: Bytes,
    { query, headers }: What,
    patience: Patience,
    signal: AbortSignal,
  ): Promise<Body> {
    signal.throwIfAborted();
    const [began, stop] = [performance.now(), new AbortController()];
    const pass = (): void => {
      stop.abort(signal.reason);
    };
    const unfollow = (): void => {
      signal.removeEventListener("abort", pass);
    };
    signal.addEventListener("abort", pass);
    try {
      const asked = ask(`${gateway}${cidText(cid)}${query}`, headers, stop.signal);
      const response = await inTime(asked, patience.start, stop);
      checkPlace(response, gateway, cidText(cid));
      checkStatus(response);
      return new Body(response, { patience, stop, began, unfollow });
    } catch (error) {
      unfollow();
      stop.abort();
      throw error;
    }
  }

  close(): void {
    this.#unfollow();
    this.#stop.abort();
  }

  /** So many bytes, copied; fewer only at the end. Throws IpfsIncomplete, IpfsTimeout, AbortError. */
  async exactly(size: number): Promise<Bytes> {
    const whole = new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      if (this.#rest.length === 0 && !(await this.#more())) return whole.slice(0, filled);
      const piece = this.#rest.subarray(0, size - filled);
      whole.set(piece, filled);
      filled += piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    }
    return whole;
  }

  /** The number before a section of a CAR (https://github.com/multiformats/unsigned-varint), or undefined if there is none up to `most`. */
  async length(most: number): Promise<number | undefined> {
    let value = 0;
    for (let scale = 1; value <= most && scale < 2 ** 35; scale *= 128) {
      const [byte] = await this.exactly(1);
      if (byte === undefined) return undefined;
      value += (byte % 128) * scale;
      if (byte < 128) return value <= most ? value : undefined;
    }
    return undefined;
  }

  async #more(): Promise<boolean> {
    const asked = performance.now();
    const most = this.#done ? this.#budget.left : this.#patience.start - (asked - this.#began);
    const piece = await inTime(next(this.#reader, this.#done), most, this.#stop, this.#done);
    if (!piece) return false;
    if (this.#done) this.#budget.spent(performance.now() - asked); // only while it is waited for: its reader may be slow, too
    this.#budget.moved(piece.length);
    this.#done += piece.length;
    this.#rest = piece;
    return true;
  }
}

async function ask(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      headers,
      signal,
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new IpfsUnreachable(`The storage does not answer (${reasonOf(error)}). Try again later.`);
  }
}

async function next(reader: ByteReader, done: number): Promise<Bytes | undefined> {
  try {
    return await reader.some(Infinity);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new IpfsIncomplete(`The storage broke off after ${done} bytes. Try again.`);
  }
}

/** An https gateway may move each CID to a host name of its own, and nothing anywhere else. */
function checkPlace({ redirected, url }: Response, gateway: string, cid: string): void {
  if (!redirected) return;
  const [from, to] = [new URL(gateway), new URL(url)];
  if (from.protocol === "https:" && to.origin === `https://${cid}.ipfs.${from.host}`) return;
  if (to.origin !== from.origin) throw new IpfsUnreachable("The storage sends us to another one. Name that instead.");
}

function checkStatus({ ok, status }: Response): void {
  if (ok) return;
  if (status === 401 || status === 403)
    throw new IpfsRefused(`The storage refuses to hand the images out (${status}).`);
  if (status === 404 || status === 410) throw new IpfsNotFound("The storage does not have these images.");
  if (status === 504) throw new IpfsTimeout("The storage did not find the images in time. Try again later.");
  const isBusy = status === 429 || status === 503;
  throw new (isBusy ? Busy : IpfsUnreachable)(`The storage has trouble (${status}). Try again later.`);
}

/** `promise`, or IpfsTimeout after `most` milliseconds; what it waits for is stopped then. */
async function inTime<T>(promise: Promise<T>, most: number, stop: AbortController, done = 0): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const what = done
        ? `stopped, or is too slow: ${done} bytes came`
        : `sent nothing for ${Math.ceil(most / 1000)} seconds`;
      reject(new IpfsTimeout(`The storage ${what}. Try again later.`));
      stop.abort();
    }, most);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}

function incomplete(done: number, size: number): IpfsIncomplete {
  return new IpfsIncomplete(`The storage sent ${done} bytes of a block that has ${size}. Try again.`);
}

function tooLarge(size: number): IpfsTooLarge {
  return new IpfsTooLarge(`The storage sends more than the ${size} bytes that were asked for: it is not the same.`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
