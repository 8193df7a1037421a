/** What a bundle says that it holds: docs/format.md, Manifest. */

import { BundleError, type RadiogramError, StudyError } from "../errors.ts";
import { isDate } from "./date.ts";
import { parseJson } from "./json.ts";
import { caseFolded, clean, firstCharacters, shorten, shownFileName } from "./text.ts";

/** One file as the manifest lists it. */
export interface FileEntry {
  /** Relative path, of parts that are safe on every common file system. */
  name: string;
  bytes: number;
  /** 64 hex digits, lower case. */
  sha256: string;
  mediaType: string;
}

/** What the DICOM files say of themselves, one a study; the sender's claim. */
export interface StudyMetadata {
  patient?: PatientMetadata;
  uid?: string;
  /** YYYY-MM-DD */
  date?: string;
  description?: string;
  series: SeriesMetadata[];
}

export interface PatientMetadata {
  /** Decoded, otherwise as in DICOM (PS3.5 6.2.1): `Okafor^Grace`. */
  name?: string;
  /** YYYY-MM-DD */
  birthDate?: string;
  sex?: "M" | "F" | "O";
  id?: string;
  /** Who gave the ID. */
  issuer?: string;
}

export interface SeriesMetadata {
  uid?: string;
  number?: number;
  /** DICOM code: `CT`. */
  modality?: string;
  bodyPart?: string;
  description?: string;
  /** Files with an image. */
  images?: number;
  /** Of those together. */
  frames?: number;
}

export interface Manifest {
  /** When it was made, ISO 8601 UTC. */
  created: string;
  files: FileEntry[];
  /** What the sender calls itself; a claim. */
  senderLabel?: string;
  studies: StudyMetadata[];
}

/** What a sender may add to the list of files. */
export interface ManifestExtras {
  senderLabel?: string;
  studies?: StudyMetadata[];
}

const FORMAT = "radiogram-bundle";
const VERSION = 1;
export const MANIFEST_LIMIT = 32 << 20; // bytes, for writers and readers alike
const FILES_LIMIT = 100_000; // are read and checked in about a second
const NAME_LIMIT = 255; // UTF-8 bytes of one part of a name: what common file systems take
/** Which Windows takes for devices, whatever follows a dot (Naming Files, Paths, and Namespaces). */
const DEVICE = /^(con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³]|conin\$|conout\$) *(\..*)?$/is;
const TEXT_LIMIT = 256; // characters
export const LABEL_LIMIT = 100; // characters
const STUDIES_LIMIT = 100;
const SERIES_LIMIT = 1000;

/** What the sender signs (EIP-191 personal message), given the SHA-256 of the manifest in hex digits. */
export function signingText(sha256: string): string {
  return `Radiogram: I sent these images.\nManifest SHA-256: ${sha256}`;
}

/** The same, with all texts but the files' names fit to show. */
export function cleaned(manifest: Manifest): Manifest {
  const { senderLabel, studies } = manifest;
  const shown = { ...manifest, studies: cleanedTexts(studies) };
  return senderLabel === undefined ? shown : { ...shown, senderLabel: clean(senderLabel) };
}

function cleanedTexts<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, member: unknown) =>
    typeof member === "string" ? clean(member) : member,
  ) as T;
}

// ---- writing

/** The exact bytes that are digested for the signature. Throws StudyError for more than any reader takes. */
export function writeManifest(created: string, files: FileEntry[], extras: ManifestExtras): Uint8Array<ArrayBuffer> {
  const value = {
    format: FORMAT,
    version: VERSION,
    created,
    sender_label: text(extras.senderLabel, LABEL_LIMIT),
    studies: extras.studies?.length ? extras.studies.slice(0, STUDIES_LIMIT).map(studyValue) : undefined,
    files: files.map(({ name, bytes, sha256, mediaType }) => ({ name, bytes, sha256, media_type: mediaType })),
  };
  const raw = new TextEncoder().encode(JSON.stringify(value, null, 1));
  if (raw.length > MANIFEST_LIMIT) {
    const [size, most] = [raw.length, MANIFEST_LIMIT].map((bytes) => bytes.toLocaleString("en"));
    throw new StudyError(
      `The list of files has ${size} bytes, and may have at most ${most}: send it in parts, or shorten the files’ names.`,
    );
  }
  return raw;
}

