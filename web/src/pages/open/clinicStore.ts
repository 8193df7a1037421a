/** Where this browser keeps lists of clinics, each sealed to its owner’s key: IndexedDB; or the page’s own memory. */

import type { Address } from "viem";
import { keccak256, stringToHex } from "viem";
import type { Bytes } from "../../formats/bytes.ts";

const NAME = "radiogram-clinics";
const LISTS = "lists";

/** By an owner’s address. Owners go by a digest. */
export class ClinicStore {
  /** False once the browser, or this window of it, has kept nothing. */
  isKept = true;
  readonly #memory = new Map<string, Bytes>();

  async read(owner: Address): Promise<Bytes | undefined> {
    const key = digest(owner);
    const kept = await this.#kept<Bytes | undefined>("readonly", (lists) => lists.get(key) as IDBRequest<Bytes>);
    return this.#memory.get(key) ?? kept;
  }

  async write(owner: Address, file: Bytes): Promise<void> {
    const key = digest(owner);
    await this.#kept("readwrite", (lists) => lists.put(file, key));
    if (this.isKept) this.#memory.delete(key);
    else this.#memory.set(key, file);
  }

  /** One change after the other, in all windows: each begins with what the last one has made. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    return "locks" in navigator ? navigator.locks.request(NAME, work) : work();
  }

  async #kept<T>(mode: IDBTransactionMode, ask: (lists: IDBObjectStore) => IDBRequest): Promise<T | undefined> {
    try {
      const database = await opened();
      try {
        return await done<T>(database.transaction(LISTS, mode, { durability: "strict" }), ask);
      } finally {
        database.close();
      }
    } catch {
      this.isKept = false;
      return undefined;
    }
  }
}

function digest(owner: Address): string {
  return keccak256(stringToHex(`${NAME} ${owner}`)).slice(0, 18);
}

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(LISTS);
    opening.onsuccess = () => {
      resolve(opening.result);
    };
    opening.onerror = () => {
      reject(asError(opening.error));
    };
  });
}

/** Once the disk has it. */
function done<T>(transaction: IDBTransaction, ask: (lists: IDBObjectStore) => IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = ask(transaction.objectStore(LISTS));
    transaction.oncomplete = () => {
      resolve(request.result as T);
    };
    transaction.onabort = () => {
      reject(asError(transaction.error));
    };
  });
}

function asError(error: DOMException | null): Error {
  return error ?? new DOMException("The browser keeps nothing.", "UnknownError");
}
