/** What DICOM files hold in place of images: the same as Python's radiogram/dicom/documents.py. */

import { clean } from "../formats/text.ts";
import { MAX_WORDS, wordsOf } from "./clinicalDocument.ts";
import { type Dataset, latin, type Place } from "./dataset.ts";
import { isWaveform, recordingsOf } from "./electrocardiogram.ts";
import { PreviewError } from "./errors.ts";
import { readHeader } from "./header.ts";
import { type KeyObjects, keyObjectsOf } from "./keyObjects.ts";
import { described, isDrawn, roleOf } from "./kinds.ts";
import { type SavedState, savedStateOf } from "./presentationState.ts";
import { type Segmentation, segmentationOf } from "./segmentation.ts";
import type { Source } from "./source.ts";
import { isReport, type Report, reportOf } from "./structuredReport.ts";
import { TAG } from "./tags.ts";
import { isVideo, videoOf } from "./video.ts";

/** A document (PS3.3 C.24.2) or video within a DICOM file, byte by byte as it was put in. */
export interface HeldFile {
  readonly kind: "file";
  readonly what: "pdf" | "clinicalDocument" | "model" | "video";
  /** `.pdf` */
  readonly suffix: string;
  readonly blob: Blob;
  /** What its maker calls it; may be empty. */
  readonly title: string;
  /** Of a clinical document its words, where they are plain. */
  readonly words?: Report;
}

export type Contents =
  | HeldFile
  | { readonly kind: "report"; readonly report: Report }
  /** It can be drawn. */
  | { readonly kind: "ecg" }
  /** To be drawn over images. */
  | { readonly kind: "segmentation"; readonly segmentation: Segmentation; readonly what: string }
  /** Images that somebody marked. */
  | { readonly kind: "keys"; readonly keys: KeyObjects; readonly what: string }
  /** How images are to be shown. */
  | { readonly kind: "state"; readonly state: SavedState; readonly what: string }
  /** No image to be looked at and no document: what it is, `RT Plan: a plan for radiotherapy, …`. */
  | { readonly kind: "other"; readonly what: string };

interface Known {
  readonly what: HeldFile["what"];
  readonly suffix: string;
  /** `a PDF document` */
  readonly name: string;
  /** What it begins with. */
  readonly start: string;
}

const HEAD_BYTES = 4096;
const TYPES = new Map<string, Known>([
  ["application/pdf", { what: "pdf", suffix: ".pdf", name: "a PDF document", start: "%PDF-" }],
  ["text/xml", { what: "clinicalDocument", suffix: ".xml", name: "a CDA document", start: "<" }],
  ["model/stl", { what: "model", suffix: ".stl", name: "a 3D model", start: "" }],
  ["model/obj", { what: "model", suffix: ".obj", name: "a 3D model", start: "" }],
  ["model/mtl", { what: "model", suffix: ".mtl", name: "colours of a 3D model", start: "" }],
]);

/** What a file without an image, or with a video, holds; undefined if it is nothing that is known. Throws PreviewError. */
export function contentsOf(source: Source): Contents | undefined {
  const header = readHeader(source, undefined, TAG.EncapsulatedDocument);
  const { dataset } = header;
  const sopClass = dataset.text(TAG.SopClassUid);
  const role = roleOf(sopClass);
  if (isDrawn(sopClass) && isVideo(header.syntax))
    return { kind: "file", what: "video", title: "", ...videoOf(header) };
  if (isReport(dataset)) return { kind: "report", report: reportOf(dataset) };
  if (isWaveform(dataset) && ["ecg", "unknown"].includes(role)) {
    recordingsOf(dataset);
    return { kind: "ecg" };
  }
  if (dataset.has(TAG.EncapsulatedDocument)) return heldFile(source, dataset);
  const what = described(sopClass);
  if (role === "segmentation") return { kind: "segmentation", segmentation: segmentationOf(header), what };
  if (role === "state") return { kind: "state", state: savedStateOf(dataset), what };
  if (role === "keys") return { kind: "keys", keys: keyObjectsOf(dataset), what };
  return isDrawn(sopClass) ? undefined : { kind: "other", what };
}

function heldFile(source: Source, dataset: Dataset): HeldFile {
  const type = (dataset.text(TAG.MimeTypeOfDocument).split(";")[0] ?? "").trim().toLowerCase();
  const known = TYPES.get(type);
  if (!known) throw new PreviewError("it holds a document of a kind that is not known here");
  const { start, end } = withoutPadding(source, dataset);
  const head = latin(source.read(start, Math.min(start + HEAD_BYTES, end))).replace(/^\xef\xbb\xbf/, "");
  if (!head.replace(/^[\t\n\v\f\r ]+/, "").startsWith(known.start))
    throw new PreviewError(`it says that it holds ${known.name}, and holds something else`);
  const title = clean(dataset.text(TAG.DocumentTitle, true)) || clean(dataset.text(TAG.SeriesDescription, true));
  const words =
    known.what === "clinicalDocument" && end - start <= MAX_WORDS ? wordsOf(source.read(start, end)) : undefined;
  const found = { kind: "file", what: known.what, suffix: known.suffix, blob: source.part(start, end), title } as const;
  return words ? { ...found, words } : found;
}

/** The last byte may be padding, which (0042,0015) tells; XML ends where its last tag does. */
function withoutPadding(source: Source, dataset: Dataset): Place {
  const { start, end } = dataset.place(TAG.EncapsulatedDocument) ?? { start: 0, end: 0 };
  if (end > source.size) throw new PreviewError("this file is cut short: its document is not all there");
  const length = dataset.number(TAG.DocumentLength, "UL") ?? -1;
  if (length >= end - start - 1 && length <= end - start) return { start, end: start + length };
  return latin(source.read(Math.max(end - 2, start), end)) === ">\0" ? { start, end: end - 1 } : { start, end };
}
