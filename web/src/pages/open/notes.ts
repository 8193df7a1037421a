/**
 * What this browser remembers of an inbox: the person's own names for senders, and which messages were opened or hidden.
 * Public facts or the person's own words only: no key, no name of a file, no content. Inboxes go by a digest.
 */

import type { Address, Hex } from "viem";
import { keccak256, stringToHex } from "viem";
import type { ClinicCard } from "../../formats/clinicCard.ts";
import type { Clinic } from "../../formats/clinics.ts";
import { clean } from "../../formats/text.ts";
import type { Site } from "../../site.ts";

const NAMES = "radiogram.names";
const SEEN = "radiogram.seen";
const NAME_LIMIT = 60; // characters

type Mark = "opened" | "hidden";
type Seen = Record<string, Partial<Record<Mark, number[]>>>;

/** The name of a sender; null for one whom nobody knows. */
export type NameOf = (sender: Address) => string | null;

/** The names that this person gave, by address in EIP-55 spelling. */
export function names(): Record<string, string> {
  return read(NAMES, isNames, {});
}

/** Gives a sender a name, or takes it away with an empty one. */
export function rename(sender: Address, name: string): void {
  const kept = clean(name, NAME_LIMIT);
  const others = Object.entries(names()).filter(([address]) => address !== sender);
  write(NAMES, Object.fromEntries(kept === "" ? others : [...others, [sender, kept]]));
}

/**
 * Who sent it, if the person or the site knows them; the message itself has no say in this. A clinic
 * whose card was checked is called so, whatever name the person gave it.
 */
export function senderNames(site: Site, clinics: readonly Clinic[]): NameOf {
  const own = names();
  const checked = new Map(clinics.map(({ card }) => [card.address, checkedName(card)]));
  return (sender) => checked.get(sender) ?? own[sender] ?? site.directory[sender] ?? null;
}

/** `St Anne Hospital, checked`. */
export function checkedName({ label }: ClinicCard): string {
  return `${clean(label)}, checked`;
}

/** Which messages of an inbox have a mark. */
export function marks(site: Site, inbox: Address): Readonly<Record<Mark, ReadonlySet<number>>> {
  const seen = read(SEEN, isSeen, {})[digest(site, inbox)];
  return { opened: new Set(seen?.opened), hidden: new Set(seen?.hidden) };
}

export function setMark(site: Site, inbox: Address, index: number, mark: Mark, on: boolean): void {
  const seen = read(SEEN, isSeen, {});
  const key = digest(site, inbox);
  const others = (seen[key]?.[mark] ?? []).filter((each) => each !== index);
  write(SEEN, { ...seen, [key]: { ...seen[key], [mark]: on ? [...others, index] : others } });
}

export function forgetAll(): void {
  try {
    localStorage.removeItem(NAMES);
    localStorage.removeItem(SEEN);
  } catch {
    // Storage is switched off: there is nothing to forget.
  }
}

function digest(site: Site, inbox: Address): Hex {
  return keccak256(stringToHex(`${String(site.chainId)} ${site.inbox} ${inbox}`)).slice(0, 18) as Hex;
}

function read<T>(key: string, is: (value: unknown) => value is T, otherwise: T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    return is(value) ? value : otherwise;
  } catch {
    return otherwise;
  }
}

/** Without storage (a private window, a full disk) the page works and forgets. */
function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    return;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNames(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((name) => typeof name === "string");
}

function isSeen(value: unknown): value is Seen {
  const isIndices = (list: unknown): boolean => Array.isArray(list) && list.every(Number.isSafeInteger);
  return (
    isObject(value) && Object.values(value).every((marks) => isObject(marks) && Object.values(marks).every(isIndices))
  );
}
