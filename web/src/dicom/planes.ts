/** Where the frames of an image lie in the patient (PS3.3 C.7.6.2): the same as Python's radiogram/dicom/planes.py. */

import type { Dataset } from "./dataset.ts";
import { TAG } from "./tags.ts";

export const NEAR_MM = 0.01; // of two positions that are the same, written with different roundings
const NEAR_COSINE = 1e-4;
const NEAR_SPACING = 1e-3; // of it
const MAX_PLANES = 20_000; // of one file

/** What of a header says where its frames lie. */
export const OF_PLANES: ReadonlySet<number> = new Set<number>([
  TAG.SopInstanceUid,
  TAG.FrameOfReferenceUid,
  TAG.Rows,
  TAG.Columns,
  TAG.PixelSpacing,
  TAG.ImagerPixelSpacing,
  TAG.ImageOrientation,
  TAG.ImagePosition,
  TAG.SharedGroups,
  TAG.PerFrameGroups,
]);

/** One frame. What the file does not say, or not in numbers, is undefined. */
export interface Plane {
  /** SOPInstanceUID. */
  readonly instance: string;
  /** From 1. */
  readonly frame: number;
  readonly frameOfReference: string;
  readonly rows: number;
  readonly columns: number;
  /** mm from row to row, and from column to column. */
  readonly spacing: readonly number[] | undefined;
  /** Direction cosines of a row and of a column. */
  readonly orientation: readonly number[] | undefined;
  /** mm, of the first pixel. */
  readonly position: readonly number[] | undefined;
}

/** Those of the first `frames` frames of an image, within limits. */
export function planesOf(header: Dataset, frames: number): Plane[] {
  const own = header.items(TAG.PerFrameGroups);
  const shared = header.items(TAG.SharedGroups).slice(0, 1);
  const common = {
    instance: header.text(TAG.SopInstanceUid),
    frameOfReference: header.text(TAG.FrameOfReferenceUid),
    rows: header.number(TAG.Rows, "US") ?? 0,
    columns: header.number(TAG.Columns, "US") ?? 0,
  };
  return Array.from({ length: Math.min(frames, MAX_PLANES) }, (_, index) => {
    const groups = [...own.slice(index, index + 1), ...shared];
    const numbers = (macro: number, tag: number, count: number): number[] | undefined => {
      const places = [...groups.flatMap((group) => group.items(macro).slice(0, 1)), header];
      return counted(places.find((each) => each.bytes(tag)?.length)?.numbers(tag), count);
    };
    return {
      ...common,
      frame: index + 1,
      spacing:
        numbers(TAG.PixelMeasuresSequence, TAG.PixelSpacing, 2) ?? counted(header.numbers(TAG.ImagerPixelSpacing), 2),
      orientation: numbers(TAG.PlaneOrientationSequence, TAG.ImageOrientation, 6),
      position: numbers(TAG.PlanePositionSequence, TAG.ImagePosition, 3),
    };
  });
}

const counted = (numbers: number[] | undefined, count: number): number[] | undefined =>
  numbers?.length === count && numbers.every(Number.isFinite) ? numbers : undefined;

/** Whether size, spacing and orientation are the same; spacing also where one of them does not say. */
export const hasGridOf = (one: Plane, other: Plane): boolean =>
  one.rows === other.rows &&
  one.columns === other.columns &&
  Boolean(one.orientation) === Boolean(other.orientation) &&
  isNear(one.orientation, other.orientation, () => NEAR_COSINE) &&
  isNear(one.spacing, other.spacing, (each) => NEAR_SPACING * each);

/** Whether both say where they are, and that is not the same place. */
export const isApart = (one: Plane, other: Plane): boolean => !isNear(one.position, other.position, () => NEAR_MM);

/** Whether both say that they are the same pixels of the same space. */
export const liesOn = (one: Plane, other: Plane): boolean =>
  Boolean(one.frameOfReference && one.position && other.position && one.orientation) &&
  one.frameOfReference === other.frameOfReference &&
  !isApart(one, other) &&
  hasGridOf(one, other);

function isNear(
  one: readonly number[] | undefined,
  other: readonly number[] | undefined,
  most: (value: number) => number,
): boolean {
  if (!one || !other) return true;
  return one.every((each, at) => Math.abs(each - (other[at] ?? NaN)) <= most(Math.abs(each)));
}
