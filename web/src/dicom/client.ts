import { trustedWorker } from "../worker/trustedWorker.ts";
import { PreviewError } from "./errors.ts";
import { handedFiles, replaced } from "./handing.ts";
import { draw, type ToDraw } from "./jpegBitmap.ts";
import type { Answer, RequestKind, Question, Requests } from "./protocol.ts";
import workerUrl from "./decoderWorker.ts?worker&url";

const SECONDS = 30; // for one answer: a damaged or hostile file must not keep the page waiting for ever

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** The decoding Worker, started by the first request. One that hangs or fails is ended; the next request starts anew. */
export class DicomWorker {
  #worker: Worker | undefined;
  #last = 0;
  #isDisposed = false;
  readonly #waiting = new Map<number, Waiting>();

  /** Throws PreviewError, also where no answer comes in time. */
  ask<K extends RequestKind>(kind: K, ask: Requests[K]["ask"]): Promise<Requests[K]["answer"]> {
    return new Promise((resolve, reject) => {
      if (this.#isDisposed) {
        reject(new DOMException("The viewer is closed.", "AbortError"));
        return;
      }
      const id = ++this.#last;
      const timer = setTimeout(() => {
        this.#fail(new PreviewError("this file takes too long to read: it may be damaged"));
      }, SECONDS * 1000);
      this.#waiting.set(id, { resolve, reject, timer });
      const post = (given: Requests[K]["ask"], transfer: Transferable[] = []): void => {
        if (this.#waiting.has(id)) this.#started().postMessage({ id, kind, ask: given } satisfies Question, transfer);
      };
      const files = handedFiles(ask);
      if (!(files instanceof Promise)) post(ask);
      else
        files.then(
          (bytes) => {
            post(replaced(ask, bytes), [...new Set([...bytes.values()].map(({ buffer }) => buffer))]);
          },
          () => {
            this.#settle({ id, error: "this file can't be read: it was moved or changed meanwhile" });
          },
        );
    });
  }

  /** Ends the worker, and with it all that it holds; whoever waits gets an AbortError. */
  dispose(): void {
    this.#isDisposed = true;
    this.#fail(new DOMException("The viewer is closed.", "AbortError"));
  }

  #started(): Worker {
    if (this.#worker) return this.#worker;
    const worker = trustedWorker(workerUrl);
    worker.addEventListener("message", ({ data }: MessageEvent<Answer | ToDraw>) => {
      if ("jpeg" in data) void draw(data);
      else this.#settle(data);
    });
    worker.addEventListener("error", () => {
      this.#fail(new PreviewError("this file can't be shown here: it is damaged or unusual"));
    });
    this.#worker = worker;
    return worker;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (!waiting) return;
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if ("error" in answer) waiting.reject(new PreviewError(answer.error));
    else waiting.resolve(answer.value as never);
  }

  #fail(error: Error): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
  }
}
