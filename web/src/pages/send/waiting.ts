/** What waits from the scanner, as data: the outbox of the computer that this page comes from. No DOM, no network. */

import { isSamePatient } from "../../contacts/check.ts";
import type { RegisterState } from "../../contacts/register.ts";
import { shownDate, shownName } from "../../dicom/display.ts";
import { shortTitle } from "../../dicom/labels.ts";
import { type PatientMetadata, readPatient, readStudies, type StudyMetadata } from "../../formats/manifest.ts";
import { clean } from "../../formats/text.ts";
import type { RemoteFile } from "../../remoteFile.ts";
import { counted, size } from "../../ui/format.ts";
import type { SourceFile } from "../../worker/encryptStudy.ts";

export interface WaitingStudy {
  readonly id: string;
  /** As its series say; claims of whoever made the images. */
  readonly study: StudyMetadata;
  readonly instances: number;
  /** Encrypted. */
  readonly bytes: number;
  /** When the last of it came. */
  readonly arrived: Date;
  readonly isComplete: boolean;
}

export interface RefusedInstance {
  readonly at: string;
  readonly source: string;
  readonly reason: string;
  readonly patients: readonly PatientMetadata[];
}

export interface Listing {
  /** The newest first. */
  readonly studies: readonly WaitingStudy[];
  readonly refused: readonly RefusedInstance[];
}

/** A file that waits, and where. */
export interface WaitingFile extends RemoteFile {
  readonly study: string;
  readonly instance: string;
}

export type WaitingState =
  /** This site shows none. */
  | { readonly at: "none" }
  | { readonly at: "looking" }
  /** The page was opened by another address than the one that shows it. */
  | { readonly at: "locked"; readonly why: "no-secret" | "old-secret" }
  | { readonly at: "unreachable"; readonly detail: string }
  /** `isStale`: the last look failed. `choosing`: the study whose files are asked for now. */
  | {
      readonly at: "open";
      readonly listing: Listing;
      readonly isStale: boolean;
      readonly choosing: string | null;
      readonly problem: string | null;
    };

export type WaitingEvent =
  | { type: "look" }
  | { type: "lock"; why: "no-secret" | "old-secret" }
  | { type: "list"; listing: Listing }
  | { type: "fail"; detail: string }
  | { type: "choose"; id: string }
  /** Its files are known, or they are not, and why. */
  | { type: "chosen"; problem: string | null };

export function next(state: WaitingState, event: WaitingEvent): WaitingState {
  switch (event.type) {
    case "look":
      return { at: "looking" };
    case "lock":
      return { at: "locked", why: event.why };
    case "list": {
      const { listing } = event;
      if (state.at !== "open") return { at: "open", listing, isStale: false, choosing: null, problem: null };
      return { ...state, listing, isStale: false };
    }
    case "fail":
      return state.at === "open" ? { ...state, isStale: true } : { at: "unreachable", detail: event.detail };
    case "choose":
      return state.at === "open" ? { ...state, choosing: event.id, problem: null } : state;
    case "chosen":
      return state.at === "open" ? { ...state, choosing: null, problem: event.problem } : state;
  }
}

/** What the server says (radiogram/server/waiting.py); undefined if it is none. */
export function readListing(value: unknown, now: number): Listing | undefined {
  const said = value as { studies?: unknown; refused?: unknown } | null;
  if (!Array.isArray(said?.studies) || !Array.isArray(said.refused)) return undefined;
  const studies = said.studies.map((each: unknown) => readWaiting(each, now)).filter((each) => each !== undefined);
  studies.sort((a, b) => b.arrived.getTime() - a.arrived.getTime());
  const refused = said.refused.map(readRefused).filter((each) => each !== undefined);
  return { studies, refused: refused.reverse() };
}

