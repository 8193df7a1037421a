/**
 * Sends the instances of a study to another system, in requests of a measured size: what a system's limit, or a lost
 * connection, takes with it is few. No DOM.
 */

import type { Fate } from "./answer.ts";
import { type Instance, StoreError } from "./request.ts";

/** Of one request; a larger file goes alone. */
export const REQUEST_BYTES = 8 << 20;
export const REQUEST_INSTANCES = 50;
const BROKEN: Fate = { at: "refused", why: "the connection broke off: it may be too large for the system" };
const TOO_LARGE: Fate = { at: "refused", why: "it is too large for the system" };
const NOT_TAKEN: Fate = { at: "refused", why: "the system does not take it" };

/** One request: what the system says of each. Throws StoreError, AbortError. */
export type Post = (instances: readonly Instance[], progress: (bytes: number) => void) => Promise<Fate[]>;

/**
 * Sends them, and notes in `fates`, by UID, what came of each. `progress` is told of all bytes so far. A file that can't
 * be sent keeps no other from being sent. Returns why the rest was not sent: the system lets nobody in, or is not there;
 * null where all were. Throws AbortError.
 */
export async function store(
  instances: readonly Instance[],
  fates: Map<string, Fate>,
  post: Post,
  progress: (bytes: number) => void,
): Promise<StoreError | null> {
  const queue = batches(instances);
  let done = 0;
  let reached = false;
  /** The last request, if it got no answer. */
  let lost: readonly Instance[] = [];
  for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
    const bytes = sizeOf(batch);
    try {
      const said = await post(batch, (sent) => {
        progress(done + Math.min(sent, bytes));
      });
      batch.forEach(({ uid }, place) => fates.set(uid, said[place] ?? NOT_TAKEN));
      lost = [];
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const fate = fateBy(error, reached);
      if (fate === undefined || (fate === BROKEN && lost.length > 0)) {
        for (const { uid } of lost) fates.delete(uid); // it was not their fault
        return error;
      }
      if (fate !== BROKEN && batch.length > 1) {
        queue.unshift(...batch.map((each) => [each])); // some refuse a whole request because of one instance
        continue;
      }
      for (const { uid } of batch) fates.set(uid, fate);
      lost = fate === BROKEN ? batch : [];
    }
    reached = true;
    done += bytes;
    progress(done);
  }
  return null;
}

/** What it says of the files in the request; undefined where it is of the system. */
function fateBy({ trouble }: StoreError, reached: boolean): Fate | undefined {
  if (trouble === "too-large") return TOO_LARGE;
  if (trouble === "not-taken") return NOT_TAKEN;
  return trouble === "no-answer" && reached ? BROKEN : undefined;
}

function batches(instances: readonly Instance[]): Instance[][] {
  const all: Instance[][] = [];
  let bytes = 0;
  for (const instance of instances) {
    const last = all.at(-1);
    bytes += instance.blob.size;
    if (last !== undefined && bytes <= REQUEST_BYTES && last.length < REQUEST_INSTANCES) last.push(instance);
    else {
      all.push([instance]);
      bytes = instance.blob.size;
    }
  }
  return all;
}

const sizeOf = (instances: readonly Instance[]): number => instances.reduce((sum, { blob }) => sum + blob.size, 0);
