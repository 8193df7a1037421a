/** Huffman codes of JPEG, and the bits of a scan that they are read from (ITU-T T.81, annexes C and F). */

import { damaged } from "./header.ts";

const LONGEST = 16;

/** A table of codes, by a look-up of the next 16 bits. */
export class HuffmanTable {
  /** The code's length × 256 + its value; 0 where there is no such code. */
  readonly codes = new Uint16Array(1 << LONGEST);

  /** `counts`: how many codes there are of 1 to 16 bits; `values`: what they stand for. Throws PreviewError. */
  constructor(counts: Uint8Array, values: Uint8Array) {
    let code = 0;
    let at = 0;
    for (let length = 1; length <= LONGEST; length++) {
      const span = 1 << (LONGEST - length);
      for (let left = counts[length - 1] ?? 0; left > 0; left--) {
        const value = values[at++];
        if (value === undefined || code >= this.codes.length) throw damaged();
        this.codes.fill(length * 256 + value, code, code + span);
        code += span;
      }
    }
  }
}

/** The tables of a DHT segment, by their number (T.81 B.2.4.2). Throws PreviewError. */
export function readTables(body: Uint8Array): Map<number, HuffmanTable> {
  const tables = new Map<number, HuffmanTable>();
  for (let at = 0; at + 17 <= body.length;) {
    const counts = body.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, each) => sum + each, 0);
    tables.set(body[at] ?? 0, new HuffmanTable(counts, body.subarray(at + 17, at + 17 + total)));
    at += 17 + total;
  }
  return tables;
}

/** The bits of a scan. A 0 after each FF is not part of them (T.81 B.1.1.5). */
export class ScanBits {
  readonly #bytes: Uint8Array;
  #at: number;
  #held = 0;
  #count = 0;
  /** How many of the held bits are made up, because there are no more before the next marker. */
  #missing = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** The next difference of JPEG Lossless (T.81 H.1.2.2). Throws PreviewError, also where bits are missing. */
  difference(table: HuffmanTable): number {
    const size = this.symbol(table);
    return size === 16 ? 32768 : this.extended(size); // of 16 no bits follow
  }

  /** What the next code stands for. Throws PreviewError, also where bits are missing. */
  symbol(table: HuffmanTable): number {
    while (this.#count < LONGEST) this.#fill();
    const found = table.codes[(this.#held >>> (this.#count - LONGEST)) & 0xffff] ?? 0;
    this.#count -= found >> 8;
    if (!found || this.#count < this.#missing) throw damaged();
    return found & 255;
  }

  /** The next `length` bits as a number, which may be below 0 (T.81 F.2.2.1). Throws PreviewError. */
  extended(length: number): number {
    if (length >= LONGEST) throw damaged();
    while (this.#count < length) this.#fill();
    this.#count -= length;
    if (this.#count < this.#missing) throw damaged();
    const bits = (this.#held >>> this.#count) & ((1 << length) - 1);
    return bits < 1 << (length - 1) ? bits - (1 << length) + 1 : bits;
  }

  #fill(): void {
    let byte = this.#bytes[this.#at] ?? 0;
    if (this.#isAtMarker()) {
      this.#missing += 8;
      byte = 0;
    } else {
      this.#at += byte === 0xff ? 2 : 1;
    }
    this.#held = (this.#held << 8) | byte;
    this.#count += 8;
  }

  #isAtMarker(): boolean {
    const byte = this.#bytes[this.#at];
    return byte === undefined || (byte === 0xff && this.#bytes[this.#at + 1] !== 0);
  }

  /** On to what follows restart marker `number`, which must be the next marker. Throws PreviewError. */
  restart(number: number): void {
    this.#at = this.end();
    while (this.#bytes[this.#at + 1] === 0xff) this.#at++;
    if (this.#bytes[this.#at + 1] !== 0xd0 + (number & 7)) throw damaged();
    this.#at += 2;
    this.#held = this.#count = this.#missing = 0;
  }

  /** Where the next marker is, or the end. */
  end(): number {
    while (!this.#isAtMarker()) this.#at++;
    return this.#at;
  }
}
