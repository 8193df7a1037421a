/** Structured reports (PS3.3 A.35, C.17): the same content, order and words as radiogram/dicom/structured_report.py. */

import { clean } from "../formats/text.ts";
import type { Dataset } from "./dataset.ts";
import { shownDate, shownName } from "./display.ts";
import { PreviewError } from "./errors.ts";
import { isoDate } from "./metadata.ts";
import { sopClassName } from "./sopClasses.ts";
import { TAG } from "./tags.ts";

/** What stands in a report, as texts that are fit to be shown. */
export interface Report {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What is to be known before it is believed: `This report is not complete.` */
  readonly status: readonly string[];
  readonly parts: readonly Part[];
  /** Written by or for people; not a machine's log of doses, say. */
  readonly isForPeople: boolean;
}

export type Part =
  | { readonly kind: "section"; readonly name: string; readonly parts: readonly Part[] }
  | {
      readonly kind: "line";
      /** `Inferred from: `, or empty. */
      readonly relation: string;
      readonly name: string;
      readonly value: string;
      /** The value stands in a paragraph of its own, its lines kept. */
      readonly isLong: boolean;
      readonly parts: readonly Part[];
    };

const MAX_DEPTH = 50;
const MAX_ITEMS = 20_000;
const REPORTS = "1.2.840.10008.5.1.4.1.1.88.";
const KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59";
/** Basic Text, Enhanced, Comprehensive, Comprehensive 3D, Extensible. */
const FOR_PEOPLE = new Set(["11", "22", "33", "34", "35"].map((each) => REPORTS + each));
const ONE = "1"; // UCUM's unit of numbers without a unit
const STATUS = [
  [TAG.CompletionFlag, "PARTIAL", "This report is not complete."],
  [TAG.VerificationFlag, "UNVERIFIED", "Nobody has signed for this report yet."],
  [TAG.PreliminaryFlag, "PRELIMINARY", "This report is preliminary."],
] as const;
/** PS3.3 C.17.3.2.4; what needs no word is not here. */
const RELATIONS = new Map([
  ["HAS OBS CONTEXT", "Observation context: "],
  ["INFERRED FROM", "Inferred from: "],
  ["SELECTED FROM", "Selected from: "],
  ["HAS ACQ CONTEXT", "Acquisition context: "],
]);

/** Whether this is a structured report; a key object selection names images, and is none. */
export function isReport(header: Dataset): boolean {
  const sopClass = header.text(TAG.SopClassUid);
  return sopClass.startsWith(REPORTS) && sopClass !== KEY_OBJECTS && header.has(TAG.ContentSequence);
}

/** The whole report. Throws PreviewError where it is nested too deep or has too many parts. */
export function reportOf(header: Dataset): Report {
  return {
    title: conceptOf(header) || line(header, TAG.SeriesDescription) || "Report",
    facts: facts(header).filter(([, value]) => value),
    status: STATUS.filter(([tag, value]) => header.text(tag) === value).map(([, , said]) => said),
    parts: new Writer().parts(header, 2),
    isForPeople: FOR_PEOPLE.has(header.text(TAG.SopClassUid)),
  };
}

function facts(header: Dataset): [string, string][] {
  const date = whole(header, TAG.ContentDate) || whole(header, TAG.StudyDate);
  return [
    ["Patient", shownName(whole(header, TAG.PatientName))],
    ["Born", shownDate(isoDate(whole(header, TAG.PatientBirthDate)))],
    ["Patient ID", line(header, TAG.PatientId)],
    ["Study", line(header, TAG.StudyDescription)],
    ["Date", shownDate(isoDate(date))],
    ...header
      .items(TAG.VerifyingObserverSequence)
      .map((each): [string, string] => ["Signed for by", shownName(whole(each, TAG.VerifyingObserverName))]),
  ];
}

/** Counts what it has written: a small file can hold a tree without end. */
class Writer {
  #left = MAX_ITEMS;

  parts(item: Dataset, level: number): Part[] {
    if (level > MAX_DEPTH) throw new PreviewError("this report can't be read safely: its parts are nested too deep");
    const found: Part[] = [];
    for (const child of item.items(TAG.ContentSequence)) {
      if (--this.#left < 0) throw new PreviewError("this report can't be read safely: it has too many parts");
      if (child.text(TAG.RelationshipType) === "HAS CONCEPT MOD") continue; // stands with what it modifies
      found.push(child.text(TAG.ValueType) === "CONTAINER" ? this.#section(child, level) : this.#line(child, level));
    }
    return found;
  }

  #section(item: Dataset, level: number): Part {
    return { kind: "section", name: nameOf(item), parts: this.parts(item, level + 1) };
  }

  #line(item: Dataset, level: number): Part {
    const value = valueOf(item);
    return {
      kind: "line",
      relation: RELATIONS.get(item.text(TAG.RelationshipType)) ?? "",
      name: nameOf(item),
      value,
      isLong: item.text(TAG.ValueType) === "TEXT" && (value.includes("\n") || Array.from(value).length > 80),
      parts: this.parts(item, level + 1),
    };
  }
}