function studyValue(study: StudyMetadata): object {
  const { patient, uid, date, description, series } = study;
  return {
    patient: patient && patientValue(patient),
    uid: text(uid),
    date: day(date),
    description: text(description),
    series: series.slice(0, SERIES_LIMIT).map(seriesValue),
  };
}

/** The object of a manifest, and of a register of contacts. */
export function patientValue(patient: PatientMetadata): object {
  return {
    name: text(patient.name),
    birth_date: day(patient.birthDate),
    sex: sex(patient.sex),
    id: text(patient.id),
    issuer: text(patient.issuer),
  };
}

function seriesValue(series: SeriesMetadata): object {
  return {
    uid: text(series.uid),
    number: integer(series.number),
    modality: text(series.modality),
    body_part: text(series.bodyPart),
    description: text(series.description),
    images: count(series.images),
    frames: count(series.frames),
  };
}

// ---- reading

/** Throws BundleError. Metadata never makes a bundle unreadable: what is not of its type is taken as absent. */
export function parseManifest(raw: Uint8Array): Manifest {
  const value = jsonObject(raw);
  if (value["format"] !== FORMAT) throw new BundleError("The bundle is not one of Radiogram’s.");
  if (value["version"] !== VERSION) {
    const version = JSON.stringify(value["version"] ?? null); // of anything: String() throws for some objects
    throw new BundleError(`The bundle has format version ${shorten(version)}: open it with a newer Radiogram.`);
  }
  const files = value["files"];
  if (!Array.isArray(files) || typeof value["created"] !== "string") throw damaged();
  if (files.length > FILES_LIMIT) throw new BundleError(tooMany(files.length));
  const entries = files.map(readEntry);
  checkNames(
    entries.map((entry) => entry.name),
    BundleError,
  );
  const manifest: Manifest = {
    created: clean(value["created"]),
    files: entries,
    studies: readStudies(value["studies"]),
  };
  const label = text(value["sender_label"], LABEL_LIMIT);
  return label === undefined ? manifest : { ...manifest, senderLabel: label };
}

function jsonObject(raw: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(raw));
  } catch {
    throw damaged();
  }
  if (!isObject(value)) throw damaged();
  return value;
}

function readEntry(value: unknown): FileEntry {
  if (!isObject(value)) throw damaged();
  const { name, bytes, sha256, media_type: mediaType } = value;
  const known = typeof name === "string" && Number.isSafeInteger(bytes) && typeof mediaType === "string";
  if (!known || (bytes as number) < 0 || typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) throw damaged();
  return { name, bytes: bytes as number, sha256, mediaType: clean(mediaType) };
}

/** What is not of its form is absent. */
export function readStudies(value: unknown): StudyMetadata[] {
  return objects(value, STUDIES_LIMIT).map((study) =>
    present({
      patient: readPatient(study["patient"]),
      uid: text(study["uid"]),
      date: day(study["date"]),
      description: text(study["description"]),
      series: objects(study["series"], SERIES_LIMIT).map(readSeries),
    }),
  );
}

/** What is not of its form is absent; undefined if nothing is left. */
export function readPatient(patient: unknown): PatientMetadata | undefined {
  if (!isObject(patient)) return undefined;
  const metadata = present({
    name: text(patient["name"]),
    birthDate: day(patient["birth_date"]),
    sex: sex(patient["sex"]),
    id: text(patient["id"]),
    issuer: text(patient["issuer"]),
  });
  return Object.keys(metadata).length > 0 ? metadata : undefined;
}

