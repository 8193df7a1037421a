/** Whether the storage still has what was uploaded. */

import { cidBytes } from "../formats/bytes.ts";
import { IpfsError, IpfsNotFound } from "../errors.ts";
import { NODE_LIMIT } from "./dag.ts";
import { fetchBlock } from "./gateways.ts";

const PATIENCE = { start: 10_000, silence: 10_000 }; // milliseconds; somebody waits

/** False only where the gateways say so: one that does not answer has lost nothing yet. `cid` in base32. */
export async function isKept(cid: string, gateways: string[], signal?: AbortSignal): Promise<boolean> {
  try {
    await fetchBlock({ cid: cidBytes(cid), most: NODE_LIMIT, gateways }, signal, PATIENCE);
    return true;
  } catch (error) {
    if (!(error instanceof IpfsError)) throw error;
    return !(error instanceof IpfsNotFound);
  }
}
