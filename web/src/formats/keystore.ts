/** V3 keystores (Web3 Secret Storage), which older key files are. The only place that touches ox. */

import * as Keystore from "ox/Keystore";
import { type Bytes, fromHex, toHex } from "./bytes.ts";
import { KeyFormatError, PassphraseError } from "../errors.ts";
import { parseJson } from "./json.ts";
import { parsePrivateKey } from "./publicKey.ts";

const MOST_ROUNDS = 10_000_000; // of PBKDF2; usual are 262,144
const MOST_MEMORY = 1 << 29; // bytes that scrypt takes; usual are 32 or 256 MiB
const MOST_LANES = 64; // of scrypt; usual are 1 or 8
const TOO_LITTLE_MEMORY = "There is too little memory to open this key file: close other windows, and try again.";

/** The private key (32 bytes) in a V3 keystore, a JSON object. Throws KeyFormatError, PassphraseError. */
export function readKeystore(text: string, passphrase: string): Bytes {
  return decrypt(parse(text), passphrase);
}

function parse(text: string): Keystore.Keystore {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw new KeyFormatError("This key file is damaged: use another copy of it.");
  }
  const { version, crypto } = lowered(value);
  if (version !== 3) throw new KeyFormatError("This is not a Radiogram key file.");
  const keystore = { version, id: "", crypto: lowered(crypto) } as unknown as Keystore.Keystore;
  checkCost(keystore.crypto.kdf, lowered(keystore.crypto.kdfparams));
  return keystore;
}

/** Some wallets write members with capitals. */
function lowered(value: unknown): Record<string, unknown> {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(members.map(([name, member]) => [name.toLowerCase(), member as unknown]));
}

/** A key file that somebody else made must not keep this computer busy for ever. */
function checkCost(kdf: unknown, parameters: Record<string, unknown>): void {
  const { c, n, r, p, dklen } = parameters;
  const fits =
    kdf === "pbkdf2"
      ? Number(c) <= MOST_ROUNDS && parameters["prf"] === "hmac-sha256"
      : kdf === "scrypt" && 128 * Number(n) * Number(r) <= MOST_MEMORY && Number(p) <= MOST_LANES;
  if (!fits || dklen !== 32) throw new KeyFormatError("This key file is of a kind that Radiogram does not know.");
}

function decrypt(keystore: Keystore.Keystore, passphrase: string): Bytes {
  let key: Keystore.Key;
  try {
    key = Keystore.toKey(keystore, { password: passphrase });
  } catch (error) {
    if (error instanceof RangeError) throw new KeyFormatError(TOO_LITTLE_MEMORY);
    throw new KeyFormatError("This key file is damaged: use another copy of it.");
  }
  return parsePrivateKey(toHex(opened(keystore, key)));
}

function opened(keystore: Keystore.Keystore, key: Keystore.Key): Uint8Array {
  try {
    return fromHex(Keystore.decrypt(keystore, key));
  } catch (error) {
    if (error instanceof Error && error.message === "corrupt keystore") {
      throw new PassphraseError("The passphrase does not fit this file. Check capital letters.");
    }
    throw new KeyFormatError("This key file is damaged: use another copy of it.");
  }
}
