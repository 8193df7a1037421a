/** Which letter a CAR file is of: tried with the key, and nobody is asked. */

import type { Message } from "../../chain/inbox.ts";
import { EnvelopeError, IpfsMismatch, IpfsNotFound, IpfsTooLarge, KeyPacketError } from "../../errors.ts";
import { isEnvelope } from "../../formats/suite.ts";
import type { Keyring } from "../../keys/keyring.ts";
import type { Site } from "../../site.ts";

/** Of other letters, or of another key. */
const OTHERS = [IpfsNotFound, EnvelopeError, KeyPacketError];
/** It is this one's, and damaged: opening it says so. */
const DAMAGED = [IpfsMismatch, IpfsTooLarge];

/** Whether what the message leads to is in the file that `keyring` was given. Throws CarError, AbortError. */
export async function isInCar(keyring: Keyring, message: Message, site: Site): Promise<boolean> {
  if (message.retracted || !isEnvelope(message.envelope)) return false;
  try {
    const opened = await keyring.open(message, site, null);
    const isThere = await keyring.isInCar(opened);
    await keyring.close(opened);
    return isThere;
  } catch (error) {
    if (DAMAGED.some((kind) => error instanceof kind)) return true;
    if (OTHERS.some((kind) => error instanceof kind)) return false;
    throw error;
  }
}
