/** A register of contacts in a file to a passphrase, as the commands export it. Loaded when first needed. */

import { PassphraseError, RegisterError } from "../errors.ts";
import { LockedTextError, lockText, unlockText } from "./lockedText.ts";
import { type Contact, encodeRegister, parseRegister } from "./register.ts";

const LIMIT = 64 << 20; // characters: more than a register ever has
const ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----";

export function writeRegisterFile(contacts: readonly Contact[], passphrase: string): Promise<string> {
  return lockText(encodeRegister(contacts), passphrase);
}

/** Throws PassphraseError, RegisterError. */
export async function readRegisterFile(text: string, passphrase: string): Promise<Contact[]> {
  const said = text.replace(/^\uFEFF/, "").trim();
  if (!said.startsWith(ARMOR) || said.length > LIMIT) throw noCopy();
  return parseRegister(await unlocked(said, passphrase));
}

async function unlocked(text: string, passphrase: string): Promise<string> {
  try {
    return await unlockText(text, passphrase);
  } catch (error) {
    if (error instanceof LockedTextError) throw noCopy();
    if (error instanceof PassphraseError)
      throw new PassphraseError("This passphrase does not fit. Check capital letters.");
    throw error;
  }
}

function noCopy(): RegisterError {
  return new RegisterError("This is not a copy of a register, or a damaged one: use another copy of it.");
}
