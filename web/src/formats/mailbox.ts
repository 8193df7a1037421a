/** Addresses of inboxes that only sender and recipient can derive: docs/format.md, Mailboxes. They are 20 bytes here. */

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Address } from "viem";
import { KeyFormatError } from "../errors.ts";
import { type Bytes, concat, fromHex, toHex } from "./bytes.ts";
import { publicKeyOf } from "./publicKey.ts";

export const LAST_DAY = 2 ** 32 - 1;
export const MAILBOXES_A_DAY = 2 ** 16;
/** A sender picks one of so many free mailboxes. */
export const WINDOW = 32;
/** So many empty mailboxes behind the last used one end a reader's search of a day. */
export const GAP_LIMIT = 64;
/** A message may come into a block so many days after that of its mailbox: it waited for a home, a person or a fee. */
export const LATE_DAYS = 30;
/** A reader that goes on with later events matches those of so many days before the first of them again. */
export const OVERLAP_DAYS = LATE_DAYS + 1;
const SECRET_BYTES = 32;
const ADDRESS_BYTES = 20;
export const DAY_SECONDS = 86_400;
const PAIR_INFO = utf8ToBytes("radiogram mailbox pair v1");
const ADDRESS_TAG = utf8ToBytes("radiogram mailbox address v1");

/** Whose private key is at hand: a pair has one secret for each direction. */
export type Role = "sender" | "recipient";

/** One inbox address of a pair. */
export interface Mailbox {
  /** Of the pair, 32 bytes. */
  secret: Bytes;
  /** Days since 1970-01-01 UTC by the sender's clock, 0 to 2^32 - 1. */
  day: number;
  /** Within the day, 0 to 65,535. */
  number: number;
  /** 20 bytes. */
  address: Bytes;
}

/** A message's recipient (20 bytes), and the Unix time of its block. */
export interface Sighting {
  recipient: Uint8Array;
  time: number;
}

/** Where a pair's messages go. */
export interface Place {
  chainId: number;
  inbox: Address;
}

/**
 * The 32 bytes that both of a pair derive, each from an own private key (32 bytes) and the other's public one (33):
 * HKDF-SHA256 of the x of the shared point, over both keys, chain and contract. Throws KeyFormatError.
 */
export function pairSecret(
  role: Role,
  privateKey: Uint8Array,
  publicKey: Uint8Array,
  { chainId, inbox }: Place,
): Bytes {
  const shared = sharedX(privateKey, publicKey);
  const own = publicKeyOf(privateKey);
  const keys = role === "sender" ? concat(own, publicKey) : concat(publicKey, own);
  const info = concat(PAIR_INFO, keys, fromHex(chainId.toString(16).padStart(64, "0")), fromHex(inbox));
  const secret = Uint8Array.from(hkdf(sha256, shared, undefined, info, SECRET_BYTES));
  shared.fill(0);
  return secret;
}

/**
 * The last 20 bytes of HMAC-SHA256, keyed with the pair secret, of a tag, the day (4 bytes) and the mailbox's number
 * (2 bytes), both big endian. Throws RangeError for numbers that do not fit these.
 */
export function mailboxAddress(secret: Uint8Array, day: number, number: number): Bytes {
  if (!isBelow(LAST_DAY + 1, day) || !isBelow(MAILBOXES_A_DAY, number)) {
    throw new RangeError(`There is no mailbox ${number} of day ${day}.`);
  }
  const place = new Uint8Array(6);
  const view = new DataView(place.buffer);
  view.setUint32(0, day);
  view.setUint16(4, number);
  return Uint8Array.from(hmac(sha256, secret, concat(ADDRESS_TAG, place)).subarray(-ADDRESS_BYTES));
}

/**
 * Where a sender puts its next message of the day: one at random of the 32 lowest free mailboxes, so that machines which
 * choose at once mostly do not meet. Where they do, or none is free, two messages share one, and both are found.
 * `isUsed` says whether this sender has used an address, or is about to.
 */
export function chooseMailbox(secret: Bytes, day: number, isUsed: (address: Bytes) => boolean): Mailbox {
  const free: Mailbox[] = [];
  for (let number = 0; number < MAILBOXES_A_DAY && free.length < WINDOW; number++) {
    const each = mailbox(secret, day, number);
    if (!isUsed(each.address)) free.push(each);
  }
  return free[below(free.length || 1)] ?? mailbox(secret, day, below(MAILBOXES_A_DAY));
}

/** The mailboxes of a day that hold messages, as far as a reader searches: until 64 in a row do not. */
export function* usedMailboxes(secret: Bytes, day: number, isUsed: (address: Bytes) => boolean): Generator<Mailbox> {
  let end = GAP_LIMIT;
  for (let number = 0; number < Math.min(end, MAILBOXES_A_DAY); number++) {
    const each = mailbox(secret, day, number);
    if (!isUsed(each.address)) continue;
    end = number + 1 + GAP_LIMIT;
    yield each;
  }
}

/**
 * The days of the mailboxes in which a message of a block with this Unix time may lie: it may come late, and the sender’s
 * clock be ahead.
 */
export function daysAround(blockTime: number): number[] {
  const first = Math.floor(blockTime / DAY_SECONDS) - LATE_DAYS;
  return Array.from({ length: LATE_DAYS + 2 }, (_, place) => first + place).filter((day) => isBelow(LAST_DAY + 1, day));
}

/**
 * Of each event, the mailbox it lies in; undefined for messages to others. `events` are what one sender sent, in any
 * order, `secrets` those of pairs with that sender. A reader may match piece by piece, if each piece begins
 * `OVERLAP_DAYS` before its first new event.
 */
export function match(events: readonly Sighting[], secrets: readonly Bytes[]): (Mailbox | undefined)[] {
  const places = new Map<string, number[]>();
  const blockDays = new Set(events.map(({ time }) => Math.floor(time / DAY_SECONDS)));
  const days = new Set([...blockDays].flatMap((day) => daysAround(day * DAY_SECONDS)));
  events.forEach(({ recipient }, place) => {
    const name = toHex(recipient);
    const same = places.get(name);
    if (same) same.push(place);
    else places.set(name, [place]);
  });
  const sentAround = (day: number, address: Bytes): number[] =>
    (places.get(toHex(address)) ?? []).filter((place) => daysAround(events[place]?.time ?? NaN).includes(day));

  const found: (Mailbox | undefined)[] = events.map(() => undefined);
  for (const secret of secrets) {
    for (const day of days) {
      for (const each of usedMailboxes(secret, day, (address) => sentAround(day, address).length > 0)) {
        for (const place of sentAround(day, each.address)) found[place] = each;
      }
    }
  }
  return found;
}

function mailbox(secret: Bytes, day: number, number: number): Mailbox {
  return { secret, day, number, address: mailboxAddress(secret, day, number) };
}

function isBelow(end: number, number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number < end;
}

/** A random number from 0 on. That some are likelier by one part in 65,536 tells nobody anything: `end` is at most that. */
function below(end: number): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % end;
}

function sharedX(privateKey: Uint8Array, publicKey: Uint8Array): Bytes {
  if (publicKey.length !== 33) throw new KeyFormatError(`A public key has 33 bytes, and this one ${publicKey.length}.`);
  try {
    return Uint8Array.from(secp256k1.getSharedSecret(privateKey, publicKey).subarray(1));
  } catch {
    throw new KeyFormatError("No mailbox can be derived: one of the keys is not on the curve secp256k1.");
  }
}
