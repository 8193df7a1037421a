/** JPEG 2000, part 1 (ITU-T T.800): from the codestream to samples. Names in capitals are the standard's. */

import { PreviewError } from "../errors.ts";
import type { Decoded, Shape } from "../values.ts";
import { decodeBlock, type Segment } from "./ebcot.ts";
import { HeaderBits, TagTree } from "./tagtree.ts";
import { inverseWavelet, type Plane } from "./wavelet.ts";

interface Size {
  readonly x1: number;
  readonly y1: number;
  readonly x0: number;
  readonly y0: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly tileX: number;
  readonly tileY: number;
  readonly components: readonly { readonly bits: number; readonly signed: boolean }[];
}

/** COD, COC (T.800 A.6.1). */
interface Style {
  readonly levels: number;
  readonly blockWidth: number;
  readonly blockHeight: number;
  /** Bits: bypass, reset, terminate all, vertically causal, predictable, segmentation symbols. */
  readonly passes: number;
  readonly reversible: boolean;
  /** PPx and PPy of each resolution. */
  readonly precincts: readonly (readonly [number, number])[];
}

interface Coding {
  readonly progression: number;
  readonly layers: number;
  readonly isMixed: boolean;
  readonly hasSop: boolean;
  readonly hasEph: boolean;
}

/** QCD, QCC (T.800 A.6.4). */
interface Quantization {
  readonly kind: number;
  readonly guard: number;
  readonly steps: readonly { readonly exponent: number; readonly mantissa: number }[];
}

/** What holds for the image, or for one tile. */
interface Parameters {
  coding: Coding | undefined;
  style: Style | undefined;
  quantization: Quantization | undefined;
  readonly styles: Map<number, Style>;
  readonly quantizations: Map<number, Quantization>;
}

interface Tile {
  readonly parameters: Parameters;
  readonly parts: Uint8Array[];
}

const MAX_TILES = 65_535;
const MAX_BLOCKS = 1 << 20;

/** Samples plane by plane. Throws PreviewError. */
export function decodeJpeg2000(bytes: Uint8Array<ArrayBuffer>, shape: Shape): Decoded {
  const { size, tiles } = readCodestream(codestream(bytes));
  const [columns, rows] = [size.x1 - size.x0, size.y1 - size.y0];
  const samples = size.components.length;
  if (columns !== shape.columns || rows !== shape.rows || samples !== shape.samples) throw damaged();
  const values = new Int32Array(columns * rows * samples);
  for (const [index, tile] of tiles) decodeTile(size, index, tile, values);
  const bits = Math.max(...size.components.map((each) => each.bits));
  const isMixed = [...tiles.values()].some((tile) => tile.parameters.coding?.isMixed);
  const isColour = samples === 3 && (isMixed || /^YBR_(RCT|ICT)$/.test(shape.photometric));
  return { columns, rows, samples, bits, values, planar: samples > 1, ...(isColour && { rgb: true }) };
}

/** Out of its boxes, if it is in such (T.800 I.4). */
function codestream(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes[0] === 0xff) return bytes;
  const view = viewOf(bytes);
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = view.getUint32(at);
    const head = length === 1 ? 16 : 8;
    if (view.getUint32(at + 4) === 0x6a703263) return bytes.subarray(at + head);
    if (length === 0) break;
    at += Math.max(8, length === 1 ? view.getUint32(at + 12) : length);
  }
  throw damaged();
}

function readCodestream(bytes: Uint8Array<ArrayBuffer>): { size: Size; tiles: Map<number, Tile> } {
  const view = viewOf(bytes);
  const main: Parameters = empty();
  const tiles = new Map<number, Tile>();
  let size: Size | undefined;
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = view.getUint16(at);
    if (marker === 0xffd9) break;
    const end = at + 2 + view.getUint16(at + 2);
    const body = bytes.subarray(at + 4, end);
    if (marker === 0xff51) size = readSize(body);
    else if (marker === 0xff90 && size) {
      at = readPart(bytes, at, size, main, tiles);
      continue;
    } else if (size) readParameter(marker, body, main, size);
    at = end;
  }
  if (!size || !tiles.size) throw damaged();
  return { size, tiles };
}

