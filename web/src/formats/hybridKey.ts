/** The public half of a hybrid key, which suite 2 seals to, and the digest that stands for it: docs/format.md, Hybrid key. */

import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { bech32 } from "@scure/base";
import type { Bytes } from "./bytes.ts";
import { HybridRecipientError } from "../errors.ts";

const PREFIX = "age1pq1";
const CHARACTERS = 1959;
const BYTES = 1216;
const VECTOR_BYTES = 1152; // of ML-KEM-768's part, before 32 bytes of a seed: 768 numbers of 12 bits
const Q = 3329;

/** More than a recipient ever has: no more is fetched. */
export const RECIPIENT_LIMIT = 2048; // bytes

export interface HybridKey {
  /** An age recipient, `age1pq1…`. */
  recipient: string;
  /** 32 bytes. */
  digest: Bytes;
}

/** The hybrid key with this recipient. Throws HybridRecipientError. */
export function parseHybridKey(recipient: string): HybridKey {
  if (!isRecipient(recipient)) {
    throw new HybridRecipientError("This key card is damaged: its hybrid_recipient is not one. Ask for it again.");
  }
  return { recipient, digest: Uint8Array.from(sha256(utf8ToBytes(recipient))) };
}

function isRecipient(text: string): boolean {
  if (text.length !== CHARACTERS || !text.startsWith(PREFIX) || text !== text.toLowerCase()) return false;
  try {
    const { prefix, words } = bech32.decode(text as `${string}1${string}`, false);
    const bytes = bech32.fromWords(words);
    return `${prefix}1` === PREFIX && bytes.length === BYTES && isReduced(bytes.subarray(0, VECTOR_BYTES));
  } catch {
    return false;
  }
}

/** Whether each of the numbers, two in three bytes, is below q: ML-KEM takes no others (FIPS 203, 7.2). */
function isReduced(vector: Uint8Array): boolean {
  for (let place = 0; place < vector.length; place += 3) {
    const [a = 0, b = 0, c = 0] = vector.subarray(place, place + 3);
    if ((a | ((b & 15) << 8)) >= Q || ((b >> 4) | (c << 4)) >= Q) return false;
  }
  return true;
}
