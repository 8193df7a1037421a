/** Where the journal of sendings is kept: IndexedDB, on the disk before a write is done; or the page’s own memory. */

import { answered, opened, written } from "../database.ts";
import type { Entry } from "./journal.ts";

const NAME = "radiogram";
const ENTRIES = "sendings";
const KEYS = "keys";
const TAG_KEY = "tag";

export interface Store {
  /** For HMAC-SHA256; can’t be read. */
  readonly key: CryptoKey;
  /** The new entry’s id. */
  add(entry: Omit<Entry, "id">): Promise<number>;
  /** What `changes` made of the entry as it was kept; of `entry` itself where that was removed meanwhile. */
  change(entry: Entry, changes: (now: Entry) => Entry): Promise<Entry>;
  remove(ids: readonly number[]): Promise<void>;
  /** Oldest first. */
  tagged(tag: string): Promise<Entry[]>;
  /** Oldest first. */
  all(): Promise<Entry[]>;
}

/** Rejects where this browser, or this window of it, keeps nothing. */
export async function browserStore(): Promise<Store> {
  const database = await opened(NAME, createStores);
  return new BrowserStore(database, await keptKey(database));
}

export function memoryStore(key: CryptoKey): Store {
  return new MemoryStore(key);
}

export function newTagKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

class BrowserStore implements Store {
  readonly key: CryptoKey;
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase, key: CryptoKey) {
    this.#database = database;
    this.key = key;
  }

  add(entry: Omit<Entry, "id">): Promise<number> {
    return this.#write((entries) => entries.add(entry) as IDBRequest<number>);
  }

  change(entry: Entry, changes: (now: Entry) => Entry): Promise<Entry> {
    let changed = entry;
    return this.#write((entries) => {
      const reading = entries.get(entry.id) as IDBRequest<Entry | undefined>;
      reading.onsuccess = () => {
        changed = changes(reading.result ?? entry);
        entries.put(changed);
      };
      return reading;
    }).then(() => changed);
  }

  async remove(ids: readonly number[]): Promise<void> {
    await this.#write((entries) => {
      for (const id of ids) entries.delete(id);
      return entries.count();
    });
  }

  tagged(tag: string): Promise<Entry[]> {
    const reading = this.#database.transaction(ENTRIES).objectStore(ENTRIES).index("tag").getAll(tag);
    return answered(reading as IDBRequest<Entry[]>);
  }

  all(): Promise<Entry[]> {
    const reading = this.#database.transaction(ENTRIES).objectStore(ENTRIES).getAll();
    return answered(reading as IDBRequest<Entry[]>);
  }

  #write<T>(change: (entries: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return written(this.#database, ENTRIES, change);
  }
}

class MemoryStore implements Store {
  readonly key: CryptoKey;
  readonly #entries = new Map<number, Entry>();
  #last = 0;

  constructor(key: CryptoKey) {
    this.key = key;
  }

  add(entry: Omit<Entry, "id">): Promise<number> {
    this.#last += 1;
    this.#entries.set(this.#last, { ...entry, id: this.#last });
    return Promise.resolve(this.#last);
  }

  change(entry: Entry, changes: (now: Entry) => Entry): Promise<Entry> {
    const changed = changes(this.#entries.get(entry.id) ?? entry);
    this.#entries.set(entry.id, changed);
    return Promise.resolve(changed);
  }

  remove(ids: readonly number[]): Promise<void> {
    for (const id of ids) this.#entries.delete(id);
    return Promise.resolve();
  }

  async tagged(tag: string): Promise<Entry[]> {
    return (await this.all()).filter((each) => each.tag === tag);
  }

  all(): Promise<Entry[]> {
    return Promise.resolve([...this.#entries.values()]);
  }
}

function createStores(database: IDBDatabase): void {
  database.createObjectStore(ENTRIES, { keyPath: "id", autoIncrement: true }).createIndex("tag", "tag");
  database.createObjectStore(KEYS);
}

/** The key of this browser profile, made the first time. */
async function keptKey(database: IDBDatabase): Promise<CryptoKey> {
  const fresh = await newTagKey(); // before the transaction, which would not wait for it
  let key = fresh;
  await written(database, KEYS, (keys) => {
    const reading = keys.get(TAG_KEY) as IDBRequest<CryptoKey | undefined>;
    reading.onsuccess = () => {
      if (reading.result) key = reading.result;
      else keys.put(fresh, TAG_KEY);
    };
    return reading;
  });
  return key;
}
