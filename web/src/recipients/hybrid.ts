/**
 * Which hybrid key a recipient’s messages are sealed to: docs/format.md, Key card. Where one is promised, nothing is
 * sealed without it.
 */

import type { Recipient } from "../chain/inbox.ts";
import { HybridNotInForce, IpfsError, KeyFormatError, NoHybridRecipient } from "../errors.ts";
import { rawCid } from "../formats/block.ts";
import { equal } from "../formats/bytes.ts";
import { type HybridKey, parseHybridKey, RECIPIENT_LIMIT } from "../formats/hybridKey.ts";
import type { NamedRecipient } from "../formats/keyCard.ts";
import { fetchBlock } from "../ipfs/gateways.ts";

const PATIENCE = { start: 10_000, silence: 10_000 }; // milliseconds; it is small, and somebody waits

/** Null if neither the key in force nor the card has one. Throws HybridNotInForce, NoHybridRecipient. */
export async function hybridOf(
  recipient: Recipient,
  { hybrid: promised }: Pick<NamedRecipient, "hybrid">,
  gateways: string[],
): Promise<HybridKey | null> {
  const digest = recipient.keyVersion > 0 ? recipient.hybridDigest : promised?.digest;
  if (digest === undefined) {
    if (promised === undefined) return null;
    throw new HybridNotInForce(
      "The card promises a quantum-safe key, and the key in force has none: ask the patient for a new card.",
    );
  }
  if (promised?.recipient !== undefined && equal(promised.digest, digest)) return parseHybridKey(promised.recipient);
  return fetched(digest, gateways);
}

async function fetched(digest: Uint8Array, gateways: string[]): Promise<HybridKey> {
  try {
    const text = await fetchBlock({ cid: rawCid(digest), most: RECIPIENT_LIMIT, gateways }, undefined, PATIENCE);
    return parseHybridKey(new TextDecoder().decode(text));
  } catch (error) {
    if (!(error instanceof IpfsError) && !(error instanceof KeyFormatError)) throw error;
    throw new NoHybridRecipient(`The patient’s quantum-safe key could not be fetched: ${error.message}`);
  }
}
