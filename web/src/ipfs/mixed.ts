/**
 * Reads one file from several gateways at once, each leaf checked against its CID before a byte of it is given away.
 *
 * Each gateway is asked for one run of leaves after the other. Who lies, or gives no leaf at all, is asked no more, and
 * others fetch what it owes; who breaks off after some leaves is asked for the rest, and after a pause once more; who is
 * slow keeps nobody waiting, since an idle one fetches the same leaf too, and is then left alone for a while. From one
 * gateway all of the file is one run.
 */

import type { Bytes } from "../formats/bytes.ts";
import { IpfsError, IpfsIncomplete, IpfsNotFound, IpfsTimeout, IpfsUnreachable } from "../errors.ts";
import { pause } from "../waiting.ts";

/** Leaves that the fastest of several gateways is asked for at once; others for fewer, by what a leaf takes them. */
const RUN = 4;
/** Milliseconds for a leaf below which no gateway counts as faster than another. */
const FAST = 50;
/** Leaves of an only gateway that are kept before they are read. */
const AHEAD = 4;
/** Milliseconds in which a leaf did not come, and an idle gateway fetches it too: for one of which nothing came yet, … */
const RACE_AFTER = 1000;
/** … and for others so many times what the last leaf took it, and no less than that. */
const RACE_TIMES = 6;
const RACE_LEAST = 300;
/** Milliseconds for which who was of no use is asked nothing; twice as many the next time. */
const REST = 1000;

/** After which a gateway that has given something is asked for the rest. */
const PASSING = [IpfsIncomplete, IpfsTimeout, IpfsUnreachable];

/** The leaves from number `from` to before `to`, in their order. Throws IpfsError, AbortError. */
export type Fetch = (gateway: string, from: number, to: number, signal: AbortSignal) => AsyncGenerator<Bytes, void>;

/** Leaves from number `next` to before `end`. */
interface Part {
  next: number;
  end: number;
  /** Whether it is one that another gateway fetches, too. */
  isRace?: boolean;
}

/** Which a gateway fetches. */
interface Run extends Part {
  source: Source;
  /** When the leaf `next` was begun. */
  since: number;
  /** Whether another fetches that one, too. */
  raced: boolean;
  readonly stop: AbortController;
}

/** One gateway. */
interface Source {
  gateway: string;
  /** Milliseconds that its last leaf took. */
  took?: number;
  /** Why it is asked no more. */
  error?: IpfsError;
}

export class Mixed {
  readonly #count: number;
  readonly #sources: Source[];
  readonly #fetch: Fetch;
  /** How many leaves, from the one to be read on, may be fetched: at first one, so that who wants the beginning gets no more. */
  #ahead = 1;
  /** The leaf that is to be read next. */
  #position = 0;
  /** The first leaf of which no run was begun. */
  #toFetch = 0;
  /** What is left of runs that ended early. */
  #again: Part[] = [];
  readonly #runs = new Set<Run>();
  readonly #blocks = new Map<number, Bytes>();
  /** Who does not have a leaf. */
  readonly #lacking = new Map<number, Map<Source, IpfsNotFound>>();
  #wake: () => void = () => undefined;
  #changed = new Promise<void>(() => undefined);
  readonly #over = new AbortController();

  /** `count`: of leaves. */
  constructor(count: number, gateways: readonly string[], fetch: Fetch) {
    this.#count = count;
    this.#fetch = fetch;
    this.#sources = gateways.map((gateway) => ({ gateway }));
    this.#change();
  }

