import { PreviewError } from "../errors.ts";

/** The bits of a packet's header: after each FF one 0 bit is not part of them (T.800 B.10.1). */
export class HeaderBits {
  readonly #data: Uint8Array;
  #at: number;
  #byte = 0;
  #left = 0;

  constructor(data: Uint8Array, at: number) {
    this.#data = data;
    this.#at = at;
  }

  take(count: number): number {
    let value = 0;
    for (let each = 0; each < count; each++) {
      if (this.#left === 0) {
        this.#left = this.#byte === 0xff ? 7 : 8;
        // Past the end all is zero: an empty packet.
        this.#byte = this.#data[this.#at++] ?? 0;
      }
      value = value * 2 + ((this.#byte >> --this.#left) & 1);
    }
    return value;
  }

  /** The byte after the header. */
  end(): number {
    return this.#byte === 0xff ? this.#at + 1 : this.#at;
  }
}

interface Level {
  readonly across: number;
  /** What each node is at least. */
  readonly least: Int32Array;
  readonly isKnown: Uint8Array;
}

/** A tag tree (T.800 B.10.2): a number for each leaf, each node holding the least of those below. */
export class TagTree {
  readonly #levels: Level[] = [];

  constructor(across: number, down: number) {
    let [wide, high] = [across, down];
    while (wide * high > 0) {
      this.#levels.push({ across: wide, least: new Int32Array(wide * high), isKnown: new Uint8Array(wide * high) });
      if (wide * high === 1) break;
      [wide, high] = [(wide + 1) >> 1, (high + 1) >> 1];
    }
  }

  /** Whether the leaf's number is at most `most`. */
  isAtMost(bits: HeaderBits, x: number, y: number, most: number): boolean {
    let least = 0;
    for (let level = this.#levels.length - 1; level >= 0; level--) {
      const each = this.#levels[level];
      if (!each) return false;
      const at = (y >> level) * each.across + (x >> level);
      least = Math.max(least, each.least[at] ?? 0);
      while (least <= most && !each.isKnown[at]) {
        if (bits.take(1)) each.isKnown[at] = 1;
        else least++;
      }
      each.least[at] = least;
      if (!each.isKnown[at]) return false;
    }
    return least <= most;
  }

  value(bits: HeaderBits, x: number, y: number): number {
    for (let most = 0; most < 75; most++) if (this.isAtMost(bits, x, y, most)) return most;
    throw new PreviewError("this image is damaged: it can't be decompressed");
  }
}
