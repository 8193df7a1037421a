/** Has the beginnings of studies read, one at a time and each once, so that the list says what they are. */

export class Announcer {
  readonly #announce: (index: number) => Promise<boolean>;
  #seen = new Set<number>();
  /** Those of them that are to be tried again. */
  #missed: number[] = [];
  #waiting: number[] = [];
  #isBusy = false;

  /** `announce`: whether that is settled; otherwise it is tried again at the next look. */
  constructor(announce: (index: number) => Promise<boolean>) {
    this.#announce = announce;
  }

  /** Those that are on the screen, in their order: what is not there any more can wait. */
  want(indices: readonly number[]): void {
    this.#waiting = indices.filter((index) => !this.#seen.has(index));
    if (!this.#isBusy) void this.#work();
  }

  /** The person looks for new images: what did not come before may come now, once it is wanted. */
  again(): void {
    for (const index of this.#missed) this.#seen.delete(index);
    this.#missed = [];
  }

  /** Another inbox, or none. */
  clear(): void {
    this.#seen = new Set();
    this.#missed = [];
    this.#waiting = [];
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let index = this.#waiting.shift(); index !== undefined; index = this.#waiting.shift()) {
      this.#seen.add(index);
      if (!(await this.#announce(index))) this.#missed.push(index);
    }
    this.#isBusy = false;
  }
}
