/** Finds in a Worker what of a study another system can be sent. Pages import this lazily. */

import { DicomWorker } from "./client.ts";
import { PreviewError } from "./errors.ts";
import type { FoundInstance, InstanceReport } from "./instance.ts";

export type { FoundInstance, InstanceReport };

const TWICE = "another file has the same SOPInstanceUID";

/** What each file is, in their order. Throws AbortError. */
export async function readInstances(blobs: readonly Blob[], signal: AbortSignal): Promise<InstanceReport[]> {
  signal.throwIfAborted();
  const worker = new DicomWorker();
  const stop = (): void => {
    worker.dispose();
  };
  signal.addEventListener("abort", stop);
  const known = new Set<string>();
  const reports: InstanceReport[] = [];
  try {
    for (const blob of blobs) {
      const report = await reportOf(worker, blob);
      const isTwice = report.kind === "instance" && known.has(report.uid);
      reports.push(isTwice ? { kind: "none", reason: TWICE } : report);
      if (report.kind === "instance") known.add(report.uid);
    }
  } finally {
    signal.removeEventListener("abort", stop);
    worker.dispose();
  }
  return reports;
}

async function reportOf(worker: DicomWorker, blob: Blob): Promise<InstanceReport> {
  try {
    return await worker.ask("instance", { blob });
  } catch (error) {
    if (error instanceof PreviewError) return { kind: "none", reason: error.message };
    throw error;
  }
}
