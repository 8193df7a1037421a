/** DICOM data elements (PS3.5 7), read within limits, because a file may be made to do harm. */

import { PreviewError } from "./errors.ts";
import { memorySource, type Source } from "./source.ts";
import { charsets, decodeText } from "./text.ts";

const UNDEFINED = 0xffffffff;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const LONG = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);
const MAX_ELEMENTS = 300_000;
const MAX_DEPTH = 100;
const MAX_SEQUENCE_BYTES = 16 << 20;
const MAX_ITEMS = 100_000;
const MAX_KEPT = 64 << 20; // bytes of all values together

/** How elements are encoded: PS3.5 7.1.2 (with VR) or 7.1.3 (without). */
export interface Encoding {
  readonly implicit: boolean;
  readonly little: boolean;
}

interface Element {
  readonly vr: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly items?: readonly Dataset[];
  /** Where it is, if it is not to be held in memory. */
  readonly place?: Place;
}

/** The bytes of a value within a file. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Limits on what reading one file may take. */
export interface Budget {
  elements: number;
  bytes: number;
}

export const budget = (): Budget => ({ elements: MAX_ELEMENTS, bytes: MAX_KEPT });

/** The elements of a data set or of a sequence's item, by their tags. */
export class Dataset {
  readonly elements = new Map<number, Element>();
  #charsets: readonly string[] | undefined;
  readonly encoding: Encoding;
  readonly #outer: readonly string[];
  readonly #budget: Budget;

  constructor(encoding: Encoding, outer: readonly string[], limit: Budget) {
    this.encoding = encoding;
    this.#outer = outer;
    this.#budget = limit;
  }

  has(tag: number): boolean {
    return this.elements.has(tag);
  }

  bytes(tag: number): Uint8Array<ArrayBuffer> | undefined {
    return this.elements.get(tag)?.bytes;
  }

  /** Where a value is that was left in its file. */
  place(tag: number): Place | undefined {
    return this.elements.get(tag)?.place;
  }

  vr(tag: number): string {
    return this.elements.get(tag)?.vr ?? "";
  }

  /** The character sets of (0008,0005), or those of the data set around. */
  get charsets(): readonly string[] {
    const named = this.bytes(0x00080005);
    this.#charsets ??= named ? charsets(latin(named)) : this.#outer;
    return this.#charsets;
  }

  /** The values of a text, trailing blanks cut off; none where it is absent or empty. */
  texts(tag: number, coded = false): string[] {
    const bytes = this.bytes(tag);
    if (!bytes?.length) return [];
    return (coded ? decodeText(bytes, this.charsets) : latin(bytes)).split("\\").map((each) => trimEnd(each));
  }

  text(tag: number, coded = false): string {
    return this.texts(tag, coded)[0] ?? "";
  }

  /** Numbers, binary or as text; what is no number is NaN. `vr`: what it is where the file does not say. */
  numbers(tag: number, vr: "US" | "UL" | "text" = "text"): number[] {
    const element = this.elements.get(tag);
    if (!element) return [];
    const read = BINARY[element.vr || vr];
    if (!read) return this.texts(tag).map((each) => (each.trim() ? Number(each) : NaN));
    const view = new DataView(element.bytes.buffer, element.bytes.byteOffset, element.bytes.length);
    const count = Math.floor(view.byteLength / read.size);
    return Array.from({ length: count }, (_, at) => read.get(view, at * read.size, this.encoding.little));
  }

  number(tag: number, vr: "US" | "UL" | "text" = "text"): number | undefined {
    return this.numbers(tag, vr)[0];
  }

  /** The items of a sequence, none where it is absent. Throws PreviewError where they are too many to unpack. */
  items(tag: number): readonly Dataset[] {
    const element = this.elements.get(tag);
    if (!element) return [];
    if (element.items) return element.items;
    if (element.bytes.length > MAX_SEQUENCE_BYTES) throw tooMany();
    const reader = new Reader(memorySource(element.bytes), 0, this.#budget);
    const items = reader.sequence(this.encoding, this.charsets, element.bytes.length, 1);
    this.elements.set(tag, { ...element, items });
    return items;
  }
}

const BINARY: Record<string, { size: number; get: (view: DataView, at: number, little: boolean) => number }> = {
  US: { size: 2, get: (view, at, little) => view.getUint16(at, little) },
  SS: { size: 2, get: (view, at, little) => view.getInt16(at, little) },
  UL: { size: 4, get: (view, at, little) => view.getUint32(at, little) },
  SL: { size: 4, get: (view, at, little) => view.getInt32(at, little) },
  FL: { size: 4, get: (view, at, little) => view.getFloat32(at, little) },
  FD: { size: 8, get: (view, at, little) => view.getFloat64(at, little) },
};

/** Reads elements one after the other; `at` is the position of the next byte. */
export class Reader {
  readonly source: Source;
  at: number;
  readonly #budget: Budget;

  constructor(source: Source, at: number, limit: Budget) {
    this.source = source;
    this.at = at;
    this.#budget = limit;
  }

