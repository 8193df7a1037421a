/** Time for somebody on the network, which each byte that comes or goes gives some back of. */

/** Bytes a second: what is slower is given up, what is not takes as long as it takes. */
export const SLOWEST = 2048;

export class Budget {
  /** Milliseconds. */
  readonly most: number;
  #left: number;

  constructor(most: number) {
    this.most = this.#left = most;
  }

  get left(): number {
    return Math.max(this.#left, 0);
  }

  /** So many milliseconds were waited. */
  spent(milliseconds: number): void {
    this.#left -= milliseconds;
  }

  /** So many bytes moved. A fast beginning buys no time for a slow end. */
  moved(bytes: number): void {
    this.#left = Math.min(this.most, this.#left + (bytes / SLOWEST) * 1000);
  }
}
