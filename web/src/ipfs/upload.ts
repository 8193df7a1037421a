/** Adds a ciphertext to IPFS through the site. By XMLHttpRequest, which alone tells how far it has come. */

import { cidBytes } from "../formats/bytes.ts";
import {
  IpfsError,
  IpfsIncomplete,
  IpfsRefused,
  IpfsTimeout,
  IpfsTooLarge,
  IpfsUnreachable,
  IpfsWrongCid,
} from "../errors.ts";
import { Budget } from "../budget.ts";
import { checkKept } from "./readBack.ts";
import { counter, type Progress } from "../progress.ts";
import type { Site } from "../site.ts";

const SILENCE = 60_000; // milliseconds without progress, or with less of it than SLOWEST
const STORING = 300_000; // milliseconds that the storage may take for its answer after the last byte,
const STORING_RATE = 1 << 20; // and a second for so many bytes
const ANSWER_LIMIT = 10_000; // bytes

/**
 * Done when the storage has all of `blob`, has named it by its `cid` (CIDv1, base32), and gives its beginning back. May
 * be repeated. Throws IpfsError, AbortError; IpfsWrongCid where the storage names another.
 */
export async function upload(
  { blob, cid }: { blob: Blob; cid: string },
  site: Pick<Site, "upload" | "uploadLimit" | "gateways">,
  onProgress: (progress: Progress) => void = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  if (site.upload === null) throw new IpfsRefused("This copy of Radiogram can’t upload: it has no storage.");
  if (blob.size > site.uploadLimit) {
    throw new IpfsTooLarge(`The images are too large: the storage takes ${inMegabytes(site.uploadLimit)}.`);
  }
  signal?.throwIfAborted();
  checkReply(await post(site.upload, blob, onProgress, signal), blob.size, cid);
  await checkKept(blob.size, cid, site.gateways, signal);
}

function post(
  url: string,
  blob: Blob,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal | undefined,
): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const count = counter("upload", blob.size, onProgress);
    const budget = new Budget(SILENCE);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let seen = 0;
    let since = performance.now();
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      settle();
    };
    const fail = (error: Error): void => {
      finish(() => {
        reject(error);
      });
      request.abort();
    };
    const stop = (): void => {
      fail(signal?.reason as Error);
    };
    const patient = (most: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        fail(new IpfsTimeout("The upload stopped. The storage did not answer. Try again."));
      }, most);
    };
    signal?.addEventListener("abort", stop);
    request.upload.addEventListener("progress", ({ loaded }) => {
      const done = Math.min(loaded, blob.size); // the form's own bytes are not counted
      count(done - seen);
      budget.spent(performance.now() - since);
      budget.moved(done - seen);
      seen = done;
      since = performance.now();
      patient(budget.left);
    });
    request.upload.addEventListener("load", () => {
      patient(STORING + (blob.size / STORING_RATE) * 1000);
    });
    request.addEventListener("progress", ({ loaded }) => {
      if (loaded > ANSWER_LIMIT) fail(new IpfsError("The storage did not answer as it should. Try again."));
    });
    request.addEventListener("load", () => {
      finish(() => {
        resolve(request);
      });
    });
    request.addEventListener("error", () => {
      fail(new IpfsUnreachable("The upload stopped. The storage did not answer. Try again."));
    });
    request.open("POST", url);
    const form = new FormData();
    form.append("file", blob, "file");
    patient(SILENCE);
    request.send(form);
  });
}

function checkReply({ status, responseText }: XMLHttpRequest, size: number, cid: string): void {
  if (status === 413) throw new IpfsTooLarge("The images are too large for the storage.");
  if (status === 401 || status === 403) throw new IpfsRefused("The storage does not take images from this page.");
  if (status === 504) throw new IpfsTimeout("The upload stopped. The storage did not answer in time. Try again.");
  if (status < 200 || status > 299)
    throw new IpfsUnreachable(`The upload stopped. The storage has trouble (${status}).`);
  const { cid: named, size: stored } = parse(responseText);
  if (typeof named !== "string") throw new IpfsError("The storage named no CID. Try again.");
  if (stored !== undefined && Number(stored) !== size) {
    throw new IpfsIncomplete(`The storage did not get all ${size} bytes. Try again.`);
  }
  cidBytes(named);
  if (named !== cid) {
    throw new IpfsWrongCid(`The storage says ${named}, but what was uploaded is ${cid}: it is set up otherwise.`);
  }
}

function parse(text: string): { cid?: unknown; size?: unknown } {
  try {
    return (JSON.parse(text) ?? {}) as { cid?: unknown; size?: unknown };
  } catch {
    return {};
  }
}

function inMegabytes(bytes: number): string {
  return `${Math.floor(bytes / 1_000_000).toLocaleString("en")} MB at most`;
}
