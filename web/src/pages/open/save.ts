/** Puts files on the patient's disk, bit for bit. */

import { saveBlob } from "../../ui/save.ts";
import type { FileEntry } from "../../formats/manifest.ts";
import type { Study } from "../../worker/fetchStudy.ts";

const ENDINGS: Readonly<Record<string, string>> = {
  "application/dicom": ".dcm",
  "application/pdf": ".pdf",
  "image/jpeg": ".jpg",
  "image/png": ".png",
};

/** One file as it is, more as a ZIP archive, under a name of ours. Returns that name. */
export async function saveStudy(study: Study, stem: string): Promise<string> {
  const [only] = study.files;
  if (only !== undefined && study.files.length === 1) {
    return saveBlob(only.blob, stem + ending(only.entry), only.entry.mediaType);
  }
  const { downloadZip } = await import("client-zip");
  const members = study.files.map(({ entry, blob }) => ({ name: entry.name, input: blob, size: entry.bytes }));
  return saveBlob(await downloadZip(members).blob(), `${stem}.zip`, "application/zip");
}

function ending(entry: FileEntry): string {
  return ENDINGS[entry.mediaType] ?? /\.[A-Za-z0-9]{1,8}$/u.exec(entry.name)?.[0]?.toLowerCase() ?? "";
}
