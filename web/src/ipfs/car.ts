/**
 * A CAR file as a source of blocks, in place of the gateways: docs/format.md, CAR file. Who has written one may have meant
 * harm: lengths and numbers have bounds, and every block is checked against its CID before it is given away.
 */

import { type Bytes, cidText, concat, equal, isCid } from "../formats/bytes.ts";
import { CarError, IpfsIncomplete, IpfsNotFound, IpfsTooLarge } from "../errors.ts";
import { checkBlock, type Leaves, NODE_LIMIT } from "./dag.ts";
import type { Wanted } from "./source.ts";

const CID_BYTES = 36;
const HEADER_LIMIT = 1 << 16; // bytes
const LONGEST_NUMBER = 9; // bytes of a varint (https://github.com/multiformats/unsigned-varint)
const SMALLEST_BLOCK = 1 << 16; // bytes, on the average
const SOME_BLOCKS = 10_000; // of any size
const WINDOW = 1 << 12; // bytes that are read at once, of which a large block's length and CID are the first

// The one spelling of a header in DAG-CBOR: https://ipld.io/specs/codecs/dag-cbor/spec/
const BEFORE_ROOTS = bytesOf("\xa2\x65roots");
const BEFORE_ROOT = bytesOf("\xd8\x2a\x58\x25\x00");
const AFTER_ROOTS = bytesOf("\x67version\x01");
const VERSION_2 = bytesOf("\xa1\x67version\x02");

const COPY_AGAIN = "Copy it again.";
const NOT_OURS = "Is it another kind of file?";

/** Where a block lies in the file, in bytes. */
interface Place {
  start: number;
  size: number;
}

/** What was read of a file at once: where all lies. May be sent to a worker. */
export interface CarIndex {
  file: Blob;
  name: string;
  /** CIDs (36 bytes) that its header names. */
  roots: Bytes[];
  /** By CIDs in base32. */
  places: Map<string, Place>;
}

/** Where each block lies; of the blocks themselves nothing is read. Throws CarError. */
export async function indexOf(file: Blob, name: string): Promise<CarIndex> {
  const reader = new Windows(file, name);
  const roots = await rootsOf(reader);
  const places = new Map<string, Place>();
  for (let number = 0; ; number++) {
    const length = await reader.number();
    if (length === undefined) return { file, name, roots, places };
    if (length === 0) throw new CarError(`${name} is padded with zeros behind its blocks. ${COPY_AGAIN}`);
    if (number >= Math.floor(file.size / SMALLEST_BLOCK) + SOME_BLOCKS)
      throw new CarError(`${name} has more than ${number} blocks for its ${file.size} bytes.`);
    const size = length - CID_BYTES;
    if (size > NODE_LIMIT)
      throw new CarError(`${name} is damaged: a block of it is to have ${size} bytes. ${COPY_AGAIN}`);
    const cid = await reader.exactly(Math.min(CID_BYTES, length));
    if (!isCid(cid)) throw notOurs(name);
    const start = reader.position;
    if (start + size > file.size) throw cut(name);
    reader.position += size;
    const text = cidText(cid);
    if (!places.has(text)) places.set(text, { start, size });
  }
}

/** A CAR file, from which blocks are read as from a gateway: in any order, and those of other files among them. */
export class CarFile {
  readonly #index: CarIndex;

  constructor(index: CarIndex) {
    this.#index = index;
  }

  get name(): string {
    return this.#index.name;
  }

  /** `cid`: in base32. */
  has(cid: string): boolean {
    return this.#index.places.has(cid);
  }

  /** The block, checked against its CID. Throws CarError, IpfsNotFound, IpfsMismatch and as a gateway does. */
  async block({ cid, size, atMost = false }: Wanted): Promise<Bytes> {
    const { file, name, places } = this.#index;
    const place = places.get(cidText(cid));
    if (!place) throw new IpfsNotFound(`${name} does not have the block ${cidText(cid)}.`);
    if (place.size > size) throw new IpfsTooLarge(`${name} has ${place.size} bytes where ${size} were expected.`);
    if (place.size < size && !atMost)
      throw new IpfsIncomplete(`${name} has ${place.size} bytes where ${size} were expected.`);
    const block = await readBytes(file, place.start, place.size, name);
    await checkBlock(cid, block);
    return block;
  }

