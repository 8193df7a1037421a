/** The images of a study as sequences, in viewing order. */

import type { DicomWorker } from "../dicom/client.ts";
import { PreviewError } from "../dicom/errors.ts";
import { shownDate } from "../dicom/display.ts";
import { patientTitle, shortTitle } from "../dicom/labels.ts";
import { reasonOf, studyMetadataOf } from "../dicom/metadata.ts";
import { readReport } from "../dicom/readMetadata.ts";
import type { Colour } from "../dicom/segmentation.ts";
import type { Report } from "../dicom/structuredReport.ts";
import type { FileMetadata, FileReport, StudyMetadata } from "../dicom/types.ts";
import { type Belonging, withBelongings } from "./belongings.ts";
import { contentsSequence, reportsFirst, single, videoView } from "./contents.ts";
import { kindOf } from "./picture.ts";

export interface ViewerFile {
  readonly name: string;
  readonly mediaType: string;
  readonly blob: Blob;
}

/** A frame of a DICOM image. */
export interface DicomView {
  readonly kind: "dicom";
  readonly file: ViewerFile;
  /** Tells files apart. */
  readonly key: number;
  readonly frame: number;
  /** What can be drawn over it. */
  readonly overlays?: readonly Overlay[];
  /** How somebody saved that it is to be shown. */
  readonly states?: readonly SavedChoice[];
  /** What somebody said of it: `Key image`. */
  readonly marks?: readonly string[];
}

/** A frame of a segmentation that lies on an image; `segments` are those that it may show. */
export interface Overlay {
  readonly file: ViewerFile;
  readonly key: number;
  readonly frame: number;
  readonly full: number;
  readonly isLabelMap: boolean;
  readonly segments: readonly { readonly id: string; readonly number: number; readonly colour: Colour }[];
}

/** A presentation state that can be applied. */
export interface SavedChoice {
  readonly id: string;
  /** `LUNGS: Nodule in the left lung (ROE, Jane)`. */
  readonly name: string;
  readonly file: ViewerFile;
  readonly key: number;
}

/** A part of the body that somebody outlined. */
export interface Outline {
  readonly id: string;
  readonly name: string;
  readonly colour: Colour;
  /** `drawn by a program`. */
  readonly maker: string;
}

/** What the stage shows at one time. */
export type View =
  | DicomView
  | { readonly kind: "png"; readonly file: ViewerFile }
  | { readonly kind: "jpeg"; readonly file: ViewerFile }
  | { readonly kind: "ecg"; readonly file: ViewerFile }
  | { readonly kind: "pdf"; readonly file: ViewerFile }
  | { readonly kind: "video"; readonly file: ViewerFile }
  | { readonly kind: "report"; readonly file: ViewerFile; readonly report: Report; readonly copy?: ViewerFile }
  | { readonly kind: "copy"; readonly file: ViewerFile; readonly what: string }
  | { readonly kind: "none"; readonly file: ViewerFile; readonly reason: string };

/** What stands in place of a picture; of a report what can be saved of it; of a `copy`, which can only be saved, `what` it is: `A 3D model`. */
export type HeldView = Extract<View, { kind: "pdf" | "video" | "report" | "copy" }>;

/** Views that are gone through with one slider. */
export interface Sequence {
  /** In the corner: `CT chest`. */
  readonly title: string;
  /** In the choice: `CT chest, 214 slices`. */
  readonly label: string;
  readonly date: string;
  readonly modality: string;
  /** What one of them is called. */
  readonly noun: "Slice" | "Frame" | "Picture";
  /** From one frame to the next, in milliseconds. */
  readonly frameTime: number;
  readonly views: readonly View[];
  /** What was outlined in them. */
  readonly outlines?: readonly Outline[];
  /** How somebody saved that some of them are to be shown. */
  readonly states?: readonly SavedChoice[];
  /** What somebody said of them. */
  readonly caption?: string;
}

export interface Listed {
  /** What each file says. */
  readonly reports: readonly FileReport[];
  readonly sequences: readonly Sequence[];
  /** What can't be shown at all. */
  readonly notShown: readonly { readonly file: ViewerFile; readonly reason: string }[];
  /** What is no picture and no document: what it is, and for whom. */
  readonly others: readonly { readonly file: ViewerFile; readonly what: string }[];
  readonly title: string;
  readonly shortTitle: string;
}

export const FRAME_TIME = 100;
const SLICED = new Set(["CT", "MR", "PT", "NM"]);

