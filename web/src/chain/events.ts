/**
 * Events of the inbox contract, read from the logs that a chain’s node gives: a stranger’s text until they are parsed.
 * Which there are, and what of each is indexed, interfaces/IImageInbox.sol says.
 */

import type { Address } from "viem";
import { getAddress, toEventSelector } from "viem/utils";
import { type Bytes, concat, fromHex, type Hex, toHex } from "../formats/bytes.ts";
import { parsePublicKey } from "../formats/publicKey.ts";

/** Where on the chain an event is. */
export interface Place {
  readonly block: number;
  readonly blockHash: Hex;
  readonly transaction: Hex;
  readonly logIndex: number;
  /** Unix time of the block, where the node says it along with the event. */
  readonly time?: number;
}

/** A message was put into an inbox; its recipient confirmed it; its sender took it back. */
export interface MessageEvent {
  readonly type: "Sent" | "Acknowledged" | "Retracted";
  readonly account: Address;
  readonly sender: Address;
  readonly index: number;
}

/** A message of a batch was refused. */
export interface SkippedEvent {
  readonly type: "Skipped";
  readonly account: Address;
  readonly sender: Address;
  /** Its number in the batch. */
  readonly item: number;
  /** The selector of the contract’s error, 4 bytes. */
  readonly reason: Hex;
}

export interface KeyEvent {
  readonly type: "KeyRegistered";
  readonly account: Address;
  readonly version: number;
  /** 33 bytes. */
  readonly publicKey: Hex;
  /** 32 bytes, if it has a hybrid key. */
  readonly hybridDigest: Hex | null;
}

/** An inbox was restricted to approved senders, or opened to everyone. */
export interface RestrictionEvent {
  readonly type: "InboxRestricted";
  readonly account: Address;
  readonly restricted: boolean;
  readonly version: number;
}

/** An account approved a sender, or withdrew that. */
export interface ApprovalEvent {
  readonly type: "SenderApproved";
  readonly account: Address;
  readonly sender: Address;
  /** Unix time of the last second; 0: withdrawn. */
  readonly until: number;
  readonly version: number;
}

export type VersionedEvent = KeyEvent | RestrictionEvent | ApprovalEvent;
/** `account` is whose inbox or key it is. */
export type ChainEvent = MessageEvent | SkippedEvent | VersionedEvent;

/** An event, and where it is. */
export interface Log {
  readonly place: Place;
  readonly event: ChainEvent;
}

const MOST_INDEX = 2 ** 39 - 1;
const MOST_VERSION = 2 ** 32 - 1;
const MOST_TIME = 2 ** 40 - 1;
const MOST_NUMBER = Number.MAX_SAFE_INTEGER; // of a block, of a log in it

/** What a log has besides its first topic: 32 bytes each. */
interface Words {
  readonly topics: readonly Bytes[];
  readonly data: readonly Bytes[];
}

/** How an event lies in a log. */
interface Kind {
  readonly signature: string;
  /** Topics beside the first. */
  readonly indexed: number;
  /** Of data, 32 bytes each. */
  readonly words: number;
  readonly read: (words: Words) => ChainEvent;
}

const message =
  (type: MessageEvent["type"]) =>
  ({ topics: [account, sender, index] }: Words): ChainEvent => ({
    type,
    account: address(account),
    sender: address(sender),
    index: number(index, MOST_INDEX),
  });