/** The name of an item's concept, and in brackets what modifies it. */
function nameOf(item: Dataset): string {
  const modifiers = item
    .items(TAG.ContentSequence)
    .filter((each) => each.text(TAG.RelationshipType) === "HAS CONCEPT MOD")
    .map((each) => [conceptOf(each), valueOf(each)].filter(Boolean).join(": "));
  return conceptOf(item) + (modifiers.length ? ` (${modifiers.join("; ")})` : "");
}

const conceptOf = (item: Dataset): string => meaningOf(item, TAG.ConceptNameCodeSequence);

/** What a code means, in its own words; else the code itself. */
function meaningOf(item: Dataset, tag: number): string {
  const code = item.items(tag)[0];
  return code ? clean(whole(code, TAG.CodeMeaning) || whole(code, TAG.CodeValue)) : "";
}

function valueOf(item: Dataset): string {
  const kind = item.text(TAG.ValueType);
  switch (kind) {
    case "NUM":
      return numberOf(item);
    case "CODE":
      return meaningOf(item, TAG.ConceptCodeSequence);
    case "PNAME":
      return shownName(whole(item, TAG.PersonName));
    case "DATE":
      return shownDate(isoDate(text(item, TAG.Date)));
    case "TIME":
      return timeOf(text(item, TAG.Time));
    case "DATETIME":
      return momentOf(text(item, TAG.DateTime));
    case "TEXT":
      return text(item, TAG.TextValue);
    case "UIDREF":
      return text(item, TAG.Uid);
    case "IMAGE":
    case "COMPOSITE":
    case "WAVEFORM":
      return item.items(TAG.ReferencedSopSequence).map(referenceOf).join("; ");
    case "SCOORD":
    case "SCOORD3D":
    case "TCOORD":
      return placeOf(item);
  }
  const others = item.numbers(TAG.ReferencedContentItem, "UL");
  if (item.has(TAG.ReferencedContentItem)) return `see part ${others.join(".")}`;
  return kind && kind !== "CONTAINER" ? `(of a kind that is not shown here: ${clean(kind)})` : "";
}

function numberOf(item: Dataset): string {
  const measured = item.items(TAG.MeasuredValueSequence)[0];
  if (!measured) return meaningOf(item, TAG.NumericValueQualifier) || "no value";
  const numbers = measured.texts(TAG.NumericValue).map((each) => each.trim());
  return `${numbers.join(", ")} ${unitOf(measured)}`.trim();
}

/** Of UCUM the code, `mm`, as people write it; of others what the code means. */
function unitOf(measured: Dataset): string {
  const code = measured.items(TAG.MeasurementUnits)[0];
  if (code?.text(TAG.CodingScheme, true) !== "UCUM") return meaningOf(measured, TAG.MeasurementUnits);
  const unit = line(code, TAG.CodeValue);
  return unit === ONE ? "" : unit;
}

/** `12:00:05` of a TM value (PS3.5 6.2). */
function timeOf(value: string): string {
  const found = /^(\d\d)(\d\d)?(\d\d)?(?:\.\d{1,6})?$/.exec(value);
  return found ? found.slice(1).filter(Boolean).join(":") : value;
}

/** `06-Dec-2000 12:00:00` of a DT value (PS3.5 6.2), with its offset from UTC if it has one. */
function momentOf(value: string): string {
  const found = /^(\d{8})(\d[\d.]*)?([+-]\d{4})?$/.exec(value);
  if (!found) return value;
  const [, day = "", time = "", offset] = found;
  return [shownDate(isoDate(day)), timeOf(time), offset && `UTC${offset}`].filter(Boolean).join(" ");
}

function referenceOf(item: Dataset): string {
  const name = sopClassName(item.text(TAG.ReferencedSopClass));
  const frames = text(item, TAG.ReferencedFrame);
  return clean(`${name}, ${item.text(TAG.ReferencedSopInstance)}${frames && `, frame ${frames}`}`);
}

/** Of a point, line or region its kind; the image it lies in stands below it. */
function placeOf(item: Dataset): string {
  const kind = clean(item.text(TAG.GraphicType) || item.text(TAG.TemporalRangeType));
  return kind ? `${kind.toLowerCase()} in the image` : "a place in the image";
}

/** A value that is one, backslashes and all. */
const whole = (item: Dataset, tag: number): string => item.texts(tag, true).join("\\");

const line = (item: Dataset, tag: number): string => clean(whole(item, tag));

/** Texts may hold backslashes, and several of all else stand beside each other. */
const ONE_TEXT = new Set<number>([TAG.TextValue]);

/** As it stands, lines kept; control and direction characters left out. */
function text(item: Dataset, tag: number): string {
  const value = item.texts(tag, true).join(ONE_TEXT.has(tag) ? "\\" : ", ");
  return value.replace(/\r\n?/g, "\n").replace(/[\p{C}\p{Z}]/gu, (sign) => ("\n\t ".includes(sign) ? sign : ""));
}
