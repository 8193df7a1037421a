/** Whether the storage gives back what it took, before anybody is told where it is. */

import { cidBytes } from "../formats/bytes.ts";
import { ByteReader } from "../formats/streams.ts";
import { IpfsError } from "../errors.ts";
import { fromGateways } from "./gateways.ts";
import type { Patience } from "./source.ts";

/**
 * Throws IpfsError, with what became of each gateway, unless one of them gives the first block of a file of `size` bytes
 * back; AbortError. Its CID is of what was uploaded, so that nothing else can come. Without any gateway there is nobody to
 * ask. (The site's own server looks at the end, too.)
 */
export async function checkKept(
  size: number,
  cid: string,
  gateways: string[],
  signal?: AbortSignal,
  patience?: Patience,
): Promise<void> {
  if (gateways.length === 0) return;
  try {
    const place = { cid: cidBytes(cid), size, gateways };
    await fromGateways(place, (stream) => new ByteReader(stream).some(1), signal, patience);
  } catch (error) {
    if (!(error instanceof IpfsError)) throw error;
    const { tries } = error;
    throw Object.assign(new IpfsError("The storage took the file, and does not give it back. Try again."), { tries });
  }
}
