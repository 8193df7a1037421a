import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

/** Terms of what codecs are made of, by package: texts in licences/, as their packages carry none. */
const WITHIN: Record<string, string[]> = {
  "@cornerstonejs/codec-charls": ["charls.txt", "emscripten.txt"],
  "@cornerstonejs/codec-openjpeg": ["openjpeg-wrapper.txt", "openjpeg.txt", "emscripten.txt"],
};

/** The folder of the package that a module belongs to: the nearest one whose package.json has a name and a version. */
function packageOf(module: string): string | undefined {
  for (let folder = dirname(module); folder.includes("node_modules"); folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (!existsSync(file)) continue;
    const described = JSON.parse(readFileSync(file, "utf8")) as { name?: string; version?: string };
    if (described.name && described.version) return folder;
  }
  return undefined;
}

/** Name, version, licence, and the licence texts that lie in the package. */
function notice(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: string;
  };
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8"));
  const within = (WITHIN[name] ?? []).map((file) => readFileSync(join(import.meta.dirname, "licences", file), "utf8"));
  return [`${name} ${version} (${license ?? "see below"})`, ...texts, ...within]
    .map((text) => text.trim())
    .join("\n\n");
}

/**
 * Writes third-party-notices.txt: each package of which something is in the pages or in their workers.
 *
 * Vite's own `build.license` leaves the workers out, where most of it is.
 */
export function notices(): { pages: Plugin; workers: () => Plugin } {
  const folders = new Set<string>();
  const collect = (modules: string[]): void => {
    for (const module of modules) {
      const folder = module.startsWith("\0") ? undefined : packageOf(module);
      if (folder) folders.add(folder);
    }
  };
  return {
    pages: {
      name: "third-party-notices",
      generateBundle(_, bundle) {
        for (const file of Object.values(bundle)) if (file.type === "chunk") collect(file.moduleIds);
        const source =
          [...folders]
            .map(notice)
            .sort()
            .join(`\n\n${"-".repeat(80)}\n\n`) + "\n";
        this.emitFile({ type: "asset", fileName: "third-party-notices.txt", source });
      },
    },
    workers: () => ({
      name: "third-party-notices-of-workers",
      generateBundle(_, bundle) {
        for (const file of Object.values(bundle)) if (file.type === "chunk") collect(file.moduleIds);
      },
    }),
  };
}
