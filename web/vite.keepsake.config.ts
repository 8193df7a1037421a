import { fileURLToPath } from "node:url";
import { build, defineConfig, type Plugin, type Rolldown } from "vite";
import { notices } from "./notices.ts";
import { onePage } from "./onePage.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const alias = [{ find: /^(fs|path)$/, replacement: here("shims/unused.ts") }];
const target = "es2022";
const assetsInlineLimit = 1 << 30; // the decoders' programs as data: addresses

const thirdParty = notices();

const DECODER = "\0decoder-code";

/** The decoding Worker as text, and what starts a Worker of text. */
const decoder: Plugin = {
  name: "decoder-in-the-page",
  enforce: "pre",
  resolveId: (id) => {
    if (id.endsWith("/decoderWorker.ts?worker&url")) return DECODER;
    if (id.endsWith("/handing.ts")) return here("src/dicom/handingBytes.ts");
    return id.endsWith("/worker/trustedWorker.ts") ? here("src/worker/inlineWorker.ts") : undefined;
  },
  async load(id) {
    if (id !== DECODER) return undefined;
    const built = await build({
      configFile: false,
      logLevel: "warn",
      plugins: [thirdParty.workers()],
      resolve: { alias },
      define: { "import.meta.url": "''", "import.meta.resolve": "undefined" }, // of parts to be loaded: there are none
      build: {
        write: false,
        target,
        assetsInlineLimit,
        rolldownOptions: {
          input: here("src/dicom/decoderWorker.ts"),
          output: { format: "iife", codeSplitting: false },
        },
      },
    });
    const { output } = built as Rolldown.RolldownOutput;
    return `export default ${JSON.stringify(output[0].code)};`;
  },
};

const page = onePage({
  input: "keepsake.html",
  fileName: "keepsake.txt",
  policy: (script) => [
    `script-src ${script} 'wasm-unsafe-eval'`,
    "img-src blob: data:",
    "worker-src blob:",
    "connect-src data:", // the decoders' programs, which are in the page
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types app",
  ],
});

// One file beside the website's: `export_image --keepsake` and Open images put images into copies of it. Named as a text:
// nobody is shown a viewer without images, and no host changes the script, which the policy knows by its digest.
export default defineConfig({
  plugins: [decoder, thirdParty.pages, page],
  resolve: { alias },
  build: {
    target,
    assetsInlineLimit,
    emptyOutDir: false,
    copyPublicDir: false,
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: { input: "keepsake.html", output: { codeSplitting: false } },
  },
});
