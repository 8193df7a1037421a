/** What a history tells, in the words and the forms of the commands’ `history`: sentences, JSON and CSV. */

import type { Address } from "viem";
import { toFunctionSelector } from "viem/utils";
import type { ApprovalEvent, ChainEvent, KeyEvent, SkippedEvent } from "../../chain/events.ts";
import { type History, isComplete, type Row } from "../../chain/history.ts";
import { fromHex, toHex } from "../../formats/bytes.ts";
import { fingerprint } from "../../formats/fingerprint.ts";
import type { Site } from "../../site.ts";
import { counted, shortAddress } from "../../ui/format.ts";
import type { Owner } from "../../worker/worker.ts";
import type { NameOf } from "./notes.ts";

/** What people are called, and which keys are known. */
export interface Words {
  /** Whose history it is. */
  readonly account: Address;
  readonly nameOf: NameOf;
  /** Of the key that is unlocked. */
  readonly owner: Owner;
  /** Addresses are not told in full. */
  readonly isShort?: boolean;
}

const LAST_SECOND = 253_402_300_799; // of the year 9999
const FORMULA = /^[=+\-@\t\r＝＋－＠]/u; // how a cell begins that a spreadsheet may take for a formula
const REASONS = ["BadEnvelope(uint256)", "StaleKey(address,uint32)", "NotApproved(address,address,uint40)"];
const COLUMNS = [
  ...(["event", "time", "block", "tx_hash", "log_index", "account", "account_name", "sender", "sender_name"] as const),
  ...(["index", "version", "public_key", "hybrid_digest", "in_key_file", "restricted", "until", "reason"] as const),
  ...(["basis", "text"] as const),
];

type Fields = Record<(typeof COLUMNS)[number], string | number | boolean | null>;

