/** A clinic's card, signed by its account: docs/format.md, Clinic card. */

import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { base64urlnopad } from "@scure/base";
import type { Address } from "viem";
import { type Bytes, fromHex, toHex } from "./bytes.ts";
import { ClinicCardError, KeyFormatError } from "../errors.ts";
import { parseJson } from "./json.ts";
import { LABEL_LIMIT } from "./manifest.ts";
import { addressOf, parseAddress, parsePublicKey } from "./publicKey.ts";
import { personalDigest, recover } from "./signature.ts";

/** Who a clinic says it is, and the key that its account certifies. */
export interface ClinicCard {
  /** What it calls itself: a claim until it was checked. */
  readonly label: string;
  /** The account that sends, and has signed this. */
  readonly address: Address;
  /** 33 bytes, of another account than `address`. */
  readonly mailboxKey: Bytes;
  /** Host name of its website; empty if it has none. */
  readonly site: string;
  /** 65 bytes r ‖ s ‖ v (EIP-191), or what the account’s contract takes (ERC-1271). */
  readonly signature: Bytes;
}

/** Whether an account’s contract takes a signature of 32 bytes for its own (ERC-1271). */
export type Accepts = (account: Address, digest: Uint8Array, signature: Uint8Array) => Promise<boolean>;

