/** Key files: docs/format.md, Key file. Loaded when first needed. */

import type { Bytes } from "./bytes.ts";
import { KeyFormatError } from "../errors.ts";
import { readKeystore } from "./keystore.ts";
import { LockedTextError, lockText, unlockText } from "./lockedText.ts";
import { parsePrivateKey } from "./publicKey.ts";
import { parseSeed } from "./seed.ts";

const LIMIT = 64 * 1024; // characters; a key file has about 500
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
export function writeKeyFile(seed: string, passphrase: string): Promise<string> {
  return lockText(`${seed}\n`, passphrase);
}

async function decrypted(armored: string, passphrase: string): Promise<string> {
  try {
    return await unlockText(armored, passphrase);
  } catch (error) {
    if (!(error instanceof LockedTextError)) throw error;
    throw new KeyFormatError(REFUSALS[error.why]);
  }
}

const REFUSALS = {
  "other kind": "This is not a Radiogram key file.",
  "too much work": "This key file is of a kind that Radiogram does not know.",
  damaged: "This key file is damaged: use another copy of it.",
};
