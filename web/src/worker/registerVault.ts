/** The page's side of the lock of a register: all of it is done in a Worker, which holds the key. */

import type { Address } from "viem";
import type { Bytes, Hex } from "../formats/bytes.ts";
import type { ClinicCard } from "../formats/clinicCard.ts";
import type { Place } from "../formats/mailbox.ts";
import type { Contact } from "../formats/register.ts";
import type { Api } from "./worker.ts";
import { WorkerClient } from "./workerClient.ts";
import workerUrl from "./worker.ts?worker&url";

/** Locks and unlocks, and derives mailboxes: src/worker/registerLock.ts, src/worker/mailboxKeys.ts. */
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

  openOwnCards(sealed: Bytes | undefined): Promise<ClinicCard[]> {
    return this.#worker().call((api) => api.openOwnCards(sealed));
  }

  deriveMailboxKey(signature: Hex, account: Address): Promise<Bytes> {
    return this.#worker().call((api) => api.deriveMailboxKey(signature, account));
  }

  sealOwnCards(card: ClinicCard): Promise<Bytes> {
    return this.#worker().call((api) => api.sealOwnCards(card));
  }

  chooseMailbox(
    account: Address,
    publicKey: Uint8Array,
    { chainId, inbox }: Place,
    day: number,
    used: readonly Address[],
  ): Promise<Address> {
    return this.#worker().call((api) => api.chooseMailbox(account, publicKey, { chainId, inbox }, day, used));
  }

  /** The key goes, with whoever held it. */
  end(): void {
    this.#client?.end(new DOMException("The page was left.", "AbortError"));
    this.#client = undefined;
  }

  #worker(): WorkerClient<Api> {
    if (this.#client?.hasEnded !== false) this.#client = new WorkerClient<Api>(workerUrl);
    return this.#client;
  }
}
