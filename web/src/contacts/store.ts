/** Where the register of contacts is kept: IndexedDB, on the disk before a write is done; or the page’s own memory. */

import type { SealedRegister } from "../worker/registerLock.ts";

const NAME = "radiogram-contacts";
const STORE = "register";
const KEY = "register";

export interface RegisterStore {
  /** Undefined: there is none. */
  read(): Promise<SealedRegister | undefined>;
  /** Undefined: there is none any more. */
  write(register: SealedRegister | undefined): Promise<void>;
  /** Runs `work` while no other window changes the register. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** Rejects where this browser, or this window of it, keeps nothing. */
export async function browserRegisterStore(): Promise<RegisterStore> {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(STORE);
  };
  return new BrowserStore(await answered(opening));
}

/** It is gone with the page. */
export function memoryRegisterStore(): RegisterStore {
  let kept: SealedRegister | undefined;
  return {
    read: () => Promise.resolve(kept),
    write: (register) => {
      kept = register;
      return Promise.resolve();
    },
    alone: (work) => work(),
  };
}

class BrowserStore implements RegisterStore {
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
  }

  read(): Promise<SealedRegister | undefined> {
    const reading = this.#database.transaction(STORE).objectStore(STORE).get(KEY);
    return answered(reading as IDBRequest<SealedRegister | undefined>);
  }

  write(register: SealedRegister | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(STORE, "readwrite", { durability: "strict" });
      const store = transaction.objectStore(STORE);
      if (register) store.put(register, KEY);
      else store.delete(KEY);
      transaction.oncomplete = () => {
        resolve();
      };
      transaction.onabort = () => {
        reject(asError(transaction.error));
      };
    });
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    return navigator.locks.request(NAME, work) as Promise<T>;
  }
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(asError(request.error));
    };
  });
}

function asError(error: DOMException | null): Error {
  return error ?? new DOMException("The browser keeps nothing.", "UnknownError");
}
