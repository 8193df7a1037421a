/** What two people read to each other to compare a public key: docs/format.md, Key fingerprint. */

import { sha256 } from "@noble/hashes/sha2.js";
import { wordlist } from "@scure/bip39/wordlists/english.js";

const WORDS = 6;
const BITS = 11; // a word

/** Six words of the BIP-39 English list, for the first 66 bits of SHA-256 of the 33 bytes. Not a seed phrase, no secret. */
export function fingerprint(publicKey: Uint8Array): string[] {
  const bits = Array.from(sha256(publicKey), (byte) => byte.toString(2).padStart(8, "0")).join("");
  return Array.from({ length: WORDS }, (_, place) => {
    const number = Number.parseInt(bits.slice(place * BITS, (place + 1) * BITS), 2);
    return wordlist[number] ?? "";
  });
}
