/** The 24 words that both keys of a person come from: docs/format.md, Seed. */

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { HDKey } from "@scure/bip32";
import { generateMnemonic, mnemonicToSeedSync, validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import type { Bytes } from "./bytes.ts";
import { KeyFormatError, SeedChecksumError, SeedLengthError, SeedListError } from "../errors.ts";
import { SEED_WORDS } from "./seedWord.ts";

const BITS = 256;
const PATH = "m/44'/60'/0'/0/0";
const INFO = "radiogram hybrid key v1";

const LIST = new Set(wordlist);

/** Both secrets of a person, 32 bytes each. */
export interface SeedKeys {
  /** Of secp256k1. */
  privateKey: Bytes;
  /** Of the hybrid key. */
  hybridSecret: Bytes;
}

/** 24 fresh words, with one space between two. */
export function newSeed(): string {
  return generateMnemonic(wordlist, BITS);
}

/** 24 words as `newSeed` writes them, from any case and white space. Throws SeedWordsError, whose text has none of them. */
export function parseSeed(text: string): string {
  const words = text.trim().toLowerCase().split(/\s+/u);
  const count = words[0] === "" ? 0 : words.length;
  if (count !== SEED_WORDS) throw new SeedLengthError(`A key has ${SEED_WORDS} words, and here are ${count}.`);
  const odd = words.findIndex((word) => !LIST.has(word));
  if (odd >= 0) throw new SeedListError(`Word ${odd + 1} is not one that a key can have. Look at it again.`);
  const seed = words.join(" ");
  if (!validateMnemonic(seed, wordlist)) {
    throw new SeedChecksumError("The words do not belong together: one is wrong, or two changed places.");
  }
  return seed;
}

/** Both keys of a seed that `parseSeed` gave. */
export function keysOfSeed(seed: string): SeedKeys {
  const root = mnemonicToSeedSync(seed);
  const key = HDKey.fromMasterSeed(root).derive(PATH);
  const hybridSecret = Uint8Array.from(hkdf(sha256, root, undefined, utf8ToBytes(INFO), 32));
  root.fill(0);
  if (key.privateKey === null) throw new KeyFormatError("These words make no valid key.");
  const privateKey = Uint8Array.from(key.privateKey);
  key.wipePrivateData();
  return { privateKey, hybridSecret };
}
