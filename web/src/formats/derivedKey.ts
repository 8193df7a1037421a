/** The private key in a wallet's signature: docs/format.md, Key derived from a wallet's signature. */

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Address } from "viem";
import { type TypedData, typedDigest } from "./signedAct.ts";
import { type Bytes, fromHex } from "./bytes.ts";
import { NotDerivable } from "../errors.ts";
import { addressOf } from "./publicKey.ts";
import { recover } from "./signature.ts";

const INFO = "radiogram encryption key v1";
const WARNING = "This signature is the key to your images. Sign only in a Radiogram that you opened yourself.";

/** What the account signs. A later number makes another key. */
export function keyRequest(account: Address, number = 1): TypedData {
  return {
    types: {
      EIP712Domain: [
        { name: "name", type: "string" },
        { name: "version", type: "string" },
      ],
      EncryptionKey: [
        { name: "account", type: "address" },
        { name: "number", type: "uint16" },
        { name: "warning", type: "string" },
      ],
    },
    primaryType: "EncryptionKey",
    domain: { name: "Radiogram", version: "1" },
    message: { account, number, warning: WARNING },
  };
}

/**
 * HKDF-SHA256 of r ‖ s. The signature has 65 bytes (v 27, 28, 0 or 1), a low s, and is the account's over keyRequest.
 * Throws NotDerivable.
 */
export function keyFromSignature(signature: string, account: Address, number = 1): Bytes {
  const normal = normalized(signature);
  if (!isBy(account, number, normal)) {
    throw new NotDerivable("This signature is not by the account that was asked: choose that account in the wallet.");
  }
  const key = Uint8Array.from(hkdf(sha256, normal.subarray(0, 64), undefined, utf8ToBytes(INFO), 32));
  normal.fill(0);
  if (!secp256k1.utils.isValidSecretKey(key))
    throw new NotDerivable("This signature makes no valid key. Use a key file.");
  return key;
}

function normalized(signature: string): Bytes {
  const unusual = new NotDerivable("This wallet’s signatures can’t be a key. Use another wallet, or a key file.");
  if (!/^0x[0-9a-fA-F]{130}$/.test(signature)) throw unusual;
  const bytes = fromHex(signature);
  const v = bytes[64] ?? 0;
  if (v < 2) bytes[64] = v + 27;
  if (!hasLowS(bytes.subarray(0, 64))) throw unusual;
  return bytes;
}

function hasLowS(signature: Bytes): boolean {
  try {
    return !secp256k1.Signature.fromBytes(signature).hasHighS();
  } catch {
    return false;
  }
}

function isBy(account: Address, number: number, signature: Bytes): boolean {
  try {
    return addressOf(recover(typedDigest(keyRequest(account, number)), signature)) === account;
  } catch {
    return false;
  }
}
