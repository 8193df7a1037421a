/** What a presentation state draws over an image, as a picture of its own. Only in a Worker. */

import { drawAnnotations } from "./annotations.ts";
import { PreviewError } from "./errors.ts";
import type { SavedView } from "./presentationState.ts";

const LEGIBLE_PIXELS = 2048; // longest side, whatever the image has: texts are to be read

/** Annotations over outlines, large enough to be read. */
export function annotated(view: SavedView, outlines: ImageBitmap | undefined): ImageBitmap {
  const { area, aspect } = view;
  const [across, down] = area.quarters % 2 ? [area.height, area.width] : [area.width, area.height];
  const [width, height] = [across / Math.min(aspect, 1), down * Math.max(aspect, 1)];
  const scale = LEGIBLE_PIXELS / Math.max(width, height);
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const context = canvas.getContext("2d");
  if (!context) throw new PreviewError("this browser can't draw what was saved over the image");
  if (outlines) context.drawImage(outlines, 0, 0, canvas.width, canvas.height);
  drawAnnotations(context, view.annotations, (point) => view.placed(point, canvas.width, canvas.height));
  return canvas.transferToImageBitmap();
}
