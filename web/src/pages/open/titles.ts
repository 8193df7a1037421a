/** What a study is called, from what its list says of the files. Our own words only: never a person's name. */

import type { Manifest, SeriesMetadata } from "../../formats/manifest.ts";
import { type Kind, patientTitle, shortTitle } from "../../dicom/labels.ts";
import { clean } from "../../formats/text.ts";
import { isDate } from "../../formats/date.ts";

/** The heading: "CT scan of your chest"; "Your images" where the files do not say. */
export function heading(manifest: Manifest): string {
  return patientTitle(kind(manifest));
}

/** On a card: "CT chest"; "Images" where the files do not say. */
export function cardName(manifest: Manifest): string {
  return shortTitle(kind(manifest));
}

/** What its maker calls itself, which anybody may; null for nothing. */
export function claimOf({ senderLabel = "" }: Manifest): string | null {
  return clean(senderLabel) || null;
}

/** A file's name without its ending: "CT-chest-2026-11-12", the day of the study or else of the message. */
export function fileStem(name: string, manifest: Manifest, sentAt: Date): string {
  const date = manifest.studies.map((study) => study.date ?? "").find(isDate);
  return `${name.replace(/[^\w-]+/gu, "-")}-${date ?? sentAt.toISOString().slice(0, 10)}`;
}

/** How many pictures there are, if the list says so. */
export function imageCount(manifest: Manifest): number {
  return series(manifest).reduce((sum, each) => sum + (each.images ?? 0), 0);
}

function kind(manifest: Manifest): Kind {
  const of = (value: (each: SeriesMetadata) => string | undefined): string[] =>
    series(manifest)
      .map(value)
      .filter((text) => text !== undefined);
  return { modalities: of((each) => each.modality), bodyParts: of((each) => each.bodyPart) };
}

function series(manifest: Manifest): SeriesMetadata[] {
  return manifest.studies.flatMap((study) => study.series);
}
