/** What is to be sent: files of one person, and how they are said to the technologist. No DOM, no network. */

import type { PatientFacts, StudyFacts } from "../../dicom/types.ts";
import { shownDate } from "../../dicom/display.ts";
import { shortTitle } from "../../dicom/labels.ts";
import { isDate } from "../../formats/date.ts";
import { baseName, counted, listed } from "../../ui/format.ts";
import type { SourceFile } from "../../worker/encryptStudy.ts";

export interface Images {
  readonly files: readonly SourceFile[];
  readonly facts: StudyFacts;
  /** Together. */
  readonly bytes: number;
  /** Whom the files name; absent if nobody. */
  readonly person: PatientFacts | undefined;
}

/** `CT chest`, or a file's name where nothing better is known. */
export function titleOf({ facts, files }: Images): string {
  if (facts.images > 0) return shortTitle(facts);
  return files.length === 1 ? "1 file" : counted(files.length, "file");
}

/** `214 images and 2 other files: report.pdf, photo.png`. */
export function countOf({ facts, files }: Images): string {
  const others = files.filter((_, place) => !isImage(facts, place)).map((each) => baseName(each.name));
  if (facts.images === 0) return listed(files.map((each) => baseName(each.name)));
  const images = counted(facts.images, "image");
  return others.length > 0 ? `${images} and ${counted(others.length, "other file")}: ${listed(others)}` : images;
}

function isImage(facts: StudyFacts, place: number): boolean {
  const report = facts.files[place];
  return report?.kind === "dicom" && report.facts.some(({ frames }) => frames > 0);
}

export function dateOf({ facts }: Images): string {
  return shownDate(facts.dates[0] ?? "");
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
export function leftOut(files: readonly SourceFile[], facts: StudyFacts): { strange: number[]; unchecked: number[] } {
  const nameless =
    facts.patients.length === 0 ? [] : facts.files.flatMap((_, place) => (isNameless(facts, place) ? [place] : []));
  return {
    strange: facts.others.filter((place) => !goesAlong(files[place]?.name ?? "")),
    unchecked: [...facts.unreadable, ...nameless].sort((a, b) => a - b),
  };
}

/** Files that go along without a question: pictures and reports. */
function goesAlong(name: string): boolean {
  return /\.(png|jpe?g|pdf)$/i.test(name);
}

/** Whether it is DICOM, and names nobody. */
function isNameless(facts: StudyFacts, place: number): boolean {
  const report = facts.files[place];
  return (
    report?.kind === "dicom" && report.facts.every(({ patient: { name, id, birthDate } }) => !name && !id && !birthDate)
  );
}
