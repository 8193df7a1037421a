/** What DICOM files say of themselves, read in a Worker. Pages import this lazily. */

import { DicomWorker } from "./client.ts";
import { PreviewError } from "./errors.ts";
import { together } from "./study.ts";
import type { FileReport, SourceFile, StudyFacts } from "./types.ts";

export type * from "./types.ts";
export { PreviewError };

const THUMBNAIL_PIXELS = 640;

/**
 * What the files say, one by one and together; only headers are read. `onProgress` hears of each file. No file is
 * refused: what can't be read is listed as such. Throws AbortError.
 */
export async function readFacts(
  files: readonly SourceFile[],
  onProgress?: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<StudyFacts> {
  signal?.throwIfAborted();
  const worker = new DicomWorker();
  const stop = (): void => {
    worker.dispose();
  };
  signal?.addEventListener("abort", stop);
  const reports: FileReport[] = [];
  try {
    for (const { file } of files) {
      reports.push(await reportOf(worker, file));
      signal?.throwIfAborted();
      onProgress?.(reports.length, files.length);
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    worker.dispose();
  }
  return together(reports);
}

/** One file's facts from a worker that is there already. */
export async function reportOf(worker: DicomWorker, blob: Blob): Promise<FileReport> {
  try {
    return await worker.ask("facts", { blob });
  } catch (error) {
    if (error instanceof PreviewError) return { kind: "unreadable", reason: error.message };
    throw error;
  }
}

/** A picture of a file's middle frame, at most `longest` pixels wide or high. Throws PreviewError. */
export async function thumbnail(file: Blob, longest = THUMBNAIL_PIXELS): Promise<HTMLCanvasElement> {
  const worker = new DicomWorker();
  try {
    const { frames } = await worker.ask("open", { key: 0, blob: file });
    const { bitmap, aspect } = await worker.ask("render", { key: 0, blob: file, frame: frames >> 1, look: "auto" });
    const [width, height] = [bitmap.width / Math.min(aspect, 1), bitmap.height * Math.max(aspect, 1)];
    const shrink = Math.min(1, longest / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * shrink));
    canvas.height = Math.max(1, Math.round(height * shrink));
    const context = canvas.getContext("2d");
    if (context) context.imageSmoothingQuality = "high";
    context?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return canvas;
  } finally {
    worker.dispose();
  }
}
