/** Finds the messages that checked clinics sent into mailboxes: docs/format.md, Mailboxes. No DOM. */

import type { Address } from "viem";
import type { Inbox, Message } from "../../chain/inbox.ts";
import { chainOf, placeName, placeOfName, readSenderLog, type SenderLog } from "../../chain/senderLog.ts";
import { InboxError, NoMessageError } from "../../errors.ts";
import { fromHex, type Hex } from "../../formats/bytes.ts";
import type { ClinicCard } from "../../formats/clinicCard.ts";
import { DAY_SECONDS, OVERLAP_DAYS, type Sighting } from "../../formats/mailbox.ts";
import { parseAddress } from "../../formats/publicKey.ts";
import type { KeptLog, KeptMessage, Logged } from "../../formats/senderLogs.ts";
import type { Keyring } from "../../keys/keyring.ts";
import type { KeptMail } from "./keptMail.ts";

/** So many messages of the sender are had together: a node does not learn which of them the reader wants. */
const GROUP = 16;
const BLOCKS_WORTH_KEEPING = 1000;

/** What there is of one sender. */
export interface Mail {
  /** In the order of the chain. */
  readonly messages: readonly Message[];
  /** The node has forgotten the blocks before this one; null: it has them all. */
  readonly forgottenBefore: number | null;
}

/** What was read of one sender before. */
interface Read {
  readonly log: SenderLog;
  /** Places of those that are this key’s; undefined: they are to be matched. */
  readonly own?: ReadonlySet<string>;
}

/** What is asked of the contract, and of the key. */
export type MailInbox = Pick<Inbox, "site" | "message">;
export type MailKey = Pick<Keyring, "inMailboxes">;
/** What earlier visits have read. */
export type MailMemory = Pick<KeptMail, "read" | "write">;

/** For one key; goes on from what it has read before. */
export class MailFinder {
  readonly #inbox: MailInbox;
  readonly #keyring: MailKey;
  readonly #memory: MailMemory;
  /** Hash of the chain’s first block; undefined until it was asked for, or where the node does not tell. */
  #chain: Hex | undefined;
  #isRemembered = false;
  /** By sender. */
  readonly #read = new Map<Address, Read>();
  /** By place: those that no reorganisation changes any more. */
  readonly #had = new Map<string, Message>();
  /** As it is kept, by sender. */
  readonly #kept = new Map<Address, KeptLog>();

  constructor(inbox: MailInbox, keyring: MailKey, memory: MailMemory) {
    this.#inbox = inbox;
    this.#keyring = keyring;
    this.#memory = memory;
  }

