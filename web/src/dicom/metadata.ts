/** What files say, one by one and together. Pure: the same as Python's radiogram/dicom/metadata.py. */

import { isDate } from "../formats/date.ts";
import type { StudyMetadata as ManifestStudy, SeriesMetadata } from "../formats/manifest.ts";
import { clean } from "../formats/text.ts";
import { type Dataset } from "./dataset.ts";
import { nameGroups, shownDate, shownName } from "./display.ts";
import { PreviewError } from "./errors.ts";
import { isDicom, readHeader } from "./header.ts";
import { isDrawn, roleOf } from "./kinds.ts";
import { folded, isSameName } from "./sameText.ts";
import type { Source } from "./source.ts";
import { TAG } from "./tags.ts";
import { isVideo } from "./video.ts";
import type { Difference, FileMetadata, FileReport, PatientMetadata, StudyMetadata } from "./types.ts";

const KEPT: ReadonlySet<number> = new Set<number>([
  TAG.SpecificCharacterSet,
  TAG.PatientName,
  TAG.PatientId,
  TAG.IssuerOfPatientId,
  TAG.PatientBirthDate,
  TAG.PatientSex,
  TAG.StudyInstanceUid,
  TAG.StudyDate,
  TAG.StudyDescription,
  TAG.Modality,
  TAG.BodyPartExamined,
  TAG.Laterality,
  TAG.ImageLaterality,
  TAG.SeriesInstanceUid,
  TAG.SeriesNumber,
  TAG.SeriesDescription,
  TAG.InstanceNumber,
  TAG.ImagePosition,
  TAG.ImageOrientation,
  TAG.Rows,
  TAG.NumberOfFrames,
  TAG.SopClassUid,
  TAG.BurnedInAnnotation,
  TAG.DirectoryRecordSequence,
]);
/** Kinds whose pictures often have a name drawn into them. */
const WRITTEN_ON = new Set(["US", "IVUS", "SC", "OT", "ES", "XC", "GM", "DOC", "SR", "BMD", "OPT", "HC"]);
const SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7";
/** Structured reports, PDF and CDA documents (PS3.4 B.5). */
const REPORTS = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.(88\.[0-9.]+|104\.[12])$/;
const MAX_FRAMES = 2 ** 31 - 1; // the VR's limit, PS3.5 6.2
const MAX_STUDIES = 100;
const MAX_SERIES = 1000;

/** What one file says of itself. Never throws for what a file holds. */
export function reportOf(source: Source): FileReport {
  try {
    if (!isDicom(source)) return { kind: "other" };
    const { dataset, syntax } = readHeader(source, KEPT);
    const records = dataset.items(TAG.DirectoryRecordSequence);
    const patients = records.filter((each) => each.text(TAG.DirectoryRecordType) === "PATIENT");
    const metadata = (records.length ? patients : [dataset]).map((each) => metadataOf(each, syntax));
    return metadata.length ? { kind: "dicom", metadata } : { kind: "other" };
  } catch (error) {
    return { kind: "unreadable", reason: reasonOf(error) };
  }
}

/** The message of an error of ours. Any other error may quote the file: its message is not shown. */
export function reasonOf(error: unknown): string {
  if (error instanceof PreviewError) return error.message;
  return "this file can't be shown here: it is damaged or unusual";
}

