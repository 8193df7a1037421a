/** JPEG Lossless, process 14 (ITU-T T.81, annex H). */

import type { Decoded, Shape } from "../values.ts";
import { damaged, type JpegHeader, readJpegHeader, requireSize, segmentAt, withoutDecoder } from "./header.ts";
import { type HuffmanTable, readTables, ScanBits } from "./huffman.ts";

interface Scan {
  /** Which samples of a pixel it holds, and the table of each. */
  readonly samples: readonly { readonly place: number; readonly table: HuffmanTable }[];
  readonly predictor: number;
  /** By how many bits samples were shifted before they were encoded. */
  readonly shift: number;
  /** Rows from one restart marker to the next; Infinity: there are none. */
  readonly restartRows: number;
}

/** Samples pixel by pixel. Throws PreviewError. */
export function decodeLossless(bytes: Uint8Array<ArrayBuffer>, shape: Shape): Decoded {
  const header = readJpegHeader(bytes);
  if (header.marker !== 0xc3) throw damaged();
  requireSize(header, shape);
  const { rows, columns, samples, bits, factors } = header;
  if (bits < 2 || bits > 16) throw damaged();
  if (samples > 1 && factors.some((each) => each !== 0x11)) throw withoutDecoder("subsampled JPEG Lossless");
  const values = new Uint16Array(rows * columns * samples);
  const tables = new Map<number, HuffmanTable>();
  const missing = new Set(header.ids.keys());
  let interval = 0;
  for (let at = 2; missing.size > 0;) {
    const { marker, body, end } = segmentAt(bytes, at);
    at = end;
    if (marker === 0xc4) for (const [id, table] of readTables(body)) tables.set(id, table);
    if (marker === 0xdd) interval = (body[0] ?? 0) * 256 + (body[1] ?? 0);
    if (marker !== 0xda) continue;
    const scan = readScan(body, header, tables, interval);
    for (const { place } of scan.samples) if (!missing.delete(place)) throw damaged();
    const stream = new ScanBits(bytes, end);
    decodeScan(stream, scan, header, values);
    at = stream.end();
  }
  return { rows, columns, samples, bits, values };
}

/** A scan's header (T.81 B.2.3). */
function readScan(
  body: Uint8Array,
  { ids, bits, columns }: JpegHeader,
  tables: ReadonlyMap<number, HuffmanTable>,
  interval: number,
): Scan {
  const count = body[0] ?? 0;
  const samples = Array.from({ length: count }, (_, at) => {
    const place = ids.indexOf(body[1 + at * 2] ?? -1);
    const table = tables.get((body[2 + at * 2] ?? 0) >> 4);
    if (place < 0 || !table) throw damaged();
    return { place, table };
  });
  const predictor = body[1 + count * 2] ?? 0;
  const shift = (body[3 + count * 2] ?? 0) & 15;
  // Markers stand between whole rows (T.81 H.1.1).
  if (!count || predictor < 1 || predictor > 7 || shift >= bits || interval % columns) throw damaged();
  return { samples, predictor, shift, restartRows: interval / columns || Infinity };
}

function decodeScan(
  stream: ScanBits,
  scan: Scan,
  { rows, columns, samples, bits }: JpegHeader,
  out: Uint16Array,
): void {
  const { predictor, shift, restartRows } = scan;
  const line = columns * samples;
  let first = 0; // the row at which prediction starts anew
  for (let row = 0; row < rows; row++) {
    if (row === first + restartRows) {
      stream.restart(row / restartRows - 1);
      first = row;
    }
    for (let column = 0; column < columns; column++) {
      for (const { place, table } of scan.samples) {
        const at = row * line + column * samples + place;
        const difference = stream.difference(table);
        const a = (out[at - samples] ?? 0) >> shift;
        const b = (out[at - line] ?? 0) >> shift;
        let predicted: number;
        if (row === first) predicted = column ? a : 1 << (bits - shift - 1);
        else if (column === 0) predicted = b;
        else predicted = predict(predictor, a, b, (out[at - line - samples] ?? 0) >> shift);
        out[at] = (predicted + difference) << shift;
      }
    }
  }
}

/** From the samples to the left, above, and above left (T.81 table H.1). */
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
