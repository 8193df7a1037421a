/** Receipts of messages that came, signed by who got them: docs/format.md, Arrival receipt. */

import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Address } from "viem";
import { type Hex, toHex } from "./bytes.ts";

/** That `account` has received a message. */
export interface Arrival {
  /** ISO 8601 UTC, by the signer’s clock. */
  readonly madeAt: string;
  readonly chainId: number;
  readonly inbox: Address;
  /** Who has received it, and signs. */
  readonly account: Address;
  /** Whose inbox, or which mailbox, it is in. */
  readonly recipient: Address;
  readonly index: number;
  readonly cursor: Address;
}

/** What the account signs (EIP-191), over all members but the signature. */
export function arrivalText(arrival: Arrival): string {
  const sorted = Object.entries(members(arrival)).sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = JSON.stringify(Object.fromEntries(sorted)); // RFC 8785, for our values
  return `Radiogram: I have received these images.\nReceipt SHA-256: ${toHex(sha256(utf8ToBytes(canonical))).slice(2)}`;
}

/** The file, with 65 bytes of signature. */
export function arrivalFile(arrival: Arrival, signature: Hex): string {
  return `${JSON.stringify({ ...members(arrival), signature }, null, 2)}\n`;
}

function members({ madeAt, chainId, inbox, account, recipient, index, cursor }: Arrival): Record<string, unknown> {
  const place = { chain_id: chainId, inbox, account, recipient, index, cursor };
  return { format: "radiogram-arrival-receipt", version: 1, made_at: madeAt, ...place };
}
