/** Pictures that are not DICOM: PNG and JPEG. Told by their first bytes, never by their names. */

import { PreviewError } from "../dicom/errors.ts";

const MAX_PIXELS = 1 << 26; // a small file may claim to be a huge picture
const SHOWN_PIXELS = 1 << 24;
const HEAD_BYTES = 1 << 18;

export type FileKind = "dicom" | "png" | "jpeg" | "pdf" | "other";

/** What kind of file it is. Only the beginning is read. */
export async function kindOf(blob: Blob, isDicom: boolean): Promise<FileKind> {
  if (isDicom) return "dicom";
  const head = new Uint8Array(await blob.slice(0, 1024).arrayBuffer());
  if ([0x89, 0x50, 0x4e, 0x47].every((byte, at) => head[at] === byte)) return "png";
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return "jpeg";
  return String.fromCharCode(...head).includes("%PDF-") ? "pdf" : "other";
}

/** The picture, decoded by the browser. Throws PreviewError. */
export async function decodePicture(blob: Blob, kind: "png" | "jpeg"): Promise<ImageBitmap> {
  const head = new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer());
  const size = kind === "png" ? pngSize(head) : jpegSize(head);
  if (!size) throw new PreviewError("this picture is damaged");
  const [width, height] = size;
  if (width * height > MAX_PIXELS)
    throw new PreviewError(`this picture is too large to show: ${width} × ${height} pixels`);
  const typed = blob.slice(0, blob.size, `image/${kind}`);
  const shrink = Math.sqrt(SHOWN_PIXELS / (width * height));
  try {
    return await (shrink < 1
      ? createImageBitmap(typed, { resizeWidth: Math.round(width * shrink), resizeQuality: "high" })
      : createImageBitmap(typed));
  } catch {
    throw new PreviewError("this picture is damaged");
  }
}

type Size = readonly [width: number, height: number];

function pngSize(head: Uint8Array<ArrayBuffer>): Size | undefined {
  if (head.length < 24) return undefined;
  const view = new DataView(head.buffer);
  return [view.getUint32(16), view.getUint32(20)];
}

function jpegSize(head: Uint8Array<ArrayBuffer>): Size | undefined {
  const view = new DataView(head.buffer);
  for (let at = 2; at + 9 < head.length && head[at] === 0xff;) {
    const marker = head[at + 1] ?? 0;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    }
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return undefined;
}
