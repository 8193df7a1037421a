/** Segmentations (PS3.3 A.51, C.8.20): the same as Python's radiogram/dicom/segmentation.py. */

import { clean } from "../formats/text.ts";
import type { Dataset } from "./dataset.ts";
import { PreviewError } from "./errors.ts";
import type { Header } from "./header.ts";
import { Picture } from "./pixels.ts";
import { hasGridOf, isApart, liesOn, NEAR_MM, type Plane, planesOf } from "./planes.ts";
import { TAG } from "./tags.ts";

const OPACITY = 0.5;
const MAX_FRAMES = 20_000;
const MAX_SEGMENTS = 1000;
export const MAX_ON_AN_IMAGE = 256;
const NOT_HERE = "the images that it is of are not here";
const OTHER_GRID = "its pixels are not those of the images: they differ in size, direction or place";
const OTHER_SPACE = "it does not say on which of the images it lies, and its frame of reference is another";

/** Red, green and blue, 8 bits each. */
export type Colour = readonly [red: number, green: number, blue: number];

const COLOURS: readonly Colour[] = [
  [230, 60, 60],
  [60, 170, 255],
  [250, 200, 40],
  [90, 200, 90],
  [220, 110, 240],
  [250, 140, 40],
  [60, 210, 200],
];
const MAKERS = new Map([
  ["AUTOMATIC", "drawn by a program"],
  ["SEMIAUTOMATIC", "drawn by a person with a program"],
  ["MANUAL", "drawn by a person"],
]);

/** One outlined part. */
export interface Segment {
  readonly number: number;
  readonly name: string;
  readonly colour: Colour;
  /** `drawn by a program`, and which. */
  readonly maker: string;
}

interface Frame {
  /** 0 in a label map, whose values are numbers of segments. */
  readonly segment: number;
  /** Instance, and frame from 1, or 0: any. */
  readonly sources: readonly string[];
  readonly plane: Plane;
}

export interface Segmentation {
  readonly segments: readonly Segment[];
  readonly isLabelMap: boolean;
  /** The value of a pixel that is covered. */
  readonly full: number;
  readonly frames: readonly Frame[];
}

const key = (instance: string, frame: number): string => `${instance} ${frame}`;

/** The segmentation of a file; its pixels stay where they are. Throws PreviewError. */
export function segmentationOf(header: Header): Segmentation {
  const { dataset } = header;
  const { frames: count } = new Picture(header);
  if (count > MAX_FRAMES) throw new PreviewError(`this segmentation has too many frames: ${count}`);
  const type = dataset.text(TAG.SegmentationType);
  const isLabelMap = type === "LABELMAP";
  const groups = dataset.items(TAG.PerFrameGroups);
  if (groups.length > count) throw new PreviewError("this file is cut short: its outlines are not all there");
  const planes = planesOf(dataset, groups.length);
  const shared = dataset.items(TAG.SharedGroups).slice(0, 1);
  const frames = planes.map((plane, at) => frameOf([...groups.slice(at, at + 1), ...shared], plane, isLabelMap));
  const segments = segmentsOf(dataset);
  const described = new Set(segments.map(({ number }) => number));
  if (!isLabelMap && frames.some(({ segment }) => !described.has(segment)))
    throw new PreviewError("this segmentation names a segment that it does not describe");
  const full = type === "FRACTIONAL" ? dataset.number(TAG.MaximumFractionalValue, "US") || 1 : 1;
  return { segments, isLabelMap, full, frames };
}

/** Of its own functional groups, and of those that all frames share. */
function frameOf(groups: readonly Dataset[], plane: Plane, isLabelMap: boolean): Frame {
  const [named] = groups.flatMap((group) => group.items(TAG.SegmentIdentificationSequence));
  const number = named?.number(TAG.ReferencedSegmentNumber, "US");
  const sources = groups
    .flatMap((group) => group.items(TAG.DerivationImageSequence))
    .flatMap((each) => each.items(TAG.SourceImageSequence));
  return { segment: isLabelMap ? 0 : (number ?? 0), sources: sources.flatMap(keysOf), plane };
}

function keysOf(source: Dataset): string[] {
  const frames = source.numbers(TAG.ReferencedFrame);
  return (frames.length ? frames : [0]).map((frame) => key(source.text(TAG.ReferencedSopInstance), frame));
}

function segmentsOf(dataset: Dataset): Segment[] {
  const items = dataset.items(TAG.SegmentSequence);
  if (items.length > MAX_SEGMENTS) throw new PreviewError(`this segmentation has too many segments: ${items.length}`);
  return items.flatMap((item, place) => {
    const number = item.number(TAG.SegmentNumber, "US") ?? 0;
    if (number < 1) return [];
    const lab = item.numbers(TAG.RecommendedDisplayCieLab, "US");
    const colour = lab.length === 3 ? rgbOf(lab) : (COLOURS[place % COLOURS.length] ?? [255, 255, 255]);
    const name = clean(item.text(TAG.SegmentLabel, true)) || `Part ${number}`;
    return [{ number, name, colour, maker: makerOf(item) }];
  });
}

function makerOf(item: Dataset): string {
  const kind = item.text(TAG.SegmentAlgorithmType);
  const maker = MAKERS.get(kind) ?? "it does not say who drew it";
  const program = kind.endsWith("AUTOMATIC") ? clean(item.text(TAG.SegmentAlgorithmName, true)) : "";
  return program ? `${maker}, ${program}` : maker;
}

