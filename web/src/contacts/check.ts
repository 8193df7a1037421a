/** Holds a recipient's key, and the images that are to go to it, against the register. Pure: as radiogram/contacts/check.py. */

import { shownDate, shownName } from "../dicom/display.ts";
import { folded, isSameName } from "../dicom/sameText.ts";
import type { PatientMetadata } from "../formats/manifest.ts";
import { type Contact, wordsOf } from "../formats/register.ts";

const ATTRIBUTES = ["name", "birth date", "patient id", "issuer of patient id"] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

/** An attribute of the patient, as shown, in which images and register differ. */
export interface Conflict {
  readonly attribute: Attribute;
  readonly inImages: string;
  readonly inRegister: string;
}

export type Verdict =
  /** The register has neither this key nor this patient. */
  | { readonly kind: "unknown" }
  /** It has this key, and nothing of the images contradicts whose it is. `agreeing`: what both have. */
  | { readonly kind: "known"; readonly contact: Contact; readonly agreeing: readonly Attribute[] }
  /** It has this key as another patient's. */
  | { readonly kind: "other patient"; readonly contact: Contact; readonly conflicts: readonly Conflict[] }
  /** It has this patient, or this account, with another key. */
  | { readonly kind: "other key"; readonly contact: Contact; readonly whose: "patient" | "account" };

/** Whose images they are: `birthDate` as the file has it, where that is no date. */
export type Patient = PatientMetadata;

/**
 * What the register says of sending images of `patients` to the account `address`, whose keys have these words. A key may
 * be several patients', as a parent's is: then the images must be of one of them.
 */
export function check(
  contacts: readonly Contact[],
  address: string,
  words: readonly string[],
  patients: readonly Patient[],
): Verdict {
  const named = patients.filter((each) => ATTRIBUTES.some((attribute) => shown(each, attribute)));
  const held = contacts.filter((each) => each.address === address);
  const changed = held.find((each) => wordsOf(each).join(" ") !== words.join(" "));
  if (changed) return { kind: "other key", contact: changed, whose: "account" };
  const verdicts = held.map((each) => heldAgainst(each, named));
  const verdict = verdicts.find(({ kind }) => kind === "known") ?? verdicts[0];
  if (verdict) return verdict;
  const other = contacts.find((each) => named.some((patient) => isSamePatient(each.patient, patient)));
  return other ? { kind: "other key", contact: other, whose: "patient" } : { kind: "unknown" };
}

/** Whether two are surely the same: number or name and birth date agree, and nothing differs. */
export function isSamePatient(one: Patient, other: Patient): boolean {
  const agreed = agreeing(one, other);
  const isNamed = agreed.includes("name") && agreed.includes("birth date");
  return conflicts(one, other).length === 0 && (agreed.includes("patient id") || isNamed);
}

/** Whether it is enough to hold images against: a number, or a name and a birth date. */
export function isIdentified(patient: Patient): boolean {
  return shown(patient, "patient id") !== "" || (shown(patient, "name") !== "" && shown(patient, "birth date") !== "");
}

function heldAgainst(contact: Contact, patients: readonly Patient[]): Verdict {
  const found = patients.flatMap((each) => conflicts(contact.patient, each));
  const distinct = [...new Map(found.map((each) => [JSON.stringify(each), each])).values()];
  if (distinct.length > 0) return { kind: "other patient", contact, conflicts: distinct };
  const agreed = patients.map((each) => agreeing(contact.patient, each));
  const common = agreed[0]?.filter((name) => agreed.every((each) => each.includes(name))) ?? [];
  return { kind: "known", contact, agreeing: common };
}

/** Where two patients differ in what both have. Numbers of two issuers are no two patients. */
function conflicts(held: Patient, found: Patient): Conflict[] {
  const differing = inBoth(held, found).filter((name) => !isSame(name, held, found));
  const isElsewhere = differing.includes("issuer of patient id");
  return differing
    .filter((name) => !isElsewhere || (name !== "patient id" && name !== "issuer of patient id"))
    .map((attribute) => ({ attribute, inImages: shown(found, attribute), inRegister: shown(held, attribute) }));
}

/** The attributes that both have, and in which they are the same. A number says nothing beside two issuers. */
function agreeing(one: Patient, other: Patient): Attribute[] {
  const names = inBoth(one, other).filter((name) => isSame(name, one, other));
  const isElsewhere = one.issuer && other.issuer && !names.includes("issuer of patient id");
  return isElsewhere ? names.filter((name) => name !== "patient id") : names;
}

function inBoth(one: Patient, other: Patient): Attribute[] {
  return ATTRIBUTES.filter((name) => shown(one, name) !== "" && shown(other, name) !== "");
}

function isSame(attribute: Attribute, one: Patient, other: Patient): boolean {
  if (attribute === "name") return isSameName(one.name ?? "", other.name ?? "");
  return folded(shown(one, attribute)) === folded(shown(other, attribute));
}

function shown({ name = "", birthDate = "", id = "", issuer = "" }: Patient, attribute: Attribute): string {
  switch (attribute) {
    case "name":
      return shownName(name);
    case "birth date":
      return shownDate(birthDate);
    case "patient id":
      return id;
    case "issuer of patient id":
      return issuer;
  }
}
