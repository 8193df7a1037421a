/** What opens a study, in 93 bytes: docs/format.md, Key reference. */

import { type Bytes, concat } from "./bytes.ts";
import { type Context, contextDigest } from "./context.ts";
import { EnvelopeError } from "../errors.ts";

const VERSION = 1;
const CONTENT_KEY_BYTES = 32;
const CID_BYTES = 36;
const REFERENCE_BYTES = 1 + 16 + CONTENT_KEY_BYTES + 8 + CID_BYTES;

/** How to find the ciphertext, and the key to it. */
export interface KeyReference {
  /** X25519 secret scalar, 32 bytes. */
  contentKey: Bytes;
  /** Size of the ciphertext; no more is ever downloaded. */
  ciphertextBytes: bigint;
  /** Binary CIDv1, 36 bytes. */
  cid: Bytes;
}

/** 93 bytes. Throws EnvelopeError. */
export function writeKeyReference({ contentKey, ciphertextBytes, cid }: KeyReference, context: Context): Bytes {
  if (contentKey.length !== CONTENT_KEY_BYTES || !isCid(cid)) {
    throw new EnvelopeError("a content key has 32 bytes and a CID 36, raw or dag-pb, of SHA-256");
  }
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, ciphertextBytes);
  return concat(Uint8Array.of(VERSION), contextDigest(context), contentKey, size, cid);
}

/** Whether it is a CID of the one form that a ciphertext has. */
function isCid(cid: Uint8Array): boolean {
  const [version, codec, hash, length] = cid;
  return (
    cid.length === CID_BYTES && version === 1 && (codec === 0x55 || codec === 0x70) && hash === 0x12 && length === 32
  );
}

/**
 * What it says, and the 16 bytes of the context that it is for; undefined for other bytes than 93 of version 1, and for a
 * CID of another form.
 */
export function readKeyReference(plaintext: Uint8Array): { context: Bytes; reference: KeyReference } | undefined {
  if (plaintext[0] !== VERSION || plaintext.length !== REFERENCE_BYTES) return undefined;
  if (!isCid(plaintext.subarray(57))) return undefined;
  const part = (from: number, to?: number): Bytes => Uint8Array.from(plaintext.subarray(from, to));
  const ciphertextBytes = new DataView(plaintext.buffer, plaintext.byteOffset).getBigUint64(49);
  return { context: part(1, 17), reference: { contentKey: part(17, 49), ciphertextBytes, cid: part(57) } };
}
