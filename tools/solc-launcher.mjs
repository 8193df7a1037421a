#!/usr/bin/env node
// Answers as the native `solc` does for what py-solc-x, Forge and Slither ask of it, through the npm
// package `solc` (the official WebAssembly build, pinned by package-lock.json).
//
//   --version                  "Version: 0.8.37+commit…"
//   --standard-json [PATH]     standard JSON from PATH or standard input, to standard output
//   --base-path DIR            where imports that the input does not carry are looked up
//   --include-path DIR         the same, after the base path; may be given several times
//
// Every other option of solc's is about reading sources from disk, which standard JSON makes needless.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc");
const args = process.argv.slice(2);
const valuesOf = (flag) => args.flatMap((arg, i) => (arg === flag ? [args[i + 1]] : []));

if (args.includes("--version")) {
  const version = solc.version().replace(".Emscripten.clang", "");
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${version}`);
} else if (args.includes("--standard-json")) {
  const operand = args[args.indexOf("--standard-json") + 1];
  const source = operand && !operand.startsWith("-") ? operand : 0;
  const roots = [...valuesOf("--base-path"), ...valuesOf("--include-path"), "."];
  const findImport = (name) => {
    const found = roots.map((root) => path.resolve(root, name)).find((file) => fs.existsSync(file));
    return found ? { contents: fs.readFileSync(found, "utf8") } : { error: `File not found: ${name}` };
  };
  fs.writeSync(1, solc.compile(fs.readFileSync(source, "utf8"), { import: findImport }) + "\n");
} else {
  console.error("solc: this launcher takes --version or --standard-json");
  process.exit(1);
}
