/** Key object selections (PS3.3 A.35.4, TID 2010): the same as Python's radiogram/dicom/key_objects.py. */

import { clean } from "../formats/text.ts";
import type { Dataset } from "./dataset.ts";
import { shownName } from "./display.ts";
import { PreviewError } from "./errors.ts";
import { TAG } from "./tags.ts";

const MAX_REFERENCES = 20_000;
/** Titles (CID 7011) of images that are not to be looked at: rejected, of another patient, expired. */
const WITHDRAWN = new Set(["113001", "113037", "113038", "113039"]);
const DESCRIPTION = "113012";
const OBSERVER = "121008";

/** What one selection says. */
export interface KeyObjects {
  /** `For Referring Provider`. */
  readonly title: string;
  readonly isWithdrawal: boolean;
  readonly description: string;
  readonly observer: string;
  /** Instances that were marked, and of each the frames, from 1; none: all of it. */
  readonly references: readonly { readonly instance: string; readonly frames: readonly number[] }[];
}

/** The selection. Throws PreviewError where it names no object, or too many. */
export function keyObjectsOf(header: Dataset): KeyObjects {
  const items = header.items(TAG.ContentSequence);
  const named = items.flatMap((item) => item.items(TAG.ReferencedSopSequence));
  if (named.length > MAX_REFERENCES)
    throw new PreviewError("this selection of key objects can't be read safely: it names too many");
  const references = named
    .map((each) => ({ instance: each.text(TAG.ReferencedSopInstance), frames: each.numbers(TAG.ReferencedFrame) }))
    .filter(({ instance }) => instance);
  if (!references.length) throw new PreviewError("this selection of key objects names none");
  const code = header.items(TAG.ConceptNameCodeSequence)[0];
  const described = items.find((each) => conceptOf(each) === DESCRIPTION);
  const observed = items.find((each) => conceptOf(each) === OBSERVER);
  return {
    title: clean(code?.text(TAG.CodeMeaning, true) ?? "") || clean(code?.text(TAG.CodeValue) ?? "") || "Key images",
    isWithdrawal: WITHDRAWN.has(code?.text(TAG.CodeValue) ?? ""),
    description: clean(described?.texts(TAG.TextValue, true).join("\\") ?? ""),
    observer: shownName(observed?.text(TAG.PersonName, true) ?? ""),
    references,
  };
}

const conceptOf = (item: Dataset): string => item.items(TAG.ConceptNameCodeSequence)[0]?.text(TAG.CodeValue) ?? "";
