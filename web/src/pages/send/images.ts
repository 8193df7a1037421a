/** What is to be sent: files of one person, and how they are said to the technologist. No DOM, no network. */

import type { PatientMetadata, StudyMetadata } from "../../dicom/types.ts";
import { shownDate } from "../../dicom/display.ts";
import { shortTitle } from "../../dicom/labels.ts";
import { bundleOrder } from "../../formats/bundleOrder.ts";
import { isDate } from "../../formats/date.ts";
import { baseName, counted, listed } from "../../ui/format.ts";
import type { SourceFile } from "../../worker/encryptStudy.ts";

export interface Images {
  readonly files: readonly SourceFile[];
  readonly metadata: StudyMetadata;
  /** Together. */
  readonly bytes: number;
  /** Whom the files name; absent if nobody. */
  readonly person: PatientMetadata | undefined;
}

/** The files as a bundle holds them: what is looked at first in front. */
export function inBundleOrder({ files, metadata: { files: reports, order } }: Images): SourceFile[] {
  const said = reports.map((each) => (each.kind === "dicom" ? each.metadata : []));
  const read = new Set(said.flatMap((each, place) => (each[0]?.isReport ? [place] : [])));
  const framesOf = (place: number): number => said[place]?.find(({ frames }) => frames > 0)?.frames ?? 0;
  const series = order.map((places) => places.map((place) => ({ place, frames: framesOf(place) })));
  const names = files.map(({ name }) => name);
  return bundleOrder(names, read, series).flatMap((place) => files[place] ?? []);
}

/** `CT chest`, or a file's name where nothing better is known. */
export function titleOf({ metadata, files }: Images): string {
  if (metadata.images > 0) return shortTitle(metadata);
  return files.length === 1 ? "1 file" : counted(files.length, "file");
}

/** `214 images and 2 other files: report.pdf, photo.png`. */
export function countOf({ metadata, files }: Images): string {
  const others = files.filter((_, place) => !isImage(metadata, place)).map((each) => baseName(each.name));
  if (metadata.images === 0) return listed(files.map((each) => baseName(each.name)));
  const images = counted(metadata.images, "image");
  return others.length > 0 ? `${images} and ${counted(others.length, "other file")}: ${listed(others)}` : images;
}

function isImage(metadata: StudyMetadata, place: number): boolean {
  const report = metadata.files[place];
  return report?.kind === "dicom" && report.metadata.some(({ frames }) => frames > 0);
}

export function dateOf({ metadata }: Images): string {
  return shownDate(metadata.dates[0] ?? "");
}

/** Name of the person, or failing that their number. Undefined if the images name nobody. */
export function nameOf({ person }: Images): string | undefined {
  return person?.name || (person?.id ? `Patient number ${person.id}` : undefined);
}

/** The date of birth in the images, `YYYY-MM-DD`; undefined if there is none that can be compared. */
export function birthDateOf({ person }: Images): string | undefined {
  return person && isDate(person.birthDate) ? person.birthDate : undefined;
}

export const SEXES: Readonly<Record<string, string>> = { F: "Female", M: "Male", O: "Other" };

/** Which files stay behind unless the person says otherwise: places of those that are no images, and of those that can't be checked. */
export function leftOut(
  files: readonly SourceFile[],
  metadata: StudyMetadata,
): { strange: number[]; unchecked: number[] } {
  const nameless =
    metadata.patients.length === 0
      ? []
      : metadata.files.flatMap((_, place) => (isNameless(metadata, place) ? [place] : []));
  return {
    strange: metadata.others.filter((place) => !goesAlong(files[place]?.name ?? "")),
    unchecked: [...metadata.unreadable, ...nameless].sort((a, b) => a - b),
  };
}

/** Of the files of several people: places of those that name more than one, and of those that name nobody. */
export function besides(metadata: StudyMetadata): { shared: number[]; nobodys: number[] } {
  const owners = new Map<number, number>();
  for (const place of metadata.patients.flatMap(({ files }) => files)) owners.set(place, (owners.get(place) ?? 0) + 1);
  const places = metadata.files.map((_, place) => place);
  return {
    shared: places.filter((place) => (owners.get(place) ?? 0) > 1),
    nobodys: places.filter((place) => !owners.has(place)),
  };
}

/** Files that go along without a question: pictures and reports. */
function goesAlong(name: string): boolean {
  return /\.(png|jpe?g|pdf)$/i.test(name);
}

/** Whether it is DICOM, and names nobody. */
function isNameless(metadata: StudyMetadata, place: number): boolean {
  const report = metadata.files[place];
  return (
    report?.kind === "dicom" &&
    report.metadata.every(({ patient: { name, id, birthDate } }) => !name && !id && !birthDate)
  );
}
