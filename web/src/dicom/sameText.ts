/** Whether two texts of DICOM say the same: the same as Python's radiogram/dicom/metadata.py. */

import { nameGroups } from "./display.ts";

/** For comparing: as Python's casefold, for which ß is ss, and by what Unicode holds to be the same. */
export const folded = (text: string): string => text.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");

/** Whether two names are the same in every alphabet in which both are written: `YAMADA=山田` is `YAMADA`. */
export function isSameName(one: string, other: string): boolean {
  const others = nameGroups(other);
  return nameGroups(one).every((group, at) => !group || !others[at] || folded(group) === folded(others[at]));
}
