/** Puts a signed act on the chain at the expense of whoever runs the site: docs/website.md, Paying for patients. */

import { RelayError, RelayLimit, RelayUnreachable } from "../errors.ts";
import type { Hex } from "../formats/bytes.ts";
import { type Act, signedActFile } from "../formats/signedAct.ts";
import { textOf } from "../reply.ts";

const PATIENCE = 180_000; // milliseconds: the chain makes a block meanwhile
const LIMIT = 10_000; // bytes of the answer

/** What became of an act. */
export interface Relayed {
  /** What is so from now on: `0x… has received message 0`. */
  readonly act: string;
  /** Whether it was not so already. */
  readonly changed: boolean;
}

/** Done when the chain has it. Throws RelayError, ActError. */
export async function relayAct(act: Act, signature: Hex, relay: string): Promise<void> {
  await passOn(signedActFile(act, signature), relay);
}

/** The same of what is in a file, or of a signed share. Throws RelayError. */
export async function passOn(file: string, relay: string): Promise<Relayed> {
  let status: number;
  let said: unknown;
  try {
    const response = await fetch(relay, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: file,
      credentials: "omit",
      signal: AbortSignal.timeout(PATIENCE),
    });
    status = response.status;
    said = JSON.parse(await textOf(response, LIMIT));
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) throw unfit();
    throw new RelayUnreachable("The site did not answer. It may have passed this on all the same.");
  }
  const { error, act, changed } = (said ?? {}) as { error?: unknown; act?: unknown; changed?: unknown };
  if (status === 200 && typeof act === "string" && typeof changed === "boolean") return { act, changed };
  if (typeof error !== "string") throw unfit();
  throw status === 429 ? new RelayLimit(error) : new RelayError(error);
}

function unfit(): RelayError {
  return new RelayError("The site did not answer as one does that passes acts on.");
}
