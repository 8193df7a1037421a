/** Reads in a Worker what DICOM files say of themselves. Pages import this lazily. */

import { DicomWorker } from "./client.ts";
import { PreviewError } from "./errors.ts";
import { studyMetadataOf } from "./metadata.ts";
import { beginning, type FileContent, isRemote } from "../remoteFile.ts";
import type { FileReport, SourceFile, StudyMetadata } from "./types.ts";

const HEAD_BYTES = 4 << 20; // as much of a file elsewhere is looked at first; headers are smaller, but for deflated files

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
      reports.push(await readContent(worker, file, signal));
      signal?.throwIfAborted();
      onProgress?.(reports.length, files.length);
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    worker.dispose();
  }
  return studyMetadataOf(reports);
}

async function readContent(worker: DicomWorker, file: FileContent, signal?: AbortSignal): Promise<FileReport> {
  if (!isRemote(file)) return readReport(worker, file);
  const report = await readReport(worker, await beginning(file, HEAD_BYTES, signal));
  if (report.kind === "dicom" || file.size <= HEAD_BYTES) return report;
  return readReport(worker, await beginning(file, file.size, signal));
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
