/** Reads in a Worker what DICOM files say of themselves. Pages import this lazily. */

import { DicomWorker } from "./client.ts";
import { PreviewError } from "./errors.ts";
import { studyMetadataOf } from "./metadata.ts";
import type { FileReport, SourceFile, StudyMetadata } from "./types.ts";

export type * from "./types.ts";
export { PreviewError };

/**
 * What the files say, one by one and together; only headers are read. `onProgress` hears of each file. No file is
 * refused: what can't be read is listed as such. Throws AbortError.
 */
export async function readMetadata(
  files: readonly SourceFile[],
  onProgress?: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<StudyMetadata> {
  signal?.throwIfAborted();
  const worker = new DicomWorker();
  const stop = (): void => {
    worker.dispose();
  };
  signal?.addEventListener("abort", stop);
  const reports: FileReport[] = [];
  try {
    for (const { file } of files) {
      reports.push(await readReport(worker, file));
      signal?.throwIfAborted();
      onProgress?.(reports.length, files.length);
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    worker.dispose();
  }
  return studyMetadataOf(reports);
}

/** What one file says, from a worker that is there already. */
export async function readReport(worker: DicomWorker, blob: Blob): Promise<FileReport> {
  try {
    return await worker.ask("metadata", { blob });
  } catch (error) {
    if (error instanceof PreviewError) return { kind: "unreadable", reason: error.message };
    throw error;
  }
}
