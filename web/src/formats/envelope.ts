/**
 * Seals the CID and content key to a public key, and opens them with the private key: docs/format.md, Envelope.
 * Pure: bytes in, bytes out. The only place that touches eciesjs.
 */

import { decrypt, encrypt } from "eciesjs";
import { Config } from "eciesjs/config";
import { type Bytes, concat, equal } from "./bytes.ts";
import { type Context, contextDigest } from "./context.ts";
import { EnvelopeError, WrongContextError, WrongKeyError } from "../errors.ts";

const VERSION = 1;
const CONTENT_KEY_BYTES = 32;
const CID_BYTES = 36;
const PLAINTEXT_BYTES = 1 + 16 + CONTENT_KEY_BYTES + 8 + CID_BYTES;
const OVERHEAD_BYTES = 33 + 12 + 16; // ephemeral public key, nonce, tag

/** What an envelope says: how to find the ciphertext, and the key to it. */
export interface Contents {
  /** X25519 secret scalar, 32 bytes. */
  contentKey: Bytes;
  /** Size of the ciphertext; no more is ever downloaded. */
  ciphertextBytes: bigint;
  /** Binary CIDv1, 36 bytes. */
  cid: Bytes;
}

/** An envelope of 154 bytes that only the private key to `publicKey` (33 bytes) opens. Two seals of the same contents differ. */
export function sealEnvelope(contents: Contents, publicKey: Uint8Array, context: Context): Bytes {
  const { contentKey, ciphertextBytes, cid } = contents;
  if (contentKey.length !== CONTENT_KEY_BYTES || cid.length !== CID_BYTES || publicKey.length !== 33) {
    throw new EnvelopeError("a content key has 32 bytes, a CID 36 and a public key 33");
  }
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, ciphertextBytes);
  const plaintext = concat(Uint8Array.of(VERSION), contextDigest(context), contentKey, size, cid);
  const envelope = Uint8Array.from(encrypt(publicKey, plaintext, config()));
  plaintext.fill(0);
  return envelope;
}

/**
 * What `envelope` says, to the holder of the 32-byte `privateKey`.
 * Throws WrongKeyError, WrongContextError, or EnvelopeError for bytes that are no envelope of version 1.
 */
export function openEnvelope(envelope: Uint8Array, privateKey: Uint8Array, context: Context): Contents {
  if (privateKey.length !== 32) throw new EnvelopeError(`a private key has 32 bytes, not ${privateKey.length}`);
  if ((envelope[0] !== 2 && envelope[0] !== 3) || envelope.length <= OVERHEAD_BYTES) {
    throw new EnvelopeError(
      `This message of ${envelope.length} bytes is not an envelope that this version knows: a newer version may open it.`,
    );
  }
  const plaintext = decrypted(envelope, privateKey);
  try {
    return read(plaintext, context);
  } finally {
    plaintext.fill(0);
  }
}

function decrypted(envelope: Uint8Array, privateKey: Uint8Array): Uint8Array {
  try {
    return decrypt(privateKey, envelope, config());
  } catch {
    throw new WrongKeyError(
      "This key does not open the message: it was sealed to another key, or is damaged. Use the right key.",
    );
  }
}

function read(plaintext: Uint8Array, context: Context): Contents {
  if (plaintext[0] !== VERSION || plaintext.length !== PLAINTEXT_BYTES) {
    throw new EnvelopeError("The message is in a format that this version does not know: open it with a newer one.");
  }
  if (!equal(plaintext.subarray(1, 17), contextDigest(context))) {
    throw new WrongContextError(
      "The message was copied here from another sender, inbox or chain: do not trust it, ask the sender.",
    );
  }
  return {
    contentKey: Uint8Array.from(plaintext.subarray(17, 49)),
    ciphertextBytes: new DataView(plaintext.buffer, plaintext.byteOffset).getBigUint64(49),
    cid: Uint8Array.from(plaintext.subarray(57)),
  };
}

/** A fresh object at every call: eciesjs's own default is a global that anyone may change. */
function config(): Config {
  const ours = new Config();
  ours.ellipticCurve = "secp256k1";
  ours.isEphemeralKeyCompressed = true;
  ours.isHkdfKeyCompressed = true;
  ours.symmetricAlgorithm = "aes-256-gcm";
  ours.symmetricNonceLength = 12;
  return ours;
}
