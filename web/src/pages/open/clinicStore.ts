/** Where this browser keeps lists of clinics, each sealed to its owner’s key: IndexedDB; or the page’s own memory. */

import type { Address } from "viem";
import { keccak256, stringToHex } from "viem";
import { answered, opened, written } from "../../database.ts";
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
    const kept = await this.#kept((database) => {
      const reading = database.transaction(LISTS).objectStore(LISTS).get(key);
      return answered(reading as IDBRequest<Bytes | undefined>);
    });
    return this.#memory.get(key) ?? kept;
  }

  async write(owner: Address, file: Bytes): Promise<void> {
    const key = digest(owner);
    await this.#kept((database) => written(database, LISTS, (lists) => lists.put(file, key)));
    if (this.isKept) this.#memory.delete(key);
    else this.#memory.set(key, file);
  }

  /** One change after the other, in all windows: each begins with what the last one has made. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    return "locks" in navigator ? navigator.locks.request(NAME, work) : work();
  }

  async #kept<T>(work: (database: IDBDatabase) => Promise<T>): Promise<T | undefined> {
    try {
      const database = await opened(NAME, (made) => made.createObjectStore(LISTS));
      try {
        return await work(database);
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
