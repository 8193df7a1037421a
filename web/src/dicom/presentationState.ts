/** Grayscale softcopy presentation states (PS3.3 A.33.1): the same as Python's radiogram/dicom/presentation_state.py. */

import { clean } from "../formats/text.ts";
import { type Annotation, annotationsOf, imagesNamed, isNamed, type Point } from "./annotations.ts";
import { budget, Dataset } from "./dataset.ts";
import { shownName } from "./display.ts";
import { PreviewError } from "./errors.ts";
import type { OrientationLabels } from "./protocol.ts";
import { aspectOf, type Look, type Rendered, renderGrey, type Window } from "./render.ts";
import { Settings } from "./settings.ts";
import { missingOfShutters, shutterOf } from "./shutters.ts";
import { TAG } from "./tags.ts";
import type { Shape, Stored } from "./values.ts";

const MAX_REFERENCES = 20_000;
const MAX_SIDE = 16_384; // of a displayed area, in pixels of the image
const MAX_AREA = 1 << 24;

/** What a state says of itself. */
export interface SavedState {
  readonly label: string;
  readonly description: string;
  readonly creator: string;
  /** What of it can't be applied, in words: then none of it is. */
  readonly missing: readonly string[];
  /** Frames of each image that it is of, none: all. */
  readonly images: ReadonlyMap<string, readonly number[]>;
}

/** The part of an image that is shown, in its pixels from 0, and how it is turned: first so, then mirrored. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Height of a pixel over its width. */
  readonly tall: number;
  /** Quarters of a turn, clockwise. */
  readonly quarters: number;
  readonly isFlipped: boolean;
}

/** Throws PreviewError if it names no image, or too many. */
export function savedStateOf(header: Dataset): SavedState {
  annotationsOf(header);
  const named = header.items(TAG.ReferencedSeriesSequence).flatMap((each) => [...imagesNamed(each)]);
  if (named.length > MAX_REFERENCES)
    throw new PreviewError("this presentation state can't be read safely: it names too many images");
  if (!named.length) throw new PreviewError("this presentation state names no image");
  return {
    label: clean(header.texts(TAG.ContentLabel, true).join("\\")),
    description: clean(header.texts(TAG.ContentDescription, true).join("\\")),
    creator: shownName(header.text(TAG.ContentCreatorName, true)),
    missing: [...new Set(missingOf(header))],
    images: new Map(named),
  };
}

function missingOf(header: Dataset): string[] {
  const missing: string[] = [];
  if (header.has(TAG.MaskSubtractionSequence)) missing.push("the subtraction of a mask");
  if (header.has(TAG.PresentationLutSequence)) missing.push("a table of greys");
  if ([...header.elements.keys()].some((tag) => tag >>> 24 === 0x60)) missing.push("a bitmap drawn over the image");
  missing.push(...missingOfShutters(header));
  for (const item of header.items(TAG.DisplayedAreaSequence))
    if (["TRUE SIZE", "MAGNIFY"].includes(item.text(TAG.PresentationSizeMode))) missing.push("its size on the screen");
  for (const item of header.items(TAG.GraphicAnnotationSequence)) {
    const graphics = item.items(TAG.GraphicObjectSequence);
    const texts = item.items(TAG.TextObjectSequence);
    if (item.has(TAG.CompoundGraphicSequence)) missing.push("compound graphics");
    if (graphics.some((each) => !["POINT", "POLYLINE", "CIRCLE", "ELLIPSE"].includes(each.text(TAG.GraphicType))))
      missing.push("a curve");
    const units = [
      ...graphics.map((each) => each.text(TAG.GraphicAnnotationUnits)),
      ...texts.flatMap((each) => [each.text(TAG.BoundingBoxUnits), each.text(TAG.AnchorPointUnits)]),
    ];
    if (units.some((unit) => !["", "PIXEL", "DISPLAY"].includes(unit))) missing.push("annotations of an unknown unit");
  }
  return missing;
}

/** One state and one frame of an image that it is of. */
export class SavedView {
  readonly area: Area;
  readonly annotations: readonly Annotation[];
  readonly #state: Dataset;
  readonly #image: Settings;
  readonly #instance: string;
  readonly #frame: number;

  /** `frame` from 1. Throws PreviewError where its area is none that can be shown. */
  constructor(state: Dataset, image: Settings, shape: Shape, instance: string, frame: number) {
    if (!shape.photometric.startsWith("MONOCHROME"))
      throw new PreviewError("this presentation state is of an image in colour");
    this.#state = state;
    this.#image = image;
    this.#instance = instance;
    this.#frame = frame;
    this.area = this.#areaOf(shape);
    this.annotations = annotationsOf(state).filter(({ images }) => !images.size || isNamed(images, instance, frame));
  }

