/** The inner seal of suite 2: a key reference as an age file to one hybrid recipient: docs/format.md, Key packet. */

import { bech32 } from "@scure/base";
import { Decrypter, Encrypter, type Identity, identityToRecipient } from "age-encryption";
import { blockCid } from "./block.ts";
import { type Bytes, equal } from "./bytes.ts";
import { type Context, contextDigest } from "./context.ts";
import {
  HybridRecipientError,
  KeyPacketError,
  OtherPacketError,
  PacketContextError,
  WrongHybridKeyError,
} from "../errors.ts";
import { parseHybridKey } from "./hybridKey.ts";
import { type KeyReference, readKeyReference, writeKeyReference } from "./keyReference.ts";

const PACKET_BYTES = 1752; // one stanza, one chunk

/** More is never fetched. */
export const PACKET_LIMIT = 4096; // bytes

/** The age recipient (`age1pq1…`) of a hybrid secret of 32 bytes. */
export function recipientOf(hybridSecret: Uint8Array): Promise<string> {
  return identityToRecipient(hybridIdentity(hybridSecret));
}

/** A hybrid secret as age spells it, `AGE-SECRET-KEY-PQ-1…`. */
function hybridIdentity(hybridSecret: Uint8Array): string {
  return bech32.encodeFromBytes("age-secret-key-pq-", hybridSecret).toUpperCase();
}

/** A packet of 1,752 bytes, which is one block on IPFS. Throws HybridRecipientError. */
export async function sealKeyPacket(reference: KeyReference, context: Context, recipient: string): Promise<Bytes> {
  const plaintext = writeKeyReference(reference, context);
  try {
    const encrypter = new Encrypter();
    encrypter.addRecipient(parseHybridKey(recipient).recipient); // age itself takes weaker kinds too
    return Uint8Array.from(await encrypter.encrypt(plaintext));
  } catch {
    throw new HybridRecipientError("The key card is damaged: its hybrid_recipient is not one. Ask for it again.");
  } finally {
    plaintext.fill(0);
  }
}

/**
 * What the packet with this CID says, to the holder of the hybrid secret. Throws OtherPacketError (not the one that the
 * envelope names), WrongHybridKeyError, PacketContextError, KeyPacketError.
 */
export async function openKeyPacket(
  packet: Uint8Array,
  cid: Uint8Array,
  hybridSecret: Uint8Array,
  context: Context,
): Promise<KeyReference> {
  if (!equal(blockCid(packet), cid)) {
    throw new OtherPacketError("This is not the key packet that the message names. Fetch it from another place.");
  }
  if (packet.length !== PACKET_BYTES) throw damaged();
  const plaintext = await decryptPacket(packet, hybridSecret);
  const said = readKeyReference(plaintext);
  plaintext.fill(0);
  if (!said) throw damaged();
  if (!equal(said.context, contextDigest(context))) {
    throw new PacketContextError(
      "The key packet is of a message to another place: do not trust this message, ask the sender.",
    );
  }
  return said.reference;
}

/** What is in an age file to one hybrid recipient. Throws WrongHybridKeyError, KeyPacketError. */
export async function decryptPacket(packet: Uint8Array, hybridSecret: Uint8Array): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(ONE_STANZA);
  decrypter.addIdentity(hybridIdentity(hybridSecret));
  try {
    return await decrypter.decrypt(packet);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("no identity matched")) {
      throw new WrongHybridKeyError("This key does not open the message’s key packet. Use the right key file.");
    }
    throw damaged();
  }
}

/** Opens nothing: with a second stanza, somebody else could open the packet too, who has a weaker key. */
const ONE_STANZA: Identity = {
  unwrapFileKey: ({ length }) => {
    if (length !== 1) throw damaged();
    return null;
  },
};

function damaged(): KeyPacketError {
  return new KeyPacketError(
    "The message’s key packet is damaged, or none of Radiogram’s: ask the sender to send again.",
  );
}
