/** SHA-256, of what is at hand natively, of streams piece by piece. */

import { sha256 } from "@noble/hashes/sha2.js";
import { type Bytes, toHex } from "./bytes.ts";

/** 32 bytes. `bytes` may be changed at once: they were copied. */
export async function digestBytes(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** 64 hex digits, lower case. */
export async function digestOf(bytes: Bytes): Promise<string> {
  return hexDigits(await digestBytes(bytes));
}

/** Takes piece after piece of one stream. */
export interface StreamDigest {
  /** To be waited for before the next piece. The piece may be changed then. */
  add(piece: Uint8Array): void | Promise<void>;

  /** 64 hex digits, lower case; once. */
  hex(): string | Promise<string>;
}

/** In this thread: of a few MB, or where no other can be had. */
export class Digest implements StreamDigest {
  readonly #hash = sha256.create();

  add(piece: Uint8Array): void {
    this.#hash.update(piece);
  }

  hex(): string {
    return hexDigits(this.#hash.digest());
  }
}

function hexDigits(bytes: Uint8Array): string {
  return toHex(bytes).slice(2);
}
