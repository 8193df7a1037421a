/** Waiting that can be given up. */

/** `promise`, or the signal's AbortError as soon as that is aborted, whatever becomes of the promise. */
export async function waitFor<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  promise.catch(() => undefined); // nobody may be left to hear of it
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Throws AbortError. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return waitFor(new Promise((resolve) => setTimeout(resolve, milliseconds)), signal);
}
