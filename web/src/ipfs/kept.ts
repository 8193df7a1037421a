/** Whether the storage still has what was uploaded. */

import { IpfsError, IpfsNotFound } from "../errors.ts";
import { ByteReader } from "../formats/streams.ts";
import { fromGateways } from "./gateways.ts";

const PATIENCE = { start: 10_000, silence: 10_000 }; // milliseconds; somebody waits

/** False only where the gateways say so: one that does not answer has lost nothing yet. `cid` in base32. */
export async function isKept(cid: string, gateways: string[], signal?: AbortSignal): Promise<boolean> {
  const place = { cid, size: Number.MAX_SAFE_INTEGER, atMost: true, gateways };
  try {
    await fromGateways(place, (stream) => new ByteReader(stream).some(1), signal, PATIENCE);
    return true;
  } catch (error) {
    if (!(error instanceof IpfsError)) throw error;
    return !(error instanceof IpfsNotFound);
  }
}
