/**
 * Seals to a public key what the chain keeps of a study, and opens it with the private key: docs/format.md, Envelope.
 * Pure: bytes in, bytes out. The only place that touches eciesjs.
 */

import { decrypt, encrypt } from "eciesjs";
import { Config } from "eciesjs/config";
import { type Bytes, concat, equal, isCid } from "./bytes.ts";
import { type Context, contextDigest } from "./context.ts";
import { EnvelopeError, WrongContextError, WrongKeyError } from "../errors.ts";
import { type KeyReference, readKeyReference, writeKeyReference } from "./keyReference.ts";

const SUITE_2 = 2;
const CID_BYTES = 36;
const PACKET_PLAINTEXT_BYTES = 1 + 16 + CID_BYTES;
const OVERHEAD_BYTES = 33 + 12 + 16; // ephemeral public key, nonce, tag

/** What an envelope says: what opens the study, or where the packet with that lies (36 bytes of its CID). */
export type EnvelopeContents = { suite: 1; reference: KeyReference } | { suite: 2; packet: Bytes };

/** An envelope of suite 1, 154 bytes, that only the private key to `publicKey` (33 bytes) opens. Two seals of the same differ. */
export function sealEnvelope(reference: KeyReference, publicKey: Uint8Array, context: Context): Bytes {
  return sealed(writeKeyReference(reference, context), publicKey);
}

/** The same of suite 2, 114 bytes: it names the key packet with this CID. */
export function sealPacketEnvelope(packet: Uint8Array, publicKey: Uint8Array, context: Context): Bytes {
  if (!isRaw(packet)) throw new EnvelopeError("a key packet is one raw block");
  return sealed(concat(Uint8Array.of(SUITE_2), contextDigest(context), packet), publicKey);
}

/**
 * What `envelope` says, to the holder of the 32-byte `privateKey`.
 * Throws WrongKeyError, WrongContextError, or EnvelopeError for bytes that are no envelope of version 1 or 2.
 */
export function openEnvelope(envelope: Uint8Array, privateKey: Uint8Array, context: Context): EnvelopeContents {
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

function sealed(plaintext: Bytes, publicKey: Uint8Array): Bytes {
  if (publicKey.length !== 33) throw new EnvelopeError("a public key has 33 bytes");
  const envelope = Uint8Array.from(encrypt(publicKey, plaintext, config()));
  plaintext.fill(0);
  return envelope;
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

function read(plaintext: Uint8Array, context: Context): EnvelopeContents {
  const said = readKeyReference(plaintext) ?? readPacketCid(plaintext);
  if (!said) {
    throw new EnvelopeError("The message is in a format that this version does not know: open it with a newer one.");
  }
  if (!equal(said.context, contextDigest(context))) {
    throw new WrongContextError(
      "The message was copied here from another sender, inbox or chain: do not trust it, ask the sender.",
    );
  }
  return "packet" in said ? { suite: 2, packet: said.packet } : { suite: 1, reference: said.reference };
}

function readPacketCid(plaintext: Uint8Array): { context: Bytes; packet: Bytes } | undefined {
  if (plaintext[0] !== SUITE_2 || plaintext.length !== PACKET_PLAINTEXT_BYTES) return undefined;
  const packet = Uint8Array.from(plaintext.subarray(17));
  return isRaw(packet) ? { context: Uint8Array.from(plaintext.subarray(1, 17)), packet } : undefined;
}

const isRaw = (cid: Uint8Array): boolean => isCid(cid) && cid[1] === 0x55;

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
