/** Numbers, days and names of files as people read them. */

/** `41 of 108 MB`, both in the unit of the whole, which does not leave its number at the end of a line. */
export function amountOf(done: number, total: number): string {
  const [unit, size] = unitOf(total);
  const digits = total / size < 10 && size > 1 ? 1 : 0;
  return `${(done / size).toFixed(digits)} of ${(total / size).toFixed(digits)}\u00a0${unit}`;
}

/** `108 MB`. */
export function size(bytes: number): string {
  return amountOf(0, bytes).replace(/^.* of /, "");
}

function unitOf(bytes: number): [string, number] {
  if (bytes < 1e3) return ["bytes", 1];
  if (bytes < 1e6) return ["kB", 1e3];
  return bytes < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
}

/** `214 images`, `1 file`. */
export function counted(number: number, word: string): string {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}

/** How many homes keep something, and who is waited for. */
export function heldWords(homes: { held: number; wanted: number; missing: readonly string[] }): string {
  const { held, wanted, missing } = homes;
  const names = held < wanted && missing.length > 0 ? ` Waiting for ${missing.join(", ")}.` : "";
  return `Held by ${held} of ${wanted} homes.${names}`;
}

/** At most `most` names, then `and 5 more`. */
export function listed(names: readonly string[], most = 3): string {
  const rest = names.length - most;
  return names.slice(0, most).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/** `about 1 min`, `about 20 s`. */
export function about(seconds: number): string {
  if (seconds < 60) return `about ${Math.max(5, Math.ceil(seconds / 5) * 5)} s`;
  return `about ${Math.ceil(seconds / 60)} min`;
}

/** `12 Nov 2026`, in the reader's own time zone. */
export function day(date: Date): string {
  return `${String(date.getDate())} ${MONTHS[date.getMonth()] ?? ""} ${String(date.getFullYear())}`;
}

/** `November 2026`. */
export function month(date: Date): string {
  return `${date.toLocaleString("en", { month: "long" })} ${String(date.getFullYear())}`;
}

/** `12 Nov 2026, 09:05`. */
export function dayAndTime(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${day(date)}, ${two(date.getHours())}:${two(date.getMinutes())}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The last part of a path. */
export function baseName(path: string): string {
  return path.split("/").at(-1) ?? path;
}

/** First 4 and last 4 signs: `0x7099…79C8`. */
export function shortAddress(address: string): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`;
}

/** `m3f9a2c1d`, as the commands name a message in a mailbox; with its index from the second in one on. */
export function mailboxName({ recipient, index }: { recipient: string; index: number }): string {
  return `m${recipient.slice(2, 10).toLowerCase()}${index === 0 ? "" : `.${String(index)}`}`;
}
