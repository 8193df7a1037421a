/** Stored values as grey or colours, for looking only (PS3.4 N.2). The same steps as Python's radiogram/dicom/render.py. */

import type { Dataset } from "./dataset.ts";
import { paletteTable } from "./palette.ts";
import type { Shape, Stored, Values } from "./values.ts";
import { Settings, type Table } from "./settings.ts";
import { TAG } from "./tags.ts";

/** Brightness: which values (after the modality's transformation; of CT, Hounsfield units) go from black to white. */
export interface Window {
  readonly center: number;
  readonly width: number;
}

/**
 * The brightness asked for. `auto`: as the file says, or from its darkest to its brightest pixel; `full`: the latter.
 * `own`: of several windows that the file has, which one, from 0.
 */
export type Look = Window | { readonly own: number } | "auto" | "full";

/** A frame as it is shown, four bytes a pixel. */
export interface Rendered {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  /** The window that was applied; undefined for colours, which have none. */
  readonly window: Window | undefined;
}

const MAX_PIXELS = 1 << 24; // of what is shown: larger frames are reduced

export function render(stored: Stored, shape: Shape, header: Dataset, index: number, look: Look): Rendered {
  const { reduce, size } = reductionOf(shape);
  if (shape.photometric === "PALETTE COLOR") {
    return { ...size, data: colourful(stored, shape, header, reduce), window: undefined };
  }
  if (stored.rgb) return { ...size, data: plain(stored, shape, reduce), window: undefined };
  const settings = new Settings(header, index);
  const inverse = shape.photometric === "MONOCHROME1" || settings.text(TAG.PresentationLutShape) === "INVERSE";
  return renderGrey(stored, shape, settings, inverse, look);
}

/** How many pixels become one, and the size that the picture then has. */
function reductionOf({ rows, columns }: Shape): { reduce: number; size: { width: number; height: number } } {
  const reduce = Math.ceil(Math.sqrt((rows * columns) / MAX_PIXELS));
  return { reduce, size: { width: Math.floor(columns / reduce), height: Math.floor(rows / reduce) } };
}

/** Grey by given settings; `inverse`: black and white change places. */
export function renderGrey(stored: Stored, shape: Shape, settings: Settings, inverse: boolean, look: Look): Rendered {
  const { reduce, size } = reductionOf(shape);
  const range = rangeOf(stored.values);
  const grey = new Grey(settings, range, look);
  const data = mapped(stored.values, shape, range, reduce, (value) => {
    const share = grey.share(value);
    return level(inverse ? 1 - share : share);
  });
  return { ...size, data, window: grey.window };
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** Converts stored values to brightness from 0 to 1 (PS3.3 C.11.1 and C.11.2). */
class Grey {
  readonly window: Window;
  readonly share: (value: number) => number;

  constructor(settings: Settings, range: Range, wanted: Look) {
    const physical = modality(settings);
    const extent = physical.extent(range);
    const full = windowOf(extent);
    const chosen = typeof wanted === "object" && "own" in wanted ? wanted.own : undefined;
    const windows = settings.windows();
    const own = windows[chosen ?? 0] ?? windows[0];
    const table = settings.table(TAG.VoiLutSequence);
    if (wanted === "auto" && table) {
      const white = (1 << table.bits) - 1;
      this.window = windowOf({ low: table.first, high: table.first + table.entries.length - 1 });
      this.share = (value) => lookUp(physical.convert(value), table) / white;
    } else if ((wanted === "auto" || chosen !== undefined) && own) {
      this.window = { center: own.center, width: own.width };
      const curve = curveOf(own.function, own);
      this.share = (value) => curve(physical.convert(value));
    } else if (typeof wanted === "object" && !("own" in wanted)) {
      this.window = wanted;
      const curve = curveOf("", wanted);
      this.share = (value) => curve(physical.convert(value));
    } else {
      this.window = full;
      const spread = extent.high - extent.low || 1;
      this.share = (value) => (physical.convert(value) - extent.low) / spread;
    }
  }
}

/** The window that shows all from low to high. */
const windowOf = ({ low, high }: Range): Window => ({ center: (low + high) / 2, width: Math.max(high - low, 1e-6) });

interface Modality {
  convert(value: number): number;
  extent(range: Range): Range;
}

function modality(settings: Settings): Modality {
  const table = settings.table(TAG.ModalityLutSequence);
  if (table) {
    const convert = (value: number): number => lookUp(value, table);
    return {
      convert,
      extent: ({ low, high }) => {
        const values = Array.from({ length: high - low + 1 }, (_, at) => convert(low + at));
        return rangeOf(Float64Array.from(values));
      },
    };
  }
  const slope = settings.number(TAG.RescaleSlope) ?? 1;
  const intercept = settings.number(TAG.RescaleIntercept) ?? 0;
  const convert = (value: number): number => value * slope + intercept;
  return {
    convert,
    extent: ({ low, high }) => ({
      low: Math.min(convert(low), convert(high)),
      high: Math.max(convert(low), convert(high)),
    }),
  };
}

function curveOf(name: string, { center, width }: Window): (value: number) => number {
  if (name === "SIGMOID") return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width));
  // LINEAR has no sense for a width below 1, which some files have.
  if (name === "LINEAR_EXACT" || width < 1) return (value) => (value - center) / width + 0.5;
  if (width === 1) return (value) => Number(value > center - 0.5);
  return (value) => (value - (center - 0.5)) / (width - 1) + 0.5;
}

