/** A small picture of a file, drawn in a Worker. Pages import this lazily. */

import { DicomWorker } from "./client.ts";

const THUMBNAIL_PIXELS = 640;

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
