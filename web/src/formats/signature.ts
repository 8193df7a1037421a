/** Whose signature a list of files has: docs/format.md, Signature. */

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Address } from "viem";
import { concat } from "./bytes.ts";
import { addressOf } from "./publicKey.ts";

/**
 * The account of an EIP-191 signature (r ‖ s ‖ v, v 27 or 28) over `text`; undefined for no signature, and for one that gives
 * none, as a contract's may.
 */
export function signerOf(text: string, signature: Uint8Array): Address | undefined {
  try {
    return addressOf(recover(personalDigest(text), signature));
  } catch {
    return undefined;
  }
}

/** The 33 bytes of the key that signed (r ‖ s ‖ v, v 27 or 28). Throws an error of some kind if none did. */
export function recover(digest: Uint8Array, signature: Uint8Array): Uint8Array {
  const recovery = (signature[64] ?? 0) - 27;
  if (signature.length !== 65 || (recovery !== 0 && recovery !== 1)) throw new RangeError("not r ‖ s ‖ v");
  const recovered = concat(Uint8Array.of(recovery), signature.subarray(0, 64));
  return secp256k1.Signature.fromBytes(recovered, "recovered").recoverPublicKey(digest).toBytes(true);
}

/** EIP-191, version 0x45. */
export function personalDigest(text: string): Uint8Array {
  const said = utf8ToBytes(text);
  return keccak_256(concat(utf8ToBytes(`\x19Ethereum Signed Message:\n${said.length}`), said));
}
