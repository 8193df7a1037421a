/** One Store Transaction (STOW-RS, PS3.18 10.5). By XMLHttpRequest, which alone tells how far it has come. */

import { DestinationError } from "../errors.ts";
import { type Fate, fatesOf } from "./answer.ts";
import type { Service } from "./service.ts";

/** One DICOM instance: its SOP Instance UID, and its file as it is. */
export interface Instance {
  readonly uid: string;
  readonly blob: Blob;
}

/** Why a system can't be spoken with, or takes nothing. */
export type Trouble =
  /** The browser says no more: no network, no such host, no certificate to be trusted, or other sites not let in. */
  | "no-answer"
  | "offline"
  /** 401, 403. */
  | "not-let-in"
  /** 404, 405, or what is no answer to a Store Transaction. */
  | "no-service"
  /** 429, 503. */
  | "busy"
  /** 413: what was in this request; another may be taken. */
  | "too-large"
  /** 400, 415, 422, 500: the same. */
  | "not-taken"
  | "other";

export class StoreError extends DestinationError {
  readonly trouble: Trouble;
  /** Of HTTP; 0 without an answer. */
  readonly status: number;

  constructor(trouble: Trouble, status = 0) {
    super(status === 0 ? "There is no answer." : `It answers ${status}.`);
    this.trouble = trouble;
    this.status = status;
  }
}

const SILENCE = 60_000; // milliseconds without progress
const ANSWER = 300_000; // milliseconds after the last byte
const ANSWER_LIMIT = 16 << 20; // bytes
const UNDERSTOOD = [200, 202, 409];
const BY_STATUS: Readonly<Record<number, Trouble>> = {
  ...{ 400: "not-taken", 401: "not-let-in", 403: "not-let-in", 404: "no-service", 405: "no-service" },
  ...{ 413: "too-large", 415: "not-taken", 422: "not-taken", 429: "busy", 500: "not-taken", 503: "busy" },
};

/** What the system says of each. `progress` is told of the bytes so far. Throws StoreError, AbortError. */
export async function request(
  { studies }: Service,
  authorization: string | null,
  instances: readonly Instance[],
  progress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Fate[]> {
  const boundary = crypto.getRandomValues(new Uint32Array(4)).join("-");
  const body = multipart(instances, boundary);
  const type = `multipart/related; type="application/dicom"; boundary=${boundary}`;
  const headers = { "Content-Type": type, Accept: "application/dicom+json" };
  const sent = new XMLHttpRequest();
  sent.open("POST", studies);
  for (const [name, value] of Object.entries(headers)) sent.setRequestHeader(name, value);
  if (authorization !== null) sent.setRequestHeader("Authorization", authorization);
  await answered(sent, body, progress, signal);
  const { status, responseText } = sent;
  if (!UNDERSTOOD.includes(status)) throw new StoreError(BY_STATUS[status] ?? "other", status);
  try {
    return fatesOf(
      responseText,
      instances.map(({ uid }) => uid),
    );
  } catch {
    throw new StoreError("no-service", status);
  }
}

/** The files bit for bit, each as a part (RFC 2387): read while they are sent. */
export function multipart(instances: readonly Instance[], boundary: string): Blob {
  // Without the transfer syntax, which the file says: Orthanc passes over parts of any other type than this.
  const head = `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`;
  return new Blob([...instances.flatMap(({ blob }) => [head, blob, "\r\n"]), `--${boundary}--\r\n`]);
}

function answered(
  sent: XMLHttpRequest,
  body: Blob,
  progress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      settle();
    };
    const fail = (why: Error): void => {
      finish(() => {
        reject(why);
      });
      sent.abort();
    };
    const stop = (): void => {
      fail(signal.reason as Error);
    };
    const noAnswer = (): void => {
      fail(new StoreError(navigator.onLine ? "no-answer" : "offline"));
    };
    const patient = (most: number): void => {
      clearTimeout(timer);
      timer = setTimeout(noAnswer, most);
    };
    signal.addEventListener("abort", stop);
    sent.upload.addEventListener("progress", ({ loaded }) => {
      progress(loaded);
      patient(SILENCE);
    });
    sent.upload.addEventListener("load", () => {
      patient(ANSWER);
    });
    sent.addEventListener("progress", ({ loaded }) => {
      if (loaded > ANSWER_LIMIT) fail(new StoreError("no-service", sent.status));
    });
    sent.addEventListener("load", () => {
      finish(resolve);
    });
    sent.addEventListener("error", noAnswer);
    patient(SILENCE);
    sent.send(body);
  });
}
