/**
 * The leaves of a file, out of the nodes above them: the other way round from formats/unixfs.ts, for the one kind of DAG
 * that docs/format.md, Ciphertext, has. How many leaves there are, and how deep, follows from the file's size alone, so
 * that whoever has made the file can't have us follow more of them.
 */

import { type Bytes, equal, isCid } from "../formats/bytes.ts";
import { digestBytes } from "../formats/digest.ts";
import { CHUNK_BYTES, MAX_LINKS } from "../formats/unixfs.ts";
import { IpfsError, IpfsIncomplete, IpfsMismatch, IpfsTooLarge } from "../errors.ts";

/** What implementations of IPFS exchange at most; nodes of ours have about 50 KB. */
export const NODE_LIMIT = 2 << 20; // bytes

const RAW = 0x55;
export const DAG_PB = 0x70;

/** A block that is these bytes of the file. */
export interface Leaf {
  /** 36 bytes. */
  cid: Bytes;
  /** Bytes. */
  size: number;
}

/** Throws IpfsMismatch unless `block` is the one with that CID (36 bytes). */
export async function checkBlock(cid: Bytes, block: Bytes): Promise<void> {
  if (!equal(await digestBytes(block), cid.subarray(4)))
    throw new IpfsMismatch("The storage sent something else than was asked for. Try another place.");
}

/** The leaves of a file; nodes are asked for as they are needed. */
export class Leaves {
  /** How many there are. */
  readonly count: number;
  readonly #known: Leaf[] = [];
  readonly #more: AsyncGenerator<Leaf, void>;
  #asking: Promise<unknown> = Promise.resolve();

  /** The file has `size` bytes. `node` gives the block with a CID, checked. */
  constructor(cid: Bytes, size: number, node: (cid: Bytes) => Promise<Bytes>) {
    this.count = Math.max(Math.ceil(size / CHUNK_BYTES), 1);
    this.#more = leavesOf(cid, size, node);
  }

  /**
   * The leaf with that number. Throws IpfsTooLarge or IpfsIncomplete for a file of another size, IpfsError for one that is
   * made of other blocks, and what `node` throws; the same each time.
   */
  async at(number: number): Promise<Leaf> {
    const found = this.#asking.then(async () => {
      while (this.#known.length <= number) {
        const { done, value } = await this.#more.next();
        if (done) throw foreign();
        this.#known.push(value);
      }
      return this.#known[number] as Leaf;
    });
    this.#asking = found;
    found.catch(() => undefined);
    return found;
  }
}

async function* leavesOf(cid: Bytes, size: number, node: (cid: Bytes) => Promise<Bytes>): AsyncGenerator<Leaf, void> {
  let under = CHUNK_BYTES; // how many bytes are below a block of this level at most
  while (under < size) under *= MAX_LINKS;
  yield* below({ cid, size }, under, node);
}

async function* below(
  { cid, size }: Leaf,
  under: number,
  node: (cid: Bytes) => Promise<Bytes>,
): AsyncGenerator<Leaf, void> {
  const isLeaf = under === CHUNK_BYTES;
  if (isLeaf !== (cid[1] === RAW)) throw isLeaf ? tooLarge(size) : incomplete(size);
  if (isLeaf) {
    yield { cid, size };
    return;
  }
  const each = under / MAX_LINKS;
  const children = childrenOf(await node(cid));
  const wanted = Math.ceil(size / each);
  if (children.length > wanted) throw tooLarge(size);
  if (children.length < wanted) throw incomplete(size);
  for (const [place, child] of children.entries())
    yield* below({ cid: child, size: Math.min(each, size - place * each) }, each, node);
}

function tooLarge(size: number): IpfsTooLarge {
  return new IpfsTooLarge(`The file is larger than the ${size} bytes that were sent to you: it is not the same.`);
}

function incomplete(size: number): IpfsIncomplete {
  return new IpfsIncomplete(`The file is smaller than the ${size} bytes that were sent to you: it is not the same.`);
}

/** The CIDs (36 bytes) in a node of dag-pb (https://ipld.io/specs/codecs/dag-pb/spec/). Throws IpfsError. */
function childrenOf(node: Bytes): Bytes[] {
  const children: Bytes[] = [];
  for (const [number, link] of fields(node)) {
    if (number !== 2) continue;
    const cid = fields(link).find(([inner]) => inner === 1)?.[1];
    if (!cid || !isCid(cid)) throw foreign();
    children.push(cid);
  }
  return children;
}

/** Numbers and values of fields of Protocol Buffers; of those that are numbers, no value. Throws IpfsError. */
function fields(data: Bytes): [number: number, value: Bytes][] {
  const found: [number, Bytes][] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 50; scale *= 128) {
      const byte = data[at++];
      if (byte === undefined) break;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
    throw foreign();
  };
  while (at < data.length) {
    const key = varint();
    const value = varint();
    const length = key % 8 === 2 ? value : 0;
    if ((key % 8 !== 0 && key % 8 !== 2) || length > data.length - at) throw foreign();
    found.push([Math.floor(key / 8), data.subarray(at, (at += length))]);
  }
  return found;
}

function foreign(): IpfsError {
  return new IpfsError("The file is not stored as Radiogram stores files: ask the sender to send it again.");
}
