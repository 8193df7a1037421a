/** Dialogs with what is for the unlocked alone: they close when the page is locked. */

import { dialog, type DialogOptions } from "../../ui/dialog.ts";

export class LockedAway {
  readonly #closing = new Set<() => void>();

  /** As `dialog` has it. */
  async dialog<T>(options: DialogOptions<T>): Promise<T | undefined> {
    let end = (): void => undefined;
    const answer = dialog<T>({
      ...options,
      opened: (close) => {
        end = () => {
          close();
        };
        this.#closing.add(end);
        options.opened?.(close);
      },
    });
    try {
      return await answer;
    } finally {
      this.#closing.delete(end);
    }
  }

  close(): void {
    for (const close of this.#closing) close();
  }
}
