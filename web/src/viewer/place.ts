/** Finds pictures again in lists that were made anew. */

import type { Sequence, View, ViewerFile } from "./list.ts";
import { frameOf, type Place } from "./state.ts";

/** A picture by the name of its file, which is the same in every list. */
export interface Mark {
  readonly file: string;
  readonly frame: number;
}

/** What can be looked at before a file is complete with all others: nothing of it is to be saved or opened elsewhere. */
const SHOWN: ReadonlySet<View["kind"]> = new Set(["dicom", "png", "jpeg", "ecg", "report"]);

export const markOf = (view: View): Mark => ({ file: view.file.name, frame: frameOf(view) });

export function placeOf(sequences: readonly Sequence[], mark: Mark | undefined): Place | undefined {
  if (!mark) return undefined;
  for (const [sequence, { views }] of sequences.entries()) {
    const index = views.findIndex((view) => view.file.name === mark.file && frameOf(view) === mark.frame);
    if (index >= 0) return { sequence, index };
  }
  return undefined;
}

/** Of the first sequence that can be looked at, what of it came first: a bundle begins with the middle of each series. */
export function firstShown(sequences: readonly Sequence[], files: readonly ViewerFile[]): Place | undefined {
  const sequence = sequences.findIndex(({ views }) => views.some(isShown));
  const { views = [], noun } = sequences[sequence] ?? {};
  const first = files.find((file) => views.some((view) => view.file === file && isShown(view)));
  if (!first) return undefined;
  const frames = views.filter(({ file }) => file === first).length;
  const index = views.findIndex(({ file }) => file === first);
  return { sequence, index: index + (noun === "Slice" ? frames >> 1 : 0) };
}

export const isShown = (view: View | undefined): boolean => view !== undefined && SHOWN.has(view.kind);
