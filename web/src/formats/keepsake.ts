/** A study as one page that shows it: docs/export.md, Keepsake. The same bytes as Python’s radiogram/export/keepsake.py. */

import { base64 } from "@scure/base";
import { SiteError } from "../errors.ts";
import type { Bytes } from "./bytes.ts";
import { type ByteStream, streamOf } from "./streams.ts";

/** One file of the study. */
export interface KeptFile {
  readonly name: string;
  readonly mediaType: string;
  readonly blob: Blob;
}

const PLACE = "<!--files-->";
const BLOCK = 3 << 16; // bytes; a multiple of 3: base64 of the parts is that of the whole

/** `page` (as it was built, without files) with the files in it; `onBytes` is told of theirs. Throws SiteError. */
export function keepsake(page: string, files: readonly KeptFile[], onBytes: (more: number) => void): ByteStream {
  const [before, after, ...more] = page.split(PLACE);
  if (before === undefined || after === undefined || more.length > 0)
    throw new SiteError("This copy of Radiogram lacks the page that keeps images. Use another copy.");
  return streamOf(pieces(before, after, files, onBytes));
}

/** Bytes of a keepsake of these files, of a page of `size`; but for names, which are short. */
export function keepsakeSize(size: number, files: readonly KeptFile[]): number {
  return files.reduce((sum, { blob }) => sum + 4 * Math.ceil(blob.size / 3), size);
}

async function* pieces(
  before: string,
  after: string,
  files: readonly KeptFile[],
  onBytes: (more: number) => void,
): AsyncGenerator<Bytes, void> {
  const utf8 = new TextEncoder();
  yield utf8.encode(before);
  for (const { name, mediaType, blob } of files) {
    const said = `data-name="${escaped(name)}" data-media-type="${escaped(mediaType)}"`;
    yield utf8.encode(`<script class="file" type="application/octet-stream" ${said}>`);
    for (let at = 0; at < blob.size; at += BLOCK) {
      const block = new Uint8Array(await blob.slice(at, at + BLOCK).arrayBuffer());
      yield utf8.encode(base64.encode(block));
      onBytes(block.length);
    }
    yield utf8.encode("</script>\n");
  }
  yield utf8.encode(after);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#x27;",
};

/** As Python’s html.escape. */
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (found) => ESCAPES[found] ?? found);
