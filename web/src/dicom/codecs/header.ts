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
  /** How many samples each component has across and down, as in the file: 0x11 is one of each pixel. */
  readonly factors: readonly number[];
  /** Which quantization table each component has. */
  readonly quantizers: readonly number[];
  readonly isJfif: boolean;
  /** The colour transform of an Adobe marker. */
  readonly adobe: number | undefined;
  /** The segments that a decoder needs, and what follows: not those of applications, nor comments. */
  readonly needed: readonly Uint8Array<ArrayBuffer>[];
}

type Frame = Omit<JpegHeader, "isJfif" | "adobe" | "needed">;

interface Segment {
  readonly marker: number;
  /** What follows its length. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Where the next one starts. */
  readonly end: number;
}

/** The segment that starts at `at`, or behind the fill bytes there (T.81 B.1.1). Throws PreviewError. */
export function segmentAt(bytes: Uint8Array<ArrayBuffer>, at: number): Segment {
  let start = at;
  while (bytes[start] === 0xff && bytes[start + 1] === 0xff) start++;
  const [prefix, marker = 0, high = 0, low = 0] = bytes.subarray(start, start + 4);
  const end = start + 2 + high * 256 + low;
  if (prefix !== 0xff || end < start + 4 || end > bytes.length) throw damaged();
  return { marker, body: bytes.subarray(start + 4, end), end };
}

/** Throws PreviewError where there is no frame and no scan. */
export function readJpegHeader(bytes: Uint8Array<ArrayBuffer>): JpegHeader {
  const needed: Uint8Array<ArrayBuffer>[] = [];
  let frame: Frame | undefined;
  let isJfif = false;
  let adobe: number | undefined;
  for (let at = 2; ;) {
    const { marker, body, end } = segmentAt(bytes, at);
    if (marker === 0xda) {
      if (!frame) throw damaged();
      return { ...frame, isJfif, adobe, needed: [...needed, bytes.subarray(at)] };
    }
    const name = String.fromCharCode(...body.subarray(0, 5));
    isJfif ||= name.startsWith("JFIF");
    if (marker === 0xee && name === "Adobe") adobe = body[11];
    if (marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))) {
      if (frame) throw damaged();
      frame = readFrame(marker, body);
    }
    if (marker < 0xe0) needed.push(bytes.subarray(at, end));
    at = end;
  }
}

function readFrame(marker: number, body: Uint8Array): Frame {
  const [bits = 0, high = 0, low = 0, left = 0, right = 0, samples = 0] = body;
  const each = (offset: number): number[] => Array.from({ length: samples }, (_, at) => body[offset + at * 3] ?? 0);
  const [ids, factors, quantizers] = [each(6), each(7), each(8)];
  return { marker, bits, rows: high * 256 + low, columns: left * 256 + right, samples, ids, factors, quantizers };
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
