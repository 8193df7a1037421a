/** Where an envelope belongs: docs/format.md, Envelope. */

import { keccak_256 } from "@noble/hashes/sha3.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Address } from "viem";
import { type Bytes, concat, fromHex } from "./bytes.ts";

/** Copied anywhere else, an envelope does not open. */
export interface Context {
  chainId: number;
  inbox: Address;
  sender: Address;
  recipient: Address;
}

const TYPEHASH = keccak_256(
  utf8ToBytes("RadiogramEnvelope(uint256 chainId,address inbox,address sender,address recipient)"),
);

/** First 16 bytes of keccak256(abi.encode(TYPEHASH, chainId, inbox, sender, recipient)). */
export function contextDigest(context: Context): Bytes {
  const { chainId, inbox, sender, recipient } = context;
  const words = [fromHex(chainId.toString(16).padStart(64, "0")), ...[inbox, sender, recipient].map(addressWord)];
  return Uint8Array.from(keccak_256(concat(TYPEHASH, ...words)).subarray(0, 16));
}

function addressWord(address: Address): Bytes {
  return concat(new Uint8Array(12), fromHex(address));
}
