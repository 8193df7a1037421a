/**
 * Encrypts a bundle to a content key, and decrypts it: age v1 with one X25519 recipient (docs/format.md, Ciphertext).
 * Streaming, 64 KiB at a time.
 */

import { bech32 } from "@scure/base";
import { Decrypter, Encrypter, identityToRecipient } from "age-encryption";
import { type Cipher, decryptChunks } from "./ageChunks.ts";
import type { Bytes } from "./bytes.ts";
import { CiphertextError, RadiogramError } from "../errors.ts";
import { ByteReader, type ByteStream, streamOf, withErrors } from "./streams.ts";

const HEADER_LIMIT = 16 * 1024; // bytes; ours has about 200
const MAC_LINE = "\n--- ";

/** A fresh X25519 secret scalar, 32 bytes. */
export function newContentKey(): Bytes {
  return crypto.getRandomValues(new Uint8Array(32));
}

/** The content key as age spells it, `AGE-SECRET-KEY-1…`: with it, stock `age -d -i` decrypts. */
export function ageIdentity(contentKey: Uint8Array): string {
  return bech32.encodeFromBytes("age-secret-key-", contentKey).toUpperCase();
}

/** The ciphertext of `bundle`. */
export async function encrypt(bundle: ByteStream, contentKey: Uint8Array): Promise<ByteStream> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(ageIdentity(contentKey)));
  return (await encrypter.encrypt(bundle)) as ByteStream;
}

/**
 * The plaintext of `ciphertext`. What it yields before an error is not to be kept. Its errors are those of `ciphertext`,
 * and CiphertextError for another content key, damage or truncation. `cipher` is for tests.
 */
export async function decrypt(ciphertext: ByteStream, contentKey: Uint8Array, cipher?: Cipher): Promise<ByteStream> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(ageIdentity(contentKey));
  const reader = new ByteReader(ciphertext);
  try {
    const fileKey = await decrypter.decryptHeader(await readHeader(reader));
    return withErrors(streamOf(decryptChunks(reader, fileKey, cipher)), translate);
  } catch (error) {
    reader.stop();
    throw translate(error);
  }
}

/** age reads a header of any length into memory; ours is short. */
async function readHeader(reader: ByteReader): Promise<Bytes> {
  const head = await reader.exactly(HEADER_LIMIT);
  const text = new TextDecoder("latin1").decode(head);
  const line = text.indexOf(MAC_LINE);
  const end = text.indexOf("\n", line + MAC_LINE.length) + 1;
  if (line < 0 || end === 0) throw damaged();
  reader.unread(head.subarray(end));
  return head.subarray(0, end);
}

/** Errors of the source come through age as they are; those of age, and of the browser's cryptography, become ours. */
function translate(error: unknown): unknown {
  const isOfSource = error instanceof DOMException && error.name !== "OperationError"; // such as that it was stopped
  return error instanceof RadiogramError || isOfSource ? error : damaged();
}

function damaged(): CiphertextError {
  return new CiphertextError(
    "The encrypted images are damaged or cut short: they are not what was sent. Fetch them from another place.",
  );
}
