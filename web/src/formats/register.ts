/** A register of contacts, which says whose key is whose: docs/format.md, Register of contacts. */

import type { Address } from "viem";
import { KeyFormatError, RegisterError } from "../errors.ts";
import { type Bytes, equal, fromHex, toHex } from "./bytes.ts";
import { fingerprint } from "./fingerprint.ts";
import { parseHybridKey } from "./hybridKey.ts";
import { parseJson } from "./json.ts";
import type { NamedRecipient } from "./keyCard.ts";
import { LABEL_LIMIT, type PatientMetadata, patientValue, readPatient } from "./manifest.ts";
import { addressOf, parseAddress, parsePublicKey } from "./publicKey.ts";
import { caseFolded, firstCharacters } from "./text.ts";

const FORMAT = "radiogram-register";
const VERSION = 1;
const BYTES_LIMIT = 32 << 20;
const CONTACTS_LIMIT = 20_000;

/** A key, and whose it is. */
export interface Contact {
  /** What the register's owner calls them; no two are equal but for capitals. */
  readonly label: string;
  /** Of the inbox. */
  readonly address: Address;
  /** 33 bytes; what was in force when the words were compared. Of another account, if `address` had registered it. */
  readonly publicKey: Bytes;
  readonly hybridDigest?: Bytes;
  readonly hybridRecipient?: string;
  /** Whose images go to this key; empty: anybody's, as to a doctor. */
  readonly patient: PatientMetadata;
  /** Who compared the words; empty: nobody has. */
  readonly comparedBy: string;
  /** ISO 8601 UTC; empty if nobody has. */
  readonly comparedAt: string;
  /** They have the card of the register’s owner, and look for messages in mailboxes. */
  readonly hasOurCard?: true;
}

/** The six words that were compared. */
export function wordsOf({ publicKey, hybridDigest }: Pick<Contact, "publicKey" | "hybridDigest">): string[] {
  return fingerprint(publicKey, hybridDigest);
}

/** What the card said, as a recipient is looked up with it. */
export function namedBy({ address, publicKey, hybridDigest, hybridRecipient }: Contact): NamedRecipient {
  const own = addressOf(publicKey) === address ? { publicKey } : {};
  if (!hybridDigest) return { address, ...own };
  const recipient = hybridRecipient === undefined ? {} : { recipient: hybridRecipient };
  return { address, ...own, hybrid: { digest: hybridDigest, ...recipient } };
}

/** As JSON, not yet encrypted. */
export function encodeRegister(contacts: readonly Contact[]): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, contacts: contacts.map(valueOf) }, null, 1)}\n`;
}

/** The contacts of a JSON object. Throws RegisterError. */
export function parseRegister(text: string): Contact[] {
  if (new TextEncoder().encode(text).length > BYTES_LIMIT) {
    throw new RegisterError("This is too large for a register of contacts.");
  }
  const contacts = listed(text).map(contactOf);
  if (new Set(contacts.map(({ label }) => caseFolded(label))).size < contacts.length) {
    throw new RegisterError("This register has one label twice: use another copy of it.");
  }
  return contacts;
}

/** `label`, if a contact can be called so. Throws RegisterError. */
export function checkLabel(label: string): string {
  const isPrintable = !/(?! )[\p{C}\p{Z}]/u.test(label);
  if (label === "" || label !== label.trim() || !isPrintable || Array.from(label).length > LABEL_LIMIT) {
    throw new RegisterError(`A label has 1 to ${LABEL_LIMIT} printable characters: choose another one.`);
  }
  return label;
}

function valueOf(contact: Contact): object {
  const { label, address, publicKey, hybridDigest, hybridRecipient, comparedBy, comparedAt, hasOurCard } = contact;
  const patient = Object.keys(contact.patient).length > 0 ? patientValue(contact.patient) : undefined;
  return {
    label,
    address,
    public_key: toHex(publicKey),
    hybrid_digest: hybridDigest && toHex(hybridDigest).slice(2),
    hybrid_recipient: hybridRecipient,
    patient,
    compared_by: comparedBy || undefined,
    compared_at: comparedAt || undefined,
    has_our_card: hasOurCard,
  };
}

function listed(text: string): unknown[] {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw damaged();
  }
  if (!isObject(value) || value["format"] !== FORMAT) {
    throw new RegisterError("This is not a register of contacts: use one that was exported.");
  }
  if (value["version"] !== VERSION) {
    throw new RegisterError("This register is of a later version: open it with a newer Radiogram.");
  }
  const { contacts } = value;
  if (!Array.isArray(contacts)) throw damaged();
  if (contacts.length > CONTACTS_LIMIT) {
    throw new RegisterError(`This register has more than ${CONTACTS_LIMIT.toLocaleString("en")} contacts.`);
  }
  return contacts;
}

function contactOf(value: unknown): Contact {
  if (!isObject(value)) throw damaged();
  try {
    return {
      label: checkLabel(textOf(value["label"])),
      address: parseAddress(textOf(value["address"])),
      publicKey: parsePublicKey(textOf(value["public_key"])),
      ...hybridOf(value["hybrid_digest"] ?? undefined, value["hybrid_recipient"] ?? undefined),
      patient: readPatient(value["patient"]) ?? {},
      comparedBy: shortText(value["compared_by"]),
      comparedAt: shortText(value["compared_at"]),
      ...(isTrue(value["has_our_card"]) ? { hasOurCard: true } : {}),
    };
  } catch (error) {
    if (error instanceof KeyFormatError) throw damaged();
    throw error;
  }
}

function hybridOf(digits: unknown, recipient: unknown): Pick<Contact, "hybridDigest" | "hybridRecipient"> {
  if (digits === undefined && recipient === undefined) return {};
  const hybridDigest = fromHex(textOf(digits));
  if (hybridDigest.length !== 32) throw damaged();
  if (recipient === undefined) return { hybridDigest };
  if (typeof recipient !== "string" || !equal(parseHybridKey(recipient).digest, hybridDigest)) throw damaged();
  return { hybridDigest, hybridRecipient: recipient };
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw damaged();
  return value;
}

function shortText(value: unknown = ""): string {
  const text = textOf(value);
  if (firstCharacters(text, LABEL_LIMIT) !== text) throw damaged();
  return text;
}

function isTrue(value: unknown = false): boolean {
  if (typeof value !== "boolean") throw damaged();
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function damaged(): RegisterError {
  return new RegisterError("This register of contacts is damaged: use another copy of it.");
}
