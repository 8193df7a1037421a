/**
 * The payload of an age file, decrypted: https://c2sp.org/age, Payload (STREAM, 64 KiB at a time, ChaCha20-Poly1305). By
 * the browser's own cryptography where it has that cipher, which is some fifteen times as fast as the age library, and by
 * the library's cipher elsewhere. Both are held to age's published vectors.
 */

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Bytes } from "./bytes.ts";
import type { ByteReader } from "./streams.ts";

const CHUNK = (1 << 16) + 16; // bytes, with the tag
/** Chunks that are read and opened at once: few, up to so many that they are surely in the first block on IPFS. */
const FEW = 4;
const BEGINNING = 12;
const TOGETHER = 16;
const NONCE_BYTES = 16;
const CIPHER = "ChaCha20-Poly1305";

/** Opens one chunk with a nonce of 12 bytes. Throws if it is damaged. */
export type OpenChunk = (nonce: Bytes, chunk: Bytes) => Promise<Bytes>;

/** Makes one of a key of 32 bytes. */
export type Cipher = (key: Bytes) => Promise<OpenChunk>;

/** The browser's own: https://wicg.github.io/webcrypto-modern-algos/. Throws NotSupportedError, or another. */
export const nativeCipher: Cipher = async (key) => {
  // no type definitions know it yet
  const imported = await crypto.subtle.importKey("raw-secret" as "raw", key, CIPHER, false, ["decrypt"]);
  return async (iv, chunk) => new Uint8Array(await crypto.subtle.decrypt({ name: CIPHER, iv }, imported, chunk));
};

export const ownCipher: Cipher = (key) =>
  // eslint-disable-next-line @typescript-eslint/require-await -- it throws as the other does
  Promise.resolve(async (nonce, chunk) => chacha20poly1305(key, nonce).decrypt(chunk) as Bytes);

const anyCipher: Cipher = async (key) => {
  try {
    return await nativeCipher(key);
  } catch {
    return ownCipher(key);
  }
};

/**
 * What follows the header of an age file, decrypted with its file key. Yields chunk by chunk what was authenticated;
 * throws at the first that is damaged, and where the file is cut short.
 */
export async function* decryptChunks(
  payload: ByteReader,
  fileKey: Uint8Array,
  cipher: Cipher = anyCipher,
): AsyncGenerator<Bytes, void> {
  try {
    const salt = await payload.exactly(NONCE_BYTES);
    if (salt.length < NONCE_BYTES) throw new Error("no nonce");
    const open = await cipher(hkdf(sha256, fileKey, salt, new TextEncoder().encode("payload"), 32));
    let [count, yielded] = [0, 0];
    /** Begins to open chunks; those after the first that fails are not heard of. */
    const opened = (chunks: Bytes[], isEnd: boolean): Promise<Bytes>[] => {
      const opening = chunks.map((chunk, place) => open(nonceOf(count++, isEnd && place + 1 === chunks.length), chunk));
      for (const each of opening) each.catch(() => undefined);
      return opening;
    };
    let held: Bytes[] = []; // one chunk: it may be the last
    for (let [isEnd, read] = [false, 0]; !isEnd;) {
      const more = await someChunks(payload, read < BEGINNING ? FEW : TOGETHER);
      isEnd = more.length === 0;
      if (isEnd && read === 0) more.push(new Uint8Array()); // which is no chunk, and is refused
      read += more.length;
      const chunks = [...held, ...more];
      held = isEnd ? [] : chunks.splice(-1);
      for (const each of opened(chunks, isEnd)) {
        const piece = await each;
        if (piece.length === 0 && yielded > 0) throw new Error("the last chunk is empty");
        yielded++;
        yield piece;
      }
    }
  } finally {
    payload.stop();
  }
}

/** The next chunks, fewer only at the end. */
async function someChunks(payload: ByteReader, most: number): Promise<Bytes[]> {
  const chunks: Bytes[] = [];
  for (let last = CHUNK; last === CHUNK && chunks.length < most;) {
    const chunk = await payload.take(CHUNK);
    if (chunk.length > 0) chunks.push(chunk);
    last = chunk.length;
  }
  return chunks;
}

/** A number of 11 bytes, and whether it is that of the last chunk. */
function nonceOf(count: number, isLast: boolean): Bytes {
  const nonce = new Uint8Array(12);
  for (let [at, rest] = [10, count]; rest > 0; at--, rest = Math.floor(rest / 256)) nonce[at] = rest % 256;
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}
