/** A page that decrypts by both ciphers, for tests/web/test_age_ciphers.py. */

import { type Cipher, nativeCipher, ownCipher } from "../../src/formats/ageChunks.ts";
import type { Bytes } from "../../src/formats/bytes.ts";
import { decrypt } from "../../src/formats/ciphertext.ts";
import { Digest } from "../../src/formats/digest.ts";
import { ByteReader } from "../../src/formats/streams.ts";

/** The SHA-256 of the plaintext, or why there is none, by each cipher. */
async function opened(base64: string, contentKey: number[]): Promise<Record<string, string>> {
  const file = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const key = Uint8Array.from(contentKey);
  return { native: await openedBy(nativeCipher, file, key), own: await openedBy(ownCipher, file, key) };
}

async function openedBy(cipher: Cipher, file: Bytes, key: Bytes): Promise<string> {
  try {
    const reader = new ByteReader(await decrypt(new Blob([file]).stream(), key, cipher));
    const digest = new Digest();
    for (let piece; (piece = await reader.some(Infinity));) digest.add(piece);
    return digest.hex();
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

Object.assign(globalThis, { opened });