function metadataOf(header: Dataset, syntax: string): FileMetadata {
  const names = header.texts(TAG.PatientName, true).map((each) => each.replace(/=+$/, ""));
  const rawName = clean(names.join("\\"));
  const text = (tag: number): string => clean(header.texts(tag, true).join("\\"));
  const sex = text(TAG.PatientSex).toUpperCase();
  const modality = text(TAG.Modality);
  const said = positive(header.text(TAG.NumberOfFrames));
  const frames = said !== undefined && said <= MAX_FRAMES ? said : 1;
  const sopClass = header.text(TAG.SopClassUid);
  const isImage = header.has(TAG.Rows) && isDrawn(sopClass);
  const laterality = text(TAG.ImageLaterality) || text(TAG.Laterality);
  return {
    patient: {
      name: shownName(rawName),
      rawName,
      birthDate: isoDate(text(TAG.PatientBirthDate)),
      sex,
      id: text(TAG.PatientId),
      issuer: text(TAG.IssuerOfPatientId),
    },
    studyUid: text(TAG.StudyInstanceUid),
    seriesUid: text(TAG.SeriesInstanceUid),
    studyDate: isoDate(text(TAG.StudyDate)),
    description: text(TAG.StudyDescription),
    seriesDescription: text(TAG.SeriesDescription),
    modality,
    bodyPart: text(TAG.BodyPartExamined),
    laterality: ["L", "R"].includes(laterality) ? laterality : "",
    seriesNumber: integer(header, TAG.SeriesNumber),
    instanceNumber: integer(header, TAG.InstanceNumber),
    position: decimals(header, TAG.ImagePosition, 3),
    orientation: decimals(header, TAG.ImageOrientation, 6),
    isGuess: header.has(TAG.NumberOfFrames) && !said,
    isVideo: isImage && isVideo(syntax),
    isUnknownKind: sopClass !== "" && roleOf(sopClass) === "unknown",
    frames: isImage ? frames : 0,
    isReport: REPORTS.test(sopClass),
    mayShowText:
      WRITTEN_ON.has(modality) ||
      sopClass.startsWith(SECONDARY_CAPTURE) ||
      header.text(TAG.BurnedInAnnotation) === "YES",
  };
}

/** What the files say together, in the order of `reports`. */
export function studyMetadataOf(reports: readonly FileReport[]): StudyMetadata {
  const places = reports.map((_, place) => place);
  const entries = reports.flatMap((each, place) =>
    each.kind === "dicom" ? each.metadata.map((metadata) => ({ place, metadata })) : [],
  );
  const found = entries.map((each) => each.metadata);
  const images = found.filter((each) => each.frames > 0);
  const imageModalities = distinct(images.map((each) => each.modality));
  const order = seriesOrder(found).map((series) => series.map((at) => entries[at]?.place ?? 0));
  return {
    files: reports,
    patients: patientsOf(entries),
    differences: differencesOf(found),
    studies: manifestStudies(found),
    modalities: imageModalities.length ? imageModalities : distinct(found.map((each) => each.modality)),
    bodyParts: distinct(found.map((each) => each.bodyPart)),
    dates: distinct(found.map((each) => each.studyDate)),
    descriptions: distinct(found.map((each) => each.description)),
    series: new Set(found.map((each) => each.seriesUid).filter(Boolean)).size,
    images: images.length,
    frames: images.reduce((sum, each) => sum + each.frames, 0),
    dicom: reports.filter((each) => each.kind === "dicom" && each.metadata.length > 0).length,
    others: places.filter((place) => reports[place]?.kind === "other"),
    unreadable: places.filter((place) => reports[place]?.kind === "unreadable"),
    unidentified: found.filter(({ patient }) => !patient.name && !patient.id).length,
    mayShowText: images.some((each) => each.mayShowText),
    order,
    middle: middleOf(order),
  };
}

/** Places of the images in `files`, by series, series by number, slices by position, else by instance number. */
export function seriesOrder(files: readonly FileMetadata[]): number[][] {
  const series = new Map<string, { metadata: FileMetadata; place: number }[]>();
  files.forEach((metadata, place) => {
    if (!metadata.frames) return;
    const list = series.get(metadata.seriesUid) ?? [];
    list.push({ metadata, place });
    series.set(metadata.seriesUid, list);
  });
  const sorted = [...series.values()].map(inOrder);
  sorted.sort((a, b) => compareNumbers(a[0]?.metadata.seriesNumber, b[0]?.metadata.seriesNumber));
  return sorted.map((list) => list.map((each) => each.place));
}

