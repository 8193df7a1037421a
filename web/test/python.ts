/** The Python programs, for what both must agree on. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const ours = `${root}.venv/bin/python`;

/** What `program` prints, given `input` and arguments. Throws with what it says if it fails. */
export function python(program: string, args: string[] = [], input = new Uint8Array()): Buffer {
  const done = spawnSync(existsSync(ours) ? ours : "python3", ["-c", program, ...args], {
    cwd: root,
    input,
    maxBuffer: 1 << 28,
  });
  if (done.status !== 0) throw new Error(done.stderr.toString());
  return done.stdout;
}