  /** Elements up to `end`, an item's end, or the first for which `stop` holds: `at` is then that element's. */
  dataset(assumed: Encoding, outer: readonly string[], options: Options = {}): Dataset {
    const { stop, depth = 0, end = Infinity } = options;
    if (depth > MAX_DEPTH) throw new PreviewError("this file can't be read safely: its sequences are nested too deep");
    const encoding = { implicit: this.#isImplicit(assumed, depth > 0), little: assumed.little };
    const dataset = new Dataset(encoding, outer, this.#budget);
    while (this.at < end) {
      const start = this.at;
      const head = this.#head(encoding);
      if (!head || head.tag === ITEM_END) break;
      if (stop?.(head.tag)) {
        this.at = start;
        break;
      }
      const element = head.length === UNDEFINED ? this.#undefined(head, dataset, depth) : this.#defined(head, options);
      if (element) dataset.elements.set(head.tag, element);
    }
    return dataset;
  }

  /** Items up to the sequence's end, which is `length` bytes on, or marked where that is undefined. */
  sequence(encoding: Encoding, outer: readonly string[], length: number, depth: number): Dataset[] {
    const items: Dataset[] = [];
    const end = length === UNDEFINED ? Infinity : this.at + length;
    while (this.at < end) {
      const head = this.source.read(this.at, this.at + 8);
      if (head.length < 8) throw new PreviewError("this file is damaged: a sequence has no end");
      const view = new DataView(head.buffer, head.byteOffset, 8);
      const tag = tagAt(view, encoding.little);
      const size = view.getUint32(4, encoding.little);
      this.at += 8;
      if (tag === SEQUENCE_END) break;
      if (items.length >= MAX_ITEMS) throw tooMany();
      const itemEnd = size === UNDEFINED ? Infinity : this.at + size;
      items.push(this.dataset(encoding, outer, { end: itemEnd, depth }));
    }
    return items;
  }

  /** Some writers leave the VR out, or write one where there should be none: two capital letters are taken for one. */
  #isImplicit(assumed: Encoding, isItem: boolean): boolean {
    if (isItem && assumed.implicit) return true;
    const head = this.source.read(this.at, this.at + 6);
    if (head.length < 6) return assumed.implicit;
    return !isCapital(head[4]) || !isCapital(head[5]);
  }

  #head({ implicit, little }: Encoding): Head | undefined {
    if (--this.#budget.elements < 0) throw tooMany();
    const bytes = this.source.read(this.at, this.at + 12);
    if (bytes.length < 8) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const tag = tagAt(view, little);
    const vr = latin(bytes.subarray(4, 6));
    this.at += 8;
    if (implicit || vr < "AA" || vr > "ZZ") return { tag, vr: "", length: view.getUint32(4, little) };
    if (!LONG.has(vr)) return { tag, vr, length: view.getUint16(6, little) };
    if (bytes.length < 12) return undefined;
    this.at += 4;
    return { tag, vr, length: view.getUint32(8, little) };
  }

  #defined(head: Head, { keep, leave }: Options): Element | undefined {
    const start = this.at;
    this.at += head.length;
    if (leave === head.tag) return { vr: head.vr, bytes: new Uint8Array(0), place: { start, end: this.at } };
    if (keep && !keep.has(head.tag)) return undefined;
    const bytes = this.source.read(start, start + head.length);
    this.#budget.bytes -= bytes.length;
    if (this.#budget.bytes < 0) throw tooMany();
    return { vr: head.vr, bytes: bytes.slice() };
  }

  #undefined(head: Head, dataset: Dataset, depth: number): Element {
    const { encoding } = dataset;
    const next = this.source.read(this.at, this.at + 4);
    const holdsItems = next.length === 4 && [ITEM, SEQUENCE_END].includes(tagAt(asView(next), encoding.little));
    if (head.vr === "SQ" || head.vr === "UN" || (head.vr === "" && holdsItems)) {
      const items = this.sequence(encoding, dataset.charsets, UNDEFINED, depth + 1);
      return { vr: "SQ", bytes: new Uint8Array(0), items };
    }
    this.#skipFragments(encoding.little);
    return { vr: head.vr, bytes: new Uint8Array(0) };
  }

  #skipFragments(little: boolean): void {
    for (;;) {
      const head = this.source.read(this.at, this.at + 8);
      if (head.length < 8) throw new PreviewError("this file is damaged: an element has no end");
      const view = asView(head);
      this.at += 8;
      if (tagAt(view, little) === SEQUENCE_END) return;
      if (--this.#budget.elements < 0) throw tooMany();
      this.at += view.getUint32(4, little);
    }
  }
}

interface Head {
  readonly tag: number;
  readonly vr: string;
  readonly length: number;
}

interface Options {
  /** The element at which to stop. */
  readonly stop?: (tag: number) => boolean;
  readonly depth?: number;
  readonly end?: number;
  /** The elements to keep; all, if there is no such set. */
  readonly keep?: ReadonlySet<number>;
  /** The element of which the place alone is kept. */
  readonly leave?: number;
}

/** Bytes as Latin-1, of which ASCII is a part. */
export function latin(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}

export const trimEnd = (text: string): string => text.replace(/[\0 ]+$/, "");

const tooMany = (): PreviewError => new PreviewError("this file can't be read safely: it has too many data elements");
const isCapital = (byte: number | undefined): boolean => byte !== undefined && byte > 0x40 && byte < 0x5b;
const asView = (bytes: Uint8Array<ArrayBuffer>): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const tagAt = (view: DataView, little: boolean): number =>
  view.getUint16(0, little) * 0x10000 + view.getUint16(2, little);
