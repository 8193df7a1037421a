/**
 * SHA-256 of large files in a Worker of its own, so that it takes no time of the one that decrypts or encrypts. It has no
 * key, and may compile WebAssembly, which is faster than JavaScript; where a policy forbids that, JavaScript does it.
 */

import { createSHA256 } from "hash-wasm";
import type { Bytes } from "../formats/bytes.ts";
import { Digest } from "../formats/digest.ts";

/** The next piece of a file; or null, where it was all. */
export type Asked = Bytes | null;
/** The piece, which was taken: memory for another. Or the file's SHA-256, 64 hex digits, lower case. */
export type Told = Bytes | string;

interface Hasher {
  add(piece: Bytes): void;
  /** The digest; it begins anew. */
  end(): string;
}

async function compiled(): Promise<Hasher> {
  const hash = await createSHA256();
  return {
    add: (piece) => hash.update(piece),
    end: () => {
      const hex = hash.digest();
      hash.init();
      return hex;
    },
  };
}

function plain(): Hasher {
  let digest = new Digest();
  return {
    add: (piece) => {
      digest.add(piece);
    },
    end: () => {
      const hex = digest.hex();
      digest = new Digest();
      return hex;
    },
  };
}

let hasher = compiled().catch(plain);

addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  hasher = hasher.then((hash) => {
    if (data) hash.add(data);
    postMessage((data ?? hash.end()) satisfies Told, { transfer: data ? [data.buffer] : [] });
    return hash;
  });
});