  /** The leaves from number `from` to before `to`. Throws as `block` does; AbortError. */
  async *blocks(leaves: Leaves, from: number, to: number, signal: AbortSignal): AsyncGenerator<Bytes, void> {
    for (let next = from; next < to; next++) {
      signal.throwIfAborted();
      yield await this.block(await leaves.at(next));
    }
  }
}

async function rootsOf(reader: Windows): Promise<Bytes[]> {
  const { name } = reader;
  const length = await reader.number();
  if (length === undefined) throw new CarError(`${name} is empty. ${COPY_AGAIN}`);
  const foreign = new CarError(`${name} is not a CAR file. ${NOT_OURS}`);
  if (length > HEADER_LIMIT || length > reader.left) throw foreign;
  const header = await reader.exactly(length);
  if (equal(header, VERSION_2))
    throw new CarError(`${name} is a CAR file of version 2. Ask for one of version 1, as Radiogram writes it.`);
  const each = BEFORE_ROOT.length + CID_BYTES;
  const count = Math.floor((length - BEFORE_ROOTS.length - AFTER_ROOTS.length) / each);
  const first = BEFORE_ROOTS.length + headOfList(count).length;
  const roots = Array.from({ length: Math.max(count, 0) }, (_, number) =>
    header.slice(first + (number + 1) * each - CID_BYTES, first + (number + 1) * each),
  );
  const spelt = [BEFORE_ROOTS, headOfList(count), ...roots.flatMap((root) => [BEFORE_ROOT, root]), AFTER_ROOTS];
  if (!equal(header, concat(...spelt))) throw foreign;
  if (!roots.every(isCid)) throw notOurs(name);
  return roots;
}

/** How a list of so many members begins in DAG-CBOR. */
function headOfList(count: number): Bytes {
  if (count < 24) return Uint8Array.of(0x80 + Math.max(count, 0));
  return count < 256 ? Uint8Array.of(0x98, count) : Uint8Array.of(0x99, count >> 8, count & 255);
}

/** A file that is read from its beginning on; what is passed over is not read. */
class Windows {
  readonly name: string;
  /** Of the byte that is to be read next. */
  position = 0;
  readonly #file: Blob;
  #window: Bytes = new Uint8Array();
  #start = 0;

  constructor(file: Blob, name: string) {
    this.#file = file;
    this.name = name;
  }

  get left(): number {
    return this.#file.size - this.position;
  }

  /** An unsigned varint; undefined at the end of the file. Throws CarError. */
  async number(): Promise<number | undefined> {
    if (this.left <= 0) return undefined;
    let value = 0;
    for (let place = 0; place < LONGEST_NUMBER; place++) {
      const [byte = 0] = await this.exactly(1);
      value += (byte % 128) * 128 ** place; // inexact only far above every length that is taken
      if (byte >= 128) continue;
      if (byte === 0 && place > 0) break; // it could be shorter
      return value;
    }
    throw new CarError(`${this.name} is not a CAR file, or is damaged: a length in it is no number. ${NOT_OURS}`);
  }

  /** So many bytes. Throws CarError where the file ends before. */
  async exactly(size: number): Promise<Bytes> {
    if (size > this.left) throw cut(this.name);
    const isHere = this.position >= this.#start && this.position + size <= this.#start + this.#window.length;
    if (!isHere) {
      this.#start = this.position;
      this.#window = await readBytes(this.#file, this.position, Math.min(Math.max(size, WINDOW), this.left), this.name);
    }
    const from = this.position - this.#start;
    this.position += size;
    return this.#window.slice(from, from + size);
  }
}

async function readBytes(file: Blob, start: number, size: number, name: string): Promise<Bytes> {
  let bytes: Bytes;
  try {
    bytes = new Uint8Array(await file.slice(start, start + size).arrayBuffer());
  } catch {
    throw new CarError(`${name} can’t be read any more. Is the stick still there, and the file as it was?`);
  }
  if (bytes.length < size) throw cut(name);
  return bytes;
}

function bytesOf(text: string): Bytes {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function cut(name: string): CarError {
  return new CarError(`${name} is cut short: it ends in the middle of a block. ${COPY_AGAIN}`);
}

function notOurs(name: string): CarError {
  return new CarError(`${name} has blocks that are none of Radiogram’s. ${NOT_OURS}`);
}
