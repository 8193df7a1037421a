/**
 * What the chain has told of the messages of checked clinics, as a reader keeps it: docs/format.md, Mailboxes. What is in
 * it the chain can tell anew.
 */

import { base64 } from "@scure/base";
import type { Address } from "viem";
import { RegisterError } from "../errors.ts";
import { type Bytes, concat, fromHex, type Hex, toHex } from "./bytes.ts";
import { CLINICS_KEY_TEXT } from "./clinics.ts";
import { parseJson } from "./json.ts";
import { parseAddress } from "./publicKey.ts";
import { openSealed, seal } from "./sealedList.ts";

/** Where the contract has a message: whose inbox, or which mailbox. */
export interface Place {
  /** Small letters or a checksum. */
  readonly recipient: Address;
  readonly index: number;
}

/** A message that was sent. */
export interface Logged extends Place {
  /** Unix time of its block. */
  readonly time: number;
}

/** One that was had from the contract, and does not change but for its status. */
export interface KeptMessage extends Place {
  /** Unix time. */
  readonly sentAt: number;
  readonly keyVersion: number;
  readonly cursor: Address;
  readonly envelope: Bytes;
}

/** All that a sender sent and took back, up to some block. */
export interface KeptLog {
  /** Hash of the chain’s first block. */
  readonly chain: Hex;
  /** The contract. */
  readonly inbox: Address;
  readonly sender: Address;
  /** In the order of the chain. */
  readonly sent: readonly Logged[];
  readonly retracted: readonly Place[];
  /** Those that are the reader’s. */
  readonly messages: readonly KeptMessage[];
  readonly nextBlock: number;
  /** The node has forgotten the blocks before this one; null: it has them all. */
  readonly forgottenBefore: number | null;
}

const FILE_BYTES = 256 << 20; // at most
const FORMAT = "radiogram-sender-logs";
const VERSION = 1;
const KEY = {
  text: CLINICS_KEY_TEXT,
  info: "radiogram sender logs v1",
};
const [ADDRESS, NUMBER] = [20, 5]; // bytes
const PLACE = ADDRESS + NUMBER;

/** As an age file that this private key alone opens. */
export function sealSenderLogs(logs: readonly KeptLog[], privateKey: Uint8Array): Promise<Bytes> {
  const value = { format: FORMAT, version: VERSION, logs: logs.map(valueOf) };
  return seal(new TextEncoder().encode(JSON.stringify(value)), KEY, privateKey);
}

/** Throws RegisterError. */
export async function openSenderLogs(file: Uint8Array, privateKey: Uint8Array): Promise<KeptLog[]> {
  if (file.length > FILE_BYTES) throw damaged();
  const data = await openSealed(file, KEY, privateKey);
  try {
    const value = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(data)) as Record<string, unknown>;
    if (value["format"] !== FORMAT || value["version"] !== VERSION) throw damaged();
    return listOf(value["logs"]).map((each) => logOf(each as Record<string, unknown>));
  } catch {
    throw damaged();
  }
}

function valueOf(log: KeptLog): object {
  const { chain, inbox, sender, sent, retracted, messages, nextBlock, forgottenBefore } = log;
  return {
    chain: chain.slice(2),
    inbox,
    sender,
    first_block: forgottenBefore ?? 0,
    next_block: nextBlock,
    sent: packed(sent, PLACE + NUMBER, (each) => concat(placeBytes(each), numberBytes(each.time))),
    retracted: packed(retracted, PLACE, placeBytes),
    messages: messages.map((each) => [
      base64.encode(placeBytes(each)),
      each.sentAt,
      each.keyVersion,
      each.cursor,
      base64.encode(each.envelope),
    ]),
    seen: 0,
    has_gap: forgottenBefore !== null,
  };
}

function logOf(value: Record<string, unknown>): KeptLog {
  const chain = toHex(fromHex(textOf(value["chain"])));
  return {
    chain,
    inbox: parseAddress(textOf(value["inbox"])),
    sender: parseAddress(textOf(value["sender"])),
    sent: pieces(value["sent"], PLACE + NUMBER).map((each) => ({ ...placeOf(each), time: numberOf(each, PLACE) })),
    retracted: pieces(value["retracted"], PLACE).map(placeOf),
    messages: listOf(value["messages"]).map(messageOf),
    nextBlock: count(value["next_block"]),
    forgottenBefore: value["has_gap"] === true ? count(value["first_block"]) : null,
  };
}

function messageOf(value: unknown): KeptMessage {
  const [place, sentAt, keyVersion, cursor, envelope] = listOf(value);
  const [at] = pieces(place, PLACE);
  if (at === undefined) throw damaged();
  return {
    ...placeOf(at),
    sentAt: count(sentAt),
    keyVersion: count(keyVersion),
    cursor: parseAddress(textOf(cursor)),
    envelope: Uint8Array.from(base64.decode(textOf(envelope))),
  };
}

function packed<T>(values: readonly T[], size: number, bytesOf: (value: T) => Bytes): string {
  const data = new Uint8Array(values.length * size);
  values.forEach((each, number) => {
    data.set(bytesOf(each), number * size);
  });
  return base64.encode(data);
}

function pieces(text: unknown, size: number): Uint8Array[] {
  const data = base64.decode(textOf(text));
  if (data.length % size !== 0) throw damaged();
  return Array.from({ length: data.length / size }, (_, number) => data.subarray(number * size, (number + 1) * size));
}

function placeBytes({ recipient, index }: Place): Bytes {
  return concat(fromHex(recipient), numberBytes(index));
}

function placeOf(data: Uint8Array): Place {
  return { recipient: toHex(data.subarray(0, ADDRESS)), index: numberOf(data, ADDRESS) };
}

/** 5 bytes, big endian. */
function numberBytes(number: number): Bytes {
  return fromHex(number.toString(16).padStart(2 * NUMBER, "0"));
}

function numberOf(data: Uint8Array, start: number): number {
  return Number(toHex(data.subarray(start, start + NUMBER)));
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw damaged();
  return value;
}

function listOf(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw damaged();
  return value as unknown[];
}

function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw damaged();
  return value as number;
}

function damaged(): RegisterError {
  return new RegisterError("What is kept of mailboxes is damaged: it is made anew.");
}
