/** Reads ciphertexts and single blocks from the gateways of this site, one after the other. */

import { blockCid } from "../formats/block.ts";
import { type Bytes, cidText, equal } from "../formats/bytes.ts";
import {
  IpfsError,
  IpfsIncomplete,
  IpfsMismatch,
  IpfsNotFound,
  IpfsRefused,
  IpfsTimeout,
  IpfsTooLarge,
  IpfsUnreachable,
  RadiogramError,
  type Try,
} from "../errors.ts";
import { type ByteStream, ByteReader, streamOf } from "../formats/streams.ts";
import { Budget } from "../budget.ts";

/** Milliseconds. */
export interface Patience {
  /** Until a gateway's first byte. */
  start: number;
  /** Later: in which it may be silent, or slower than SLOWEST. */
  silence: number;
}

const PATIENCE: Patience = { start: 30_000, silence: 60_000 };

/** What to say where several gateways failed, each in its way: the most telling of it. */
const TELLING = [IpfsTooLarge, IpfsMismatch, IpfsIncomplete, IpfsTimeout, IpfsRefused, IpfsNotFound, IpfsUnreachable];

/** Where the bytes of an object are. */
interface Place {
  /** Base32. */
  cid: string;
  /** Bytes. */
  size: number;
  /** Whether it may be smaller. */
  atMost?: boolean;
  gateways: string[];
}

/** An object of one raw block of at most `most` bytes, found to be the one with that CID. Throws IpfsError. */
export async function fetchBlock(
  { cid, most, gateways }: { cid: Bytes; most: number; gateways: string[] },
  signal?: AbortSignal,
  patience?: Patience,
): Promise<Bytes> {
  const use = async (stream: ByteStream): Promise<Bytes> => {
    const block = await new ByteReader(stream).exactly(most);
    if (equal(blockCid(block), cid)) return block;
    throw new IpfsMismatch("The storage sent something else than was asked for. Try another place.");
  };
  return fromGateways({ cid: cidText(cid), size: most, atMost: true, gateways }, use, signal, patience);
}

/**
 * What `use` makes of the `size` bytes that `cid` (base32) leads to. Each gateway is tried until one gives all of them.
 * The stream throws IpfsTooLarge, IpfsIncomplete, IpfsTimeout. What else `use` throws is thrown at once. Whatever is
 * thrown says in `tries` which gateways were asked.
 */
export async function fromGateways<T>(
  { cid, size, atMost = false, gateways }: Place,
  use: (ciphertext: ByteStream) => Promise<T>,
  signal?: AbortSignal,
  patience: Patience = PATIENCE,
): Promise<T> {
  const tries: Try[] = [];
  const failures: IpfsError[] = [];
  for (const gateway of gateways) {
    signal?.throwIfAborted();
    const stop = new AbortController();
    const pass = (): void => {
      stop.abort(signal?.reason);
    };
    signal?.addEventListener("abort", pass);
    try {
      return await use(streamOf(download(gateway + cid, { size, atMost }, patience, stop)));
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof RadiogramError)) throw error;
      tries.push({ gateway, error: error.message });
      error.tries = tries;
      if (!(error instanceof IpfsError)) throw error;
      failures.push(error);
    } finally {
      signal?.removeEventListener("abort", pass);
      stop.abort();
    }
  }
  throw mostTelling(failures);
}

function mostTelling(failures: IpfsError[]): IpfsError {
  for (const kind of TELLING) {
    const found = failures.find((failure) => failure instanceof kind);
    if (found) return found;
  }
  return failures[0] ?? new IpfsUnreachable("This copy of Radiogram knows no place to fetch images from.");
}

async function* download(
  url: string,
  { size, atMost }: Required<Pick<Place, "size" | "atMost">>,
  patience: Patience,
  stop: AbortController,
): AsyncGenerator<Bytes, void> {
  const began = performance.now();
  const response = await inTime(ask(url, stop.signal), patience.start, stop);
  checkStatus(response);
  checkLength(response, size, atMost);
  const reader = new ByteReader(response.body ?? new Blob().stream());
  const budget = new Budget(patience.silence);
  let done = 0;
  for (;;) {
    const asked = performance.now();
    const most = done ? budget.left : patience.start - (asked - began);
    const piece = await inTime(next(reader, done, size), most, stop, done ? { done, size } : undefined);
    if (!piece) break;
    if (done) budget.spent(performance.now() - asked); // only while it is waited for: its reader may be slow, too
    budget.moved(piece.length);
    done += piece.length;
    if (done > size) throw tooLarge(size);
    yield piece;
  }
  if (done < size && !atMost) throw incomplete(done, size);
}

async function ask(url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal, cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" });
  } catch (error) {
    signal.throwIfAborted();
    throw new IpfsUnreachable(`The storage does not answer (${reasonOf(error)}). Try again later.`);
  }
}

async function next(reader: ByteReader, done: number, size: number): Promise<Bytes | undefined> {
  try {
    return await reader.some(Infinity);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw incomplete(done, size);
  }
}

function checkStatus({ ok, status }: Response): void {
  if (ok) return;
  if (status === 401 || status === 403)
    throw new IpfsRefused(`The storage refuses to hand the images out (${status}).`);
  if (status === 404 || status === 410) throw new IpfsNotFound("The storage does not have these images.");
  if (status === 504) throw new IpfsTimeout("The storage did not find the images in time. Try again later.");
  throw new IpfsUnreachable(`The storage has trouble (${status}). Try again later.`);
}

/** What a gateway says beforehand spares the download. */
function checkLength(response: Response, size: number, atMost: boolean): void {
  const stated = response.headers.get("content-length");
  if (stated === null || response.headers.has("content-encoding")) return;
  if (Number(stated) > size) throw tooLarge(size);
  if (Number(stated) < size && !atMost) throw incomplete(0, size);
}

/** `promise`, or IpfsTimeout after `most` milliseconds; what it waits for is stopped then. */
async function inTime<T>(
  promise: Promise<T>,
  most: number,
  stop: AbortController,
  come?: { done: number; size: number },
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const what = come
        ? `stopped, or is too slow: ${come.done} of ${come.size} bytes came`
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
  return new IpfsIncomplete(`The storage broke off after ${done} of ${size} bytes. Try again.`);
}

function tooLarge(size: number): IpfsTooLarge {
  return new IpfsTooLarge(`The storage sends more than the ${size} bytes that were sent to you: it is not the same.`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
