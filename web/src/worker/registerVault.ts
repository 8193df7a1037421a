/** The page's side of the lock of a register: all of it is done in a Worker, which holds the key. */

import type { Bytes } from "../formats/bytes.ts";
import type { Contact } from "../formats/register.ts";
import type { Api } from "./worker.ts";
import { WorkerClient } from "./workerClient.ts";
import workerUrl from "./worker.ts?worker&url";

/** Locks and unlocks: src/worker/registerLock.ts. */
export class RegisterVault {
  #client: WorkerClient<Api> | undefined;

  makeLock(passphrase: string): Promise<string> {
    return this.#worker().call((api) => api.makeLock(passphrase));
  }

  openLock(lock: string, passphrase: string): Promise<void> {
    return this.#worker().call((api) => api.openLock(lock, passphrase));
  }

  sealContacts(contacts: readonly Contact[]): Promise<Bytes> {
    return this.#worker().call((api) => api.sealContacts(contacts));
  }

  openContacts(sealed: Bytes): Promise<Contact[]> {
    return this.#worker().call((api) => api.openContacts(sealed));
  }

  exportContacts(contacts: readonly Contact[], passphrase: string): Promise<string> {
    return this.#worker().call((api) => api.exportContacts(contacts, passphrase));
  }

  importContacts(text: string, passphrase: string): Promise<Contact[]> {
    return this.#worker().call((api) => api.importContacts(text, passphrase));
  }

  /** The key goes, with whoever held it. */
  end(): void {
    this.#client?.end(new DOMException("The page was left.", "AbortError"));
    this.#client = undefined;
  }

  #worker(): WorkerClient<Api> {
    return (this.#client ??= new WorkerClient<Api>(workerUrl));
  }
}
