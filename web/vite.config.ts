import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { notices } from "./notices.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Modules of the noble libraries that version 2 calls otherwise. */
const MOVED = [
  { find: /^@noble\/hashes\/sha256(\.js)?$/, replacement: here("node_modules/@noble/hashes/sha2.js") },
  { find: /^@noble\/hashes\/ripemd160(\.js)?$/, replacement: here("node_modules/@noble/hashes/legacy.js") },
  { find: /^@noble\/ciphers\/webcrypto(\.js)?$/, replacement: here("node_modules/@noble/ciphers/utils.js") },
  { find: /^@noble\/curves\/p256(\.js)?$/, replacement: here("node_modules/@noble/curves/nist.js") },
  { find: /^@noble\/curves\/abstract\/utils(\.js)?$/, replacement: here("node_modules/@noble/curves/utils.js") },
];

/** See shims/noble.ts. */
const ecies: Plugin = {
  name: "noble-for-ecies",
  enforce: "pre",
  resolveId: (id, importer) =>
    /@noble[\\/]/.test(id) && /[\\/]@?ecies(js)?[\\/]/.test(importer ?? "") ? here("shims/noble.ts") : undefined,
};

const thirdParty = notices();

/** Links to the patient’s page, as clinics hand them out, name open.html: docs/format.md, Clinic card. */
const openPage: Plugin = {
  name: "open-page",
  enforce: "post",
  generateBundle(_, bundle) {
    const page = bundle["index.html"];
    if (page?.type === "asset") this.emitFile({ type: "asset", fileName: "open.html", source: page.source });
  },
};

// One static folder with relative links: it works from any path, an IPFS gateway's included.
export default defineConfig({
  base: "./",
  plugins: [ecies, thirdParty.pages, openPage],
  resolve: {
    // One copy of the noble libraries: viem, ox and eciesjs ask for version 1, age-encryption for 2.
    // fs and path: named by codecs that run on Node too.
    alias: [
      { find: /^(fs|path)$/, replacement: here("shims/unused.ts") },
      ...MOVED,
      { find: /^@noble\/(ciphers|curves|hashes)\/(.+?)(\.js)?$/, replacement: here("node_modules/@noble/$1/$2.js") },
    ],
  },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy allows no data: but for images
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "send.html", "key.html", "relay.html"] },
  },
  worker: { format: "es", plugins: () => [ecies, thirdParty.workers()] },
});
