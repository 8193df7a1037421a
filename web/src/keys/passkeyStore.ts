/** Passkeys that were made in this browser, and the words that each has locked: IndexedDB. No secret is in it. */

import type { Address } from "viem";
import { answered, opened, written } from "../database.ts";

const NAME = "radiogram-passkeys";
const PASSKEYS = "passkeys";

export interface Passkey {
  /** Of the credential, in hex. */
  readonly id: string;
  /** Whose words it locks. */
  readonly address: Address;
  /** What its owner calls it. */
  readonly name: string;
  readonly made: Date;
  /** As age-encryption names it. */
  readonly identity: string;
  /** docs/format.md, Passkey file. */
  readonly file: string;
}

/** Oldest first. None where the browser keeps nothing. */
export async function keptPasskeys(): Promise<Passkey[]> {
  try {
    const reading = (await passkeys()).transaction(PASSKEYS).objectStore(PASSKEYS).getAll();
    const all = await answered(reading as IDBRequest<Passkey[]>);
    return all.sort((a, b) => a.made.getTime() - b.made.getTime());
  } catch {
    return [];
  }
}

/** Rejects where the browser keeps nothing. */
export async function keepPasskey(passkey: Passkey): Promise<void> {
  await written(await passkeys(), PASSKEYS, (store) => store.put(passkey));
}

export async function forgetPasskey({ id }: Passkey): Promise<void> {
  await written(await passkeys(), PASSKEYS, (store) => store.delete(id));
}

let database: Promise<IDBDatabase> | undefined;

function passkeys(): Promise<IDBDatabase> {
  database ??= opened(NAME, (made) => made.createObjectStore(PASSKEYS, { keyPath: "id" })).catch((error: unknown) => {
    database = undefined;
    throw error;
  });
  return database;
}