/** A colour as DICOM writes it, CIELab of D50 in 3 numbers of 16 bits (PS3.3 C.10.7.1.1), in sRGB. */
export function rgbOf([l = 0, first = 0, second = 0]: readonly number[]): Colour {
  const [lightness, a, b] = [(l * 100) / 65535, (first * 255) / 65535 - 128, (second * 255) / 65535 - 128];
  const middle = (lightness + 16) / 116;
  const cubed = (each: number): number => (each > 6 / 29 ? each ** 3 : 3 * (6 / 29) ** 2 * (each - 4 / 29));
  const x = cubed(middle + a / 500) * 0.9642;
  const y = cubed(middle);
  const z = cubed(middle - b / 200) * 0.8249;
  return [
    level(3.1338561 * x - 1.6168667 * y - 0.4906146 * z),
    level(-0.9787684 * x + 1.9161415 * y + 0.033454 * z),
    level(0.0719453 * x - 0.2289914 * y + 1.4052427 * z),
  ];
}

function level(linear: number): number {
  const share = Math.min(Math.max(linear, 0), 1);
  const curved = share <= 0.0031308 ? 12.92 * share : 1.055 * share ** (1 / 2.4) - 0.055;
  return Math.floor(curved * 255 + 0.5);
}

/** Knows which frames of a segmentation lie on which images. */
export class Placement {
  readonly #frames: readonly Frame[];
  readonly #bySource = new Map<string, number[]>();
  readonly #byPlace: readonly { readonly place: number; readonly at: number }[];

  constructor({ frames }: Segmentation) {
    this.#frames = frames;
    frames.forEach(({ sources }, at) => {
      for (const each of sources) {
        const found = this.#bySource.get(each);
        if (found) found.push(at);
        else this.#bySource.set(each, [at]);
      }
    });
    const placed = frames.flatMap((each, at) =>
      each.plane.position && !each.sources.length ? [{ place: total(each.plane.position), at }] : [],
    );
    this.#byPlace = placed.sort((one, other) => one.place - other.place);
  }

  /** Places of the frames that lie on a frame of an image: of those that name their images, by name. */
  framesOn(image: Plane): number[] {
    const keys = [key(image.instance, image.frame), key(image.instance, 0)];
    const named = new Set(keys.flatMap((each) => this.#bySource.get(each) ?? []));
    const fitting = [...named].filter((at) => {
      const plane = this.#frames[at]?.plane;
      return plane && hasGridOf(plane, image) && !isApart(plane, image);
    });
    return [...fitting.sort((one, other) => one - other), ...this.#near(image)];
  }

  #near(image: Plane): number[] {
    if (!image.position) return [];
    const place = total(image.position);
    let start = 0;
    let end = this.#byPlace.length;
    while (start < end) {
      const middle = (start + end) >> 1;
      if ((this.#byPlace[middle]?.place ?? 0) < place - 3 * NEAR_MM) start = middle + 1;
      else end = middle;
    }
    const found: number[] = [];
    for (let each = this.#byPlace[start]; each && each.place <= place + 3 * NEAR_MM; each = this.#byPlace[++start]) {
      const plane = this.#frames[each.at]?.plane;
      if (plane && liesOn(plane, image)) found.push(each.at);
    }
    return found;
  }

  /** Why it lies on none of these images. */
  whyNotDrawn(images: readonly Plane[]): string {
    const named = new Set([...this.#bySource.keys()].map((each) => each.split(" ")[0]));
    if (images.some(({ instance }) => named.has(instance))) return OTHER_GRID;
    if (named.size || !images.length) return NOT_HERE;
    const spaces = new Set(this.#frames.map(({ plane }) => plane.frameOfReference).filter(Boolean));
    return images.some(({ frameOfReference }) => spaces.has(frameOfReference)) ? OTHER_GRID : OTHER_SPACE;
  }
}

const total = (position: readonly number[]): number => position.reduce((sum, each) => sum + each, 0);

/** A frame of a segmentation over an image; `values` of its pixels are drawn in `colours`, as far as they are `full`. */
export interface Layer {
  readonly values: ArrayLike<number>;
  readonly full: number;
  /** Of a label map by value; else of any value but 0, under 0. */
  readonly colours: ReadonlyMap<number, Colour>;
}

/** Layers one over the other, half-transparent, four bytes a pixel. */
export function overlaid(layers: readonly Layer[], pixels: number): Uint8ClampedArray<ArrayBuffer> {
  const data = new Uint8ClampedArray(pixels * 4);
  for (const { values, full, colours } of layers) {
    const whole = colours.get(0);
    for (let at = 0; at < pixels; at++) {
      const value = values[at] ?? 0;
      const colour = value ? (whole ?? colours.get(value)) : undefined;
      if (!colour) continue;
      const share = OPACITY * (whole ? Math.min(value / full, 1) : 1);
      const below = ((data[at * 4 + 3] ?? 0) / 255) * (1 - share);
      const alpha = share + below;
      for (let each = 0; each < 3; each++)
        data[at * 4 + each] = ((colour[each] ?? 0) * share + (data[at * 4 + each] ?? 0) * below) / alpha;
      data[at * 4 + 3] = alpha * 255;
    }
  }
  return data;
}
