/** Key files: docs/format.md, Key file. Loaded when first needed. */

import { armor, Decrypter, Encrypter, type Identity } from "age-encryption";
import type { Bytes } from "./bytes.ts";
import { KeyFormatError, PassphraseError } from "../errors.ts";
import { readKeystore } from "./keystore.ts";
import { parsePrivateKey } from "./publicKey.ts";
import { parseSeed } from "./seed.ts";

const LIMIT = 64 * 1024; // characters; a key file has about 500
const WORK_FACTOR = 18; // of scrypt: 256 MiB, about a second. age-encryption reads up to 20
const ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----";

/** What a key file holds: a seed, or, in older ones, a private key alone. */
export type Secret = { seed: string } | { privateKey: Bytes };

/** Reads 24 words, plain or as an age file to a passphrase; a V3 keystore; 64 hex digits. Throws KeyFormatError, PassphraseError. */
export async function readKeyFile(text: string, passphrase: string): Promise<Secret> {
  const said = text.replace(/^\uFEFF/, "").trim();
  if (said.length > LIMIT) throw new KeyFormatError("This is too large for a key file.");
  if (said.startsWith(ARMOR)) return { seed: parseSeed(await decrypted(said, passphrase)) };
  if (said.startsWith("{")) return { privateKey: readKeystore(said, passphrase) };
  if (/^(0[xX])?[0-9a-fA-F]{64}$/.test(said)) return { privateKey: parsePrivateKey(said) };
  if (/^[a-z]+(\s+[a-z]+){11,}$/i.test(said)) return { seed: parseSeed(said) };
  throw new KeyFormatError("This is not a Radiogram key file.");
}

/** The key file of a seed: an age file to a passphrase, in ASCII armour, which stock `age -d` opens. */
export async function writeKeyFile(seed: string, passphrase: string): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase.normalize("NFC"));
  encrypter.setScryptWorkFactor(WORK_FACTOR);
  return armor.encode(await encrypter.encrypt(`${seed}\n`));
}

/** Opens nothing: of a file to a recipient, no passphrase is wrong. */
const TO_A_PASSPHRASE: Identity = {
  unwrapFileKey: ([stanza]) => {
    if (stanza?.args[0] !== "scrypt") throw new KeyFormatError("This is not a Radiogram key file.");
    return null;
  },
};

async function decrypted(armored: string, passphrase: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(TO_A_PASSPHRASE);
  decrypter.addPassphrase(passphrase.normalize("NFC"));
  try {
    return await decrypter.decrypt(armor.decode(armored), "text");
  } catch (error) {
    if (error instanceof KeyFormatError) throw error;
    const words = error instanceof Error ? error.message : "";
    if (words.startsWith("no identity matched")) {
      throw new PassphraseError("The passphrase does not fit this file. Check capital letters.");
    }
    if (words.startsWith("scrypt work factor")) {
      throw new KeyFormatError("This key file is of a kind that Radiogram does not know.");
    }
    throw new KeyFormatError("This key file is damaged: use another copy of it.");
  }
}
