/** Plays frames, each for its time. */

export class Player {
  readonly #frameTime: () => number;
  readonly #show: () => Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `frameTime` in milliseconds; `show` puts the next frame on the screen. */
  constructor(frameTime: () => number, show: () => Promise<void>) {
    this.#frameTime = frameTime;
    this.#show = show;
  }

  set(on: boolean): void {
    this.stop();
    if (on) this.#wait(performance.now());
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Until the time of the frame is over that was asked for at `begun`. */
  #wait(begun: number): void {
    const left = Math.max(0, this.#frameTime() - (performance.now() - begun));
    const timer = setTimeout(() => {
      const now = performance.now();
      void this.#show().then(() => {
        if (this.#timer === timer) this.#wait(now);
      });
    }, left);
    this.#timer = timer;
  }
}
