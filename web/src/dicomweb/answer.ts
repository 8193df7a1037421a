/** What a system says that it has stored (PS3.18 10.5.3, DICOM JSON of PS3.18 F); as radiogram/export/dicomweb.py. */

import { DestinationError } from "../errors.ts";

/** What came of one instance. `changed`: stored, but not as it was. */
export type Fate = { readonly at: "stored" } | { readonly at: "changed" | "refused"; readonly why: string };

export const STORED: Fate = { at: "stored" };

const REFERENCED = "00081199";
const FAILED = "00081198";
const INSTANCE = "00081155";
const FAILURE = "00081197";
const WARNING = "00081196";
const THERE_ALREADY = 0x0111; // PS3.7 C.5.8: some say so of what they have; DICOM knows an instance by its UID
const UNSAID = "it does not say that it has stored it";
/** PS3.18 10.5.3.1 and PS3.4 B.2.3, by the first byte where that says it all. */
const FAILURES: Readonly<Record<number, string>> = {
  0x0110: "it could not process it",
  0x0122: "it does not take this kind of file",
  0x0124: "it does not allow it",
  0x0131: "it knows this sending from before",
  0xa7: "it has no room",
  0xa9: "it is not of the kind that it says",
  0xc0: "it does not understand it",
  0xc122: "it does not take this way of compression",
};
const WARNINGS: Readonly<Record<number, string>> = {
  0xb000: "it changed something in it",
  0xb006: "it left something out",
  0xb007: "it is not of the kind that it says",
};

/** What a system says of each of these instances, by UID. Throws DestinationError where it says nothing. */
export function fatesOf(text: string, uids: readonly string[]): Fate[] {
  const answer = parsed(text);
  const [stored, failed] = [items(answer, REFERENCED), items(answer, FAILED)];
  return uids.map((uid) => {
    const failure = failed.get(uid);
    if (failure !== undefined) {
      const code = numberOf(failure, FAILURE);
      return code === THERE_ALREADY ? STORED : { at: "refused", why: reason(code, FAILURES) };
    }
    const item = stored.get(uid);
    if (item === undefined) return { at: "refused", why: UNSAID };
    const code = numberOf(item, WARNING);
    return code === 0 ? STORED : { at: "changed", why: reason(code, WARNINGS) };
  });
}

function parsed(text: string): unknown {
  try {
    const answer: unknown = JSON.parse(text);
    const only: unknown = Array.isArray(answer) && answer.length === 1 ? answer[0] : answer;
    if (typeof only === "object" && only !== null && !Array.isArray(only)) return only;
  } catch {
    // it is told below
  }
  throw new DestinationError("It does not say what it has stored.");
}

/** The items of a sequence by the UID of the instance that they tell of. */
function items(answer: unknown, tag: string): Map<string, unknown> {
  return new Map(
    valuesOf(answer, tag).flatMap((item) => {
      const uid = valuesOf(item, INSTANCE)[0];
      return typeof uid === "string" ? [[uid, item] as const] : [];
    }),
  );
}

function reason(code: number, meanings: Readonly<Record<number, string>>): string {
  const said = meanings[code] ?? meanings[code >> 8];
  const shown = code.toString(16).toUpperCase().padStart(4, "0");
  return said === undefined ? `status ${shown}` : `${said} (${shown})`;
}

function numberOf(item: unknown, tag: string): number {
  const value = valuesOf(item, tag)[0];
  return Number.isSafeInteger(value) ? Number(value) & 0xffff : 0;
}

function valuesOf(item: unknown, tag: string): unknown[] {
  const element = (item as Record<string, { Value?: unknown } | undefined> | null)?.[tag];
  return Array.isArray(element?.Value) ? element.Value : [];
}
