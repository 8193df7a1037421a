/** Where this browser keeps what is sealed to its owner’s key: IndexedDB; or the page’s own memory. */

import type { Address } from "viem";
import { keccak256, stringToHex } from "viem";
import { answered, opened, written } from "../../database.ts";
import type { Bytes } from "../../formats/bytes.ts";

const FILES = "lists";

/** One kind of file, one for each owner’s address. Owners go by a digest. */
export class SealedStore {
  /** False once the browser, or this window of it, has kept nothing. */
  isKept = true;
  readonly #name: string;
  readonly #memory = new Map<string, Bytes>();

  /** `name` is of the database. */
  constructor(name: string) {
    this.#name = name;
  }

  async read(owner: Address): Promise<Bytes | undefined> {
    const key = this.#key(owner);
    const kept = await this.#kept((database) => {
      const reading = database.transaction(FILES).objectStore(FILES).get(key);
      return answered(reading as IDBRequest<Bytes | undefined>);
    });
    return this.#memory.get(key) ?? kept;
  }

  async write(owner: Address, file: Bytes): Promise<void> {
    const key = this.#key(owner);
    await this.#kept((database) => written(database, FILES, (files) => files.put(file, key)));
    if (this.isKept) this.#memory.delete(key);
    else this.#memory.set(key, file);
  }

  /** One change after the other, in all windows: each begins with what the last one has made. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    return "locks" in navigator ? navigator.locks.request(this.#name, work) : work();
  }

  async #kept<T>(work: (database: IDBDatabase) => Promise<T>): Promise<T | undefined> {
    try {
      const database = await opened(this.#name, (made) => made.createObjectStore(FILES));
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

  #key(owner: Address): string {
    return keccak256(stringToHex(`${this.#name} ${owner}`)).slice(0, 18);
  }
}
