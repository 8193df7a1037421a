/** A file as the blocks that a node keeps of it, by their CIDs: written apart from src/, after the specifications. */

import { createHash } from "node:crypto";
import { type Bytes, cidText } from "../src/formats/bytes.ts";

export interface Dag {
  /** 36 bytes. */
  cid: Bytes;
  /** By their CIDs in base32. */
  blocks: Map<string, Bytes>;
  /** CIDs of the leaves in base32, in their order. */
  leaves: string[];
}

interface Child {
  cid: Buffer;
  size: number;
}

export function dagOf(data: Uint8Array, chunk = 1 << 20, links = 1024): Dag {
  const blocks = new Map<string, Bytes>();
  const keep = (codec: number, block: Uint8Array): Buffer => {
    const cid = Buffer.concat([Buffer.of(1, codec, 0x12, 0x20), createHash("sha256").update(block).digest()]);
    blocks.set(cidText(cid), Uint8Array.from(block));
    return cid;
  };
  let level: Child[] = [];
  for (let at = 0; at < Math.max(data.length, 1); at += chunk) {
    const leaf = data.subarray(at, at + chunk);
    level.push({ cid: keep(0x55, leaf), size: leaf.length });
  }
  const leaves = level.map(({ cid }) => cidText(cid));
  while (level.length > 1) {
    const above: Child[] = [];
    for (let at = 0; at < level.length; at += links) above.push(node(level.slice(at, at + links), keep));
    level = above;
  }
  return { cid: Uint8Array.from((level[0] as Child).cid), blocks, leaves };
}

/** dag-pb with UnixFS in it. The sizes of blocks, which nobody reads, are not those of real ones. */
export function node(children: Child[], keep: (codec: number, block: Uint8Array) => Buffer): Child {
  const size = children.reduce((sum, child) => sum + child.size, 0);
  const links = children.map((child) =>
    message(2, [...message(1, [...child.cid]), ...message(2, []), 0x18, ...varint(child.size)]),
  );
  const unixfs = [0x08, 2, 0x18, ...varint(size), ...children.flatMap((child) => [0x20, ...varint(child.size)])];
  return { cid: keep(0x70, Uint8Array.from([...links.flat(), ...message(1, unixfs)])), size };
}

function message(field: number, content: number[]): number[] {
  return [field * 8 + 2, ...varint(content.length), ...content];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
