/**
 * JPEG Extended of 12 bits, sequential (ITU-T T.81, process 4): a grey image in one scan. No browser decodes it, and no
 * library of the field's is to be had that does nothing else.
 */

import type { Decoded, Shape } from "../values.ts";
import { damaged, readJpegHeader, requireSize, segmentAt, withoutDecoder } from "./header.ts";
import { type HuffmanTable, readTables, ScanBits } from "./huffman.ts";

const SIZE = 8; // rows and columns of a block
const COUNT = SIZE * SIZE;
const BITS = 12;
const SEQUENTIAL = 0xc1;

/** Where in a block the coefficients are, in the order in which they come (T.81 A.3.6). */
const ZIGZAG = zigzag();

/** The transform's matrix (T.81 A.3.3): of each sample's place, its share in each coefficient. */
const COSINES = Float64Array.from({ length: COUNT }, (_, at) => {
  const [place, frequency] = [at >> 3, at & 7];
  const scale = frequency === 0 ? Math.SQRT1_2 : 1;
  return (scale / 2) * Math.cos(((2 * place + 1) * frequency * Math.PI) / (2 * SIZE));
});

interface Tables {
  readonly codes: ReadonlyMap<number, HuffmanTable>;
  readonly steps: ReadonlyMap<number, readonly number[]>;
  /** Blocks from one restart marker to the next; 0: there are none. */
  readonly interval: number;
}

/** The samples row by row. Throws PreviewError, also for images in colour. */
export function decodeExtended(bytes: Uint8Array<ArrayBuffer>, shape: Shape): Decoded {
  const header = readJpegHeader(bytes);
  requireSize(header, shape);
  const { rows, columns, samples } = header;
  const isKnown = header.bits === BITS && samples === 1 && shape.bitsAllocated === 16;
  if (!isKnown || header.marker !== SEQUENTIAL) throw withoutDecoder(`JPEG of ${header.bits} bits`);
  const tables = { codes: new Map<number, HuffmanTable>(), steps: new Map<number, readonly number[]>(), interval: 0 };
  const quantizer = header.quantizers[0] ?? 0;
  for (let at = 2; ;) {
    const { marker, body, end } = segmentAt(bytes, at);
    at = end;
    if (marker === 0xc4) for (const [id, table] of readTables(body)) tables.codes.set(id, table);
    if (marker === 0xdb) for (const [id, steps] of readSteps(body)) tables.steps.set(id, steps);
    if (marker === 0xdd) tables.interval = (body[0] ?? 0) * 256 + (body[1] ?? 0);
    if (marker !== 0xda) continue;
    const values = decodeScan(new ScanBits(bytes, end), readScan(body, tables, quantizer), rows, columns);
    return { rows, columns, samples, bits: shape.signed ? Math.min(shape.bitsStored, BITS) : BITS, values };
  }
}

/** Quantization tables by their number (T.81 B.2.4.1). Throws PreviewError. */
function readSteps(body: Uint8Array): Map<number, readonly number[]> {
  const found = new Map<number, readonly number[]>();
  for (let at = 0; at < body.length;) {
    const [isWide, id] = [(body[at] ?? 0) >> 4, (body[at] ?? 0) & 15];
    const size = isWide ? 2 : 1;
    const raw = body.subarray(at + 1, at + 1 + COUNT * size);
    if (raw.length < COUNT * size) throw damaged();
    const step = (place: number): number =>
      isWide ? (raw[place * 2] ?? 0) * 256 + (raw[place * 2 + 1] ?? 0) : (raw[place] ?? 0);
    found.set(
      id,
      Array.from({ length: COUNT }, (_, place) => step(place)),
    );
    at += 1 + raw.length;
  }
  return found;
}

interface Scan {
  readonly first: HuffmanTable;
  readonly others: HuffmanTable;
  readonly steps: readonly number[];
  readonly interval: number;
}

/** A scan's header (T.81 B.2.3), of which some encoders fill in wrongly what only progressive scans need. Throws PreviewError. */
function readScan(body: Uint8Array, { codes, steps, interval }: Tables, quantizer: number): Scan {
  const [count, , selected = 0] = body;
  const [first, others] = [codes.get(selected >> 4), codes.get(0x10 | (selected & 15))];
  const known = steps.get(quantizer);
  if (count !== 1 || !first || !others || !known) throw damaged();
  return { first, others, steps: known, interval };
}

function decodeScan(stream: ScanBits, scan: Scan, rows: number, columns: number): Uint16Array<ArrayBuffer> {
  const values = new Uint16Array(rows * columns);
  const [across, down] = [Math.ceil(columns / SIZE), Math.ceil(rows / SIZE)];
  const block = new Float64Array(COUNT);
  let mean = 0;
  for (let at = 0; at < across * down; at++) {
    if (scan.interval && at && at % scan.interval === 0) {
      stream.restart(at / scan.interval - 1);
      mean = 0;
    }
    mean += stream.difference(scan.first);
    readBlock(stream, scan, mean, block);
    put(block, values, { top: Math.floor(at / across) * SIZE, left: (at % across) * SIZE }, rows, columns);
  }
  return values;
}

/** The coefficients of a block, each times its step (T.81 F.2.2). Throws PreviewError. */
function readBlock(stream: ScanBits, { others, steps }: Scan, mean: number, block: Float64Array): void {
  block.fill(0);
  block[0] = mean * (steps[0] ?? 0);
  for (let at = 1; at < COUNT; at++) {
    const symbol = stream.symbol(others);
    const [zeros, size] = [symbol >> 4, symbol & 15];
    if (size === 0 && zeros < 15) return;
    at += zeros;
    if (size === 0) continue; // 16 zeros
    if (at >= COUNT) throw damaged();
    block[ZIGZAG[at] ?? 0] = stream.extended(size) * (steps[at] ?? 0);
  }
}

const half = new Float64Array(COUNT);

/** Transforms a block to samples (T.81 A.3.3), first along its rows, then along its columns, as far as they are of the image. */
function put(
  block: Float64Array,
  values: Uint16Array,
  { top, left }: { top: number; left: number },
  rows: number,
  columns: number,
): void {
  for (let down = 0; down < SIZE; down++) {
    for (let right = 0; right < SIZE; right++) {
      let sum = 0;
      for (let each = 0; each < SIZE; each++) sum += (block[down * 8 + each] ?? 0) * (COSINES[right * 8 + each] ?? 0);
      half[down * 8 + right] = sum;
    }
  }
  for (let down = 0; down < Math.min(SIZE, rows - top); down++) {
    for (let right = 0; right < Math.min(SIZE, columns - left); right++) {
      let sum = 0;
      for (let each = 0; each < SIZE; each++) sum += (half[each * 8 + right] ?? 0) * (COSINES[down * 8 + each] ?? 0);
      const value = Math.round(sum) + (1 << (BITS - 1));
      values[(top + down) * columns + left + right] = Math.min(Math.max(value, 0), (1 << BITS) - 1);
    }
  }
}

function zigzag(): number[] {
  const places = Array.from({ length: COUNT }, (_, at) => ({ at, diagonal: (at >> 3) + (at & 7) }));
  const along = ({ at, diagonal }: { at: number; diagonal: number }): number => (diagonal % 2 ? at >> 3 : at & 7);
  return places.sort((a, b) => a.diagonal - b.diagonal || along(a) - along(b)).map(({ at }) => at);
}