  /** The greys, shutters drawn, cropped and turned. */
  render(stored: Stored, shape: Shape, look: Look): Rendered {
    if (shape.rows * shape.columns > MAX_AREA || this.area.width * this.area.height > MAX_AREA)
      throw new PreviewError("this image is too large to be shown as it was saved");
    const voi = this.#item(TAG.SoftcopyVoiLutSequence) ?? empty(this.#state);
    const settings = new Settings(this.#state, 0, [voi, this.#state]);
    const hasOwn = voi.has(TAG.VoiLutSequence) || voi.has(TAG.WindowWidth);
    const wanted = look === "auto" && !hasOwn ? wholeRange(settings, shape) : look;
    const isInverse = this.#state.text(TAG.PresentationLutShape).trim() === "INVERSE";
    const drawn = renderGrey(stored, shape, settings, isInverse, wanted);
    this.#shut(drawn);
    return { ...drawn, ...turned(drawn, this.area) };
  }

  /** Where a point of the image is on a picture of a size. */
  placed([x, y]: Point, width: number, height: number): Point {
    const { area } = this;
    let [across, down] = [(x - area.left) / area.width, (y - area.top) / area.height];
    for (let turn = 0; turn < area.quarters; turn++) [across, down] = [1 - down, across];
    return [(area.isFlipped ? 1 - across : across) * width, down * height];
  }

  /** Height of a pixel as it is shown over its width. */
  get aspect(): number {
    return this.area.quarters % 2 ? 1 / this.area.tall : this.area.tall;
  }

  labels({ left, right, top, bottom }: OrientationLabels): OrientationLabels {
    let [l, t, r, b] = [left, top, right, bottom];
    for (let turn = 0; turn < this.area.quarters; turn++) [l, t, r, b] = [b, l, t, r];
    return this.area.isFlipped ? { left: r, right: l, top: t, bottom: b } : { left: l, right: r, top: t, bottom: b };
  }

  #areaOf({ rows, columns }: Shape): Area {
    const item = this.#item(TAG.DisplayedAreaSequence);
    const [left = 1, top = 1] = item?.numbers(TAG.DisplayedAreaTopLeft) ?? [];
    const [right = columns, bottom = rows] = item?.numbers(TAG.DisplayedAreaBottomRight) ?? [];
    const [width, height] = [right - left + 1, bottom - top + 1];
    if (!(width > 0 && width <= MAX_SIDE && height > 0 && height <= MAX_SIDE))
      throw new PreviewError(`this presentation state shows an area of ${width} × ${height} pixels`);
    const rotation = (this.#state.number(TAG.ImageRotation, "US") ?? 0) % 360;
    if (rotation % 90) throw new PreviewError(`this presentation state turns its image by ${rotation} degrees`);
    const isFlipped = this.#state.text(TAG.ImageHorizontalFlip) === "Y";
    const tall = tallOf(item) ?? aspectOf(this.#image);
    return { left: left - 1, top: top - 1, width, height, tall, quarters: rotation / 90, isFlipped };
  }

  #item(tag: number): Dataset | undefined {
    return this.#state.items(tag).find((item) => {
      const named = imagesNamed(item);
      return !named.size || isNamed(named, this.#instance, this.#frame);
    });
  }

  #shut({ width, height, data }: Rendered): void {
    const isCovered = shutterOf(this.#state);
    if (!isCovered) return;
    const value = (this.#state.number(TAG.ShutterPresentationValue, "US") ?? 0) >> 8;
    for (let row = 0, at = 0; row < height; row++)
      for (let column = 0; column < width; column++, at += 4)
        if (isCovered(column + 1, row + 1)) data.fill(value, at, at + 3);
  }
}

const empty = ({ encoding, charsets }: Dataset): Dataset => new Dataset(encoding, charsets, budget());

function tallOf(item: Dataset | undefined): number | undefined {
  for (const tag of [TAG.PresentationPixelSpacing, TAG.PresentationPixelAspectRatio]) {
    const [down = 0, across = 0] = item?.numbers(tag) ?? [];
    if (down > 0 && across > 0) return down / across >= 0.1 && down / across <= 10 ? down / across : 1;
  }
  return undefined;
}

/** The window of all values that the modality's transformation can make of what the image can store. */
function wholeRange(settings: Settings, { bitsStored, signed }: Shape): Window {
  const low = signed ? -(2 ** (bitsStored - 1)) : 0;
  const table = settings.table(TAG.ModalityLutSequence);
  const slope = settings.number(TAG.RescaleSlope) ?? 1;
  const intercept = settings.number(TAG.RescaleIntercept) ?? 0;
  const stored = [low, low + 2 ** bitsStored - 1].map((each) => each * slope + intercept);
  const [first, last] = table ? [0, 2 ** table.bits - 1] : [Math.min(...stored), Math.max(...stored)];
  return { center: (first + last) / 2 + 0.5, width: last - first + 1 }; // from the first value to the last, exactly
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** A picture cropped, turned and mirrored; `beyond` it, black, or clear where `isClear`. */
export function turned({ width, height, data }: Pixels, area: Area, isClear = false): Pixels {
  const from = new Uint32Array(data.buffer);
  const [outWidth, outHeight] = area.quarters % 2 ? [area.height, area.width] : [area.width, area.height];
  const out = new Uint32Array(outWidth * outHeight);
  const beyond = isClear ? 0 : 0xff000000;
  for (let row = 0, to = 0; row < outHeight; row++) {
    for (let column = 0; column < outWidth; column++, to++) {
      const across = area.isFlipped ? outWidth - 1 - column : column;
      const [x, y] = unturned(across, row, area);
      const [sourceX, sourceY] = [x + area.left, y + area.top];
      const isInside = sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height;
      out[to] = isInside ? (from[sourceY * width + sourceX] ?? 0) : beyond;
    }
  }
  return { width: outWidth, height: outHeight, data: new Uint8ClampedArray(out.buffer) };
}

function unturned(x: number, y: number, { quarters, width, height }: Area): readonly [number, number] {
  switch (quarters) {
    case 1:
      return [y, height - 1 - x];
    case 2:
      return [width - 1 - x, height - 1 - y];
    case 3:
      return [width - 1 - y, x];
    default:
      return [x, y];
  }
}
