/** Reads ciphertexts and single blocks from the gateways of this site, or from a CAR file: from all, and believing none. */

import type { Bytes } from "../formats/bytes.ts";
import {
  type IpfsError,
  IpfsIncomplete,
  IpfsMismatch,
  IpfsNotFound,
  IpfsRefused,
  IpfsTimeout,
  IpfsTooLarge,
  IpfsUnreachable,
  RadiogramError,
} from "../errors.ts";
import { type ByteStream, streamOf } from "../formats/streams.ts";
import type { CarFile } from "./car.ts";
import { Leaves, NODE_LIMIT } from "./dag.ts";
import { asIpfsError, Mixed, NoneLeft } from "./mixed.ts";
import { blockFrom, PATIENCE, type Patience, Source, type Wanted } from "./source.ts";

/** What to say where several gateways failed, each in its way: the most telling of it. */
const TELLING = [IpfsTooLarge, IpfsMismatch, IpfsIncomplete, IpfsTimeout, IpfsRefused, IpfsNotFound, IpfsUnreachable];

/** What blocks are read from: a gateway, by its URL, or a file. */
export type Origin = string | CarFile;

/** Where the bytes of a file are. */
interface Place {
  /** 36 bytes. */
  cid: Bytes;
  /** Bytes. */
  size: number;
  gateways: readonly Origin[];
}

/** A block of at most `most` bytes. */
interface Block {
  /** 36 bytes. */
  cid: Bytes;
  most: number;
  gateways: readonly Origin[];
}

/**
 * A block, found to be the one with that CID: from the first gateway that gives it. Throws IpfsError, AbortError.
 */
export async function fetchBlock(block: Block, signal?: AbortSignal, patience?: Patience): Promise<Bytes> {
  try {
    return await blockOfAny(block, signal, patience);
  } catch (error) {
    throw error instanceof NoneGave ? mostTelling(error.failures) : error;
  }
}

/** The same. Throws NoneGave, AbortError. */
async function blockOfAny(
  { cid, most, gateways }: Block,
  signal?: AbortSignal,
  patience: Patience = PATIENCE,
): Promise<Bytes> {
  signal?.throwIfAborted();
  const wanted: Wanted = { cid, size: most, atMost: true };
  const stop = new AbortController();
  const pass = (): void => {
    stop.abort(signal?.reason);
  };
  signal?.addEventListener("abort", pass);
  try {
    const asked = gateways.map((each) =>
      typeof each === "string" ? blockFrom(each, wanted, patience, stop.signal) : each.block(wanted),
    );
    return await Promise.any(asked);
  } catch (error) {
    signal?.throwIfAborted();
    const { errors } = error as AggregateError; // in the order of the gateways
    throw new NoneGave(gateways.map((each, place) => ({ gateway: nameOf(each), error: asIpfsError(errors[place]) })));
  } finally {
    signal?.removeEventListener("abort", pass);
    stop.abort();
  }
}

/**
 * What `use` makes of the `size` bytes of the file with `cid`, each block of which was found to be what its CID says. Only
 * what is read is fetched, and some blocks ahead. The stream throws IpfsError; whatever is thrown says in `tries` which
 * gateways were asked.
 */
export async function fromGateways<T>(
  { cid, size, gateways }: Place,
  use: (ciphertext: ByteStream) => Promise<T>,
  signal?: AbortSignal,
  patience: Patience = PATIENCE,
): Promise<T> {
  signal?.throwIfAborted();
  const over = new AbortController();
  const leaves = new Leaves(cid, size, (node) =>
    blockOfAny({ cid: node, most: NODE_LIMIT, gateways }, over.signal, patience),
  );
  const names = gateways.map(nameOf);
  const fetches = new Map(gateways.map((each) => [nameOf(each), fetchFrom(each, cid, leaves, patience)]));
  const mixed = new Mixed(leaves.count, names, (name, from, to, stop) =>
    (fetches.get(name) as BlocksOf)(from, to, stop),
  );
  const end = (why: Error): void => {
    over.abort(why);
    mixed.stop(why);
  };
  const pass = (): void => {
    end(signal?.reason as Error);
  };
  signal?.addEventListener("abort", pass);
  try {
    return await use(streamOf(telling(mixed)));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RadiogramError && error.tries.length === 0)
      error.tries = names.map((gateway) => ({ gateway, error: error.message }));
    throw error;
  } finally {
    signal?.removeEventListener("abort", pass);
    end(new DOMException("nobody reads any more", "AbortError"));
  }
}

/** The leaves from one number to before another. */
type BlocksOf = (from: number, to: number, signal: AbortSignal) => AsyncGenerator<Bytes, void>;

function fetchFrom(origin: Origin, cid: Bytes, leaves: Leaves, patience: Patience): BlocksOf {
  const source = typeof origin === "string" && new Source(origin, cid, leaves, patience);
  return async function* (from, to, signal) {
    try {
      yield* source ? source.blocks(from, to, signal) : (origin as CarFile).blocks(leaves, from, to, signal);
    } catch (error) {
      throw error instanceof NoneGave ? error.of(nameOf(origin)) : error;
    }
  };
}

function nameOf(origin: Origin): string {
  return typeof origin === "string" ? origin : origin.name;
}

/** Throws what the gateways did where none is left. */
async function* telling(mixed: Mixed): AsyncGenerator<Bytes, void> {
  try {
    yield* mixed.blocks();
  } catch (error) {
    throw error instanceof NoneLeft ? mostTelling(mixed.failures) : error;
  }
}

interface Failure {
  gateway: string;
  error: IpfsError;
}

/** No gateway gave a block: a node, of which each that wants the leaves below it is to hear what it did itself. */
class NoneGave extends Error {
  readonly failures: readonly Failure[];

  constructor(failures: readonly Failure[]) {
    super("no gateway gave a block");
    this.failures = failures;
  }

  of(name: string): IpfsError {
    return this.failures.find(({ gateway }) => gateway === name)?.error ?? mostTelling(this.failures);
  }
}

/** One of them, or what to say where nobody was asked, with all of them in `tries`. */
function mostTelling(failures: readonly Failure[]): IpfsError {
  const errors = failures.map(({ error }) => error);
  const found: IpfsError =
    TELLING.map((kind): IpfsError | undefined => errors.find((error) => error instanceof kind)).find(Boolean) ??
    errors[0] ??
    new IpfsUnreachable("This copy of Radiogram knows no place to fetch images from.");
  if (found.tries.length === 0) found.tries = failures.map(({ gateway, error }) => ({ gateway, error: error.message }));
  return found;
}
