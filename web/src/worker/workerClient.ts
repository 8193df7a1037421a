/** Between a page and its Worker (Comlink): calls, errors with their class, progress, cancelling. */

import * as Comlink from "comlink";
import { ERRORS, RadiogramError } from "../errors.ts";
import { confinedWorker } from "./trustedWorker.ts";

/** An error as it crosses the boundary. */
interface Packed {
  kind: "radiogram" | "dom" | "other";
  name: string;
  message: string;
  more: Record<string, unknown>;
}

type Thrown = { isError: true; value: Packed } | { isError: false; value: unknown };

/** Once on each side. Errors arrive with their class; stacks stay behind, as they tell nobody anything there. */
export function carryErrors(): void {
  const usual = Comlink.transferHandlers.get("throw");
  if (!usual) throw new TypeError("Comlink has changed");
  Comlink.transferHandlers.set("throw", {
    canHandle: (value): value is { value: unknown } => usual.canHandle(value),
    serialize: ({ value }: { value: unknown }): [Thrown, Transferable[]] => [
      value instanceof Error || value instanceof DOMException
        ? { isError: true, value: pack(value) }
        : { isError: false, value },
      [],
    ],
    deserialize: (thrown: Thrown): never => {
      throw thrown.isError ? unpackError(thrown.value) : thrown.value;
    },
  });
}

export function pack(error: Error | DOMException): Packed {
  const kind = error instanceof RadiogramError ? "radiogram" : error instanceof DOMException ? "dom" : "other";
  return {
    kind,
    name: error.name,
    message: error.message,
    more: kind === "radiogram" ? Object.fromEntries(Object.entries(error)) : {},
  };
}

export function unpackError({ kind, name, message, more }: Packed): Error {
  if (kind === "dom") return new DOMException(message, name);
  if (kind === "other") return new Error(`${name}: ${message}`);
  const Kind =
    new Map<string, new (text: string) => RadiogramError>(Object.entries(ERRORS)).get(name) ?? RadiogramError;
  return Object.assign(new Kind(message), more);
}

/** A Worker that can end at any time, whatever is under way in it. */
export class WorkerClient<Api extends { cancel(job: number): void }> {
  /** Nothing comes of it any more, as where it did not load: another may. */
  hasEnded = false;
  readonly #worker: Worker;
  readonly #api: Comlink.Remote<Api>;
  readonly #ended: Promise<never>;
  #end: (why: unknown) => void = () => undefined;
  #jobs = 0;

  constructor(url: string) {
    carryErrors();
    this.#worker = confinedWorker(url);
    this.#api = Comlink.wrap<Api>(this.#worker);
    this.#ended = new Promise<never>((_, reject) => {
      this.#end = reject;
    });
    this.#ended.catch(() => undefined);
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.end(new Error("A part of Radiogram did not load. Load the page again."));
    });
  }

  /** What `use` gets of the worker, unless that ends before. */
  call<T>(use: (api: Comlink.Remote<Api>) => Promise<T>): Promise<T> {
    return Promise.race([use(this.#api), this.#ended]);
  }

  /** The same for work that takes a signal: it is told the number under which it is cancelled. */
  async job<T>(
    signal: AbortSignal | undefined,
    use: (api: Comlink.Remote<Api>, job: number) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const job = ++this.#jobs;
    const cancel = (): void => void (this.#api.cancel as unknown as (job: number) => Promise<void>)(job);
    signal?.addEventListener("abort", cancel);
    try {
      return await this.call((api) => use(api, job));
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** Whatever is under way fails with `why`. The worker has `most` milliseconds for its last task. */
  end(why: unknown, last?: (api: Comlink.Remote<Api>) => Promise<unknown>, most = 0): void {
    this.hasEnded = true;
    this.#end(why);
    const over = (): void => {
      this.#worker.terminate();
    };
    if (last) void last(this.#api).then(over);
    setTimeout(over, most);
  }
}

/** In the worker: jobs that the page may cancel. */
export class Jobs {
  readonly #running = new Map<number, AbortController>();

  async run<T>(job: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#running.set(job, controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#running.delete(job);
    }
  }

  cancel(job: number): void {
    this.#running.get(job)?.abort();
  }
}
