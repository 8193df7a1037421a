/** The sender's side: encrypt a study in a Worker, upload it, seal what leads to it. No key of anybody's is needed. */

import * as Comlink from "comlink";
import type { Context } from "../formats/context.ts";
import type { ManifestExtras } from "../formats/manifest.ts";
import type { Progress } from "../progress.ts";
import { WorkerClient } from "./workerClient.ts";
import type { Sign, SourceFile } from "./encryptStudy.ts";
import type { Sealed, SealTarget } from "./seal.ts";
import type { Api, Locked } from "./worker.ts";
import workerUrl from "./worker.ts?worker&url";

let client: WorkerClient<Api> | undefined;

/**
 * Digests, lists, signs, bundles and encrypts, streaming; what is nobody's signature is left out. `isPadded`: the length
 * says less of the study. Throws StudyError (a name that can't be sent, a file that changed), AbortError, and what `sign`
 * throws.
 */
export function encryptStudy(
  files: SourceFile[],
  extras: ManifestExtras,
  isPadded: boolean,
  sign: Sign,
  onProgress: (progress: Progress) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Locked> {
  const named = files.map(({ name, file }) => ({ name, file }));
  const [signing, progress] = [Comlink.proxy(sign), Comlink.proxy(onProgress)];
  return worker().job(signal, (api, job) => api.encrypt(job, named, extras, isPadded, signing, progress));
}

/** An envelope that only the recipient opens, and the key packet that it names in suite 2. */
export function seal(locked: Locked, target: SealTarget, context: Context): Promise<Sealed> {
  return worker().call((api) => api.seal(locked.handle, target, context));
}

/** Forgets the content key: nobody can open this ciphertext any more, unless it was sealed to them. */
export function release(locked: Locked): void {
  if (client?.hasEnded === false) void client.call((api) => api.release(locked.handle)).catch(() => undefined);
}

function worker(): WorkerClient<Api> {
  if (client?.hasEnded !== false) client = new WorkerClient<Api>(workerUrl);
  return client;
}
