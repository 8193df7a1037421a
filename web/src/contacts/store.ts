/** Where the register of contacts is kept: IndexedDB, on the disk before a write is done; or the page’s own memory. */

import { answered, opened, written } from "../database.ts";
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
  return new BrowserStore(await opened(NAME, (database) => database.createObjectStore(STORE)));
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

  async write(register: SealedRegister | undefined): Promise<void> {
    await written(this.#database, STORE, (store) => {
      const done: IDBRequest = register ? store.put(register, KEY) : store.delete(KEY);
      return done;
    });
  }

  alone<T>(work: () => Promise<T>): Promise<T> {
    return navigator.locks.request(NAME, work) as Promise<T>;
  }
}