function inOrder<T extends { metadata: FileMetadata }>(list: T[]): T[] {
  const normals = new Set(list.map(({ metadata }) => String(normalOf(metadata.orientation)?.map(hundredths))));
  const isStack = normals.size === 1 && list.every(({ metadata }) => metadata.orientation && metadata.position);
  const keyed = list.map((each) => ({ each, depth: isStack ? depthOf(each.metadata) : 0 }));
  keyed.sort(
    (a, b) => a.depth - b.depth || compareNumbers(a.each.metadata.instanceNumber, b.each.metadata.instanceNumber),
  );
  return keyed.map(({ each }) => each);
}

/** The direction in which slices follow each other: row × column (PS3.3 C.7.6.2.1.1). */
function normalOf(orientation: readonly number[] | undefined): number[] | undefined {
  if (!orientation) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = orientation;
  return [b * f - c * e, c * d - a * f, a * e - b * d];
}

const hundredths = (value: number): number => Math.round(value * 100) / 100 + 0;

/** Along the normal, in mm, to the micrometre: positions are often rounded differently. */
function depthOf(metadata: FileMetadata): number {
  const normal = (normalOf(metadata.orientation) ?? []).map(hundredths);
  const sum = normal.reduce((total, each, at) => total + each * (metadata.position?.[at] ?? 0), 0);
  return Math.round(sum * 1000) / 1000;
}

/** Those without a number come last. */
function compareNumbers(a: number | undefined, b: number | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a - b;
}

function middleOf(order: readonly (readonly number[])[]): number | undefined {
  const largest = [...order].sort((a, b) => b.length - a.length)[0];
  return largest?.[Math.floor(largest.length / 2)];
}

/** Two files belong to one patient unless a name, birth date, sex, patient ID or its issuer that both have differs. */
function patientsOf(entries: readonly { place: number; metadata: FileMetadata }[]): PatientMetadata[] {
  const people: { person: FileMetadata["patient"]; files: Set<number> }[] = [];
  const anonymous = new Set<number>();
  for (const { place, metadata } of entries) {
    const { patient } = metadata;
    if (ATTRIBUTES.every((key) => !patient[key])) anonymous.add(place);
    else {
      const known = people.find(({ person }) => isSame(person, patient));
      if (known) {
        known.files.add(place);
        known.person = merged(known.person, patient);
      } else people.push({ person: patient, files: new Set([place]) });
    }
  }
  return people.map(({ person, files }, at) => ({ ...person, files: [...files, ...(at ? [] : anonymous)] }));
}

const ATTRIBUTES = ["name", "birthDate", "sex", "id", "issuer"] as const;

const isSame = (a: FileMetadata["patient"], b: FileMetadata["patient"]): boolean =>
  isSameName(a.rawName, b.rawName) &&
  ATTRIBUTES.every((key) => key === "name" || !a[key] || !b[key] || folded(a[key]) === folded(b[key]));

function merged(a: FileMetadata["patient"], b: FileMetadata["patient"]): FileMetadata["patient"] {
  const rawName = allAlphabets(a.rawName, b.rawName);
  return {
    name: shownName(rawName),
    rawName,
    birthDate: a.birthDate || b.birthDate,
    sex: a.sex || b.sex,
    id: a.id || b.id,
    issuer: a.issuer || b.issuer,
  };
}

function allAlphabets(one: string, other: string): string {
  const [ones, others] = [one.split("="), other.split("=")];
  const longer = ones.length < others.length ? others : ones;
  return longer.map((_, at) => (shownName(ones[at] ?? "") ? ones[at] : (others[at] ?? ""))).join("=");
}

function differencesOf(found: readonly FileMetadata[]): Difference[] {
  const attributes: Difference[] = [
    { attribute: "name", values: distinctNames(found.map((each) => each.patient.rawName)) },
    { attribute: "birth date", values: distinct(found.map((each) => shownDate(each.patient.birthDate))) },
    { attribute: "sex", values: distinct(found.map((each) => each.patient.sex)) },
    { attribute: "patient id", values: distinct(found.map((each) => each.patient.id)) },
    { attribute: "issuer of patient id", values: distinct(found.map((each) => each.patient.issuer)) },
  ];
  return attributes.filter((each) => each.values.length > 1);
}

