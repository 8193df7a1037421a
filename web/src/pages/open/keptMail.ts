/** What was read of the mailboxes of whoever has unlocked, in this browser: sealed to the key. It can be had anew. */

import type { Address } from "viem";
import type { KeptLog } from "../../formats/senderLogs.ts";
import type { Keyring } from "../../keys/keyring.ts";
import type { SealedStore } from "./sealedStore.ts";

export class KeptMail {
  readonly #store: SealedStore;
  readonly #keyring: Keyring;
  readonly #owner: Address;

  /** `owner` is of the key. */
  constructor(store: SealedStore, keyring: Keyring, owner: Address) {
    this.#store = store;
    this.#keyring = keyring;
    this.#owner = owner;
  }

  /** Nothing where that can’t be opened. */
  async read(): Promise<KeptLog[]> {
    const file = await this.#store.read(this.#owner);
    if (file === undefined) return [];
    return this.#keyring.openSenderLogs(file).catch(() => []);
  }

  /** In the place of those of the same chain, contract and sender. */
  async write(logs: readonly KeptLog[]): Promise<void> {
    await this.#store.alone(async () => {
      const fresh = new Set(logs.map(nameOf));
      const others = (await this.read()).filter((log) => !fresh.has(nameOf(log)));
      await this.#store.write(this.#owner, await this.#keyring.sealSenderLogs([...others, ...logs]));
    });
  }
}

function nameOf({ chain, inbox, sender }: KeptLog): string {
  return [chain, inbox, sender].join(" ");
}
