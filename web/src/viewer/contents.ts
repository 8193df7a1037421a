/** What files without images hold, as sequences of one view, and in which order everything stands. */

import type { DicomWorker } from "../dicom/client.ts";
import { shownDate } from "../dicom/display.ts";
import type { Contents } from "../dicom/documents.ts";
import { PreviewError } from "../dicom/errors.ts";
import { reasonOf } from "../dicom/metadata.ts";
import type { FileMetadata } from "../dicom/types.ts";
import type { Belonging } from "./belongings.ts";
import { FRAME_TIME, type Listed, type Sequence, type View, type ViewerFile } from "./list.ts";

const NO_IMAGE = "this DICOM file holds no image";

/** Reports and documents first, which most patients want most; then pictures, as they were; then logs and the like. */
export function reportsFirst(sequences: readonly Sequence[]): Sequence[] {
  const ranked = sequences.map((each) => ({ each, rank: rankOf(each.views[0]) }));
  return ranked.sort((one, other) => one.rank - other.rank).map(({ each }) => each);
}

function rankOf(view: View | undefined): number {
  switch (view?.kind) {
    case "pdf":
      return 0;
    case "report":
      return view.report.isForPeople ? 0 : 2;
    case "copy":
      return view.what === CLINICAL_DOCUMENT ? 0 : 2;
    default:
      return 1;
  }
}

/** Whether there is something to look at in it. */
export const isPicture = (sequence: Sequence): boolean =>
  sequence.views.some(({ kind }) => ["dicom", "png", "jpeg", "ecg", "video"].includes(kind));

/** A sequence of one view. */
export function single(view: View, title: string, metadata?: FileMetadata): Sequence {
  const date = shownDate(metadata?.studyDate ?? "");
  return { title, label: title, date, modality: "", noun: "Picture", frameTime: FRAME_TIME, views: [view] };
}

/** What a DICOM file without an image holds, or what it is to images, or what it is, or why it can't be shown. Throws AbortError. */
export async function contentsSequence(
  file: ViewerFile,
  key: number,
  metadata: FileMetadata | undefined,
  worker: DicomWorker,
): Promise<Sequence | Belonging | Listed["notShown"][number] | Listed["others"][number]> {
  try {
    const contents = await worker.ask("contents", { blob: file.blob });
    if (!contents) return { file, reason: NO_IMAGE };
    if (contents.kind === "other") return { file, what: contents.what };
    if (contents.kind === "segmentation" || contents.kind === "keys" || contents.kind === "state")
      return { file, key, contents };
    const [view, title] = viewOf(file, contents);
    return single(view, title, metadata);
  } catch (error) {
    if (!(error instanceof PreviewError)) throw error;
    return { file, reason: reasonOf(error) };
  }
}

/** A video as a file that plays, or why there is none. Throws AbortError. */
export async function videoView(file: ViewerFile, worker: DicomWorker): Promise<View> {
  try {
    const contents = await worker.ask("contents", { blob: file.blob });
    if (contents?.kind === "file") return viewOf(file, contents)[0];
    return { kind: "none", file, reason: NO_IMAGE };
  } catch (error) {
    if (!(error instanceof PreviewError)) throw error;
    return { kind: "none", file, reason: reasonOf(error) };
  }
}

const CLINICAL_DOCUMENT = "A clinical document (CDA)";
const MODEL = "A 3D model";

function viewOf(
  file: ViewerFile,
  contents: Extract<Contents, { kind: "file" | "report" | "ecg" }>,
): readonly [View, title: string] {
  if (contents.kind === "ecg") return [{ kind: "ecg", file }, "ECG"];
  if (contents.kind === "report") {
    const { title } = contents.report;
    return [{ kind: "report", file, report: contents.report }, /report/i.test(title) ? title : `Report: ${title}`];
  }
  const held = { name: `${file.name}${contents.suffix}`, mediaType: "", blob: contents.blob };
  const titled = (what: string): string => (contents.title ? `${what}: ${contents.title}` : what);
  switch (contents.what) {
    case "pdf":
      return [{ kind: "pdf", file: held }, titled("Document")];
    case "video":
      return [{ kind: "video", file: held }, "Video"];
    case "clinicalDocument":
      return [
        contents.words
          ? { kind: "report", file, report: contents.words, copy: held }
          : { kind: "copy", file: held, what: CLINICAL_DOCUMENT },
        titled(CLINICAL_DOCUMENT),
      ];
    case "model":
      return [{ kind: "copy", file: held, what: MODEL }, titled(MODEL)];
  }
}
