/**
 * Tells the site's server what is about to be sent, and has the homes that it knows keep what was uploaded, before anybody
 * is told where it is: docs/homes.md.
 */

import { type Bytes, toHex } from "../formats/bytes.ts";
import { HomesError, IpfsError, IpfsIncomplete, IpfsRefused, IpfsTimeout, IpfsUnreachable } from "../errors.ts";
import type { Site } from "../site.ts";

const SILENCE = 60_000; // milliseconds; the server says something every ten seconds
const LIMIT = 1 << 20; // bytes of all lines
const MOST_NAMES = 10;

/** How far it is. */
export interface Held {
  held: number;
  wanted: number;
  /** Names of homes that are waited for. */
  missing: readonly string[];
}

/** What is about to be sent, and leads to it, as the journal has it. */
interface Message {
  kind?: "share";
  sender: string;
  recipient: string;
  since: number;
  envelope: Bytes;
  /** The ciphertext, unless it is shared, and the key packet in suite 2; CIDv1 in base32. */
  cids: readonly string[];
  /** Of the ciphertext. */
  bytes: number;
}

/**
 * Done when as many homes keep it as the site wants, and its server knows of it; null where that wants none but the
 * storage. `onProgress` hears how far it is. Throws
 * HomesError where they are fewer, with the names of those that are missing; other IpfsErrors, AbortError.
 */
export async function keptByHomes(
  { kind, cids, bytes, sender, recipient, since, envelope }: Message,
  { homes }: Pick<Site, "homes">,
  onProgress: (held: Held) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Held | null> {
  if (homes === null || cids.length === 0) return null;
  const files = cids.map((cid, place) => ({ cid, size: kind === "share" || place > 0 ? null : bytes }));
  const message = { sender, recipient, since, envelope: toHex(envelope) };
  const quiet = new AbortController();
  const stop = AbortSignal.any([quiet.signal, ...(signal ? [signal] : [])]);
  let timer = setTimeout(() => undefined, 0);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      quiet.abort();
    }, SILENCE);
  };
  alive();
  try {
    for await (const line of linesOf(await asked(homes.keep, { files, message }, stop), alive)) {
      const { isLast, isKept, ...held } = read(line);
      if (isLast && !isKept) throw tooFew(held);
      if (isLast) return homes.wanted > 1 ? held : null;
      if (homes.wanted > 1) onProgress(held);
    }
    throw new IpfsIncomplete("The site broke off before the homes kept the images. Try again.");
  } catch (error) {
    signal?.throwIfAborted();
    if (quiet.signal.aborted) throw new IpfsTimeout("The site says nothing of the homes any more. Try again.");
    if (error instanceof IpfsError) throw error;
    throw new IpfsUnreachable("The site can’t be asked whether the images are kept. Try again.");
  } finally {
    clearTimeout(timer);
    quiet.abort();
  }
}

async function asked(url: string, question: unknown, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify(question);
  const reply = await fetch(url, { method: "POST", headers, body, signal, cache: "no-store", credentials: "omit" });
  if (reply.status === 409) throw new IpfsRefused("The storage has lost the locked copy. Start over.");
  if (!reply.ok || !reply.body)
    throw new IpfsUnreachable(`The site can’t keep the images safe (${reply.status}). Try again.`);
  return reply.body;
}

/** Each line as it comes. */
async function* linesOf(body: ReadableStream<Uint8Array>, alive: () => void): AsyncGenerator<string, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    size += value.length;
    if (size > LIMIT) throw unfit();
    const lines = (text + decoder.decode(value, { stream: true })).split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}

function read(line: string): Held & { isLast: boolean; isKept: boolean } {
  let said: { held?: unknown; wanted?: unknown; missing?: unknown; kept?: unknown };
  try {
    said = (JSON.parse(line) ?? {}) as typeof said;
  } catch {
    throw unfit();
  }
  const { held, wanted, missing, kept } = said;
  if (!Number.isSafeInteger(held) || !Number.isSafeInteger(wanted) || !Array.isArray(missing)) throw unfit();
  const names = missing.map((name) => String(name).slice(0, 100)).slice(0, MOST_NAMES);
  const numbers = { held: held as number, wanted: wanted as number };
  return { ...numbers, missing: names, isLast: kept !== undefined, isKept: kept === true };
}

function tooFew({ held, wanted, missing }: Held): HomesError {
  const names = missing.length > 0 ? ` Not yet: ${missing.join(", ")}.` : "";
  const words = `Only ${held} of ${wanted} homes keep the images.${names} Nothing was sent. Try again when that is mended.`;
  return Object.assign(new HomesError(words), { held, wanted, missing });
}

function unfit(): IpfsError {
  return new IpfsError("The site did not say as it should whether the homes keep the images. Try again.");
}
