/** Videos in DICOM files (PS3.5 8.2.5 to 8.2.11): the one stream that the fragments of the pixel data are together. */

import { latin } from "./dataset.ts";
import { PreviewError } from "./errors.ts";
import type { Header } from "./header.ts";

const MPEG2 = ["100", "101"];
const H264 = ["102", "103", "104", "105", "106"];
const HEVC = ["107", "108"];
const ROOT = "1.2.840.10008.1.2.4.";
/** The first two may be in several fragments (PS3.5 8.2.5 to 8.2.9). */
const VIDEOS = new Set([...[...MPEG2, ...H264].flatMap((each) => [each, `${each}.1`]), ...HEVC]);
const MAX_FRAGMENTS = 1_000_000;
const HEAD_BYTES = 256;
const [ITEM, SEQUENCE_END] = [0xe000fffe, 0xe0ddfffe];

export const isVideo = (syntax: string): boolean => syntax.startsWith(ROOT) && VIDEOS.has(syntax.slice(ROOT.length));

/** The video, byte by byte as it was put in, and its suffix. Throws PreviewError where it is not all there. */
export function videoOf({ source, end, syntax }: Header): { blob: Blob; suffix: string } {
  const parts: Blob[] = [];
  const beginning: number[] = [];
  const head = source.read(end, end + 12); // explicit VR: tag, VR, 2 bytes, length
  if (latin(head.subarray(0, 4)) !== "\xe0\x7f\x10\0") throw new PreviewError("this file holds no video");
  let at = end + 12;
  for (let isTable = true; ; isTable = false) {
    const item = source.read(at, at + 8);
    if (item.length < 8) throw new PreviewError("this file is cut short: its video is not all there");
    const view = new DataView(item.buffer, item.byteOffset, 8);
    const [tag, length] = [view.getUint32(0, true), view.getUint32(4, true)];
    if (tag === SEQUENCE_END) break;
    if (tag !== ITEM || length === 0xffffffff || parts.length >= MAX_FRAGMENTS)
      throw new PreviewError("this file is damaged: its video breaks off");
    if (at + 8 + length > source.size) throw new PreviewError("this file is cut short: its video is not all there");
    if (!isTable) {
      parts.push(source.part(at + 8, at + 8 + length));
      const wanted = Math.min(length, HEAD_BYTES - beginning.length);
      beginning.push(...source.read(at + 8, at + 8 + wanted));
    }
    at += 8 + length;
  }
  const suffix = suffixOf(latin(Uint8Array.from(beginning)), syntax.slice(ROOT.length));
  return { blob: new Blob(parts), suffix };
}

/** By the container, of which PS3.5 allows several; a bare stream by its coding. */
function suffixOf(head: string, coding: string): string {
  if (head.slice(4, 8) === "ftyp") return ".mp4";
  if (head[0] === "G" && head[188] === "G") return ".ts";
  if (head.startsWith("\0\0\x01\xba")) return ".mpg";
  if (MPEG2.includes(coding.slice(0, 3))) return ".m2v";
  return HEVC.includes(coding) ? ".h265" : ".h264";
}
