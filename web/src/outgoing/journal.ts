/**
 * The journal of sendings: what is about to be sent is on the disk before the wallet is asked, so that it can be gone on
 * with after anything. As radiogram/outgoing/journal.py.
 *
 * The envelope is sealed, and the rest is public or will be: no content key, image or patient is in it, and the tag
 * tells what was sent only to who has the study and can use the key of this browser profile.
 */

import type { Address } from "viem";
import { type Bytes, concat, fromHex, type Hex, toHex } from "../formats/bytes.ts";
import { digestBytes } from "../formats/digest.ts";
import type { Site } from "../site.ts";
import { pause } from "../waiting.ts";
import { browserStore, memoryStore, newTagKey, type Store } from "./store.ts";

const DOMAIN = new TextEncoder().encode("radiogram page journal 1");
const PATIENCE = 5000; // milliseconds for a browser to open it

/** What is to be sent from whom to whom: the same each time that somebody means to. */
export interface Purpose {
  readonly chainId: number;
  readonly inbox: Address;
  readonly sender: Address;
  readonly recipient: Address;
  /** What is sealed to: the public key, and the digest of the hybrid key if there is one. */
  readonly recipientKey: Uint8Array;
  /** Tells this study from all others: 32 bytes. */
  readonly contents: Hex;
}

/** What is about to be sent, or was: all that it takes to ask a wallet again. */
export interface Sealed {
  /** What a patient hands on; otherwise a study is sent. */
  readonly kind?: "share";
  readonly tag: string;
  /** Unix time, milliseconds. */
  readonly at: number;
  readonly chainId: number;
  readonly inbox: Address;
  readonly sender: Address;
  /** Whose inbox; or a mailbox. */
  readonly recipient: Address;
  /** `recipient` is a mailbox: whose, nothing here tells. Older versions kept none. */
  readonly mailbox?: true;
  /** How many messages the inbox had before. */
  readonly since: number;
  readonly keyVersion: number;
  readonly envelope: Bytes;
  /** What it leads to: the ciphertext, and the key packet in suite 2; CIDv1 in base32. */
  readonly cids: readonly string[];
  /** Of the ciphertext. */
  readonly bytes: number;
  /** Whether the list of files is signed. */
  readonly signed: boolean;
}

/** One sending, as the journal has it. */
export interface Entry extends Sealed {
  readonly id: number;
  /** How many times a wallet was asked that has answered nothing yet, perhaps because the page was closed. */
  readonly asks: number;
  /** Of the transactions that wallets named, oldest first, but for those that came to nothing. */
  readonly hashes: readonly Hex[];
  /** When the last of them was named; Unix time, milliseconds. */
  readonly sentAt: number;
  /** The index of the message, once it is in the inbox. */
  readonly arrived: number | null;
}

/** Done when other windows may work on it. */
export type Release = () => Promise<void>;

export type Changes = Partial<Pick<Entry, "asks" | "hashes" | "sentAt" | "arrived">>;

/** Whether a message may still come of it, though nobody asks a wallet again. */
export function mayCome({ asks, hashes }: Entry): boolean {
  return asks > 0 || hashes.length > 0;
}

export class Journal {
  /** Whether it outlives this page. */
  isKept: boolean;
  /** Called when it does not any more. */
  lost: () => void = () => undefined;
  #store: Store;
  /** What this page works on. */
  readonly #held = new Set<string>();

  private constructor(store: Store, isKept: boolean) {
    this.#store = store;
    this.isKept = isKept;
  }

  /** Of this browser profile; where the browser keeps nothing, one that lasts as long as the page. */
  static async open(): Promise<Journal> {
    const store = "locks" in navigator ? await openedInTime() : undefined;
    return store ? new Journal(store, true) : new Journal(memoryStore(await newTagKey()), false);
  }

  /** 64 hex digits: HMAC-SHA256 of `purpose`, under a key that no page can read. */
  async tag({ chainId, inbox, sender, recipient, recipientKey, contents }: Purpose): Promise<string> {
    const chain = fromHex(chainId.toString(16).padStart(64, "0"));
    const addresses = [inbox, sender, recipient].map((each) => fromHex(each));
    const digests = [await digestBytes(Uint8Array.from(recipientKey)), fromHex(contents)];
    const text = concat(DOMAIN, chain, ...addresses, ...digests);
    return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", this.#store.key, text))).slice(2);
  }