/** Reads what the files say of themselves, but for the first ones, of which it is `known`. Throws AbortError. */
export async function listed(
  files: readonly ViewerFile[],
  worker: DicomWorker,
  signal: AbortSignal,
  onProgress: (done: number) => void,
  known: readonly FileReport[] = [],
): Promise<Listed> {
  const reports = [...known];
  for (const { blob } of files.slice(known.length)) {
    reports.push(await readReport(worker, blob));
    signal.throwIfAborted();
    onProgress(reports.length);
  }
  const metadata = studyMetadataOf(reports);
  const kinds = await Promise.all(files.map(({ blob }, at) => kindOf(blob, reports[at]?.kind !== "other")));
  const notShown: { file: ViewerFile; reason: string }[] = [];
  const others: { file: ViewerFile; what: string }[] = [];
  const sequences: Sequence[] = [];
  const belongings: Belonging[] = [];
  for (const places of metadata.order) {
    const sequence = await seriesSequence(places, files, reports, worker);
    sequences.push(sequence);
    notShown.push(...sequence.views.filter((view) => view.kind === "none"));
  }
  for (const [at, file] of files.entries()) {
    const kind = kinds[at];
    const report = reports[at];
    if (kind === "png" || kind === "jpeg" || kind === "pdf") sequences.push(single({ kind, file }, file.name));
    else if (report?.kind === "unreadable") notShown.push({ file, reason: report.reason });
    else if (isDirectory(file))
      continue; // lists the others, for discs
    else if (report?.kind === "dicom" && !report.metadata.some((each) => each.frames)) {
      const held = await contentsSequence(file, at, report.metadata[0], worker);
      if ("contents" in held) belongings.push(held);
      else if ("reason" in held) notShown.push(held);
      else if ("what" in held) others.push(held);
      else sequences.push(held);
    } else if (report?.kind === "other") notShown.push({ file, reason: "this is not a picture" });
  }
  const filled = await withBelongings(sequences, belongings, worker);
  const all = { sequences: reportsFirst(filled.sequences), others: [...filled.others, ...others] };
  return { ...all, reports, notShown, ...titles(metadata, reports) };
}

const isDirectory = ({ name }: ViewerFile): boolean => /(^|\/)DICOMDIR$/i.test(name);

function titles(metadata: StudyMetadata, reports: readonly FileReport[]): { title: string; shortTitle: string } {
  const lateralities = new Set(
    reports.flatMap((each) => (each.kind === "dicom" ? each.metadata : [])).map((each) => each.laterality),
  );
  const [laterality = ""] = lateralities.size === 1 ? [...lateralities] : [];
  const kind = { ...metadata, laterality };
  return { title: patientTitle(kind), shortTitle: shortTitle(kind) };
}

async function seriesSequence(
  places: readonly number[],
  files: readonly ViewerFile[],
  reports: readonly FileReport[],
  worker: DicomWorker,
): Promise<Sequence> {
  const views: View[] = [];
  let first: FileMetadata | undefined;
  let frameTime: number | undefined;
  let isCine = false;
  for (const place of places) {
    const file = files[place];
    const report = reports[place];
    const metadata = report?.kind === "dicom" ? report.metadata.find((each) => each.frames) : undefined;
    if (!file || !metadata) continue;
    first ??= metadata;
    if (metadata.isVideo) views.push(await videoView(file, worker));
    else if (metadata.frames === 1 && !metadata.isGuess) views.push({ kind: "dicom", file, key: place, frame: 0 });
    else {
      const opened = await framesOf(file, place, worker);
      isCine ||= opened.views.length > 1;
      frameTime ??= opened.frameTime;
      views.push(...opened.views);
    }
  }
  const kind = { modalities: [first?.modality ?? ""], bodyParts: [first?.bodyPart ?? ""] };
  const known = shortTitle({ ...kind, laterality: first?.laterality ?? "" });
  const title = first?.isUnknownKind ? `${known} of an unknown kind` : known;
  const modality = first?.modality ?? "";
  const noun = SLICED.has(modality) ? "Slice" : isCine ? "Frame" : "Picture";
  const counted = first?.isVideo ? "video" : noun.toLowerCase();
  const count = views.length === 1 ? "" : `, ${views.length} ${counted}s`;
  const described = [first?.isVideo && "Video", title, first?.seriesDescription].filter(Boolean).join(": ");
  return {
    title,
    label: `${described}${count}`,
    date: shownDate(first?.studyDate ?? ""),
    modality,
    noun,
    frameTime: Math.min(Math.max(frameTime ?? FRAME_TIME, 20), 2000),
    views,
  };
}

/** The file says how many frames it has; how many there really are shows only on opening it. */
async function framesOf(
  file: ViewerFile,
  key: number,
  worker: DicomWorker,
): Promise<{ views: View[]; frameTime: number | undefined }> {
  try {
    const { frames, frameTime } = await worker.ask("open", { key, blob: file.blob });
    const views = Array.from({ length: frames }, (_, frame): View => ({ kind: "dicom", file, key, frame }));
    return { views, frameTime };
  } catch (error) {
    if (!(error instanceof PreviewError)) throw error;
    return { views: [{ kind: "none", file, reason: reasonOf(error) }], frameTime: undefined };
  }
}
