/** What the register of contacts says of what is to be sent. No DOM, no network. */

import { check, isSamePatient, type Patient, type Verdict } from "../../contacts/check.ts";
import type { RegisterState } from "../../contacts/register.ts";
import { shownDate, shownName } from "../../dicom/display.ts";
import { isDate } from "../../formats/date.ts";
import { fingerprint } from "../../formats/fingerprint.ts";
import type { PatientMetadata } from "../../formats/manifest.ts";
import type { Contact } from "../../formats/register.ts";
import { caseFolded, clean } from "../../formats/text.ts";
import type { FoundRecipient } from "../../recipients/lookup.ts";
import type { Images } from "./images.ts";

export type Refusal = Extract<Verdict, { kind: "other patient" | "other key" }>;

const MOST = 5; // contacts that are offered at once

/** Everybody whom the images name. */
export function patientsOf(images: Images | null): Patient[] {
  return (images?.metadata.patients ?? []).map(({ rawName, birthDate, id, issuer }) => ({
    name: rawName,
    birthDate,
    id,
    issuer,
  }));
}

/** Null: no register is open. */
export function verdictOf(register: RegisterState, images: Images | null, found: FoundRecipient): Verdict | null {
  if (register.at !== "open") return null;
  return check(register.contacts, found.recipient.address, foundWords(found), patientsOf(images));
}

export function isRefusal(verdict: Verdict | null): verdict is Refusal {
  return verdict?.kind === "other patient" || verdict?.kind === "other key";
}

/** The words of the keys in force. */
export function foundWords({ recipient, hybrid }: FoundRecipient): string[] {
  return fingerprint(recipient.publicKey, hybrid?.digest);
}

/** Of a recipient whose words were compared just now. */
export function newContact(
  { recipient: { address, publicKey }, hybrid }: FoundRecipient,
  said: Pick<Contact, "label" | "patient" | "comparedBy" | "hasOurCard">,
  now = new Date(),
): Contact {
  return {
    ...said,
    address,
    publicKey: Uint8Array.from(publicKey),
    ...(hybrid && { hybridDigest: hybrid.digest, hybridRecipient: hybrid.recipient }),
    comparedAt: `${now.toISOString().slice(0, 19)}Z`,
  };
}

/** As a register has it: what is no date is left out. */
export function kept({ name, birthDate = "", id, issuer }: Patient): PatientMetadata {
  const said = { name, birthDate: isDate(birthDate) ? birthDate : "", id, issuer };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value));
}

/** Those whose label has `typed` in it: the patient of the images first. */
export function offered(register: RegisterState, images: Images | null, typed: string): Contact[] {
  if (register.at !== "open") return [];
  const folded = caseFolded(typed.trim());
  const fitting = register.contacts.filter(({ label }) => caseFolded(label).includes(folded));
  const patients = patientsOf(images);
  const isTheirs = (contact: Contact): boolean => patients.some((each) => isSamePatient(contact.patient, each));
  const theirs = fitting.filter(isTheirs);
  const others = fitting.filter((each) => !theirs.includes(each)).slice(-MOST); // the newest
  return [...theirs, ...others.reverse()].slice(0, MOST);
}

/** `OKAFOR, Grace · 14-Mar-1962 · 4471 902 (St Mary)`; empty: anybody’s. */
export function whoseText({ name = "", birthDate = "", id = "", issuer = "" }: Patient): string {
  const number = clean([id, issuer && `(${issuer})`].filter(Boolean).join(" "));
  return [shownName(name), shownDate(birthDate), number].filter(Boolean).join(" · ");
}

/** `Words compared by A. Nurse, 26-Nov-2026`. */
export function comparedText({ comparedBy, comparedAt }: Contact): string {
  if (comparedBy === "") return "Nobody has compared the words.";
  return `Words compared by ${[clean(comparedBy), shownDate(comparedAt.slice(0, 10))].filter(Boolean).join(", ")}`;
}