  /** What is wrong with gateways. */
  get failures(): { gateway: string; error: IpfsError }[] {
    return this.#sources.flatMap((source) => {
      const error = source.error ?? this.#lacking.get(this.#position)?.get(source);
      return error ? [{ gateway: source.gateway, error }] : [];
    });
  }

  /** The file's leaves. Throws NoneLeft, and what `stop` was given. */
  async *blocks(): AsyncGenerator<Bytes, void> {
    for (const source of this.#sources) void this.#work(source);
    try {
      for (; this.#position < this.#count; this.#position++) {
        if (this.#position === 1) this.#ahead = this.#sources.length > 1 ? RUN * this.#sources.length : AHEAD;
        this.#change();
        const block = await this.#wanted();
        this.#blocks.delete(this.#position);
        yield block;
      }
    } finally {
      this.stop(new DOMException("nobody reads any more", "AbortError"));
    }
  }

  /** Whoever reads gets `why` as an error. */
  stop(why: Error): void {
    this.#over.abort(why);
    for (const run of this.#runs) run.stop.abort();
    this.#change();
  }

  async #wanted(): Promise<Bytes> {
    for (;;) {
      this.#over.signal.throwIfAborted();
      const block = this.#blocks.get(this.#position);
      if (block) return block;
      if (this.failures.length === this.#sources.length) throw new NoneLeft();
      await this.#changed;
    }
  }

  async #work(source: Source): Promise<void> {
    let [failures, rest] = [0, REST];
    for (let run = await this.#next(source); run; run = await this.#next(source)) {
      const begun = run.next;
      const error = await this.#fetchRun(run);
      failures = run.next > begun || !error ? 0 : failures + 1;
      const isStopped = run.stop.signal.aborted;
      if (error && !isStopped) this.#failed(run, error, failures);
      this.#giveBack(run);
      const isInTrouble = failures > 0 && isPassing(error);
      const isUseless = (isStopped && !run.isRace) || (error && source.took === undefined) || isInTrouble;
      if (isUseless && !source.error) await pause(rest, this.#over.signal).catch(() => undefined);
      rest = isUseless ? 2 * rest : REST;
    }
  }

  /** What a gateway is to fetch next; waits for it. Undefined: nothing any more. */
  async #next(source: Source): Promise<Run | undefined> {
    while (!source.error && !this.#over.signal.aborted) {
      const [late, wait] = this.#late(source);
      const part =
        this.#leftFor(source) ?? this.#new(source) ?? (late && { next: late.next, end: late.next + 1, isRace: true });
      if (part) {
        this.#again = this.#again.filter((each) => each !== part);
        if (part.isRace && late) late.raced = true;
        const run = { ...part, source, since: performance.now(), raced: false, stop: new AbortController() };
        this.#runs.add(run);
        return run;
      }
      await soon(this.#changed, wait);
    }
    return undefined;
  }

  /** What is left of another's run. */
  #leftFor(source: Source): Part | undefined {
    return this.#again.find(({ next }) => next < this.#position + this.#ahead && this.#mayHave(source, next));
  }

  #new(source: Source): Part | undefined {
    const next = this.#toFetch;
    if (next >= Math.min(this.#count, this.#position + this.#ahead)) return undefined;
    this.#toFetch = Math.min(next + (next === 0 ? 1 : this.#runOf(source)), this.#count);
    return { next, end: this.#toFetch };
  }

  /** How many leaves it is asked for at once: so many that all gateways take as long for theirs. */
  #runOf({ took }: Source): number {
    if (this.#sources.length === 1) return Infinity;
    const known = this.#sources.flatMap((each) => (each.took === undefined ? [] : [Math.max(each.took, FAST)]));
    return took === undefined ? 1 : Math.max(1, Math.round((RUN * Math.min(...known)) / Math.max(took, FAST)));
  }

  /** Who keeps us waiting for a leaf that this one could fetch; or in how many milliseconds somebody may. */
  #late(source: Source): [Run | undefined, number] {
    const { took } = source;
    const most = took === undefined ? RACE_AFTER : Math.max(RACE_LEAST, RACE_TIMES * took);
    const others = [...this.#runs].filter(
      (run) => !run.raced && !run.isRace && run.source !== source && this.#mayHave(source, run.next),
    );
    const first = others.sort((a, b) => a.next - b.next)[0]; // the reader waits for that
    const left = first ? first.since + most - performance.now() : Infinity;
    return left > 0 ? [undefined, left] : [first, 0];
  }

  #mayHave(source: Source, number: number): boolean {
    return !this.#lacking.get(number)?.has(source);
  }

  /** Fetches the leaves of a run, as far as they are wanted; or what went wrong. */
  async #fetchRun(run: Run): Promise<IpfsError | undefined> {
    const blocks = this.#fetch(run.source.gateway, run.next, run.end, run.stop.signal);
    try {
      while (run.next < run.end && (await this.#isRoom(run))) {
        run.since = performance.now();
        const { done, value } = await blocks.next();
        if (done) throw new IpfsIncomplete("The storage broke off. Try again.");
        this.#got(run, value);
      }
      return undefined;
    } catch (error) {
      return asIpfsError(error);
    } finally {
      this.#runs.delete(run);
      blocks.return().catch(() => undefined);
    }
  }

  /** Waits until the next leaf of a run may be fetched; false where something else is to be done. */
  async #isRoom(run: Run): Promise<boolean> {
    while (run.next >= this.#position + this.#ahead && !run.stop.signal.aborted) {
      run.since = Infinity;
      const [late, wait] = this.#late(run.source);
      if (late || this.#leftFor(run.source)) return false;
      await soon(this.#changed, wait);
    }
    return !run.stop.signal.aborted && !this.#isHere(run.next);
  }

  #got(run: Run, block: Bytes): void {
    if (!this.#isHere(run.next)) this.#blocks.set(run.next, block);
    run.source.took = performance.now() - run.since;
    for (const other of this.#runs) if (other !== run && other.next === run.next) other.stop.abort();
    run.next++;
    run.raced = false;
    this.#change();
  }

  /** An error of a gateway: `failures` in a row without a leaf. */
  #failed({ source, next }: Run, error: IpfsError, failures: number): void {
    if (error instanceof IpfsNotFound) {
      // others may have it, and this one the rest
      this.#lacking.set(next, (this.#lacking.get(next) ?? new Map<Source, IpfsNotFound>()).set(source, error));
      return;
    }
    const goesOn = source.took !== undefined && failures < 2 && isPassing(error);
    if (!goesOn) source.error = error;
  }

  /** What is left of a run is for others, or for another attempt. */
  #giveBack(run: Run): void {
    let { next } = run;
    while (next < run.end && this.#isHere(next)) next++;
    if (run.isRace) {
      for (const each of this.#runs) if (each.next === next) each.raced = false;
    } else if (next < run.end) {
      this.#again.push({ next, end: run.end });
      this.#again.sort((a, b) => a.next - b.next);
    }
    this.#change();
  }

  #isHere(number: number): boolean {
    return number < this.#position || this.#blocks.has(number);
  }

  #change(): void {
    this.#wake();
    this.#changed = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** All gateways have failed: `failures` says how. */
export class NoneLeft extends Error {}

function isPassing(error: unknown): boolean {
  return PASSING.some((kind) => error instanceof kind);
}

/** Whatever it is, others may do better. */
export function asIpfsError(error: unknown): IpfsError {
  return error instanceof IpfsError ? error : new IpfsError("The storage can’t be read from.");
}

/** Waits for `change`, and no longer than so many milliseconds. */
async function soon(change: Promise<void>, most: number): Promise<void> {
  if (most === Infinity) return change;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, most);
  });
  await Promise.race([change, over]);
  clearTimeout(timer);
}
