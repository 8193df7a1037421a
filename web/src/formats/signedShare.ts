/** An envelope that somebody hands on through another's account, signed: docs/format.md, Signed shares. */

import { sha256 } from "@noble/hashes/sha2.js";
import type { Address } from "viem";
import { type Hex, toHex } from "./bytes.ts";

/** What is signed. */
export interface Share {
  readonly chainId: number;
  readonly inbox: Address;
  /** Who hands on, and signs. */
  readonly account: Address;
  /** Who sends and pays; the envelope's context names it. */
  readonly sender: Address;
  readonly recipient: Address;
  readonly keyVersion: number;
  readonly envelope: Uint8Array;
  /** Unix time of the last second at which the signature holds. */
  readonly deadline: number;
}

/** What the account signs (EIP-191). */
export function shareText({ chainId, inbox, sender, recipient, keyVersion, envelope, deadline }: Share): string {
  return [
    "Radiogram: hand on my images.",
    `Chain: ${chainId}`,
    `Inbox contract: ${inbox}`,
    `Through: ${sender}`,
    `To: ${recipient}, key ${keyVersion}`,
    `Envelope (SHA-256): ${toHex(sha256(envelope)).slice(2)}`,
    `Until: ${deadline}`,
  ].join("\n");
}

/** The file, with 65 bytes of signature. */
export function signedShareFile(share: Share, signature: Hex): string {
  const value = {
    format: "radiogram-signed-share",
    version: 1,
    chain_id: share.chainId,
    inbox: share.inbox,
    account: share.account,
    sender: share.sender,
    recipient: share.recipient,
    key_version: share.keyVersion,
    envelope: toHex(share.envelope),
    deadline: share.deadline,
    signature,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}
