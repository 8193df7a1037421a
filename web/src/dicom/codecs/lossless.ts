/** JPEG Lossless, process 14 (ITU-T T.81, annex H). */

import { PreviewError } from "../errors.ts";
import type { Decoded, Shape } from "../values.ts";

interface Component {
  readonly id: number;
  /** Samples across and down of an MCU. */
  readonly isWhole: boolean;
}

interface Scan {
  readonly components: readonly number[];
  readonly tables: readonly Huffman[];
  readonly predictor: number;
  readonly shift: number;
}

/** Samples pixel by pixel. Throws PreviewError. */
export function decodeLossless(bytes: Uint8Array<ArrayBuffer>, shape: Shape): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tables = new Map<number, Huffman>();
  let frame: { bits: number; rows: number; columns: number; components: Component[] } | undefined;
  let values = new Uint16Array(0);
  let interval = 0;
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) throw damaged();
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xd9) break;
    const segment = bytes.subarray(at + 4, at + 2 + view.getUint16(at + 2));
    at += 4 + segment.length;
    if (marker === 0xc4) readTables(segment, tables);
    else if (marker === 0xdd) interval = (segment[0] ?? 0) * 256 + (segment[1] ?? 0);
    else if (marker === 0xc3) {
      frame = readFrame(segment);
      const { rows, columns, components } = frame;
      if (rows !== shape.rows || columns !== shape.columns || components.length !== shape.samples) throw damaged();
      values = new Uint16Array(rows * columns * components.length);
    } else if (marker === 0xda && frame) {
      const scan = readScan(segment, frame.components, tables);
      const stream = new Bits(bytes, at);
      decodeScan(stream, scan, { ...frame, samples: frame.components.length }, interval, values);
      at = stream.end();
    } else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xcc) throw damaged();
  }
  if (!frame) throw damaged();
  return { rows: frame.rows, columns: frame.columns, samples: frame.components.length, bits: frame.bits, values };
}

function readFrame(segment: Uint8Array): { bits: number; rows: number; columns: number; components: Component[] } {
  const [bits = 0, high = 0, low = 0, left = 0, right = 0, count = 0] = segment;
  if (bits < 2 || bits > 16 || count < 1 || count > 3) throw damaged();
  const components = Array.from({ length: count }, (_, at) => ({
    id: segment[6 + at * 3] ?? 0,
    isWhole: segment[7 + at * 3] === 0x11,
  }));
  if (count > 1 && !components.every((each) => each.isWhole)) throw damaged();
  return { bits, rows: high * 256 + low, columns: left * 256 + right, components };
}

function readScan(segment: Uint8Array, known: readonly Component[], tables: Map<number, Huffman>): Scan {
  const count = segment[0] ?? 0;
  const components: number[] = [];
  const used: Huffman[] = [];
  for (let at = 0; at < count; at++) {
    const place = known.findIndex((each) => each.id === segment[1 + at * 2]);
    const table = tables.get((segment[2 + at * 2] ?? 0) >> 4);
    if (place < 0 || !table) throw damaged();
    components.push(place);
    used.push(table);
  }
  const predictor = segment[1 + count * 2] ?? 0;
  if (!count || predictor < 1 || predictor > 7) throw damaged();
  return { components, tables: used, predictor, shift: (segment[3 + count * 2] ?? 0) & 15 };
}

interface Frame {
  readonly bits: number;
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
}

function decodeScan(stream: Bits, scan: Scan, frame: Frame, interval: number, out: Uint16Array): void {
  const { rows, columns, samples } = frame;
  const { predictor, shift } = scan;
  const line = columns * samples;
  let left = interval || Infinity;
  let first = 0; // the row at which prediction starts anew
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (left-- === 0) {
        stream.restart();
        left = interval - 1;
        first = row;
      }
      for (let each = 0; each < scan.components.length; each++) {
        const at = row * line + column * samples + (scan.components[each] ?? 0);
        const table = scan.tables[each];
        if (!table) throw damaged();
        const difference = stream.difference(table);
        const a = (out[at - samples] ?? 0) >> shift;
        const b = (out[at - line] ?? 0) >> shift;
        let predicted: number;
        if (row === first) predicted = column ? a : 1 << (frame.bits - shift - 1);
        else if (column === 0) predicted = b;
        else predicted = predict(predictor, a, b, (out[at - line - samples] ?? 0) >> shift);
        out[at] = ((predicted + difference) & 0xffff) << shift;
      }
    }
  }
}

/** From the samples to the left, above, and above left (table H.1). */
function predict(predictor: number, a: number, b: number, c: number): number {
  switch (predictor) {
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return c;
    case 4:
      return a + b - c;
    case 5:
      return a + ((b - c) >> 1);
    case 6:
      return b + ((a - c) >> 1);
    default:
      return (a + b) >> 1;
  }
}

function readTables(segment: Uint8Array, tables: Map<number, Huffman>): void {
  for (let at = 0; at + 17 <= segment.length;) {
    const counts = segment.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, each) => sum + each, 0);
    tables.set((segment[at] ?? 0) & 15, new Huffman(counts, segment.subarray(at + 17, at + 17 + total)));
    at += 17 + total;
  }
}

/** A table of codes (T.81 C.2), by a look-up of their first 16 bits. */
class Huffman {
  /** Length × 256 + value; 0 where there is no such code. */
  readonly codes = new Uint16Array(1 << 16);

  constructor(counts: Uint8Array, values: Uint8Array) {
    let code = 0;
    let at = 0;
    for (let length = 1; length <= 16; length++) {
      for (let each = counts[length - 1] ?? 0; each > 0; each--) {
        const span = 1 << (16 - length);
        this.codes.fill(length * 256 + (values[at++] ?? 0), code, code + span);
        code += span;
      }
    }
  }
}

/** The bits of a scan: a 0 after each FF is not part of them (T.81 B.1.1.5). */
class Bits {
  readonly #bytes: Uint8Array;
  #at: number;
  #held = 0;
  #count = 0;
  #missing = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  difference(table: Huffman): number {
    while (this.#count < 16) this.#fill();
    const found = table.codes[(this.#held >>> (this.#count - 16)) & 0xffff] ?? 0;
    if (!found) throw damaged();
    this.#count -= found >> 8;
    const size = found & 255;
    if (size === 0) return 0;
    if (size >= 16) return 32768;
    const bits = this.#take(size);
    return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
  }

  #take(size: number): number {
    while (this.#count < size) this.#fill();
    this.#count -= size;
    return (this.#held >>> this.#count) & ((1 << size) - 1);
  }

  #fill(): void {
    let byte = this.#bytes[this.#at] ?? 0;
    const isMarker = byte === 0xff && this.#bytes[this.#at + 1] !== 0;
    if (isMarker || this.#at >= this.#bytes.length) {
      // The look-ahead reads a little beyond the end; more than that is missing.
      if (++this.#missing > 8) throw damaged();
      byte = 0;
    } else this.#at += byte === 0xff ? 2 : 1;
    this.#held = (this.#held << 8) | byte;
    this.#count += 8;
  }

  /** On to what follows the next restart marker. */
  restart(): void {
    this.#at = this.end() + 2;
    this.#held = this.#count = this.#missing = 0;
  }

  /** Where the next marker is. */
  end(): number {
    let at = this.#at;
    while (at + 1 < this.#bytes.length && !(this.#bytes[at] === 0xff && (this.#bytes[at + 1] ?? 0) > 0)) at++;
    return at;
  }
}

const damaged = (): PreviewError => new PreviewError("this image is damaged: it can't be decompressed");
