/** A patient’s list of clinics whose cards were checked: docs/format.md, List of clinics. */

import type { Bytes } from "./bytes.ts";
import { ClinicCardError, RegisterError } from "../errors.ts";
import { type ClinicCard, clinicCardValue, readCard } from "./clinicCard.ts";
import { parseJson } from "./json.ts";
import { LABEL_LIMIT } from "./manifest.ts";
import { openSealed, seal } from "./sealedList.ts";

/** How a card can have been checked. */
export type CheckedBy = "ens" | "site" | "in person";

/** A card, and how it was checked. */
export interface Clinic {
  readonly card: ClinicCard;
  readonly checkedBy: CheckedBy;
  /** The ENS name or host name it was found by; empty for one that was handed over in person. */
  readonly name: string;
  /** ISO 8601 UTC. */
  readonly checkedAt: string;
}

export const LIST_BYTES = 32 << 20; // at most
const FORMAT = "radiogram-clinics";
const VERSION = 1;
const CLINICS_LIMIT = 1000;
const NAME_LIMIT = 255; // characters of a host name or ENS name
const WAYS: readonly unknown[] = ["ens", "site", "in person"] satisfies CheckedBy[];
/** What an account signs for the keys to its list, and to what comes of it. */
export const CLINICS_KEY_TEXT =
  "Radiogram: open my list of clinics.\nSign this only in a Radiogram that you opened yourself.";
const KEY = {
  text: CLINICS_KEY_TEXT,
  info: "radiogram clinics v1",
};

/** The list as it is kept: an age file that this private key alone opens, as the commands’ is. */
export function sealClinics(clinics: readonly Clinic[], privateKey: Uint8Array): Promise<Bytes> {
  return seal(writeClinics(clinics), KEY, privateKey);
}

/** Throws RegisterError. */
export async function openClinics(file: Uint8Array, privateKey: Uint8Array): Promise<Clinic[]> {
  if (file.length > 2 * LIST_BYTES) throw new RegisterError("That is too large for a list of clinics.");
  return parseClinics(await openSealed(file, KEY, privateKey));
}

/** As a JSON object, not encrypted. */
export function writeClinics(clinics: readonly Clinic[]): Bytes {
  const listed = clinics.map(({ card, checkedBy, name, checkedAt }) => ({
    card: clinicCardValue(card),
    checked_by: checkedBy,
    ...(name !== "" && { name }),
    checked_at: checkedAt,
  }));
  const value = { format: FORMAT, version: VERSION, clinics: listed };
  return new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
}

/** Throws RegisterError. */
export function parseClinics(data: Uint8Array): Clinic[] {
  if (data.length > LIST_BYTES) throw new RegisterError("That is too large for a list of clinics.");
  let clinics: Clinic[];
  try {
    const value = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(data)) as Record<string, unknown> | null;
    if (value?.["format"] !== FORMAT) throw new RegisterError("This is not a list of clinics.");
    if (value["version"] !== VERSION)
      throw new RegisterError("This list of clinics is of a later version: use a newer Radiogram.");
    const listed = value["clinics"];
    if (!Array.isArray(listed) || listed.length > CLINICS_LIMIT) throw damaged();
    clinics = listed.map(readClinic);
  } catch (error) {
    throw error instanceof RegisterError ? error : damaged();
  }
  const addresses = new Set(clinics.map(({ card }) => card.address));
  if (addresses.size < clinics.length || new Set(clinics.map(({ card }) => folded(card.label))).size < clinics.length)
    throw new RegisterError("This list has one clinic twice: use another copy of it.");
  return clinics;
}

/** The list with one clinic more, in the place of what was known of the same account. Throws RegisterError. */
export function withClinic(clinics: readonly Clinic[], clinic: Clinic): Clinic[] {
  const rest = clinics.filter(({ card }) => card.address !== clinic.card.address);
  if (rest.some(({ card }) => folded(card.label) === folded(clinic.card.label)))
    throw new RegisterError(
      `Another clinic on your list is called “${clinic.card.label}”. Forget that one first, if this one is right.`,
    );
  if (rest.length >= CLINICS_LIMIT) throw new RegisterError("Your list of clinics is full: forget some of them.");
  return [...rest, clinic];
}

/** Both lists in one: of a clinic that is on both, what was checked later. Throws RegisterError. */
export function merged(clinics: readonly Clinic[], others: readonly Clinic[]): Clinic[] {
  return others.reduce<Clinic[]>(
    (all, each) => {
      const known = all.find(({ card }) => card.address === each.card.address);
      return known && known.checkedAt >= each.checkedAt ? all : withClinic(all, each);
    },
    [...clinics],
  );
}

/** Two labels that are equal so are one to people: with ß as ss, and one σ. */
function folded(label: string): string {
  return label.toUpperCase().toLowerCase();
}

function readClinic(value: unknown): Clinic {
  const said = value as Record<string, unknown>;
  const { checked_by: checkedBy = "", name = "", checked_at: checkedAt = "" } = said;
  if (!WAYS.includes(checkedBy) || typeof name !== "string" || typeof checkedAt !== "string") throw damaged();
  if ((name !== "") === (checkedBy === "in person") || name.length > NAME_LIMIT) throw damaged();
  if (checkedAt === "" || checkedAt.length > LABEL_LIMIT) throw damaged();
  try {
    return { card: readCard(said["card"]), checkedBy: checkedBy as CheckedBy, name, checkedAt };
  } catch (error) {
    throw error instanceof ClinicCardError ? damaged() : error;
  }
}

function damaged(): RegisterError {
  return new RegisterError("This list of clinics is damaged: use another copy of it.");
}
