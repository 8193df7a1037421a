/** IPFS objects that are one raw block: their CID is their SHA-256. */

import { sha256 } from "@noble/hashes/sha2.js";
import { type Bytes, concat } from "./bytes.ts";

const RAW = Uint8Array.of(0x01, 0x55, 0x12, 0x20); // CIDv1, raw, SHA-256 of 32 bytes

/** The CID (36 bytes) of the raw block with this SHA-256. */
export function rawCid(digest: Uint8Array): Bytes {
  return concat(RAW, digest);
}

/** The CID (36 bytes) of a raw block; at most 1 MiB of it. */
export function blockCid(block: Uint8Array): Bytes {
  return rawCid(sha256(block));
}
