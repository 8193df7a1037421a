/** A file as a DICOM instance that another system is sent: as radiogram/export/instances.py, but for files without a header. */

import { PreviewError } from "./errors.ts";
import { isDicom, isMarked, openFile, readHeader } from "./header.ts";
import type { Handed } from "./protocol.ts";
import { reasonOf, reportOf } from "./metadata.ts";
import { sourceOf } from "./source.ts";
import { TAG } from "./tags.ts";

export interface FoundInstance {
  readonly kind: "instance";
  /** SOP Instance UID. */
  readonly uid: string;
  /** Fit to be shown; empty where the file has none. */
  readonly patient: string;
  readonly series: string;
  readonly number: number | undefined;
}

export type InstanceReport = FoundInstance | { readonly kind: "none"; readonly reason: string };

const NOT_DICOM = "it is no DICOM file";
const OWN_DIRECTORY = "it is a DICOMDIR, which lists files for media alone";
const NO_HEADER = "it has no header of a DICOM file";
const UID = /^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/; // PS3.5 9.1
const UID_LIMIT = 64;
const KEPT: ReadonlySet<number> = new Set<number>([TAG.SopClassUid, TAG.SopInstanceUid, TAG.DirectoryRecordSequence]);

/** What the file would be to another system. Never throws for what a file holds. Only in a Worker. */
export async function instanceOf(file: Handed): Promise<InstanceReport> {
  try {
    const source = await openFile(file);
    if (!isDicom(source)) return none(NOT_DICOM);
    const { dataset } = readHeader(source, KEPT);
    if (dataset.has(TAG.DirectoryRecordSequence)) return none(OWN_DIRECTORY);
    const uid = dataset.text(TAG.SopInstanceUid);
    if (!isUid(uid)) return none("it has no valid SOPInstanceUID");
    if (!isUid(dataset.text(TAG.SopClassUid))) return none("it has no valid SOPClassUID");
    if (!isMarked(sourceOf(file))) return none(NO_HEADER);
    const report = reportOf(source);
    const [said] = report.kind === "dicom" ? report.metadata : [];
    const { patient, seriesDescription = "", instanceNumber } = said ?? {};
    return { kind: "instance", uid, patient: patient?.name ?? "", series: seriesDescription, number: instanceNumber };
  } catch (error) {
    return none(error instanceof PreviewError ? error.message : reasonOf(error));
  }
}

const isUid = (text: string): boolean => text.length <= UID_LIMIT && UID.test(text);

const none = (reason: string): InstanceReport => ({ kind: "none", reason });