function lookUp(value: number, { entries, first }: Table): number {
  return entries[Math.min(Math.max(Math.round(value) - first, 0), entries.length - 1)] ?? 0;
}

const level = (share: number): number => Math.floor(Math.min(Math.max(share, 0), 1) * 255 + 0.5);

function rangeOf(values: Values): Range {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return Number.isFinite(low) && Number.isFinite(high) ? { low, high } : { low: 0, high: 0 };
}

const OPAQUE = 0xff000000;

/** Grey for each pixel; where values have 16 bits at most, computed once for each value. */
function mapped(
  values: Values,
  shape: Shape,
  { low, high }: Range,
  reduce: number,
  convert: (value: number) => number,
): Uint8ClampedArray<ArrayBuffer> {
  const isFew = values.BYTES_PER_ELEMENT <= 2;
  const table = isFew ? Uint8Array.from({ length: high - low + 1 }, (_, at) => convert(low + at)) : undefined;
  const grey = (at: number): number =>
    table ? (table[(values[at] ?? 0) - low] ?? 0) : convert(Number.isNaN(values[at]) ? low : (values[at] ?? 0));
  if (reduce > 1) return reduced(shape, reduce, (at) => [grey(at), grey(at), grey(at)]);
  const pixels = new Uint32Array(values.length);
  if (table) {
    const words = Uint32Array.from(table, (each) => OPAQUE | (each * 0x10101));
    for (let at = 0; at < pixels.length; at++) pixels[at] = words[(values[at] ?? 0) - low] ?? 0;
  } else {
    for (let at = 0; at < pixels.length; at++) pixels[at] = OPAQUE | (grey(at) * 0x10101);
  }
  return new Uint8ClampedArray(pixels.buffer);
}

function colourful({ values }: Stored, shape: Shape, header: Dataset, reduce: number): Uint8ClampedArray<ArrayBuffer> {
  const { low, high } = rangeOf(values);
  const table = paletteTable(header, low, high, shape.signed);
  return reduced(shape, reduce, (at) => {
    const place = ((values[at] ?? 0) - low) * 3;
    return [table[place] ?? 0, table[place + 1] ?? 0, table[place + 2] ?? 0];
  });
}

function plain({ values }: Stored, shape: Shape, reduce: number): Uint8ClampedArray<ArrayBuffer> {
  const full = 2 ** shape.bitsStored - 1;
  const isBytes = full === 255 && values instanceof Uint8Array;
  const channel = isBytes
    ? (at: number): number => values[at] ?? 0
    : (at: number): number => level((values[at] ?? 0) / full);
  return reduced(shape, reduce, (at) => [channel(at * 3), channel(at * 3 + 1), channel(at * 3 + 2)]);
}

type Colour = readonly [number, number, number];

/** The mean of each square of `by` × `by` pixels. */
function reduced({ rows, columns }: Shape, by: number, colour: (at: number) => Colour): Uint8ClampedArray<ArrayBuffer> {
  const [width, height] = [Math.floor(columns / by), Math.floor(rows / by)];
  const data = new Uint8ClampedArray(width * height * 4);
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0; column < width; column++, to += 4) {
      let [red, green, blue] = [0, 0, 0];
      for (let down = 0; down < by; down++) {
        for (let right = 0; right < by; right++) {
          const each = colour((row * by + down) * columns + column * by + right);
          red += each[0];
          green += each[1];
          blue += each[2];
        }
      }
      data[to] = red / (by * by);
      data[to + 1] = green / (by * by);
      data[to + 2] = blue / (by * by);
      data[to + 3] = 255;
    }
  }
  return data;
}

/** Height of a pixel over its width. */
export function aspectOf(settings: Settings): number {
  for (const tag of [TAG.PixelSpacing, TAG.ImagerPixelSpacing, TAG.PixelAspectRatio]) {
    const [down, across, ...others] = settings.numbers(tag);
    if (down === undefined || across === undefined || others.length) continue;
    const ratio = down / across;
    return down > 0 && across > 0 && ratio >= 0.1 && ratio <= 10 ? ratio : 1;
  }
  return 1;
}
