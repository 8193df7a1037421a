/** What a presentation state draws over images (PS3.3 C.10.5): the same as Python's radiogram/dicom/annotations.py. */

import type { Dataset } from "./dataset.ts";
import { PreviewError } from "./errors.ts";
import { type Colour, rgbOf } from "./segmentation.ts";
import { TAG } from "./tags.ts";

const MAX_ANNOTATIONS = 2_000;
const MAX_POINTS = 100_000; // of all together
const MAX_TEXT = 10_000; // characters, of all together
const FAR = 16; // sides of the picture
const LINES = 24; // of text would fill a picture, so that it can be read on a phone
const DEFAULT: Colour = [255, 230, 60];
const ELLIPSE_POINTS = 180;

export type Point = readonly [across: number, down: number];

/** Points in pixels of the image, from its upper left corner, or in shares of the area that is shown. */
export interface Annotation {
  /** Frames by instance, none: any; undefined: all images. */
  readonly images: ReadonlyMap<string, readonly number[]>;
  readonly order: number;
  readonly colour: Colour;
  readonly points: readonly Point[];
  readonly inShares: boolean;
  readonly isClosed: boolean;
  readonly isFilled: boolean;
  /** At the first point; the second, of a text, is the other corner of its box. */
  readonly text: string;
}

export const imagesNamed = (item: Dataset): Map<string, readonly number[]> =>
  new Map(
    item
      .items(TAG.ReferencedImageSequence)
      .map((each) => [each.text(TAG.ReferencedSopInstance), each.numbers(TAG.ReferencedFrame)] as const),
  );

export function isNamed(images: ReadonlyMap<string, readonly number[]>, instance: string, frame: number): boolean {
  const frames = images.get(instance);
  return frames !== undefined && (!frames.length || frames.includes(frame));
}

/** All there are, the lowest layer first. Throws PreviewError where they are too many. */
export function annotationsOf(header: Dataset): Annotation[] {
  const layers = new Map(header.items(TAG.GraphicLayerSequence).map((each) => [each.text(TAG.GraphicLayer), each]));
  const found: Annotation[] = [];
  let left = MAX_POINTS;
  let letters = MAX_TEXT;
  for (const item of header.items(TAG.GraphicAnnotationSequence)) {
    const layer = layers.get(item.text(TAG.GraphicLayer));
    const common = {
      images: imagesNamed(item),
      order: layer?.number(TAG.GraphicLayerOrder) ?? 0,
      colour: colourOf(layer),
    };
    const drawn = item.items(TAG.GraphicObjectSequence).flatMap(shapeOf);
    const written = item.items(TAG.TextObjectSequence).flatMap(textsOf);
    for (const each of [...drawn, ...written]) {
      found.push({ isClosed: false, isFilled: false, text: "", ...common, ...each });
      left -= each.points.length;
      letters -= each.text?.length ?? 0;
      if (found.length > MAX_ANNOTATIONS || left < 0 || letters < 0)
        throw new PreviewError("this presentation state can't be read safely: it has too many annotations");
    }
  }
  return found.sort((one, other) => one.order - other.order);
}

type Shape = Pick<Annotation, "points" | "inShares"> & Partial<Annotation>;

function shapeOf(graphic: Dataset): Shape[] {
  const points = pointsOf(graphic, TAG.GraphicData);
  const inShares = graphic.text(TAG.GraphicAnnotationUnits) === "DISPLAY";
  const isFilled = graphic.text(TAG.GraphicFilled) === "Y";
  const [first, second, third, fourth] = points;
  switch (graphic.text(TAG.GraphicType)) {
    case "POINT":
      return first ? [{ points: [first], inShares }] : [];
    case "POLYLINE": {
      const isClosed = String(first) === String(points.at(-1));
      return points.length > 1 ? [{ points, inShares, isClosed, isFilled: isFilled && isClosed }] : [];
    }
    case "CIRCLE":
      return first && second && !third ? [{ points: circle(first, second), inShares, isClosed: true, isFilled }] : [];
    case "ELLIPSE":
      return first && second && third && fourth
        ? [{ points: ellipse(first, second, third, fourth), inShares, isClosed: true, isFilled }]
        : [];
    default:
      return [];
  }
}

function textsOf(written: Dataset): Shape[] {
  const text = written.texts(TAG.UnformattedText, true).join("\\").replace(/\r\n?/g, "\n");
  const words = text.replace(/[^\P{C}\n]/gu, "").trim();
  const [corner] = pointsOf(written, TAG.BoundingBoxTopLeft);
  const [other] = pointsOf(written, TAG.BoundingBoxBottomRight);
  const [anchor] = pointsOf(written, TAG.AnchorPoint);
  const units = [TAG.BoundingBoxUnits, TAG.AnchorPointUnits].map((tag) => written.text(tag) === "DISPLAY");
  const inShares = (corner ? units[0] : units[1]) ?? false;
  const start = corner ?? anchor;
  if (!start) return [];
  const box = { points: corner && other ? [corner, other] : [start], inShares, text: words };
  const isVisible = written.text(TAG.AnchorPointVisibility) === "Y" && units[0] === units[1];
  return corner && anchor && isVisible ? [box, { points: [corner, anchor], inShares }] : [box];
}

