/** A text in an age file to a passphrase, in ASCII armour, as stock `age -p -a` writes it. Loaded when first needed. */

import { armor, Decrypter, Encrypter, type Identity } from "age-encryption";
import { PassphraseError } from "../errors.ts";

const WORK_FACTOR = 18; // of scrypt: 256 MiB, about a second. age-encryption reads up to 20

/** Why it can't be opened, whatever the passphrase. Whoever opens it says so in words of its own. */
export class LockedTextError extends Error {
  readonly why: "other kind" | "too much work" | "damaged";

  constructor(why: LockedTextError["why"]) {
    super(why);
    this.why = why;
  }
}

export async function lockText(text: string, passphrase: string): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase.normalize("NFC"));
  encrypter.setScryptWorkFactor(WORK_FACTOR);
  return armor.encode(await encrypter.encrypt(text));
}

/** Throws PassphraseError, LockedTextError. */
export async function unlockText(armored: string, passphrase: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(TO_A_PASSPHRASE);
  decrypter.addPassphrase(passphrase.normalize("NFC"));
  try {
    return await decrypter.decrypt(armor.decode(armored), "text");
  } catch (error) {
    if (error instanceof LockedTextError) throw error;
    const words = error instanceof Error ? error.message : "";
    if (words.startsWith("no identity matched")) {
      throw new PassphraseError("The passphrase does not fit this file. Check capital letters.");
    }
    throw new LockedTextError(words.startsWith("scrypt work factor") ? "too much work" : "damaged");
  }
}

/** Opens nothing: of a file to a recipient, no passphrase is wrong. */
const TO_A_PASSPHRASE: Identity = {
  unwrapFileKey: ([stanza]) => {
    if (stanza?.args[0] !== "scrypt") throw new LockedTextError("other kind");
    return null;
  },
};
