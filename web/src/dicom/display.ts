/** Names and dates as people are shown them: docs/display.md. No DOM, nothing loaded. */

import { isDate } from "../formats/date.ts";
import { clean } from "../formats/text.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A person's name (PS3.5 6.2.1) to be read by people: `Okafor^Grace^Ann^Dr` is `OKAFOR, Grace Ann (Dr)`. */
export function shownName(value: string): string {
  return nameGroups(value).filter(Boolean).join(" / ");
}

/** The name in each of its up to three alphabets, to be read by people; empty where it is not written in one. */
export function nameGroups(value: string): string[] {
  const groups = value.split("=").slice(0, 3);
  const [first = [], ...others] = groups.map((group) =>
    group
      .split("^")
      .slice(0, 5)
      .map((part) => clean(part)),
  );
  const [family = "", given, middle, prefix, suffix] = first;
  const names = [given, middle].filter(Boolean).join(" ");
  const titles = [prefix, suffix].filter(Boolean).join(" ");
  const spoken = [family.toUpperCase(), names].filter(Boolean).join(", ");
  return [[spoken, titles && `(${titles})`], ...others].map((group) => group.filter(Boolean).join(" "));
}

/** `1962-03-14` as `14-Mar-1962`; what is no date, as it is, cleaned. */
export function shownDate(date: string): string {
  if (!isDate(date)) return clean(date);
  const [year = "", month, day = ""] = date.split("-");
  return `${day}-${MONTHS[Number(month) - 1] ?? ""}-${year}`;
}
