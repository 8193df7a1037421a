/** Finds the messages that checked clinics sent into mailboxes: docs/format.md, Mailboxes. No DOM. */

import type { Address } from "viem";
import type { Inbox, Message } from "../../chain/inbox.ts";
import { type Logged, placeName, readSenderLog, type SenderLog } from "../../chain/senderLog.ts";
import { NoMessageError } from "../../errors.ts";
import { fromHex } from "../../formats/bytes.ts";
import type { ClinicCard } from "../../formats/clinicCard.ts";
import { OVERLAP_DAYS, type Sighting } from "../../formats/mailbox.ts";
import type { Keyring } from "../../keys/keyring.ts";

/** So many messages of the sender are had together: a node does not learn which of them the reader wants. */
const GROUP = 16;
const OVERLAP = OVERLAP_DAYS * 86_400; // seconds

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
  /** Places of those that are this key’s. */
  readonly own: ReadonlySet<string>;
}

/** What is asked of the contract, and of the key. */
export type MailInbox = Pick<Inbox, "site" | "message">;
export type MailKey = Pick<Keyring, "inMailboxes">;

/** For one key; goes on from what it has read before. */
export class MailFinder {
  readonly #inbox: MailInbox;
  readonly #keyring: MailKey;
  readonly #read = new Map<Address, Read>();
  /** By place: those that no reorganisation changes any more. */
  readonly #had = new Map<string, Message>();

  constructor(inbox: MailInbox, keyring: MailKey) {
    this.#inbox = inbox;
    this.#keyring = keyring;
  }

  /** Throws InboxError, ChainUnreachable, AbortError. */
  async find({ address, mailboxKey }: ClinicCard, signal: AbortSignal): Promise<Mail> {
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

  /** Places of those that are this key’s: those after the last ones that were matched are, from two days before on. */
  async #own(sent: readonly Logged[], mailboxKey: Uint8Array, before: Read | undefined): Promise<Set<string>> {
    const own = new Set(before?.own);
    const fresh = sent[before?.log.sent.length ?? 0];
    if (fresh === undefined) return own;
    const piece = sent.filter(({ time }) => time >= fresh.time - OVERLAP);
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
      return await this.#inbox.message(recipient, index);
    } catch (error) {
      if (error instanceof NoMessageError) return undefined;
      throw error;
    }
  }
}