const KINDS: readonly Kind[] = [
  { signature: "Sent(address,address,uint256)", indexed: 3, words: 0, read: message("Sent") },
  { signature: "Acknowledged(address,address,uint256)", indexed: 3, words: 0, read: message("Acknowledged") },
  { signature: "Retracted(address,address,uint256)", indexed: 3, words: 0, read: message("Retracted") },
  {
    signature: "Skipped(address,address,uint256,bytes4)",
    indexed: 3,
    words: 1,
    read: ({ topics: [account, sender, item], data: [reason = new Uint8Array()] }) => {
      if (reason.subarray(4).some((byte) => byte !== 0)) throw malformed();
      return {
        type: "Skipped",
        account: address(account),
        sender: address(sender),
        item: number(item, MOST_NUMBER),
        reason: toHex(reason.subarray(0, 4)),
      };
    },
  },
  {
    signature: "KeyRegistered(address,uint32,bytes32,bytes32,bytes32)",
    indexed: 2,
    words: 3,
    read: ({ topics: [account, version], data: [x, y, hybrid] }) => {
      if (!x || !y || !hybrid) throw malformed();
      return {
        type: "KeyRegistered",
        account: address(account),
        version: number(version, MOST_VERSION),
        publicKey: toHex(parsePublicKey(toHex(concat(Uint8Array.of(4), x, y)))), // off the curve the contract takes none
        hybridDigest: hybrid.some((byte) => byte !== 0) ? toHex(hybrid) : null,
      };
    },
  },
  {
    signature: "InboxRestricted(address,bool,uint32)",
    indexed: 1,
    words: 2,
    read: ({ topics: [account], data: [restricted, version] }) => ({
      type: "InboxRestricted",
      account: address(account),
      restricted: number(restricted, 1) === 1,
      version: number(version, MOST_VERSION),
    }),
  },
  {
    signature: "SenderApproved(address,address,uint40,uint32)",
    indexed: 2,
    words: 2,
    read: ({ topics: [account, sender], data: [until, version] }) => ({
      type: "SenderApproved",
      account: address(account),
      sender: address(sender),
      until: number(until, MOST_TIME),
      version: number(version, MOST_VERSION),
    }),
  },
];
const BY_TOPIC = new Map(KINDS.map((kind) => [toEventSelector(`event ${kind.signature}`), kind]));
const SENT_OR_RETRACTED = [...BY_TOPIC].flatMap(([topic, { signature }]) =>
  /^(?:Sent|Retracted)\(/.test(signature) ? [topic] : [],
);
const OF_SENDERS = [...BY_TOPIC].filter(([, { signature }]) => /^[A-Za-z]+\(address,address/.test(signature));

/** The topics to ask for, so that every event that names `account`, and no other, comes: as the owner of an inbox, and as a sender. */
export function filters(account: Address): unknown[][] {
  return [
    [[...BY_TOPIC.keys()], topicOf(account)],
    [OF_SENDERS.map(([topic]) => topic), null, topicOf(account)],
  ];
}

/** Whether it names `account` so that `filters` asks for it. */
export function concerns(event: ChainEvent, account: Address): boolean {
  return event.account === account || ("sender" in event && event.sender === account);
}

/** The topics to ask for, so that all messages that `sender` sent or took back come, and nothing else. */
export function senderFilters(sender: Address): unknown[][] {
  return [[SENT_OR_RETRACTED, null, topicOf(sender)]];
}

/** Whether `senderFilters` asks for it. */
export function isOfSender(event: ChainEvent, sender: Address): boolean {
  return (event.type === "Sent" || event.type === "Retracted") && event.sender === sender;
}

/**
 * The event in one object of a reply to `eth_getLogs`. Null if it is another contract’s, one that a reorganisation has taken
 * out of the chain, or not in a block yet; and for what the contract at `inbox` can’t have emitted.
 */
export function parseLog(raw: unknown, inbox: Address): Log | null {
  try {
    const said = raw as Record<string, unknown>;
    if (getAddress(toHex(bytes(said["address"], 20))) !== inbox || said["removed"] === true) return null;
    return { place: placeOf(said), event: eventOf(said) };
  } catch {
    return null;
  }
}

/** A number as JSON-RPC has it. Throws an error of some kind. */
export function quantity(value: unknown): number {
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]{1,16}$/.test(value)) throw malformed();
  const found = Number(value);
  if (found > MOST_NUMBER) throw malformed();
  return found;
}

function topicOf(account: Address): string {
  return `0x${account.slice(2).toLowerCase().padStart(64, "0")}`;
}

function eventOf({ topics: said, data }: Record<string, unknown>): ChainEvent {
  if (!Array.isArray(said)) throw malformed();
  const [first, ...topics] = said.map((each) => bytes(each, 32));
  const kind = first && BY_TOPIC.get(toHex(first));
  if (kind?.indexed !== topics.length) throw malformed();
  const words = bytes(data, kind.words * 32);
  return kind.read({
    topics,
    data: Array.from({ length: kind.words }, (_, place) => words.slice(32 * place, 32 * (place + 1))),
  });
}

function placeOf(said: Record<string, unknown>): Place {
  const time = said["blockTimestamp"];
  return {
    block: quantity(said["blockNumber"]),
    blockHash: toHex(bytes(said["blockHash"], 32)),
    transaction: toHex(bytes(said["transactionHash"], 32)),
    logIndex: quantity(said["logIndex"]),
    ...(time !== undefined && time !== null && { time: quantity(time) }),
  };
}

function bytes(value: unknown, size: number): Bytes {
  if (typeof value !== "string" || !/^0x([0-9a-fA-F]{2})*$/.test(value) || value.length !== 2 + 2 * size)
    throw malformed();
  return fromHex(value);
}

function address(word: Bytes | undefined): Address {
  if (!word || word.subarray(0, 12).some((byte) => byte !== 0)) throw malformed();
  return getAddress(toHex(word.subarray(12)));
}

function number(word: Bytes | undefined, most: number): number {
  const value = BigInt(toHex(word ?? new Uint8Array(32).fill(255)));
  if (value > BigInt(most)) throw malformed();
  return Number(value);
}

function malformed(): RangeError {
  return new RangeError("not a log of the inbox contract");
}
