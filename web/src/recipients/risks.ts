/** What is to be looked at before anything is sent to an address. */

export type Risk =
  | { readonly kind: "own" }
  /** It has code: nobody may hold a key to it. */
  | { readonly kind: "contract" }
  | { readonly kind: "alike"; readonly other: string };

/** What addresses are compared with. */
export interface KnownAddresses {
  /** The sender's own. */
  readonly own: string | undefined;
  /** Those that the sender used or named before. */
  readonly used: readonly string[];
}

const ENDS = 3; // digits at both ends that people look at, and that swindlers can make equal
const TYPOS = 4; // digits that differ by mistake

/** Whether two different addresses are easily taken for each other. */
export function looksLike(a: string, b: string): boolean {
  const [one, two] = [a.slice(2).toLowerCase(), b.slice(2).toLowerCase()];
  if (one === two) return false;
  const sameEnds = one.slice(0, ENDS) === two.slice(0, ENDS) && one.slice(-ENDS) === two.slice(-ENDS);
  const differing = Array.from(one).filter((digit, place) => digit !== two[place]).length;
  return sameEnds || differing <= TYPOS;
}

export function risksOf(address: string, isContract: boolean, { own, used }: KnownAddresses): Risk[] {
  const risks: Risk[] = [];
  if (address === own) risks.push({ kind: "own" });
  if (isContract) risks.push({ kind: "contract" });
  const other = used.includes(address) ? undefined : used.find((each) => looksLike(address, each));
  if (other !== undefined) risks.push({ kind: "alike", other });
  return risks;
}
