/** Seals what opens a study to a recipient, in the Worker: in suite 2 wherever the recipient has a hybrid key. */

import { blockCid } from "../formats/block.ts";
import { type Bytes, cidText } from "../formats/bytes.ts";
import type { Context } from "../formats/context.ts";
import { sealEnvelope, sealPacketEnvelope } from "../formats/envelope.ts";
import { sealKeyPacket } from "../formats/keyPacket.ts";
import type { KeyReference } from "../formats/keyReference.ts";

/** Whom to seal to. */
export interface SealTarget {
  /** 33 bytes. */
  publicKey: Uint8Array;
  /** An age recipient, `age1pq1…`; null: the recipient has none, and gets suite 1. */
  hybridRecipient: string | null;
}

export interface Sealed {
  envelope: Bytes;
  /** In suite 2: must be on IPFS before the envelope is sent. */
  packet: KeyPacket | null;
}

export interface KeyPacket {
  blob: Blob;
  /** CIDv1 in base32. */
  cid: string;
}

/** Each time another envelope, and another packet. Throws KeyFormatError. */
export async function sealTo(
  reference: KeyReference,
  { publicKey, hybridRecipient }: SealTarget,
  context: Context,
): Promise<Sealed> {
  if (hybridRecipient === null) return { envelope: sealEnvelope(reference, publicKey, context), packet: null };
  const packet = await sealKeyPacket(reference, context, hybridRecipient);
  const cid = blockCid(packet);
  return {
    envelope: sealPacketEnvelope(cid, publicKey, context),
    packet: { blob: new Blob([packet]), cid: cidText(cid) },
  };
}
