/** How long a bundle may be made with zeros, so that its length says less: docs/format.md, Length of a bundle. */

import { BLOCK } from "./tar.ts";

/** The length to which zeros fill a bundle of `size` bytes, which are whole blocks of 512: Padmé's of its blocks. */
export function paddedBundleBytes(size: number): number {
  const blocks = size / BLOCK;
  const exponent = digits(blocks) - 1;
  const step = 2 ** (exponent - digits(exponent));
  return Math.ceil(blocks / step) * step * BLOCK;
}

/** How many a number from 0 on has in binary; 0 has none. */
function digits(number: number): number {
  return number === 0 ? 0 : number.toString(2).length;
}
