/**
 * The CID of a file, out of its bytes as they pass: docs/format.md, Ciphertext. It is the one that Kubo computes with the
 * settings there: raw leaves under a balanced DAG of UnixFS nodes (https://specs.ipfs.tech/unixfs/), encoded as dag-pb
 * (https://ipld.io/specs/codecs/dag-pb/spec/).
 */

import { type Bytes, concat } from "./bytes.ts";
import { digestBytes } from "./digest.ts";

export const CHUNK_BYTES = 1 << 20;
export const MAX_LINKS = 1024;

const RAW = 0x55;
const DAG_PB = 0x70;
const FILE = 2; // UnixFS's DataType

/** A leaf, or a node that stands for all below it. */
interface Block {
  readonly cid: Bytes;
  /** Bytes of the file. */
  readonly content: number;
  /** Bytes of the blocks that hold them, those of nodes too. */
  readonly total: number;
}

/** Takes a file piece by piece, and keeps no more of it than a chunk, and the CIDs without a parent yet: 1,024 a level. */
export class CidBuilder {
  readonly #maxLinks: number;
  /** The chunk that is not full yet. */
  readonly #chunk: Bytes;
  #filled = 0;
  /** Blocks that have no parent yet: leaves first, no level empty. */
  readonly #levels: Block[][] = [];
  /** Done when the chunks before this one are in a level. */
  #before: Promise<void> = Promise.resolve();

  /** Other sizes than those of the format are for tests, which so get deep DAGs of few bytes. */
  constructor(chunkBytes = CHUNK_BYTES, maxLinks = MAX_LINKS) {
    this.#chunk = new Uint8Array(chunkBytes);
    this.#maxLinks = maxLinks;
  }

  /** To be waited for before the next piece. Copies the piece, and waits only where two chunks would be digested at once. */
  async add(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length;) {
      if (this.#filled === this.#chunk.length) await this.#endChunk();
      const part = piece.subarray(at, at + this.#chunk.length - this.#filled);
      this.#chunk.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
    }
  }

  /** 36 bytes; once, after the last piece. */
  async cid(): Promise<Bytes> {
    await this.#endChunk();
    await this.#before;
    for (let level = 0; ; level++) {
      const blocks = this.#levels[level] as Block[];
      if (level + 1 === this.#levels.length && blocks.length === 1) return (blocks[0] as Block).cid;
      await this.#append(level + 1, await node(blocks));
    }
  }

  async #endChunk(): Promise<void> {
    await this.#before;
    const content = this.#filled;
    const digest = digestBytes(this.#chunk.subarray(0, content)); // of a copy: the next chunk may take its place
    this.#filled = 0;
    this.#before = digest.then((bytes) => this.#append(0, { cid: cidOf(RAW, bytes), content, total: content }));
  }

  async #append(level: number, block: Block): Promise<void> {
    const blocks = (this.#levels[level] ??= []);
    if (blocks.length === this.#maxLinks) {
      // not before: what is full at the end may be the root's own
      await this.#append(level + 1, await node(blocks));
      blocks.length = 0;
    }
    blocks.push(block);
  }
}

async function node(children: Block[]): Promise<Block> {
  const content = sum(children.map((child) => child.content));
  const sizes = children.map((child) => number(4, child.content));
  const unixfs = concat(number(1, FILE), number(3, content), ...sizes);
  const links = children.map(({ cid, total }) => bytes(2, concat(bytes(1, cid), bytes(2), number(3, total))));
  const encoded = concat(...links, bytes(1, unixfs)); // links first: dag-pb wants it so
  const total = encoded.length + sum(children.map((child) => child.total));
  return { cid: cidOf(DAG_PB, await digestBytes(encoded)), content, total };
}

function cidOf(codec: number, digest: Uint8Array): Bytes {
  return concat(Uint8Array.of(1, codec, 0x12, 0x20), digest);
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}

// ---- fields of Protocol Buffers

function number(field: number, value: number): Bytes {
  return Uint8Array.of(field << 3, ...varint(value));
}

function bytes(field: number, value: Uint8Array = new Uint8Array()): Bytes {
  return concat(Uint8Array.of((field << 3) | 2, ...varint(value.length)), value);
}

/** Seven bits a byte, the lowest first; the high bit says that more follow. By division: sizes pass 32 bits. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
