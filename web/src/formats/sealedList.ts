/** A list that only its owner’s key opens: docs/format.md, Register of contacts. */

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { Decrypter, Encrypter, identityToRecipient } from "age-encryption";
import type { Bytes } from "./bytes.ts";
import { ageIdentity } from "./ciphertext.ts";
import { RegisterError } from "../errors.ts";
import { signDigest } from "./publicKey.ts";
import { personalDigest } from "./signature.ts";

/** What a list’s own key is made of. */
export interface ListKey {
  /** What the account signs for it. */
  readonly text: string;
  /** Of HKDF. */
  readonly info: string;
}

/** An age file to the X25519 key that comes of the private key’s signature. */
export async function seal(data: Uint8Array, key: ListKey, privateKey: Uint8Array): Promise<Bytes> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity(key, privateKey)));
  return Uint8Array.from(await encrypter.encrypt(data));
}

/** What is in it. Throws RegisterError. */
export async function openSealed(file: Uint8Array, key: ListKey, privateKey: Uint8Array): Promise<Bytes> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity(key, privateKey));
  try {
    return Uint8Array.from(await decrypter.decrypt(file));
  } catch {
    throw new RegisterError("This list is damaged, or another key’s: use another copy of it.");
  }
}

/** HKDF-SHA256 of r ‖ s (64 bytes). */
function identity({ text, info }: ListKey, privateKey: Uint8Array): string {
  const signature = signDigest(personalDigest(text), privateKey);
  const secret = hkdf(sha256, signature.subarray(0, 64), undefined, utf8ToBytes(info), 32);
  signature.fill(0);
  const spelled = ageIdentity(secret);
  secret.fill(0);
  return spelled;
}
