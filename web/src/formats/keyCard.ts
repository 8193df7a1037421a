/** What a patient hands to a sender: a key card, a key code, a public key or an address: docs/format.md, Key card. */

import type { Address } from "viem";
import { type Bytes, equal, fromHex, toHex } from "./bytes.ts";
import { HybridDigestError, KeyFormatError } from "../errors.ts";
import { type HybridKey, parseHybridKey } from "./hybridKey.ts";
import { addressOf, parseAddress, parsePublicKey } from "./publicKey.ts";

export const CARD_LIMIT = 64 * 1024; // characters

/** Whom a text names, and what it says of their keys. */
export interface NamedRecipient {
  address: Address;
  /** 33 bytes; missing where the text is an address. */
  publicKey?: Bytes;
  /** The text promises suite 2; a code does so without the recipient itself. */
  hybrid?: { digest: Bytes; recipient?: string };
}

/** Reads a key card (JSON), key code, public key in hex, address, or `ethereum:0x…` (EIP-681). Throws KeyFormatError. */
export function parseRecipient(text: string): NamedRecipient {
  const said = text
    .replace(/^\uFEFF/, "")
    .trim()
    .replace(/^ethereum:(pay-)?/i, "")
    .replace(/^(0[xX][0-9a-fA-F]{40})[@/?].*$/s, "$1");
  if (said.startsWith("{")) return parseKeyCard(said);
  if (said.includes(":")) return parseKeyCode(said);
  if (/^[a-z]+(\s+[a-z]+){11,}$/i.test(said)) {
    throw new KeyFormatError("Those are secret words. Never hand them over: ask for the key card.");
  }
  const digits = said.replace(/^0[xX]/, "");
  const mayBeKey = /^[0-9a-fA-F]{60,}$/.test(digits);
  if (mayBeKey) return withKey(parsePublicKey(said));
  return { address: parseAddress(/^[0-9a-fA-F]{40}$/.test(digits) ? `0x${digits}` : said) };
}

/** The key code: 66 digits of the public key; a colon and 64 of the digest where there is one. QR codes have it in capitals. */
export function keyCode(publicKey: Uint8Array, hybrid: HybridKey | null): string {
  const digits = [publicKey, ...(hybrid ? [hybrid.digest] : [])].map((bytes) => toHex(bytes).slice(2));
  return digits.join(":");
}

/** The key card, as a file has it. */
export function keyCard(publicKey: Uint8Array, hybrid: HybridKey | null): string {
  const card = {
    public_key: toHex(publicKey),
    address: addressOf(publicKey),
    ...(hybrid && { hybrid_recipient: hybrid.recipient, hybrid_digest: toHex(hybrid.digest).slice(2) }),
  };
  return `${JSON.stringify(card, null, 1)}\n`;
}

function parseKeyCode(text: string): NamedRecipient {
  const [key = "", digest = "", ...more] = text.split(":");
  if (!/^[0-9a-fA-F]{66}$/.test(key) || !/^[0-9a-fA-F]{64}$/.test(digest) || more.length > 0) {
    throw new KeyFormatError("This is not a key code: it has 66 signs, a colon, and 64 signs more.");
  }
  return withKey(parsePublicKey(key), { digest: fromHex(digest) });
}

function parseKeyCard(text: string): NamedRecipient {
  if (text.length > CARD_LIMIT) throw new KeyFormatError("This is too large for a key card.");
  const card = parseObject(text);
  const { public_key: publicKey, address, hybrid_recipient: recipient, hybrid_digest: digest } = card;
  if (isThere(publicKey) && typeof publicKey !== "string") throw damaged("its public_key is no text");
  const hybrid = hybridOf(recipient, digest);
  if (!isThere(publicKey)) return ofAccount(address, hybrid);
  const key = parsePublicKey(publicKey as string);
  if (isThere(address) && !belongs(address, key)) throw damaged("its address is not that of its key");
  return withKey(key, hybrid);
}

/** The card of an account that has registered its keys: the chain says which, and here is what does not fit there. */
function ofAccount(address: unknown, hybrid: NamedRecipient["hybrid"]): NamedRecipient {
  if (typeof address !== "string" || hybrid?.recipient === undefined) {
    throw new KeyFormatError("This is not a key card: it has no public_key.");
  }
  return { address: parseAddress(address), hybrid };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new KeyFormatError("This key card is damaged: ask for it again.");
  }
}

function hybridOf(recipient: unknown, digest: unknown): NamedRecipient["hybrid"] {
  if (isThere(recipient) && typeof recipient !== "string") throw damaged("its hybrid_recipient is no text");
  const stated = isThere(digest) ? parseDigest(digest) : undefined;
  if (!isThere(recipient)) return stated && { digest: stated };
  const hybrid = parseHybridKey(recipient as string);
  if (stated && !equal(stated, hybrid.digest)) {
    throw new HybridDigestError("This key card is damaged: its hybrid_digest is another key’s. Ask for it again.");
  }
  return hybrid;
}

function parseDigest(text: unknown): Bytes {
  if (typeof text !== "string") throw damaged("its hybrid_digest is no text");
  if (/^[0-9a-fA-F]{64}$/.test(text)) return fromHex(text);
  throw new HybridDigestError("This key card is damaged: its hybrid_digest has not 64 signs. Ask for it again.");
}

const isThere = (member: unknown): boolean => member !== undefined && member !== null;

function belongs(address: unknown, key: Uint8Array): boolean {
  return typeof address === "string" && parseAddress(address) === addressOf(key);
}

function damaged(why: string): KeyFormatError {
  return new KeyFormatError(`This key card is damaged: ${why}. Ask for it again.`);
}

function withKey(publicKey: Bytes, hybrid?: NamedRecipient["hybrid"]): NamedRecipient {
  return { address: addressOf(publicKey), publicKey, ...(hybrid && { hybrid }) };
}
