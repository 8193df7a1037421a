/** Has the beginnings of studies read, one at a time and each once, so that the list says what they are. */

export class Announcer {
  readonly #announce: (index: number) => Promise<void>;
  #seen = new Set<number>();
  #waiting: number[] = [];
  #isBusy = false;

  constructor(announce: (index: number) => Promise<void>) {
    this.#announce = announce;
  }

  /** Those that are on the screen, in their order: what is not there any more can wait. */
  want(indices: readonly number[]): void {
    this.#waiting = indices.filter((index) => !this.#seen.has(index));
    if (!this.#isBusy) void this.#work();
  }

  /** Another inbox, or none. */
  clear(): void {
    this.#seen = new Set();
    this.#waiting = [];
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let index = this.#waiting.shift(); index !== undefined; index = this.#waiting.shift()) {
      this.#seen.add(index);
      await this.#announce(index);
    }
    this.#isBusy = false;
  }
}
