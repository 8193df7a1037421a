/** Display shutters (PS3.3 C.7.6.11): the same as Python's radiogram/dicom/shutters.py. */

import type { Dataset } from "./dataset.ts";
import { PreviewError } from "./errors.ts";
import { TAG } from "./tags.ts";

const MAX_CORNERS = 10_000;
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

/** Rows and columns by turns; whatever touches the line is open. */
function polygon(vertices: readonly number[]): (column: number, row: number) => boolean {
  const corners = Array.from({ length: vertices.length >> 1 }, (_, at) => [vertices[2 * at + 1], vertices[2 * at]]);
  if (corners.length < 3 || corners.length > MAX_CORNERS || vertices.length % 2)
    throw new PreviewError("this presentation state's shutter is damaged");
  return (x, y) => {
    let isInside = false;
    for (const [at, [ax = NaN, ay = NaN]] of corners.entries()) {
      const [bx = NaN, by = NaN] = corners.at(at - 1) ?? [];
      const cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
      if (cross === 0 && (x - ax) * (x - bx) <= 0 && (y - ay) * (y - by) <= 0) return true;
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isInside = !isInside;
    }
    return isInside;
  };
}