export const CARD_BYTES = 16_384; // at most
/** Which of the keys that an account derives from its signatures the mailbox key is: the last one. */
export const MAILBOX_KEY_NUMBER = 65_535;
/** Where a site publishes its clinic’s card. */
export const WELL_KNOWN = "/.well-known/radiogram.json";
/** The text record of an ENS name that holds a card or a card link. */
export const ENS_RECORD = "radiogram.card";
const FORMAT = "radiogram-clinic-card";
const MEMBERS = new Set(["format", "version", "label", "address", "mailbox_key", "site", "signature"]);
const SIGNATURE_BYTES = 4096; // at most
const SITE_LIMIT = 253; // characters of a host name (RFC 1035, 2.3.4, without the last dot)
const SITE = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const LINK = /^(?:[A-Za-z][A-Za-z0-9+.-]*:[^#\s]*)?#clinic=([A-Za-z0-9_-]+)$/;
/** What is not printable: Unicode categories C and Z, but the space. */
const UNPRINTABLE = /\p{C}|(?! )\p{Z}/u;

/** A card that is not signed yet. Throws ClinicCardError, and says which part can’t stand on a card. */
export function newClinicCard(label: string, address: Address, mailboxKey: Bytes, siteName = ""): ClinicCard {
  const site = siteName.toLowerCase();
  const faults = clinicCardFaults(label, site);
  const fault = faults.label ?? faults.site;
  if (fault !== null) throw new ClinicCardError(fault);
  if (addressOf(mailboxKey) === address) {
    throw new ClinicCardError("The mailbox key can’t be the account’s own key. Use another account.");
  }
  return { label, address, mailboxKey, site, signature: new Uint8Array() };
}

/** Why these can’t stand on a card, each; null: they can. */
export function clinicCardFaults(label: string, site: string): { label: string | null; site: string | null } {
  return {
    label: isLabel(label) ? null : `What patients know you as has 1 to ${LABEL_LIMIT} printable characters.`,
    site:
      site === "" || isSite(site.toLowerCase())
        ? null
        : "This is not the host name of a website. Type it such as clinic.example.",
  };
}

/** The file. */
export function clinicCardFile(card: ClinicCard): string {
  return `${JSON.stringify(clinicCardValue(card), null, 1)}\n`;
}

/** The link that opens the website at `site` with this card: browsers do not tell it what follows the #. */
export function clinicLink(card: ClinicCard, site: string): string {
  const code = base64urlnopad.encode(utf8ToBytes(canonical(clinicCardValue(card))));
  return `${site.replace(/\/+$/, "")}/open.html#clinic=${code}`;
}

/** The card in a file, or in the text of a clinic link. Its signature is not checked. Throws ClinicCardError. */
export function parseClinicCard(raw: Uint8Array): ClinicCard {
  if (raw.length > CARD_BYTES) throw refused("That is too large for a clinic’s card.");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(raw).trim();
    const code = LINK.exec(text)?.[1];
    if (code !== undefined) text = new TextDecoder("utf-8", { fatal: true }).decode(base64urlnopad.decode(code));
    return readCard(parseJson(text), text);
  } catch (error) {
    if (error instanceof ClinicCardError) throw error;
    throw damaged();
  }
}

/** The code of the clinic link that opened a page; null if it is none. */
export function clinicLinkIn(url: string): string | null {
  return /#clinic=.*$/s.exec(url)?.[0] ?? null;
}

/** What the account signs (EIP-191 personal message), over all members but the signature. */
export function clinicSigningText(card: ClinicCard): string {
  const digest = toHex(sha256(utf8ToBytes(canonical(members(card))))).slice(2);
  return `Radiogram: this is the card of my clinic.\nCard SHA-256: ${digest}`;
}

/** Throws ClinicCardError unless the account has signed; `accepts` is asked if it is not its key’s signature. */
export async function checkClinicSignature(
  card: ClinicCard,
  accepts: Accepts = () => Promise.resolve(false),
): Promise<void> {
  const digest = personalDigest(clinicSigningText(card));
  if (signer(digest, card.signature) === card.address) return;
  if (!(await accepts(card.address, digest, card.signature))) {
    throw refused("This card is not signed by the account that it names.");
  }
}

/** All members, in the order in which programs write them. */
export function clinicCardValue(card: ClinicCard): Record<string, string | number> {
  return { ...members(card), signature: toHex(card.signature) };
}

/** The same, parsed from JSON. Throws ClinicCardError; others for a value that no card has. */
export function readCard(value: unknown, text = JSON.stringify(value)): ClinicCard {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw refused("This is not a clinic’s card.");
  const said = value as Record<string, unknown>;
  if (said["format"] !== FORMAT) throw refused("This is not a clinic’s card.");
  const { version, label, address, mailbox_key: mailboxKey, site = "", signature } = said;
  if (version !== 1) throw new ClinicCardError("This clinic’s card is of a later version: use a newer Radiogram.");
  const names = Object.keys(said);
  if (!names.every((name) => MEMBERS.has(name)) || countMembers(text) !== names.length) throw damaged();
  if (!isLabel(label) || typeof address !== "string" || (site !== "" && !isSite(site))) throw damaged();
  if ("site" in said && site === "") throw damaged();
  const card = {
    label,
    address: parseAddress(address),
    mailboxKey: parsePublicKey(toHex(bytesOf(mailboxKey))),
    site,
    signature: bytesOf(signature),
  };
  if (card.address !== address || bytesOf(mailboxKey).length !== 33) throw damaged();
  if (addressOf(card.mailboxKey) === card.address) throw damaged();
  if (card.signature.length === 0 || card.signature.length > SIGNATURE_BYTES) throw damaged();
  return card;
}

/** Whether it is a host name of several parts, in lower case (RFC 1123, 2.1; others in Punycode). */
export function isSite(text: unknown): text is string {
  return typeof text === "string" && text.length <= SITE_LIMIT && SITE.test(text);
}

function members({ label, address, mailboxKey, site }: ClinicCard): Record<string, string | number> {
  const value = { format: FORMAT, version: 1, label, address, mailbox_key: toHex(mailboxKey) };
  return site === "" ? value : { ...value, site };
}

/** RFC 8785, for our values. */
function canonical(value: Record<string, string | number>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function signer(digest: Uint8Array, signature: Uint8Array): Address | undefined {
  try {
    return addressOf(recover(digest, signature));
  } catch {
    return undefined;
  }
}

/** How many members JSON text has, each as often as it stands there: JSON.parse keeps the last of several. */
function countMembers(text: string): number {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/gs)].filter((found) => found[1] !== undefined).length;
}

function isLabel(text: unknown): text is string {
  if (typeof text !== "string" || text !== text.trim() || UNPRINTABLE.test(text)) return false;
  const length = Array.from(text).length;
  return length > 0 && length <= LABEL_LIMIT;
}

/** In lower-case hex with 0x. */
function bytesOf(value: unknown): Bytes {
  if (typeof value !== "string" || !/^0x(?:[0-9a-f]{2})*$/.test(value)) throw new KeyFormatError("no bytes");
  return fromHex(value);
}

function damaged(): ClinicCardError {
  return refused("This is not a clinic’s card, or it is damaged.");
}

function refused(why: string): ClinicCardError {
  return new ClinicCardError(`${why} Ask the clinic for its card again.`);
}
