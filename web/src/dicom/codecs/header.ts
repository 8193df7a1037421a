/** What a compressed image announces before its data, so that it is checked before anything is decoded. */

import { PreviewError } from "../errors.ts";
import type { Shape } from "../values.ts";

/** The head of a JPEG or JPEG-LS image, up to its first scan (T.81 B.2, T.87 C.2). */
export interface JpegHeader {
  /** The frame's marker: C0 to CF, or F7, which is JPEG-LS. */
  readonly marker: number;
  readonly bits: number;
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  readonly ids: readonly number[];
  readonly isJfif: boolean;
  /** The colour transform of an Adobe marker. */
  readonly adobe: number | undefined;
  /** Pixels from one restart marker to the next; 0: there are none. */
  readonly interval: number;
  readonly scan: Scan;
  /** The segments that a decoder needs, and what follows: not those of applications, nor comments. */
  readonly needed: readonly Uint8Array<ArrayBuffer>[];
}

/** The first scan's header (T.81 B.2.3). */
interface Scan {
  readonly samples: number;
  /** The predictor of JPEG Lossless. */
  readonly predictor: number;
  /** By how many bits JPEG Lossless shifted its samples before it encoded them. */
  readonly shift: number;
}

type Frame = Pick<JpegHeader, "marker" | "bits" | "rows" | "columns" | "samples" | "ids">;

/** Throws PreviewError where there is no frame and no scan. */
export function readJpegHeader(bytes: Uint8Array<ArrayBuffer>): JpegHeader {
  const needed: Uint8Array<ArrayBuffer>[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let frame: Frame | undefined;
  let isJfif = false;
  let adobe: number | undefined;
  let interval = 0;
  for (let at = 2; at + 10 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    const body = bytes.subarray(at + 4, end);
    if (marker === 0xda) {
      needed.push(bytes.subarray(at));
      if (frame) return { ...frame, isJfif, adobe, interval, scan: readScan(body), needed };
      break;
    }
    const name = String.fromCharCode(...body.subarray(0, 5));
    isJfif ||= name.startsWith("JFIF");
    if (marker === 0xee && name === "Adobe") adobe = body[11];
    if (marker === 0xdd) interval = body.reduce((value, each) => value * 256 + each, 0);
    if (marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))) {
      if (frame) break;
      frame = readFrame(marker, body);
    }
    if (marker < 0xe0) needed.push(bytes.subarray(at, end));
    at = end;
  }
  throw damaged();
}

function readFrame(marker: number, body: Uint8Array): Frame {
  const [bits = 0, high = 0, low = 0, left = 0, right = 0, samples = 0] = body;
  const ids = Array.from({ length: samples }, (_, each) => body[6 + each * 3] ?? 0);
  return { marker, bits, rows: high * 256 + low, columns: left * 256 + right, samples, ids };
}

function readScan(body: Uint8Array): Scan {
  const samples = body[0] ?? 0;
  return { samples, predictor: body[1 + samples * 2] ?? 0, shift: (body[3 + samples * 2] ?? 0) & 15 };
}

/** Throws PreviewError where the two sizes differ: a decoder would take more memory than was checked. */
export function requireSize(announced: Pick<Shape, "columns" | "rows" | "samples">, shape: Shape): void {
  const { columns, rows, samples } = announced;
  if (columns !== shape.columns || rows !== shape.rows || samples !== shape.samples) {
    throw new PreviewError("this image is damaged: its size is not the one that the file gives");
  }
}

export const damaged = (): PreviewError => new PreviewError("this image is damaged: it can't be decompressed");

export const withoutDecoder = (kind = ""): PreviewError =>
  new PreviewError(`there is no decoder here for this image's compression${kind && `, ${kind}`}`);