  /** The sending with this tag that is not finished; failing that, the last one that is. */
  async last(tag: string): Promise<Entry | undefined> {
    const entries = await this.#store.tagged(tag);
    return entries.findLast(({ arrived }) => arrived === null) ?? entries.at(-1);
  }

  /** To which inboxes, and mailboxes, the account has sent from this browser, or begun to. */
  async recipients({ chainId, inbox }: Pick<Site, "chainId" | "inbox">, sender: Address): Promise<Address[]> {
    const isFrom = (each: Entry): boolean => each.chainId === chainId && each.inbox === inbox && each.sender === sender;
    return (await this.#store.all()).filter(isFrom).map(({ recipient }) => recipient);
  }

  /** On the disk when it is done. */
  async add(sealed: Sealed): Promise<Entry> {
    const entry = { ...sealed, asks: 0, hashes: [], sentAt: 0, arrived: null };
    return { ...entry, id: await this.#keep((store) => store.add(entry)) };
  }

  /** On the disk when it is done; the entry as it is then, which other windows may have changed too. */
  change(entry: Entry, changes: (now: Entry) => Changes): Promise<Entry> {
    return this.#keep((store) => store.change(entry, (now) => ({ ...now, ...changes(now) })));
  }

  /** As it is kept now: other windows may have changed it. */
  async now(entry: Entry): Promise<Entry> {
    return (await this.#store.all()).find(({ id }) => id === entry.id) ?? entry;
  }

  async forget(entry: Entry): Promise<void> {
    await this.#store.remove([entry.id]);
  }

  /** What has arrived is not known any more: its images, sent again, are sent twice. */
  async forgetFinished(): Promise<void> {
    const finished = (await this.#store.all()).filter(({ arrived }) => arrived !== null);
    await this.#store.remove(finished.map(({ id }) => id));
  }

  /** The studies for this site’s inboxes that have not arrived, and no window works on; oldest first. */
  async unfinished({ chainId, inbox }: Pick<Site, "chainId" | "inbox">): Promise<Entry[]> {
    const held = await heldElsewhere();
    const isFree = ({ tag }: Entry): boolean => !held.has(tag) && !this.#held.has(tag);
    const isHere = (each: Entry): boolean =>
      each.chainId === chainId && each.inbox === inbox && each.kind === undefined;
    return (await this.#store.all()).filter((each) => each.arrived === null && isHere(each) && isFree(each));
  }

  /**
   * Waits until no other window works on what has this tag, and lets none until what it returns is called. Throws
   * AbortError.
   */
  async hold(tag: string, signal?: AbortSignal): Promise<Release> {
    return this.#holding(tag, await taken(tag, signal ? { signal } : {}));
  }

  /** The same without waiting: undefined if another window works on it. */
  async tryToHold(tag: string): Promise<Release | undefined> {
    if (!("locks" in navigator)) return this.#holding(tag, undefined);
    const release = await taken(tag, { ifAvailable: true });
    return release && this.#holding(tag, release);
  }

  #holding(tag: string, release: Release | undefined): Release {
    this.#held.add(tag);
    return async () => {
      this.#held.delete(tag);
      await release?.();
    };
  }

  /** Writes to where it is kept; to memory, once that takes nothing any more. */
  async #keep<T>(write: (store: Store) => Promise<T>): Promise<T> {
    try {
      return await write(this.#store);
    } catch {
      this.#store = memoryStore(this.#store.key);
      this.isKept = false;
      this.lost();
      return write(this.#store);
    }
  }
}

function openedInTime(): Promise<Store | undefined> {
  const kept = browserStore().catch(() => undefined);
  return Promise.race([kept, pause(PATIENCE, undefined).then(() => undefined)]);
}

const LOCK = "radiogram sending ";

/** The lock; undefined if another window has it and `ifAvailable`. */
function taken(tag: string, options: LockOptions): Promise<Release | undefined> {
  return new Promise((resolve, reject) => {
    const keep = (lock: Lock | null): Promise<void> | undefined => {
      if (!lock) {
        resolve(undefined);
        return undefined;
      }
      return new Promise((release) => {
        resolve(async () => {
          release();
          await released;
        });
      });
    };
    const released = navigator.locks.request(LOCK + tag, options, keep);
    released.catch(reject);
  });
}

/** In any window, this one too. */
async function heldElsewhere(): Promise<ReadonlySet<string>> {
  if (!("locks" in navigator)) return new Set();
  const { held = [] } = await navigator.locks.query();
  return new Set(held.flatMap(({ name }) => (name?.startsWith(LOCK) ? [name.slice(LOCK.length)] : [])));
}