  /** Throws InboxError, ChainUnreachable, AbortError. */
  async find({ address, mailboxKey }: ClinicCard, signal: AbortSignal): Promise<Mail> {
    if (!this.#isRemembered) await this.#remember(signal);
    const before = this.#read.get(address);
    const { whole, settled } = await readSenderLog(this.#inbox.site, address, before?.log, signal);
    const own = await this.#own(whole.sent, mailboxKey, before);
    signal.throwIfAborted();
    const found = await this.#messages(address, whole.sent, own, signal);
    const last = new Set(settled.sent.map(placeName));
    for (const [name, message] of found) if (last.has(name)) this.#had.set(name, message);
    this.#read.set(address, { log: settled, own: new Set([...own].filter((name) => last.has(name))) });
    const messages = [...found].map(([name, message]) =>
      whole.retracted.has(name) ? { ...message, retracted: true } : message,
    );
    return { messages, forgottenBefore: whole.forgottenBefore };
  }

  /** For the next visit, where that saves more than it costs. */
  async keep(): Promise<void> {
    const chain = this.#chain;
    if (chain === undefined) return;
    const logs = [...this.#read].map(([sender, read]) => this.#toKeep(chain, sender, read));
    const worth = logs.filter((log) => isWorthKeeping(log, this.#kept.get(log.sender)));
    if (worth.length === 0) return;
    for (const log of worth) this.#kept.set(log.sender, log);
    await this.#memory.write(worth);
  }

  /** What earlier visits have read of this chain and contract. */
  async #remember(signal: AbortSignal): Promise<void> {
    const { site } = this.#inbox;
    const chain = await chainOf(site, signal).catch((error: unknown) => {
      if (error instanceof InboxError) return undefined;
      throw error;
    });
    const logs = chain === undefined ? [] : await this.#memory.read();
    signal.throwIfAborted();
    this.#chain = chain;
    for (const log of logs) {
      if (log.chain !== chain || log.inbox !== site.inbox) continue;
      const { sender, sent, nextBlock, forgottenBefore } = log;
      const retracted = new Set(log.retracted.map(placeName));
      this.#read.set(sender, { log: { sent, retracted, nextBlock, forgottenBefore } });
      for (const kept of log.messages) this.#had.set(placeName(kept), messageOf(kept, sender));
      this.#kept.set(sender, log);
    }
    this.#isRemembered = true;
  }

  #toKeep(chain: Hex, sender: Address, { log, own = new Set() }: Read): KeptLog {
    const messages = [...own].flatMap((name) => {
      const message = this.#had.get(name);
      return message ? [toKeep(message)] : [];
    });
    const { sent, nextBlock, forgottenBefore } = log;
    const retracted = [...log.retracted].map(placeOfName);
    return { chain, inbox: this.#inbox.site.inbox, sender, sent, retracted, messages, nextBlock, forgottenBefore };
  }

  /** Places of those that are this key’s: those after the last ones that were matched are, from some days before on. */
  async #own(sent: readonly Logged[], mailboxKey: Uint8Array, before: Read | undefined): Promise<Set<string>> {
    const own = new Set(before?.own);
    const fresh = sent[before?.own ? before.log.sent.length : 0];
    if (fresh === undefined) return own;
    const from = (Math.floor(fresh.time / DAY_SECONDS) - OVERLAP_DAYS) * DAY_SECONDS; // whole days
    const piece = sent.filter(({ time }) => time >= from);
    const events: Sighting[] = piece.map(({ recipient, time }) => ({ recipient: fromHex(recipient), time }));
    for (const number of await this.#keyring.inMailboxes(events, mailboxKey, this.#inbox.site)) {
      const place = piece[number];
      if (place) own.add(placeName(place));
    }
    return own;
  }

  /** By place; with all others of their groups, which are forgotten. */
  async #messages(
    sender: Address,
    sent: readonly Logged[],
    own: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<Map<string, Message>> {
    const found = new Map<string, Message>();
    for (let start = 0; start < sent.length; start += GROUP) {
      const group = sent.slice(start, start + GROUP);
      const wanted = group.map(placeName).filter((name) => own.has(name));
      const isMissing = wanted.some((name) => !this.#had.has(name));
      const got = isMissing ? await Promise.all(group.map((place) => this.#message(place))) : [];
      signal.throwIfAborted();
      const fresh = new Map(got.flatMap((each) => (each ? [[placeName(each), each] as const] : [])));
      for (const name of wanted) {
        const message = this.#had.get(name) ?? fresh.get(name);
        if (message?.sender === sender) found.set(name, message);
      }
    }
    return found;
  }

  /** Undefined if it was taken out of the chain meanwhile. */
  async #message({ recipient, index }: Logged): Promise<Message | undefined> {
    try {
      return await this.#inbox.message(parseAddress(recipient), index);
    } catch (error) {
      if (error instanceof NoMessageError) return undefined;
      throw error;
    }
  }
}

/** Whether it saves the next visit more than its being written costs. */
function isWorthKeeping(log: KeptLog, old: KeptLog | undefined): boolean {
  if (old === undefined) return log.sent.length > 0 || log.nextBlock >= BLOCKS_WORTH_KEEPING;
  const counts = ({ sent, retracted, messages }: KeptLog): string =>
    [sent.length, retracted.length, messages.length].join(" ");
  return counts(log) !== counts(old) || log.nextBlock - old.nextBlock >= BLOCKS_WORTH_KEEPING;
}

function toKeep({ recipient, index, sentAt, keyVersion, cursor, envelope }: Message): KeptMessage {
  const seconds = sentAt.getTime() / 1000;
  return { recipient, index, sentAt: seconds, keyVersion, cursor, envelope: Uint8Array.from(envelope) };
}

function messageOf({ recipient, index, sentAt, keyVersion, cursor, envelope }: KeptMessage, sender: Address): Message {
  return {
    recipient: parseAddress(recipient),
    index,
    sender,
    sentAt: new Date(sentAt * 1000),
    keyVersion,
    retracted: false,
    acknowledged: false,
    cursor,
    envelope,
  };
}