/** One tile-part (T.800 A.4.2); where the next begins. */
function readPart(
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  size: Size,
  main: Parameters,
  tiles: Map<number, Tile>,
): number {
  const view = viewOf(bytes);
  if (start + 12 > bytes.length) throw damaged();
  const index = view.getUint16(start + 4);
  const length = view.getUint32(start + 6);
  const end = length ? Math.min(start + length, bytes.length) : bytes.length;
  const tile = tiles.get(index) ?? { parameters: inherited(main), parts: [] };
  if (tiles.size >= MAX_TILES) throw damaged();
  tiles.set(index, tile);
  let at = start + 12;
  while (at + 4 <= end && view.getUint16(at) !== 0xff93) {
    const next = at + 2 + view.getUint16(at + 2);
    readParameter(view.getUint16(at), bytes.subarray(at + 4, next), tile.parameters, size);
    at = next;
  }
  tile.parts.push(bytes.subarray(at + 2, end));
  return Math.max(end, at + 2);
}

function readSize(body: Uint8Array<ArrayBuffer>): Size {
  if (body.length < 36) throw damaged();
  const view = viewOf(body);
  const count = view.getUint16(34);
  const [x1 = 0, y1 = 0, x0 = 0, y0 = 0, tileWidth = 0, tileHeight = 0, tileX = 0, tileY = 0] = Array.from(
    { length: 8 },
    (_, at) => view.getUint32(2 + at * 4),
  );
  if (x1 <= x0 || y1 <= y0 || !tileWidth || !tileHeight || tileX > x0 || tileY > y0) throw damaged();
  if (count < 1 || count > 3 || body.length < 36 + count * 3) throw damaged();
  const components = Array.from({ length: count }, (_, at) => {
    const [depth = 0, across, down] = body.subarray(36 + at * 3);
    if (across !== 1 || down !== 1) throw unusual();
    return { bits: (depth & 0x7f) + 1, signed: depth > 0x7f };
  });
  if (components.some((each) => each.bits > 16)) throw unusual();
  return { x1, y1, x0, y0, tileWidth, tileHeight, tileX, tileY, components };
}

const empty = (): Parameters => ({
  coding: undefined,
  style: undefined,
  quantization: undefined,
  styles: new Map(),
  quantizations: new Map(),
});

const inherited = (main: Parameters): Parameters => ({
  ...main,
  styles: new Map(main.styles),
  quantizations: new Map(main.quantizations),
});

function readParameter(marker: number, body: Uint8Array<ArrayBuffer>, to: Parameters, size: Size): void {
  const [first = 0, progression = 0, high = 0, low = 0, mixed = 0] = body;
  switch (marker) {
    case 0xff52:
      to.coding = {
        progression,
        layers: high * 256 + low,
        isMixed: mixed !== 0,
        hasSop: (first & 2) !== 0,
        hasEph: (first & 4) !== 0,
      };
      to.style = readStyle(body.subarray(5), (first & 1) !== 0);
      break;
    case 0xff53:
      to.styles.set(first, readStyle(body.subarray(2), (progression & 1) !== 0));
      break;
    case 0xff5c:
      to.quantization = readQuantization(body);
      break;
    case 0xff5d:
      to.quantizations.set(first, readQuantization(body.subarray(1)));
      break;
    case 0xff5e: // regions of interest
    case 0xff5f: // progression order changes
    case 0xff60: // packed packet headers
    case 0xff61:
    case 0xff50: // part 15, high throughput
      throw unusual();
    default:
  }
  if (size.components.length > 256) throw unusual(); // component numbers would take two bytes
}

function readStyle(body: Uint8Array, hasPrecincts: boolean): Style {
  const [levels = 0, width = 0, height = 0, passes = 0, transform = 0, ...sizes] = body;
  if (levels > 32 || width > 8 || height > 8 || width + height > 8 || transform > 1) throw damaged();
  const precincts = Array.from({ length: levels + 1 }, (_, at) => {
    const each = hasPrecincts ? (sizes[at] ?? 0xff) : 0xff;
    return [each & 15, each >> 4] as const;
  });
  return {
    levels,
    blockWidth: width + 2,
    blockHeight: height + 2,
    passes,
    reversible: transform === 1,
    precincts,
  };
}

function readQuantization(body: Uint8Array<ArrayBuffer>): Quantization {
  const style = body[0] ?? 0;
  const kind = style & 31;
  const view = viewOf(body);
  const count = kind === 0 ? body.length - 1 : (body.length - 1) >> 1;
  const steps = Array.from({ length: count }, (_, at) => {
    const word = kind === 0 ? view.getUint8(1 + at) << 8 : view.getUint16(1 + at * 2);
    return { exponent: word >> 11, mantissa: word & 0x7ff };
  });
  if (!steps.length || kind > 2) throw damaged();
  return { kind, guard: style >> 5, steps };
}

