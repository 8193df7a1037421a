/** The date of birth that the patient says, beside that in the images. */

import { isDate } from "../../formats/date.ts";

export interface TypedDate {
  readonly day: string;
  readonly month: string;
  readonly year: string;
}

export type DateCheck = "empty" | "unfinished" | "impossible" | "same" | "differs";

/** Compares what was typed with the images' date, and says nothing more of that. */
export function checkDate(typed: TypedDate, birthDate: string): DateCheck {
  const [day, month, year] = [typed.day, typed.month, typed.year].map((each) => each.trim());
  if (!day && !month && !year) return "empty";
  if (!day || !month || !year || (/^\d+$/.test(year) && year.length < 4)) return "unfinished";
  const iso = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  if (!isDate(iso)) return "impossible";
  return iso === birthDate ? "same" : "differs";
}
