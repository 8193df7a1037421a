/** The words of a seed, locked to a passkey: docs/format.md, Passkey file. */

import { armor, Decrypter, Encrypter, type Stanza } from "age-encryption";
import { KeyFormatError } from "../errors.ts";
import { parseSeed } from "./seed.ts";

const LIMIT = 16 * 1024; // characters; such a file has about 600

/** As `WebAuthnRecipient` and `WebAuthnIdentity` of age-encryption do; the device asks its owner. */
export type WrapFileKey = (fileKey: Uint8Array) => Promise<Stanza[]>;
export type UnwrapFileKey = (stanzas: Stanza[]) => Promise<Uint8Array | null>;

/** An age file, in ASCII armour. */
export async function writePasskeyFile(seed: string, wrapFileKey: WrapFileKey): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.addRecipient({ wrapFileKey });
  return armor.encode(await encrypter.encrypt(`${seed}\n`));
}

/** The 24 words. Throws KeyFormatError. */
export async function readPasskeyFile(file: string, unwrapFileKey: UnwrapFileKey): Promise<string> {
  if (file.length > LIMIT) throw new KeyFormatError("This is too large for a passkey file.");
  const decrypter = new Decrypter();
  decrypter.addIdentity({ unwrapFileKey });
  let text: string;
  try {
    text = await decrypter.decrypt(armor.decode(file), "text");
  } catch {
    throw new KeyFormatError("What this passkey opens is damaged, or was made for another one.");
  }
  return parseSeed(text);
}