/** The manifest's `studies`: one for each StudyInstanceUID, files without one by patient, in the order first met. */
function manifestStudies(found: readonly FileMetadata[]): ManifestStudy[] {
  const studies = new Map<string, ManifestStudy>();
  for (const metadata of found) {
    if (!metadata.studyUid && !metadata.frames) continue; // a DICOMDIR's patients are no study
    const key = metadata.studyUid || JSON.stringify(metadata.patient);
    if (!studies.has(key) && studies.size >= MAX_STUDIES) continue;
    const study = studies.get(key) ?? { series: [] };
    studies.set(key, study);
    addMetadata(study, metadata);
    addSeries(study, metadata);
  }
  return [...studies.values()];
}

/** Of each attribute the first value counts. */
function addMetadata(study: ManifestStudy, { patient, ...metadata }: FileMetadata): void {
  const { birthDate, sex, id, issuer } = patient;
  const said = { name: patient.rawName, birthDate: dateOnly(birthDate), id, issuer, ...(isSex(sex) && { sex }) };
  const person = { ...withKnown(said), ...study.patient };
  const known = { uid: metadata.studyUid, date: dateOnly(metadata.studyDate), description: metadata.description };
  Object.assign(study, withKnown({ ...known, ...study }));
  if (Object.keys(person).length) study.patient = person;
}

const isSex = (sex: string): sex is "M" | "F" | "O" => ["M", "F", "O"].includes(sex);

function addSeries(study: ManifestStudy, metadata: FileMetadata): void {
  const known = study.series.find((each) => (each.uid ?? "") === metadata.seriesUid);
  if (!known && study.series.length >= MAX_SERIES) return;
  const series: SeriesMetadata = known ?? { images: 0, frames: 0 };
  if (!known) study.series.push(series);
  const said = { uid: metadata.seriesUid, modality: metadata.modality, bodyPart: metadata.bodyPart };
  const number = metadata.seriesNumber === undefined ? {} : { number: metadata.seriesNumber };
  Object.assign(series, withKnown({ ...said, ...number, description: metadata.seriesDescription, ...series }));
  series.images = (series.images ?? 0) + Number(metadata.frames > 0);
  series.frames = (series.frames ?? 0) + metadata.frames;
}

/** Without the texts that are empty. */
function withKnown<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "")) as T;
}

/** A date of DICOM as `YYYY-MM-DD`; whatever else it is stays as it is. */
export function isoDate(text: string): string {
  const found = /^(\d{4})[.-]?(\d\d)[.-]?(\d\d)$/.exec(text);
  return found ? found.slice(1).join("-") : text;
}

const dateOnly = (date: string): string => (isDate(date) ? date : "");

/** Each value once, in order, empty ones left out; capitals make no difference. */
function distinct(values: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const value of values) if (value && !found.has(folded(value))) found.set(folded(value), value);
  return [...found.values()];
}

/** The same for names, as shown: told apart by the alphabets in which they are not all one. */
function distinctNames(names: readonly string[]): string[] {
  const written = [...new Set(names)].filter(shownName).map((name) => ({ name, groups: nameGroups(name).map(folded) }));
  const differing = [0, 1, 2].filter(
    (place) => new Set(written.map(({ groups }) => groups[place]).filter(Boolean)).size > 1,
  );
  const found = new Map<string, string>();
  for (const { name, groups } of written) {
    const key = JSON.stringify(differing.map((place) => groups[place] ?? ""));
    if (!found.has(key)) found.set(key, shownName(name));
  }
  return [...found.values()];
}

function integer(header: Dataset, tag: number): number | undefined {
  const text = header.texts(tag).join("\\").trim();
  return /^[+-]?\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function decimals(header: Dataset, tag: number, count: number): number[] | undefined {
  const numbers = header.numbers(tag);
  return numbers.length === count && numbers.every(Number.isFinite) ? numbers : undefined;
}

/** A whole number above 0, or undefined. */
export function positive(text: string): number | undefined {
  const number = /^[ \0+]*\d{1,12}[ \0]*$/.test(text) ? Number(text.replace(/\0/g, "")) : 0;
  return number > 0 ? number : undefined;
}
