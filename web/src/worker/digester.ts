/** Digests large files in a Worker beside this one: see digestWorker.ts. */

import type { Bytes } from "../formats/bytes.ts";
import { Digest, type StreamDigest } from "../formats/digest.ts";
import type { Asked, Told } from "./digestWorker.ts";
import { trustedWorker } from "./trustedWorker.ts";
import workerUrl from "./digestWorker.ts?worker&url";

const PIECE = 1 << 20; // bytes sent at a time
const AHEAD = 4; // pieces that are sent before the first of them is digested
const OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

interface Waiting {
  resolve: (told: Told) => void;
  reject: (why: Error) => void;
}

/** Digests one file after the other. Where no Worker can be had, it does so itself. */
export class Digester {
  #worker: Worker | undefined;
  #isThere: Promise<boolean> | undefined;
  /** Who waits for answers, which come in the order of what was asked. */
  readonly #waiting: Waiting[] = [];

  /** Of the next file; the one before is done. */
  readonly digest = (): StreamDigest => {
    this.#isThere ??= this.#starts();
    return new Elsewhere(this.#isThere, (asked) => this.#ask(asked));
  };

  /** Ends the Worker, and with it all that it holds; whoever waits gets an AbortError. */
  close(): void {
    this.#worker?.terminate();
    this.#fail(new DOMException("nothing is digested any more", "AbortError"));
  }

  /** Whether there is a Worker, and it digests. */
  async #starts(): Promise<boolean> {
    try {
      this.#worker = trustedWorker(workerUrl);
      this.#worker.addEventListener("message", ({ data }: MessageEvent<Told>) => this.#waiting.shift()?.resolve(data));
      this.#worker.addEventListener("error", (event) => {
        event.preventDefault();
        this.#fail(new Error("A part of Radiogram failed. Load the page again."));
      });
      return (await this.#ask(null)) === OF_NOTHING;
    } catch {
      return false;
    }
  }

  #ask(asked: Asked): Promise<Told> {
    return new Promise<Told>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker?.postMessage(asked, asked ? [asked.buffer] : []);
    });
  }

  #fail(why: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(why);
  }
}

class Elsewhere implements StreamDigest {
  readonly #isThere: Promise<boolean>;
  readonly #ask: (asked: Asked) => Promise<Told>;
  /** Where there is no Worker. */
  readonly #own = new Digest();
  #piece: Bytes = new Uint8Array(PIECE);
  #filled = 0;
  readonly #sent: Promise<Told>[] = [];

  constructor(isThere: Promise<boolean>, ask: (asked: Asked) => Promise<Told>) {
    [this.#isThere, this.#ask] = [isThere, ask];
  }

  async add(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + PIECE - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === PIECE) await this.#send();
    }
  }

  async hex(): Promise<string> {
    await this.#send();
    await Promise.all(this.#sent);
    return (await this.#isThere) ? String(await this.#ask(null)) : this.#own.hex();
  }

  async #send(): Promise<void> {
    const piece = this.#piece.subarray(0, this.#filled);
    if (piece.length > 0 && (await this.#isThere)) {
      const sent = this.#ask(piece);
      sent.catch(() => undefined); // whoever waits for it hears of it
      const isRoom = this.#sent.push(sent) <= AHEAD;
      this.#piece = isRoom ? new Uint8Array(PIECE) : new Uint8Array(((await this.#sent.shift()) as Bytes).buffer);
    } else this.#own.add(piece);
    this.#filled = 0;
  }
}
