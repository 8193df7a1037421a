import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const out = mkdtempSync(join(tmpdir(), "radiogram-notices-"));

/** Each package with a file in the pages or their workers, as source maps say, which the notices are not made from. */
function bundled(): Set<string> {
  const found = new Set<string>();
  for (const name of readdirSync(join(out, "assets")).filter((each) => each.endsWith(".map"))) {
    const map = JSON.parse(readFileSync(join(out, "assets", name), "utf8")) as { sources: string[] };
    for (const source of map.sources) {
      const inside = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1];
      if (inside) found.add(inside);
    }
  }
  return found;
}

describe("the third-party notices", () => {
  let notices = "";

  beforeAll(async () => {
    await build({ root: join(import.meta.dirname, ".."), logLevel: "silent", build: { outDir: out, sourcemap: true } });
    notices = readFileSync(join(out, "third-party-notices.txt"), "utf8");
  }, 120_000);

  afterAll(() => {
    rmSync(out, { recursive: true });
  });

  it("name every package that is in the pages or their workers, with its version and licence", () => {
    const packages = bundled();
    expect(packages).toContain("viem"); // of the pages
    expect(packages).toContain("age-encryption"); // of the worker with the key
    expect(packages).toContain("@cornerstonejs/codec-openjpeg"); // of the worker that decodes
    for (const name of packages) expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\\S* \\(.+\\)$`, "m"));
  });

  it("carry the terms of what codecs have compiled into them", () => {
    const part = notices.split("-".repeat(80)).find((each) => each.trim().startsWith("@cornerstonejs/codec-openjpeg"));
    for (const author of ["Chris Hafey", "Universite catholique de Louvain", "Aous Naman", "Emscripten authors"]) {
      expect(part).toContain(author);
    }
    expect(notices).toContain("Jan de Vaan"); // of CharLS
  });
});
