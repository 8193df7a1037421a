/** Display shutters (PS3.3 C.7.6.11): the same as Python's radiogram/dicom/shutters.py. */

import type { Dataset } from "./dataset.ts";
import { PreviewError } from "./errors.ts";
import { TAG } from "./tags.ts";

const MAX_CORNERS = 1_000;
const SHAPES = ["RECTANGULAR", "CIRCULAR", "POLYGONAL"];

/** What of the shutters can't be drawn here; empty: nothing. */
export const missingOfShutters = (header: Dataset): string[] =>
  header.texts(TAG.ShutterShape).every((each) => SHAPES.includes(each.trim())) ? [] : ["a bitmap of a shutter"];

/** Whether all shutters together cover the pixel of a column and a row, from 1; undefined where there is no shutter. */
export function shutterOf(header: Dataset): ((column: number, row: number) => boolean) | undefined {
  const shapes = header.texts(TAG.ShutterShape).map((each) => each.trim());
  if (!shapes.length) return undefined;
  const open: ((column: number, row: number) => boolean)[] = [];
  const number = (tag: number): number => header.number(tag) ?? NaN;
  if (shapes.includes("RECTANGULAR")) {
    const [left, right] = [number(TAG.ShutterLeftEdge), number(TAG.ShutterRightEdge)];
    const [upper, lower] = [number(TAG.ShutterUpperEdge), number(TAG.ShutterLowerEdge)];
    open.push((column, row) => column > left && column < right && row > upper && row < lower);
  }
  if (shapes.includes("CIRCULAR")) {
    const [middleRow = NaN, middleColumn = NaN] = header.numbers(TAG.CenterOfCircularShutter);
    const radius = number(TAG.RadiusOfCircularShutter);
    open.push((column, row) => (row - middleRow) ** 2 + (column - middleColumn) ** 2 <= radius ** 2);
  }
  if (shapes.includes("POLYGONAL")) open.push(polygon(header.numbers(TAG.VerticesOfPolygonalShutter)));
  return (column, row) => !open.every((each) => each(column, row));
}

type Corner = readonly [x: number, y: number];
type Span = readonly [start: number, end: number];

/** Whether a pixel lies within a polygon or on its edge; its corners are rows and columns by turns. */
function polygon(vertices: readonly number[]): (column: number, row: number) => boolean {
  const count = vertices.length / 2;
  if (!(count >= 3 && count <= MAX_CORNERS && Number.isInteger(count)))
    throw new PreviewError("this presentation state's shutter is damaged");
  const corners = Array.from({ length: count }, (_, at): Corner => [vertices[2 * at + 1] ?? 0, vertices[2 * at] ?? 0]);
  let row: number | undefined;
  let spans: readonly Span[] = [];
  return (x, y) => {
    if (y !== row) spans = spansOf(corners, y);
    row = y;
    return spans.some(([start, end]) => start <= x && x <= end);
  };
}

/** From where to where a row lies in a polygon, ends included. */
function spansOf(corners: readonly Corner[], y: number): Span[] {
  const spans: Span[] = [];
  const crossings: number[] = [];
  for (const [at, [ax, ay]] of corners.entries()) {
    const [bx, by] = corners.at(at - 1) ?? [ax, ay];
    if (ay > y !== by > y) crossings.push(((bx - ax) * (y - ay)) / (by - ay) + ax);
    if (ay === y) spans.push(by === y ? [Math.min(ax, bx), Math.max(ax, bx)] : [ax, ax]);
  }
  crossings.sort((one, other) => one - other);
  for (let at = 0; at + 1 < crossings.length; at += 2) spans.push([crossings[at] ?? 0, crossings[at + 1] ?? 0]);
  return spans;
}