function readSeries(series: Record<string, unknown>): SeriesMetadata {
  return present({
    uid: text(series["uid"]),
    number: integer(series["number"]),
    modality: text(series["modality"]),
    bodyPart: text(series["body_part"]),
    description: text(series["description"]),
    images: count(series["images"]) ?? 0,
    frames: count(series["frames"]) ?? 0,
  });
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
};

/** Without the members that are undefined. */
function present<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<T>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objects(value: unknown, limit: number): Record<string, unknown>[] {
  return Array.isArray(value) ? value.slice(0, limit).filter(isObject) : [];
}

function text(value: unknown, limit = TEXT_LIMIT): string | undefined {
  return typeof value === "string" && value !== "" && firstCharacters(value, limit) === value ? value : undefined;
}

function day(value: unknown): string | undefined {
  return typeof value === "string" && isDate(value) ? value : undefined;
}

function sex(value: unknown): "M" | "F" | "O" | undefined {
  return value === "M" || value === "F" || value === "O" ? value : undefined;
}

function integer(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

function count(value: unknown): number | undefined {
  const number = integer(value);
  return number !== undefined && number >= 0 ? number : undefined;
}

function damaged(): BundleError {
  return new BundleError("The bundle’s list of files is damaged: ask the sender to send it again.");
}

// ---- names

/**
 * Refuses more names than a study may have, names that can't be written everywhere, and two that would lie at the same
 * place where case is ignored, be one of them a folder.
 */
export function checkNames(
  names: string[],
  Refusal: new (text: string) => RadiogramError,
  shown: (name: string) => string = shorten,
): void {
  if (names.length > FILES_LIMIT) throw new Refusal(tooMany(names.length));
  const taken = new Map<string, string>();
  const folders = new Map<string, string>();
  for (const name of names) {
    const why = nameFault(name);
    if (why) throw new Refusal(`“${shown(name)}” ${why}`);
    const folded = fold(name);
    const other = taken.get(folded);
    if (other !== undefined) {
      throw new Refusal(`“${shown(other)}” and “${shown(name)}” would be one file on some computers: rename one.`);
    }
    taken.set(folded, name);
    for (let folder = folderOf(folded); folder !== "" && !folders.has(folder); folder = folderOf(folder)) {
      folders.set(folder, name);
    }
  }
  for (const [folded, inside] of folders) {
    const file = taken.get(folded);
    if (file !== undefined) {
      throw new Refusal(`“${shown(file)}” would be a file, and a folder for “${shown(inside)}”: rename one.`);
    }
  }
}

/** Empty for a name without a folder. */
function folderOf(name: string): string {
  return name.slice(0, Math.max(name.lastIndexOf("/"), 0));
}

function tooMany(files: number): string {
  return `A study has at most ${FILES_LIMIT.toLocaleString("en")} files, and this one ${files.toLocaleString("en")}: send it in parts.`;
}

/** What is wrong with a name: it must be a relative path that stays inside its folder and can be written everywhere. */
export function nameFault(name: string): string | undefined {
  if (/\p{Cs}/u.test(name)) return "is not a usable file name: rename it.";
  for (const part of name.split("/")) {
    if (/^\.{0,2}$|[\x00-\x1f\x7f\\:*?"<>|]|[. ]$/.test(part))
      return "is not a usable file name on every computer: rename it.";
    if (DEVICE.test(part)) return "is not a usable file name on Windows: rename it.";
    if (new TextEncoder().encode(part).length > NAME_LIMIT)
      return `is too long a file name: shorten it to ${NAME_LIMIT} bytes.`;
    if (part.startsWith(".radiogram-partial-")) return "is left of an interrupted download: remove it.";
  }
  return undefined;
}

function fold(name: string): string {
  return caseFolded(name.normalize("NFC"));
}

/** StudyError if a study of these names can't be sent. */
export function checkSendable(names: string[]): void {
  if (names.length === 0) throw new StudyError("There is nothing to send: choose a file or a folder.");
  checkNames(names, StudyError, shownFileName);
}
