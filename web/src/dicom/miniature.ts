/** A picture made small, as a PNG. In a Worker or a page. */

export interface Large {
  readonly bitmap: ImageBitmap;
  /** Height of a pixel over its width. */
  readonly aspect: number;
}

/** At most `longest` pixels wide or high, its pixels made square. Closes the bitmap. */
export async function miniature({ bitmap, aspect }: Large, longest: number): Promise<Blob> {
  const [width, height] = [bitmap.width / Math.min(aspect, 1), bitmap.height * Math.max(aspect, 1)];
  const shrink = Math.min(1, longest / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * shrink)), Math.max(1, Math.round(height * shrink)));
  const context = canvas.getContext("2d");
  if (context) context.imageSmoothingQuality = "high";
  context?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas.convertToBlob();
}
