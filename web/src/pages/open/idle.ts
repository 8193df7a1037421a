/** Locks a screen that nobody is at: a question after 14 minutes without a sign of life, the lock after 15. */

export const ASK_AFTER = 14 * 60_000; // milliseconds
export const LOCK_AFTER = 15 * 60_000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "scroll"] as const;

export interface Watch {
  /** A sign of life that is no input, such as a download that goes on. Withdraws the question, too. */
  stay: () => void;
  end: () => void;
}

/** Calls `ask` and then `lock`. Compares times, because timers stand still while a computer sleeps. */
export function watchIdle(ask: () => void, lock: () => void): Watch {
  let last = Date.now();
  let asked = false;
  let timer = 0;

  const look = (): void => {
    const idle = Date.now() - last;
    if (idle >= LOCK_AFTER) {
      end();
      lock();
      return;
    }
    if (idle >= ASK_AFTER && !asked) {
      asked = true;
      ask();
    }
    clearTimeout(timer);
    timer = window.setTimeout(look, (asked ? LOCK_AFTER : ASK_AFTER) - idle);
  };
  const stay = (): void => {
    last = Date.now();
    asked = false;
    look();
  };
  // Once asked, only an answer counts: the pointer may have been moved by somebody passing.
  const alive = (): void => {
    if (asked || Date.now() - last >= LOCK_AFTER) look();
    else last = Date.now();
  };
  const end = (): void => {
    clearTimeout(timer);
    for (const sign of SIGNS) removeEventListener(sign, alive, true);
    document.removeEventListener("visibilitychange", look);
  };

  for (const sign of SIGNS) addEventListener(sign, alive, { capture: true, passive: true });
  document.addEventListener("visibilitychange", look);
  look();
  return { stay, end };
}
