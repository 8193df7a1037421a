/** What two people read to each other to compare keys: docs/format.md, Fingerprint. */

import { sha256 } from "@noble/hashes/sha2.js";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { concat } from "./bytes.ts";

const WORDS = 6;
const BITS = 11; // a word

/**
 * Six words of the BIP-39 English list, for the first 66 bits of SHA-256 of the 33 bytes of the public key, followed by
 * the hybrid digest where there is one. Not a seed phrase, no secret.
 */
export function fingerprint(publicKey: Uint8Array, hybridDigest: Uint8Array = new Uint8Array()): string[] {
  const digest = sha256(concat(publicKey, hybridDigest));
  const bits = Array.from(digest, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return Array.from({ length: WORDS }, (_, place) => {
    const number = Number.parseInt(bits.slice(place * BITS, (place + 1) * BITS), 2);
    return wordlist[number] ?? "";
  });
}