interface Rect {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

interface Block {
  readonly rect: Rect;
  isIncluded: boolean;
  zeroPlanes: number;
  lengthBits: number;
  passes: number;
  readonly segments: Segment[];
}

/** One band's share of one precinct. */
interface Precinct {
  readonly across: number;
  readonly blocks: readonly Block[];
  readonly inclusion: TagTree;
  readonly zeros: TagTree;
}

interface Band {
  readonly rect: Rect;
  /** 0: LL, 1: HL, 2: LH, 3: HH. */
  readonly kind: number;
  readonly planes: number;
  /** Quantization step; 1 where reversible. */
  readonly step: number;
  readonly precincts: readonly Precinct[];
}

interface Resolution {
  readonly rect: Rect;
  readonly across: number;
  readonly down: number;
  readonly precinct: readonly [number, number];
  readonly bands: readonly Band[];
}

interface TileComponent {
  readonly rect: Rect;
  readonly style: Style;
  readonly resolutions: readonly Resolution[];
}

function decodeTile(size: Size, index: number, { parameters, parts }: Tile, out: Int32Array): void {
  const { coding } = parameters;
  const rect = tileRect(size, index);
  if (!coding) throw damaged();
  const budget = { blocks: MAX_BLOCKS };
  const components = size.components.map(({ bits }, at) => {
    const style = parameters.styles.get(at) ?? parameters.style;
    const quantization = parameters.quantizations.get(at) ?? parameters.quantization;
    if (!style || !quantization) throw damaged();
    return tileComponent(rect, style, quantization, bits, budget);
  });
  readPackets(parts, coding, components, rect);
  const planes = components.map(reconstruct);
  if (coding.isMixed && planes.length === 3) unmix(planes, components[0]?.style.reversible ?? true);
  const columns = size.x1 - size.x0;
  const count = columns * (size.y1 - size.y0);
  planes.forEach((plane, at) => {
    const { bits = 8, signed = false } = size.components[at] ?? {};
    const shift = signed ? 0 : 2 ** (bits - 1);
    const [least, most] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
    for (let row = 0; row < plane.height; row++) {
      let to = at * count + (rect.y0 - size.y0 + row) * columns + rect.x0 - size.x0;
      for (let from = row * plane.width, end = from + plane.width; from < end; from++, to++) {
        const value = Math.round((plane.data[from] ?? 0) + shift);
        out[to] = value < least ? least : value > most ? most : value;
      }
    }
  });
}

function tileRect(size: Size, index: number): Rect {
  const across = Math.ceil((size.x1 - size.tileX) / size.tileWidth);
  const [p, q] = [index % across, Math.floor(index / across)];
  const rect = {
    x0: Math.max(size.tileX + p * size.tileWidth, size.x0),
    y0: Math.max(size.tileY + q * size.tileHeight, size.y0),
    x1: Math.min(size.tileX + (p + 1) * size.tileWidth, size.x1),
    y1: Math.min(size.tileY + (q + 1) * size.tileHeight, size.y1),
  };
  if (rect.x1 <= rect.x0 || rect.y1 <= rect.y0) throw damaged();
  return rect;
}

/** T.800 B.5 to B.7. */
function tileComponent(
  rect: Rect,
  style: Style,
  quantization: Quantization,
  bits: number,
  budget: { blocks: number },
): TileComponent {
  const resolutions = style.precincts.map((precinct, r): Resolution => {
    const area = divided(rect, 2 ** (style.levels - r));
    const [wide, high] = [2 ** precinct[0], 2 ** precinct[1]];
    const across = area.x1 > area.x0 ? Math.ceil(area.x1 / wide) - Math.floor(area.x0 / wide) : 0;
    const down = area.y1 > area.y0 ? Math.ceil(area.y1 / high) - Math.floor(area.y0 / high) : 0;
    const grid = { across, down, left: Math.floor(area.x0 / wide), top: Math.floor(area.y0 / high) };
    const kinds = r === 0 ? [0] : [1, 2, 3];
    const bands = kinds.map((kind): Band => {
      const level = r === 0 ? style.levels : style.levels - r + 1;
      const place = r === 0 ? 0 : 3 * (r - 1) + kind;
      const step = stepOf(quantization, place, style.levels - level);
      const gain = [0, 1, 1, 2][kind] ?? 0;
      const half = level > 0 ? 2 ** (level - 1) : 0;
      const shifted = kind ? { dx: half * (kind & 1), dy: half * (kind >> 1) } : { dx: 0, dy: 0 };
      const bandRect = {
        x0: Math.ceil((rect.x0 - shifted.dx) / 2 ** level),
        y0: Math.ceil((rect.y0 - shifted.dy) / 2 ** level),
        x1: Math.ceil((rect.x1 - shifted.dx) / 2 ** level),
        y1: Math.ceil((rect.y1 - shifted.dy) / 2 ** level),
      };
      return {
        rect: bandRect,
        kind,
        planes: quantization.guard + step.exponent - 1,
        step: style.reversible ? 1 : 2 ** (bits + gain - step.exponent) * (1 + step.mantissa / 2048),
        precincts: bandPrecincts(bandRect, style, precinct, r > 0, grid, budget),
      };
    });
    return { rect: area, across, down, precinct, bands };
  });
  return { rect, style, resolutions };
}

function stepOf(
  { kind, steps }: Quantization,
  place: number,
  above: number,
): { readonly exponent: number; readonly mantissa: number } {
  const step = steps[kind === 1 ? 0 : place];
  if (!step) throw damaged();
  return kind === 1 ? { exponent: step.exponent - above, mantissa: step.mantissa } : step;
}

const divided = (rect: Rect, by: number): Rect => ({
  x0: Math.ceil(rect.x0 / by),
  y0: Math.ceil(rect.y0 / by),
  x1: Math.ceil(rect.x1 / by),
  y1: Math.ceil(rect.y1 / by),
});

interface Grid {
  readonly across: number;
  readonly down: number;
  readonly left: number;
  readonly top: number;
}

function bandPrecincts(
  band: Rect,
  style: Style,
  precinct: readonly [number, number],
  isHalved: boolean,
  grid: Grid,
  budget: { blocks: number },
): Precinct[] {
  const [px, py] = isHalved ? [precinct[0] - 1, precinct[1] - 1] : precinct;
  if (px < 0 || py < 0) throw unusual();
  const [bw, bh] = [2 ** Math.min(style.blockWidth, px), 2 ** Math.min(style.blockHeight, py)];
  if ((budget.blocks -= grid.across * grid.down) < 0) throw damaged();
  return Array.from({ length: grid.across * grid.down }, (_, at) => {
    const left = (grid.left + (at % grid.across)) * 2 ** px;
    const top = (grid.top + Math.floor(at / grid.across)) * 2 ** py;
    const area = {
      x0: Math.max(left, band.x0),
      y0: Math.max(top, band.y0),
      x1: Math.min(left + 2 ** px, band.x1),
      y1: Math.min(top + 2 ** py, band.y1),
    };
    const isEmpty = area.x1 <= area.x0 || area.y1 <= area.y0;
    const [firstX, firstY] = [Math.floor(area.x0 / bw), Math.floor(area.y0 / bh)];
    const across = isEmpty ? 0 : Math.ceil(area.x1 / bw) - firstX;
    const down = isEmpty ? 0 : Math.ceil(area.y1 / bh) - firstY;
    if ((budget.blocks -= across * down) < 0) throw damaged();
    const blocks = Array.from({ length: across * down }, (__, each): Block => {
      const x = (firstX + (each % across)) * bw;
      const y = (firstY + Math.floor(each / across)) * bh;
      const rect = {
        x0: Math.max(x, area.x0),
        y0: Math.max(y, area.y0),
        x1: Math.min(x + bw, area.x1),
        y1: Math.min(y + bh, area.y1),
      };
      return { rect, isIncluded: false, zeroPlanes: 0, lengthBits: 3, passes: 0, segments: [] };
    });
    return { across, blocks, inclusion: new TagTree(across, down), zeros: new TagTree(across, down) };
  });
}

/** All packets, in their order (T.800 B.12). What is cut short is shown as far as it goes. */
function readPackets(parts: Uint8Array[], coding: Coding, components: readonly TileComponent[], tile: Rect): void {
  const data = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let filled = 0;
  for (const part of parts) {
    data.set(part, filled);
    filled += part.length;
  }
  let at = 0;
  for (const { layer, component, r, precinct } of progression(coding, components, tile)) {
    const resolution = components[component]?.resolutions[r];
    const style = components[component]?.style;
    if (!resolution || !style) continue;
    if (at >= data.length) return;
    at = readPacket(data, at, coding, resolution, precinct, layer, style.passes);
  }
}

interface Packet {
  readonly layer: number;
  readonly component: number;
  readonly r: number;
  readonly precinct: number;
}

function* progression(coding: Coding, components: readonly TileComponent[], tile: Rect): Generator<Packet> {
  const levels = Math.max(...components.map((each) => each.resolutions.length));
  const layers = Array.from({ length: coding.layers }, (_, at) => at);
  const all = components.map((_, at) => at);
  const resolutions = Array.from({ length: levels }, (_, at) => at);
  const precincts = (component: number, r: number): number[] => {
    const found = components[component]?.resolutions[r];
    return Array.from({ length: found ? found.across * found.down : 0 }, (_, at) => at);
  };
  switch (coding.progression) {
    case 0:
      for (const layer of layers)
        for (const r of resolutions)
          for (const component of all)
            for (const precinct of precincts(component, r)) yield { layer, component, r, precinct };
      return;
    case 1:
      for (const r of resolutions)
        for (const layer of layers)
          for (const component of all)
            for (const precinct of precincts(component, r)) yield { layer, component, r, precinct };
      return;
    case 2:
      for (const r of resolutions)
        for (const { component, precinct } of byPosition(components, all, [r], tile))
          for (const layer of layers) yield { layer, component, r, precinct };
      return;
    case 3:
      for (const { component, r, precinct } of byPosition(components, all, resolutions, tile))
        for (const layer of layers) yield { layer, component, r, precinct };
      return;
    case 4:
      for (const component of all)
        for (const { r, precinct } of byPosition(components, [component], resolutions, tile))
          for (const layer of layers) yield { layer, component, r, precinct };
      return;
    default:
      throw damaged();
  }
}

/** Precincts by where they begin in the image: down, then across, then by component and resolution. */
function byPosition(
  components: readonly TileComponent[],
  chosen: readonly number[],
  resolutions: readonly number[],
  tile: Rect,
): { component: number; r: number; precinct: number; x: number; y: number }[] {
  const found = chosen.flatMap((component) =>
    resolutions.flatMap((r) => {
      const each = components[component]?.resolutions[r];
      if (!each) return [];
      const scale = 2 ** ((components[component]?.style.levels ?? 0) - r);
      const [wide, high] = [2 ** each.precinct[0], 2 ** each.precinct[1]];
      return Array.from({ length: each.across * each.down }, (_, precinct) => {
        const x = (Math.floor(each.rect.x0 / wide) + (precinct % each.across)) * wide * scale;
        const y = (Math.floor(each.rect.y0 / high) + Math.floor(precinct / each.across)) * high * scale;
        return { component, r, precinct, x: Math.max(x, tile.x0), y: Math.max(y, tile.y0) };
      });
    }),
  );
  return found.sort(
    (a, b) => a.y - b.y || a.x - b.x || a.component - b.component || a.r - b.r || a.precinct - b.precinct,
  );
}

/** One packet's header and body (T.800 B.9, B.10); where the next begins. */
function readPacket(
  data: Uint8Array,
  start: number,
  coding: Coding,
  resolution: Resolution,
  index: number,
  layer: number,
  passStyle: number,
): number {
  let at = start;
  if (coding.hasSop && data[at] === 0xff && data[at + 1] === 0x91) at += 6;
  const bits = new HeaderBits(data, at);
  const found: { block: Block; pieces: { length: number; passes: number }[] }[] = [];
  if (bits.take(1)) {
    for (const band of resolution.bands) {
      const precinct = band.precincts[index];
      precinct?.blocks.forEach((block, place) => {
        if (!isInLayer(bits, precinct, block, place, layer)) return;
        found.push({ block, pieces: readLengths(bits, block, passStyle) });
      });
    }
  }
  at = bits.end();
  if (coding.hasEph && data[at] === 0xff && data[at + 1] === 0x92) at += 2;
  for (const { block, pieces } of found) {
    for (const { length, passes } of pieces) {
      append(block, data.subarray(at, at + length), passes, passStyle);
      at += length;
    }
  }
  return at;
}

function isInLayer(bits: HeaderBits, precinct: Precinct, block: Block, place: number, layer: number): boolean {
  if (block.isIncluded) return bits.take(1) === 1;
  const [x, y] = [place % precinct.across, Math.floor(place / precinct.across)];
  if (!precinct.inclusion.isAtMost(bits, x, y, layer)) return false;
  block.isIncluded = true;
  block.zeroPlanes = precinct.zeros.value(bits, x, y);
  return true;
}

/** How many coding passes follow, and how many bytes, for each codeword segment (T.800 B.10.6, B.10.7). */
function readLengths(bits: HeaderBits, block: Block, passStyle: number): { length: number; passes: number }[] {
  let left = passCount(bits);
  while (bits.take(1)) block.lengthBits++;
  if (block.lengthBits > 32) throw damaged();
  const pieces: { length: number; passes: number }[] = [];
  let done = block.passes;
  while (left > 0) {
    const passes = Math.min(left, segmentEnd(done, passStyle) - done);
    const length = bits.take(block.lengthBits + Math.floor(Math.log2(passes)));
    pieces.push({ length, passes });
    done += passes;
    left -= passes;
  }
  return pieces;
}

function passCount(bits: HeaderBits): number {
  if (!bits.take(1)) return 1;
  if (!bits.take(1)) return 2;
  const few = bits.take(2);
  if (few < 3) return 3 + few;
  const more = bits.take(5);
  return more < 31 ? 6 + more : 37 + bits.take(7);
}

/** The pass at which the codeword segment ends that pass `pass` is in. */
function segmentEnd(pass: number, passStyle: number): number {
  if (passStyle & 4) return pass + 1;
  if (!(passStyle & 1)) return Infinity;
  if (pass < 10) return 10;
  return (pass - 10) % 3 === 2 ? pass + 1 : pass - ((pass - 10) % 3) + 2;
}

function append(block: Block, data: Uint8Array, passes: number, passStyle: number): void {
  const last = block.segments.at(-1);
  const isNew = !last || segmentEnd(block.passes - 1, passStyle) <= block.passes;
  if (isNew || block.passes === 0) block.segments.push({ passes, data: [data] });
  else {
    last.passes += passes;
    last.data.push(data);
  }
  block.passes += passes;
}

/** Coefficients of all bands, back to samples (T.800 E, F). */
function reconstruct({ resolutions, style }: TileComponent): Plane {
  let low: Plane | undefined;
  for (const resolution of resolutions) {
    const bands = resolution.bands.map((band) => ({ rect: band.rect, ...bandPlane(band, style) }));
    const { rect } = resolution;
    const first = bands[0];
    if (!low) low = first;
    else low = inverseWavelet(rect, low, bands, style.reversible);
  }
  if (!low) throw damaged();
  return low;
}

function bandPlane(band: Band, style: Style): Plane {
  const { rect } = band;
  const [width, height] = [Math.max(0, rect.x1 - rect.x0), Math.max(0, rect.y1 - rect.y0)];
  const data = new (style.reversible ? Int32Array : Float32Array)(width * height);
  for (const precinct of band.precincts) {
    for (const block of precinct.blocks) {
      if (!block.passes) continue;
      const [wide, high] = [block.rect.x1 - block.rect.x0, block.rect.y1 - block.rect.y0];
      const planes = band.planes - block.zeroPlanes;
      if (planes > 30) throw damaged();
      if (planes <= 0) continue;
      const halves = decodeBlock(wide, high, band.kind, planes, style.passes, block.segments);
      for (let row = 0; row < high; row++) {
        let to = (block.rect.y0 - rect.y0 + row) * width + block.rect.x0 - rect.x0;
        for (let from = row * wide; from < (row + 1) * wide; from++, to++) {
          const value = halves[from] ?? 0;
          data[to] = style.reversible ? Math.trunc(value / 2) : (value / 2) * band.step;
        }
      }
    }
  }
  return { width, height, data };
}

/** T.800 G: from the mixed components back to red, green and blue. */
function unmix(planes: readonly Plane[], reversible: boolean): void {
  const [first, second, third] = planes.map((each) => each.data);
  if (!first || !second || !third || second.length !== first.length || third.length !== first.length) throw damaged();
  for (let at = 0; at < first.length; at++) {
    const [y, blue, red] = [first[at] ?? 0, second[at] ?? 0, third[at] ?? 0];
    if (reversible) {
      const green = y - ((blue + red) >> 2);
      first[at] = red + green;
      second[at] = green;
      third[at] = blue + green;
    } else {
      first[at] = y + 1.402 * red;
      second[at] = y - 0.344136 * blue - 0.714136 * red;
      third[at] = y + 1.772 * blue;
    }
  }
}

const viewOf = (bytes: Uint8Array<ArrayBuffer>): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const damaged = (): PreviewError => new PreviewError("this image is damaged: it can't be decompressed");
const unusual = (): PreviewError => new PreviewError("there is no decoder here for this kind of JPEG 2000");