/** Draws; `placed` says where a pixel of the image is on the canvas. */
export function drawAnnotations(
  context: OffscreenCanvasRenderingContext2D,
  annotations: readonly Annotation[],
  placed: (point: Point) => Point,
): void {
  const { width, height } = context.canvas;
  const unit = Math.max(1, Math.round(Math.max(width, height) / 512));
  const size = Math.max(12, Math.round(Math.max(width, height) / LINES));
  context.lineWidth = unit;
  context.font = `${size}px sans-serif`;
  context.textBaseline = "top";
  context.lineJoin = "round";
  for (const each of annotations) {
    const points = each.points.map((point): Point =>
      each.inShares ? [point[0] * width, point[1] * height] : placed(point),
    );
    const far = FAR * Math.max(width, height);
    if (points.some(([x, y]) => Math.abs(x) > far || Math.abs(y) > far))
      throw new PreviewError("this presentation state draws far beside its image");
    const [first, last] = [points[0], points.at(-1)];
    if (!first || !last) continue;
    context.strokeStyle = context.fillStyle = `rgb(${each.colour.join(" ")})`;
    if (each.text) {
      write(context, each.text, [Math.min(first[0], last[0]), Math.min(first[1], last[1])], size);
      continue;
    }
    context.beginPath();
    if (points.length === 1) {
      const arm = 4 * unit;
      for (const [x, y] of [
        [arm, 0],
        [0, arm],
      ] as const) {
        context.moveTo(first[0] - x, first[1] - y);
        context.lineTo(first[0] + x, first[1] + y);
      }
    } else for (const [x, y] of points) context.lineTo(x, y);
    if (each.isClosed) context.closePath();
    if (each.isFilled) context.fill();
    else context.stroke();
  }
}

/** Lines of at most `most` pixels, broken between words, or within one that is longer. */
function linesOf(context: OffscreenCanvasRenderingContext2D, text: string, most: number): string[] {
  const isShort = (words: string): boolean => context.measureText(words).width <= most;
  const lines: string[] = [];
  for (const whole of text.split("\n")) {
    let line = "";
    for (const word of whole.split(" ")) {
      const longer = line ? `${line} ${word}` : word;
      if (isShort(longer)) {
        line = longer;
        continue;
      }
      if (line) lines.push(line);
      line = "";
      for (const letter of word) {
        if (line && !isShort(line + letter)) {
          lines.push(line);
          line = "";
        }
        line += letter;
      }
    }
    lines.push(line);
  }
  return lines;
}

/** With a dark edge, to be read on any grey; moved where it would not be seen whole. */
function write(context: OffscreenCanvasRenderingContext2D, text: string, [x, y]: Point, size: number): void {
  const { strokeStyle, lineWidth } = context;
  context.strokeStyle = "#000";
  context.lineWidth = lineWidth * 3;
  const { width, height } = context.canvas;
  const lines = linesOf(context, text, Math.max(width - x - 2 * lineWidth, width / 3));
  const left = Math.min(x, width - Math.max(...lines.map((line) => context.measureText(line).width)) - 2 * lineWidth);
  const top = Math.min(y, height - lines.length * size * 1.2);
  for (const [at, line] of lines.entries()) {
    const place = [Math.max(left, 0), Math.max(top, 0) + at * size * 1.2] as const;
    context.strokeText(line, ...place);
    context.fillText(line, ...place);
  }
  context.strokeStyle = strokeStyle;
  context.lineWidth = lineWidth;
}

function circle(middle: Point, rim: Point): Point[] {
  const radius = Math.hypot(rim[0] - middle[0], rim[1] - middle[1]);
  return angles().map((angle) => [middle[0] + radius * Math.cos(angle), middle[1] + radius * Math.sin(angle)]);
}

/** By the ends of its two axes. */
function ellipse(left: Point, right: Point, top: Point, bottom: Point): Point[] {
  const at = (angle: number, axis: 0 | 1): number =>
    (left[axis] + right[axis]) / 2 +
    ((right[axis] - left[axis]) / 2) * Math.cos(angle) +
    ((bottom[axis] - top[axis]) / 2) * Math.sin(angle);
  return angles().map((angle) => [at(angle, 0), at(angle, 1)]);
}

const angles = (): number[] => Array.from({ length: ELLIPSE_POINTS }, (_, at) => (at * 2 * Math.PI) / ELLIPSE_POINTS);

function pointsOf(item: Dataset, tag: number): Point[] {
  const numbers = item.numbers(tag);
  if (!numbers.every(Number.isFinite)) throw new PreviewError("this presentation state's annotations are damaged");
  return Array.from({ length: numbers.length >> 1 }, (_, at) => [numbers[2 * at] ?? 0, numbers[2 * at + 1] ?? 0]);
}

function colourOf(layer: Dataset | undefined): Colour {
  const lab = layer?.numbers(TAG.GraphicLayerLab, "US") ?? [];
  if (lab.length === 3) return rgbOf(lab);
  const grey = layer?.number(TAG.GraphicLayerGrey, "US");
  return grey === undefined ? DEFAULT : [grey >> 8, grey >> 8, grey >> 8];
}
