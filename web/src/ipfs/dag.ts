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

/** What begins with this block, as the file's size has it. */
interface Branch extends Leaf {
  /** How many bytes are below a block of its level at most. */
  under: number;
}

/** The leaves of a file; nodes are asked for as they are needed. */
export class Leaves {
  /** How many there are. */
  readonly count: number;
  readonly #node: (cid: Bytes) => Promise<Bytes>;
  readonly #known: Leaf[] = [];
  /** Blocks that have all other leaves below them, the next one last. */
  readonly #rest: Branch[];
  #asking: Promise<void> | undefined;

  /** The file has `size` bytes. `node` gives the block with a CID, checked. */
  constructor(cid: Bytes, size: number, node: (cid: Bytes) => Promise<Bytes>) {
    this.count = Math.max(Math.ceil(size / CHUNK_BYTES), 1);
    this.#node = node;
    let under = CHUNK_BYTES;
    while (under < size) under *= MAX_LINKS;
    this.#rest = [{ cid, size, under }];
  }

  /**
   * The leaf with that number. Throws IpfsTooLarge or IpfsIncomplete for a file of another size, IpfsError for one that is
   * made of other blocks, and what `node` throws. All who wait hear of that; who asks later has `node` asked anew.
   */
  async at(number: number): Promise<Leaf> {
    while (this.#known.length <= number) {
      this.#asking ??= this.#more().finally(() => {
        this.#asking = undefined;
      });
      await this.#asking;
    }
    return this.#known[number] as Leaf;
  }

  async #more(): Promise<void> {
    const next = this.#rest.at(-1); // which stays, if it can't be had now
    if (!next) throw foreign();
    const isLeaf = next.under === CHUNK_BYTES;
    if (isLeaf !== (next.cid[1] === RAW)) throw isLeaf ? tooLarge(next.size) : incomplete(next.size);
    const below = isLeaf ? [] : childrenOf(next, await this.#node(next.cid));
    this.#rest.pop();
    if (isLeaf) this.#known.push({ cid: next.cid, size: next.size });
    else this.#rest.push(...below.reverse());
  }
}

/** Throws as `Leaves` does. */
function childrenOf({ size, under }: Branch, node: Bytes): Branch[] {
  const each = under / MAX_LINKS;
  const children = linksOf(node);
  const wanted = Math.ceil(size / each);
  if (children.length > wanted) throw tooLarge(size);
  if (children.length < wanted) throw incomplete(size);
  return children.map((cid, place) => ({ cid, size: Math.min(each, size - place * each), under: each }));
}

function tooLarge(size: number): IpfsTooLarge {
  return new IpfsTooLarge(`The file is larger than the ${size} bytes that were sent to you: it is not the same.`);
}

function incomplete(size: number): IpfsIncomplete {
  return new IpfsIncomplete(`The file is smaller than the ${size} bytes that were sent to you: it is not the same.`);
}

/** The CIDs (36 bytes) in a node of dag-pb (https://ipld.io/specs/codecs/dag-pb/spec/). Throws IpfsError. */
function linksOf(node: Bytes): Bytes[] {
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