/** As `history --json` prints it. */
export function asJson(history: History, words: Words, site: Site): string {
  const value = {
    network: site.name,
    inbox: site.inbox,
    account: history.account,
    first_block: history.firstBlock,
    last_block: history.lastBlock,
    complete: isComplete(history),
    notes: notes(history),
    events: history.rows.map((row) => fields(row, words)),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** RFC 4180, with a line of names. No cell begins as a formula does: an apostrophe stands before one that would. */
export function asCsv(history: History, words: Words): string {
  const rows = history.rows.map((row) => fields(row, words)).map((each) => COLUMNS.map((name) => cell(each[name])));
  return [COLUMNS, ...rows].map((line) => `${line.map(quoted).join(",")}\r\n`).join("");
}

/** What happened, in a sentence without its end. */
export function statement({ event, basis }: Row, words: Words): string {
  const said = sentence(event, words);
  if (basis === "state") return `${said} (by the contract's state: the node gives no event of it)`;
  return basis === "contradicted" ? `NOT TO BE BELIEVED, the contract's state says otherwise: ${said}` : said;
}

/** How far the list can be relied on, where that is not as far as possible. */
export function notes(history: History): string[] {
  const { rows, firstBlock, wantedFirstBlock, refusal, untold, leftOut } = history;
  const said: string[] = [];
  const withoutEvent = rows.filter(({ basis }) => basis === "state").length;
  const contradicted = rows.filter(({ basis }) => basis === "contradicted").length;
  if (firstBlock > wantedFirstBlock)
    said.push(
      `The chain's node gives no events before block ${grouped(firstBlock)} (it says: ${refusal}). Of the time before, the contract's state tells which messages came and what holds now. Messages that this account sent then, and earlier keys, settings and approvals, may be missing.`,
    );
  else if (withoutEvent > 0)
    said.push(
      `Of ${grouped(withoutEvent)} of these the chain's node gives no event: it has dropped old ones, or leaves some out. The contract's state has them all the same.`,
    );
  if (untold.length > 0) said.push(`There is no event of ${untold.join("; ")}: what they were is not known.`);
  if (contradicted > 0)
    said.push(
      `Of what the chain's node gives, ${counted(contradicted, "event")} can't be, by the contract's state: the node is faulty, or lies. Ask another one.`,
    );
  if (leftOut > 0)
    said.push(
      `Left out: ${counted(leftOut, "log")} of the chain's node that are no events of this account, or not in the chain.`,
    );
  return said;
}

/** `2026-11-27 06:55:00`, in UTC. */
export function moment(second: number): string {
  return second > LAST_SECOND ? "forever" : iso(second).slice(0, 19).replace("T", " ");
}

function fields(row: Row, words: Words): Fields {
  const { event, time, place, basis } = row;
  const sender = "sender" in event ? event.sender : null;
  const key = event.type === "KeyRegistered" ? event : null;
  return {
    event: event.type,
    time: time === null ? null : iso(time),
    block: place?.block ?? null,
    tx_hash: place?.transaction ?? null,
    log_index: place?.logIndex ?? null,
    account: event.account,
    account_name: words.nameOf(event.account),
    sender,
    sender_name: sender && words.nameOf(sender),
    index: "index" in event ? event.index : null,
    version: "version" in event ? event.version : null,
    public_key: key && key.publicKey,
    hybrid_digest: key && key.hybridDigest,
    in_key_file: key && isOwn(key, words),
    restricted: event.type === "InboxRestricted" ? event.restricted : null,
    until: event.type === "SenderApproved" && event.until > 0 ? iso(event.until) : null,
    reason: event.type === "Skipped" ? reasonOf(event) : null,
    basis,
    text: statement(row, words),
  };
}

/** What happened. For a person at the page, with short addresses, and a message called a letter. */
export function sentence(event: ChainEvent, words: Words, isShort = false): string {
  if (isShort) {
    return sentence(event, { ...words, isShort })
      .replace(/^(a )?message\b/, "$1letter")
      .replace(/^the inbox takes messages/, "the inbox takes letters");
  }
  const isOwner = event.account === words.account;
  switch (event.type) {
    case "Sent":
    case "Acknowledged":
    case "Retracted": {
      if (!isOwner) {
        const done = { Sent: "sent", Acknowledged: "acknowledged by its recipient", Retracted: "taken back" };
        return `message ${String(event.index)} to ${who(event.account, words)}: ${done[event.type]}`;
      }
      const done = { Sent: "received", Acknowledged: "acknowledged", Retracted: "taken back by its sender" };
      return `message ${String(event.index)} from ${who(event.sender, words)}: ${done[event.type]}`;
    }
    case "Skipped":
      return `a message from ${who(event.sender, words)} to ${who(event.account, words)} was refused: ${reasonOf(event)}`;
    case "KeyRegistered":
      return keySentence(event, words);
    case "InboxRestricted":
      return `the inbox takes messages from ${event.restricted ? "approved senders only" : "everyone"}`;
    case "SenderApproved":
      return approvalSentence(event, isOwner, words);
  }
}

function keySentence(event: KeyEvent, words: Words): string {
  const kind = event.hybridDigest ? "quantum-safe" : "not quantum-safe";
  const spoken = fingerprint(fromHex(event.publicKey), fromHex(event.hybridDigest ?? "")).join(" ");
  const ours = words.isShort ? "yours" : "the key file's";
  const whose = isOwn(event, words) ? ours : `not ${ours}`;
  return `key version ${String(event.version)} was registered, ${kind}, ${whose}; its words: ${spoken}`;
}

function approvalSentence({ account, sender, until }: ApprovalEvent, isOwner: boolean, words: Words): string {
  const end = until > LAST_SECOND ? "for ever" : `until ${moment(until)} UTC`;
  const how = until > 0 ? `approved ${end}` : "no longer approved";
  return isOwner
    ? `sender ${who(sender, words)}: ${how}`
    : `this account, as a sender: ${how} by ${who(account, words)}`;
}

/** The person's own name for an account, with its short address; otherwise the address. */
function who(address: Address, { nameOf, isShort = false }: Words): string {
  const name = nameOf(address);
  if (isShort) return name ?? shortAddress(address);
  return name === null ? address : `${name} (${shortAddress(address)})`;
}

function isOwn({ publicKey, hybridDigest }: KeyEvent, { owner }: Words): boolean {
  const ownDigest = owner.hybrid ? toHex(owner.hybrid.digest) : null;
  return publicKey === toHex(owner.publicKey) && hybridDigest === ownDigest;
}

function reasonOf({ reason }: SkippedEvent): string {
  return REASONS.find((each) => toFunctionSelector(each) === reason)?.split("(", 1)[0] ?? reason;
}

/** ISO 8601 in UTC, as Python writes it; `forever` after the year 9999. */
function iso(second: number): string {
  return second > LAST_SECOND ? "forever" : new Date(second * 1000).toISOString().replace(".000Z", "+00:00");
}

function cell(value: Fields[keyof Fields]): string {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  const text = String(value);
  return FORMULA.test(text) ? `'${text}` : text;
}

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const grouped = (number: number): string => number.toLocaleString("en");
