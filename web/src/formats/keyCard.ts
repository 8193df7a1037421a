/** What a patient hands to a sender: a key card, card link, key code, public key or address: docs/format.md, Key card. */

import type { Address } from "viem";
import { type Bytes, equal, fromHex, toHex } from "./bytes.ts";
import { HybridDigestError, KeyFormatError } from "../errors.ts";
import { fingerprint } from "./fingerprint.ts";
import { type HybridKey, parseHybridKey } from "./hybridKey.ts";
import { parseJson } from "./json.ts";
import { LABEL_LIMIT } from "./manifest.ts";
import { addressOf, parseAddress, parsePublicKey } from "./publicKey.ts";

export const CARD_LIMIT = 64 * 1024; // characters

/** Whom a text names, and what it says of their keys. */
export interface NamedRecipient {
  address: Address;
  /** 33 bytes; missing where the text is an address. */
  publicKey?: Bytes;
  /** The text promises suite 2; a code does so without the recipient itself. */
  hybrid?: { digest: Bytes; recipient?: string };
  /** What its owner chose to be called: a claim. */
  name?: string;
}

/** Reads a key card (JSON), card link, key code, public key in hex, address, or `ethereum:0x…` (EIP-681). Throws KeyFormatError. */
export function parseRecipient(text: string): NamedRecipient {
  const said = text
    .replace(/^\uFEFF/, "")
    .trim()
    .replace(/^ethereum:(pay-)?/i, "")
    .replace(/^(0[xX][0-9a-fA-F]{40})[@/?].*$/s, "$1");
  if (said.startsWith("{")) return parseKeyCard(said);
  const members = cardLinkMembers(said);
  if (members !== null) return parseCardLink(members);
  if (said.includes(":")) return parseKeyCode(said);
  if (/^[a-z]+(\s+[a-z]+){11,}$/i.test(said)) throw secret("That is a key, in secret words");
  if (said.startsWith("-----BEGIN AGE")) throw secret("That is a key file");
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

/** The link that opens the website at `site` with this card; browsers do not tell the site what follows the #. */
export function cardLink(site: string, publicKey: Uint8Array, hybrid: HybridKey | null, name = ""): string {
  const members = new URLSearchParams({ words: fingerprint(publicKey, hybrid?.digest).join("-") });
  if (name !== "") members.set("name", name);
  return `${site.replace(/\/+$/, "")}/send.html#card=${keyCode(publicKey, hybrid)}&${members.toString()}`;
}

/** What follows the # of a card link; null if the text has not the form of one. */
export function cardLinkMembers(text: string): string | null {
  return /^(?:[a-z][a-z0-9+.-]*:[^#\s]*)?#(\S*)$/i.exec(text)?.[1] ?? null;
}

/** The key card, as a file has it, with its owner's name if there is one. */
export function keyCard(publicKey: Uint8Array, hybrid: HybridKey | null, name = ""): string {
  const card = {
    ...(name !== "" && { name }),
    address: addressOf(publicKey),
    public_key: toHex(publicKey),
    words: fingerprint(publicKey, hybrid?.digest).join(" "),
    ...(hybrid && { hybrid_recipient: hybrid.recipient, hybrid_digest: toHex(hybrid.digest).slice(2) }),
  };
  return `${JSON.stringify(card, null, 1)}\n`;
}

function parseCardLink(members: string): NamedRecipient {
  const said = new URLSearchParams(members);
  const names = [...said.keys()];
  const code = said.get("card");
  if (code === null || new Set(names).size < names.length) {
    throw new KeyFormatError("This is not a card link: it should hold one card. Copy it again.");
  }
  const named = code.includes(":") ? parseKeyCode(code.trim()) : withKey(parsePublicKey(code));
  checkWords(named, said.get("words")?.replaceAll("-", " "), "card link");
  return { ...named, ...nameOf(said.get("name")) };
}

function checkWords({ publicKey, hybrid }: NamedRecipient, words: unknown, what: string): void {
  if (!isThere(words)) return;
  if (typeof words !== "string") throw damaged("its words are no text", what);
  const right = publicKey && fingerprint(publicKey, hybrid?.digest).join(" ");
  if (words.toLowerCase().trim().split(/\s+/).join(" ") !== right) {
    throw damaged("its words are not those of its key", what);
  }
}

/** A name of another type, or too long, is none: what a card is for stays usable. */
function nameOf(value: unknown): { name?: string } {
  return typeof value === "string" && value !== "" && Array.from(value).length <= LABEL_LIMIT ? { name: value } : {};
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
  if (Object.keys(card).some((member) => member.toLowerCase() === "crypto")) throw secret("That is a key file");
  const { public_key: publicKey, address, hybrid_recipient: recipient, hybrid_digest: digest } = card;
  if (isThere(publicKey) && typeof publicKey !== "string") throw damaged("its public_key is no text");
  const hybrid = hybridOf(recipient, digest);
  const name = nameOf(card["name"]);
  if (!isThere(publicKey)) return { ...ofAccount(address, hybrid), ...name };
  const key = parsePublicKey(publicKey as string);
  if (isThere(address) && !belongs(address, key)) throw damaged("its address is not that of its key");
  const named = withKey(key, hybrid);
  checkWords(named, card["words"], "key card");
  return { ...named, ...name };
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
    return parseJson(text) as Record<string, unknown>;
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

/** Of what opens somebody's images, and was handed over in place of the card. */
function secret(what: string): KeyFormatError {
  return new KeyFormatError(`${what}. Never hand it over: ask for the key card, and have its owner make new keys.`);
}

const isThere = (member: unknown): boolean => member !== undefined && member !== null;

function belongs(address: unknown, key: Uint8Array): boolean {
  return typeof address === "string" && parseAddress(address) === addressOf(key);
}

function damaged(why: string, what = "key card"): KeyFormatError {
  return new KeyFormatError(`This ${what} is damaged: ${why}. Ask for it again.`);
}

function withKey(publicKey: Bytes, hybrid?: NamedRecipient["hybrid"]): NamedRecipient {
  return { address: addressOf(publicKey), publicKey, ...(hybrid && { hybrid }) };
}
