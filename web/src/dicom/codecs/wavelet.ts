/** The inverse wavelet transforms of JPEG 2000 (T.800, annex F). */

/** Numbers row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Int32Array | Float32Array;
}

interface Rect {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** One level: the next larger image, at `rect`, from the smaller one and its HL, LH and HH bands. */
export function inverseWavelet(rect: Rect, low: Plane, bands: readonly Plane[], reversible: boolean): Plane {
  const [width, height] = [Math.max(0, rect.x1 - rect.x0), Math.max(0, rect.y1 - rect.y0)];
  const data = new (reversible ? Int32Array : Float32Array)(width * height);
  const [oddX, oddY] = [rect.x0 & 1, rect.y0 & 1];
  place(low, data, width, oddX, oddY);
  bands.forEach((band, at) => {
    const kind = at + 1;
    place(band, data, width, kind & 1 ? 1 - oddX : oddX, kind & 2 ? 1 - oddY : oddY);
  });
  const lift = reversible ? lift53 : lift97;
  const line = new (reversible ? Int32Array : Float32Array)(Math.max(width, height) + 2 * MARGIN + 1);
  for (let row = 0; row < height; row++) {
    const start = row * width;
    line.set(data.subarray(start, start + width), MARGIN);
    lift(line, width, oddX);
    data.set(line.subarray(MARGIN, MARGIN + width), start);
  }
  for (let column = 0; column < width; column++) {
    for (let row = 0, from = column; row < height; row++, from += width) line[MARGIN + row] = data[from] ?? 0;
    lift(line, height, oddY);
    for (let row = 0, to = column; row < height; row++, to += width) data[to] = line[MARGIN + row] ?? 0;
  }
  return { width, height, data };
}

const MARGIN = 5;

/** Every second place across and down, from `x`, `y` on. */
function place(band: Plane, out: Int32Array | Float32Array, width: number, x: number, y: number): void {
  for (let row = 0; row < band.height; row++) {
    let to = (y + row * 2) * width + x;
    for (let from = row * band.width; from < (row + 1) * band.width; from++, to += 2) out[to] = band.data[from] ?? 0;
  }
}

/** Mirrors a line at its ends (T.800 F.3.7). */
function extend(line: Int32Array | Float32Array, length: number): void {
  const period = 2 * (length - 1);
  for (let each = 1; each <= MARGIN; each++) {
    const before = each % period;
    const after = (length - 1 + each) % period;
    line[MARGIN - each] = line[MARGIN + Math.min(before, period - before)] ?? 0;
    line[MARGIN + length - 1 + each] = line[MARGIN + Math.min(after, period - after)] ?? 0;
  }
}

/** Reversible, in whole numbers (T.800 F.3.8.2). `odd`: the line begins at an odd place. */
function lift53(line: Int32Array | Float32Array, length: number, odd: number): void {
  if (length === 1) {
    if (odd) line[MARGIN] = (line[MARGIN] ?? 0) >> 1;
    return;
  }
  extend(line, length);
  const end = MARGIN + length;
  for (let at = MARGIN - odd; at <= end; at += 2) {
    line[at] = (line[at] ?? 0) - (((line[at - 1] ?? 0) + (line[at + 1] ?? 0) + 2) >> 2);
  }
  for (let at = MARGIN + 1 - odd; at < end; at += 2) {
    if (at >= MARGIN) line[at] = (line[at] ?? 0) + (((line[at - 1] ?? 0) + (line[at + 1] ?? 0)) >> 1);
  }
}

const STEPS = [-0.443506852043971, -0.882911075530934, 0.052980118572961, 1.586134342059924];
const K = 1.230174104914001;

/** Irreversible (T.800 F.3.8.1). */
function lift97(line: Int32Array | Float32Array, length: number, odd: number): void {
  if (length === 1) {
    if (odd) line[MARGIN] = (line[MARGIN] ?? 0) / 2;
    return;
  }
  extend(line, length);
  const end = MARGIN + length;
  // Low places are the even ones of the image.
  for (let at = 0; at < end + MARGIN; at++) {
    line[at] = (line[at] ?? 0) * ((at - MARGIN + odd) & 1 ? 1 / K : K);
  }
  // Low places, high ones, and both again; each step needs one neighbour less at either end.
  STEPS.forEach((by, step) => {
    const reach = 3 - step;
    const first = MARGIN - reach;
    for (let at = first + ((first - MARGIN + odd + step) & 1); at < end + reach; at += 2) {
      line[at] = (line[at] ?? 0) + by * ((line[at - 1] ?? 0) + (line[at + 1] ?? 0));
    }
  });
}