function readWaiting(value: unknown, now: number): WaitingStudy | undefined {
  const { id, study, instances, bytes, age, isComplete } = (value ?? {}) as Record<string, unknown>;
  if (typeof id !== "string" || !/^[0-9a-f]{32}$/.test(id)) return undefined;
  if (typeof instances !== "number" || typeof bytes !== "number" || typeof age !== "number") return undefined;
  const arrived = new Date(now - age * 1000);
  const [said = { series: [] }] = readStudies([study]);
  return { id, study: said, instances, bytes, arrived, isComplete: isComplete === true };
}

function readRefused(value: unknown): RefusedInstance | undefined {
  const { at, source, reason, patients } = (value ?? {}) as Record<string, unknown>;
  if (typeof at !== "string" || typeof source !== "string" || typeof reason !== "string") return undefined;
  const known = (Array.isArray(patients) ? patients : []).map(readPatient).filter((each) => each !== undefined);
  return { at: clean(at), source: clean(source), reason: clean(reason), patients: known };
}

/** The files of a study, of those that the server lists; undefined if it does not list any. */
export function readFiles(
  value: unknown,
  place: { url: string; authorization: string; study: string },
): SourceFile[] | undefined {
  const listed = (value as { files?: unknown } | null)?.files;
  if (!Array.isArray(listed) || listed.length === 0) return undefined;
  const files: SourceFile[] = [];
  for (const each of listed as unknown[]) {
    const { name, instance, bytes } = (each ?? {}) as Record<string, unknown>;
    const isKnown =
      typeof name === "string" && typeof instance === "string" && /^[0-9a-f]{32}-[0-9a-f]{32}$/.test(instance);
    if (!isKnown || !Number.isSafeInteger(bytes)) return undefined;
    const { url, authorization, study } = place;
    const file: WaitingFile = { url: `${url}/${instance}`, authorization, size: bytes as number, study, instance };
    files.push({ name, file });
  }
  return files;
}

/** Those of `files` that waited: their instances by their study. */
export function waited(files: readonly SourceFile[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { file } of files) {
    if (!("study" in file)) continue;
    const { study, instance } = file as WaitingFile;
    found.set(study, [...(found.get(study) ?? []), instance]);
  }
  return found;
}

// ---- words

/** `OKAFOR, Grace`. */
export function whose({ study }: WaitingStudy): string {
  const { name = "", id = "" } = study.patient ?? {};
  return shownName(name) || (id ? `Patient number ${clean(id)}` : "No name and no number");
}

/** `14-Mar-1962 · 4471 902`. */
export function identity({ study }: WaitingStudy): string {
  const { name = "", birthDate = "", id = "" } = study.patient ?? {};
  return [shownDate(birthDate), name && id ? clean(id) : ""].filter(Boolean).join(" · ");
}

/** `CT head · 26-Nov-2026 · 214 files · 108 MB`. */
export function contents({ study, instances, bytes }: WaitingStudy): string {
  const modalities = [...new Set(study.series.flatMap(({ modality }) => modality ?? []))];
  const bodyParts = [...new Set(study.series.flatMap(({ bodyPart }) => bodyPart ?? []))];
  const title = clean(study.description ?? "") || shortTitle({ modalities, bodyParts });
  return [title, shownDate(study.date ?? ""), counted(instances, "file"), size(bytes)].filter(Boolean).join(" · ");
}

/** `Arrived 4 minutes ago`. */
export function age({ arrived, isComplete }: WaitingStudy, now: number): string {
  if (!isComplete) return "Still arriving";
  const seconds = Math.max(0, (now - arrived.getTime()) / 1000);
  if (seconds < 60) return "Arrived just now";
  const [unit, word]: readonly [number, string] =
    seconds < 3600 ? [60, "minute"] : seconds < 86_400 ? [3600, "hour"] : [86_400, "day"];
  return `Arrived ${counted(Math.floor(seconds / unit), word)} ago`;
}

/** Labels of those of the register whose images they are. */
export function suggested({ study }: WaitingStudy, register: RegisterState): string[] {
  const { patient } = study;
  if (register.at !== "open" || patient === undefined) return [];
  return register.contacts.filter((each) => isSamePatient(each.patient, patient)).map(({ label }) => clean(label));
}
