/** Public keys, addresses and private keys as people hand them over: docs/format.md, Keys. */

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Address } from "viem";
import { getAddress } from "viem/utils";
import { type Bytes, concat, fromHex, toHex } from "./bytes.ts";
import { KeyFormatError } from "../errors.ts";
import { shorten } from "./text.ts";

/** 33 compressed bytes (SEC 1, 2.3.3) of a public key in hex: 33, 65 or 64 bytes, with or without 0x. Throws KeyFormatError. */
export function parsePublicKey(text: string): Bytes {
  const digits = text.trim().replace(/^0[xX]/, "");
  if (!/^([0-9a-fA-F]{2})+$/.test(digits)) {
    throw new KeyFormatError(
      `“${shorten(text)}” is not a public key: it has 66, 128 or 130 signs from 0 to 9 and a to f.`,
    );
  }
  let raw = fromHex(digits);
  if (raw.length === 32) {
    throw new KeyFormatError("That is as long as a private key. Never hand it over: ask for the public key.");
  }
  if (raw.length === 64) raw = concat(Uint8Array.of(4), raw);
  if (!((raw.length === 33 && (raw[0] === 2 || raw[0] === 3)) || (raw.length === 65 && raw[0] === 4))) {
    throw new KeyFormatError(`“${shorten(text)}” is not a public key: it has 66 signs and starts with 02 or 03.`);
  }
  return compressed(raw);
}

/** An address in EIP-55 spelling. Throws KeyFormatError, for a wrong checksum too. */
export function parseAddress(text: string): Address {
  const address = text.trim().replace(/^0X/, "0x");
  const refuse = (why: string): KeyFormatError => new KeyFormatError(`${why} It starts with 0x and has 42 signs.`);
  if (address === "") throw refuse("The address is missing.");
  if (!/^0x/.test(address)) throw refuse("This is not an address.");
  if (/[^0-9a-fA-F]/.test(address.slice(2))) throw refuse("The address has a sign that can’t be in one.");
  if (address.length < 42) throw refuse("The address is too short.");
  if (address.length > 42) throw refuse("The address is too long.");
  const spelled = getAddress(address.toLowerCase());
  if (address !== spelled && /[a-f]/.test(address.slice(2)) && /[A-F]/.test(address.slice(2))) {
    throw new KeyFormatError("One sign of the address is wrong. Paste it again.");
  }
  return spelled;
}

/** The account of a public key (33 bytes): the last 20 bytes of keccak256(x ‖ y), in EIP-55 spelling. */
export function addressOf(publicKey: Uint8Array): Address {
  return getAddress(toHex(keccak_256(concat(...coordinates(publicKey))).subarray(12)));
}

/** x and y, 32 bytes each, of a public key of 33 bytes. */
export function coordinates(publicKey: Uint8Array): [Bytes, Bytes] {
  const raw = Uint8Array.from(secp256k1.Point.fromBytes(publicKey).toBytes(false));
  return [raw.slice(1, 33), raw.slice(33)];
}

/** 32 bytes of 64 hex digits, a private key. Throws KeyFormatError, whose text has nothing of it. */
export function parsePrivateKey(text: string): Bytes {
  const digits = text.trim().replace(/^0[xX]/, "");
  const length = " It has 64 signs after 0x.";
  if (digits === "") throw new KeyFormatError(`The key is missing.${length}`);
  if (/[^0-9a-fA-F]/.test(digits)) throw new KeyFormatError(`The key has a sign that can’t be in one.${length}`);
  if (digits.length < 64) throw new KeyFormatError(`The key is too short.${length}`);
  if (digits.length > 64) throw new KeyFormatError(`The key is too long.${length}`);
  const key = fromHex(digits);
  if (!secp256k1.utils.isValidSecretKey(key)) throw new KeyFormatError("This is not a valid key. Type it again.");
  return key;
}

/** The 33 compressed bytes that belong to a 32-byte private key. */
export function publicKeyOf(privateKey: Uint8Array): Bytes {
  return Uint8Array.from(secp256k1.getPublicKey(privateKey, true));
}

function compressed(raw: Uint8Array): Bytes {
  try {
    return Uint8Array.from(secp256k1.Point.fromBytes(raw).toBytes(true));
  } catch {
    throw new KeyFormatError(`“${shorten(toHex(raw))}” is not on the curve secp256k1: copy the public key again.`);
  }
}

/** r ‖ s ‖ v (65 bytes, v 27 or 28, low s) over a digest of 32 bytes (RFC 6979). */
export function signDigest(digest: Uint8Array, privateKey: Uint8Array): Bytes {
  const signature = secp256k1.sign(digest, privateKey, { prehash: false, format: "recovered" });
  return concat(signature.subarray(1), Uint8Array.of(27 + (signature[0] ?? 0)));
}
