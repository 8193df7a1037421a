/**
 * In the worker: the lock of a register of contacts that a browser keeps. The register is an age file to a key of its
 * own, and that key is in an age file to the passphrase: so the passphrase is asked for once, and a change is quick.
 */

import { RegisterError } from "../errors.ts";
import type { Bytes } from "../formats/bytes.ts";
import { type Contact, encodeRegister, parseRegister } from "../formats/register.ts";

/** What a browser keeps. */
export interface SealedRegister {
  /** The key to it, to the passphrase, in ASCII armour. */
  readonly lock: string;
  /** The register, to that key. */
  readonly sealed: Bytes;
  /** Cards of the clinic’s own accounts with their mailbox keys, to that key; absent where none was made. */
  readonly cards?: Bytes;
}

/** Of the register that was unlocked: `AGE-SECRET-KEY-1…`. */
let identity: string | undefined;

export const registerApi = {
  /** A new lock, which is then open. */
  async makeLock(passphrase: string): Promise<string> {
    const { generateIdentity } = await import("age-encryption");
    const { lockText } = await import("../formats/lockedText.ts");
    const fresh = await generateIdentity();
    const lock = await lockText(fresh, passphrase);
    identity = fresh;
    return lock;
  },

  /** Throws PassphraseError, RegisterError. */
  async openLock(lock: string, passphrase: string): Promise<void> {
    const { LockedTextError, unlockText } = await import("../formats/lockedText.ts");
    try {
      identity = await unlockText(lock, passphrase);
    } catch (error) {
      if (error instanceof LockedTextError) throw damaged();
      throw error;
    }
  },

  sealContacts(contacts: readonly Contact[]): Promise<Bytes> {
    return sealText(encodeRegister(contacts));
  },

  /** Throws RegisterError, for what another key is to, too. */
  async openContacts(sealed: Bytes): Promise<Contact[]> {
    return parseRegister(await openText(sealed));
  },

  async exportContacts(contacts: readonly Contact[], passphrase: string): Promise<string> {
    const { writeRegisterFile } = await import("../formats/registerFile.ts");
    return writeRegisterFile(contacts, passphrase);
  },

  /** Throws PassphraseError, RegisterError. */
  async importContacts(text: string, passphrase: string): Promise<Contact[]> {
    const { readRegisterFile } = await import("../formats/registerFile.ts");
    return readRegisterFile(text, passphrase);
  },
};

/** An age file to the key of the register that is open. */
export async function sealText(text: string): Promise<Bytes> {
  const { Encrypter, identityToRecipient } = await import("age-encryption");
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(unlocked()));
  return Uint8Array.from(await encrypter.encrypt(text));
}

/** What is in it. Throws RegisterError. */
export async function openText(sealed: Bytes): Promise<string> {
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  decrypter.addIdentity(unlocked());
  try {
    return await decrypter.decrypt(sealed, "text");
  } catch {
    throw damaged();
  }
}

function unlocked(): string {
  if (identity === undefined) throw new RegisterError("The register is locked: unlock it with its passphrase.");
  return identity;
}

function damaged(): RegisterError {
  return new RegisterError("The register in this browser is damaged: remove it, and add a copy that you saved.");
}
