/** Whether the storage gives back what it took, before anybody is told where it is. */

import { equal } from "../formats/bytes.ts";
import { ByteReader } from "../formats/streams.ts";
import { IpfsError, IpfsMismatch } from "../errors.ts";
import { fromGateways, type Patience } from "./gateways.ts";

const KEPT = 1 << 16; // bytes

/**
 * Throws IpfsError, with what became of each gateway, unless one of them gives the beginning of `blob` back; AbortError.
 * Without any gateway there is nobody to ask. (The site's own server looks at the end, too.)
 */
export async function checkKept(
  blob: Blob,
  cid: string,
  gateways: string[],
  signal?: AbortSignal,
  patience?: Patience,
): Promise<void> {
  if (gateways.length === 0) return;
  const sent = new Uint8Array(await blob.slice(0, KEPT).arrayBuffer());
  try {
    await fromGateways(
      { cid, size: blob.size, gateways },
      async (stream) => {
        const reader = new ByteReader(stream);
        const back = await reader.exactly(sent.length);
        reader.stop();
        if (!equal(back, sent)) throw new IpfsMismatch("The storage sent something else than was asked for.");
      },
      signal,
      patience,
    );
  } catch (error) {
    if (!(error instanceof IpfsError)) throw error;
    const { tries } = error;
    throw Object.assign(new IpfsError("The storage took the file, and does not give it back. Try again."), { tries });
  }
}
