/** What age-encryption calls a passkey by: docs/format.md, Passkey file. */

import { bech32 } from "@scure/base";
import { concat } from "./bytes.ts";

const IDENTITY = "AGE-PLUGIN-FIDO2PRF-";
const VERSION = 1;

// CBOR (RFC 8949), major types
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;

/** From its credential id, host name and transports. */
export function passkeyIdentity(credentialId: Uint8Array, host: string, transports: readonly string[]): string {
  const data = concat(
    Uint8Array.of(VERSION),
    item(BYTES, credentialId),
    text(host),
    head(ARRAY, transports.length),
    ...transports.map(text),
  );
  return bech32.encode(IDENTITY.toLowerCase(), bech32.toWords(data), false).toUpperCase();
}

function text(value: string): Uint8Array {
  return item(TEXT, new TextEncoder().encode(value));
}

function item(type: number, value: Uint8Array): Uint8Array {
  return concat(head(type, value.length), value);
}

/** WebAuthn has credential ids of up to 1,023 bytes. */
function head(type: number, length: number): Uint8Array {
  const major = type << 5;
  if (length < 24) return Uint8Array.of(major | length);
  if (length < 256) return Uint8Array.of(major | 24, length);
  return Uint8Array.of(major | 25, length >> 8, length & 0xff);
}
