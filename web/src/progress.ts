/** How far long work has come. */

export interface Progress {
  /**
   * `digest`: reading the files; `sign`: waiting for the wallet; `encrypt`; `upload`; `fetch`: downloading, decrypting
   * and checking, all at once; `write`: to the disk.
   */
  stage: "digest" | "sign" | "encrypt" | "upload" | "fetch" | "write";
  /** Bytes, of `total`. */
  done: number;
  total: number;
}

const EVERY = 100; // milliseconds

/** Adds bytes up, and tells of them now and then, at the start and at the end. */
export function counter(
  stage: Progress["stage"],
  total: number,
  onProgress: (progress: Progress) => void,
): (more: number) => void {
  let done = 0;
  let told = performance.now();
  onProgress({ stage, done, total });
  return (more) => {
    done += more;
    if (done < total && performance.now() - told < EVERY) return;
    told = performance.now();
    onProgress({ stage, done, total });
  };
}
