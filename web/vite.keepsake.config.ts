import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build, defineConfig, type Plugin, type Rolldown } from "vite";
import { notices } from "./notices.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const alias = [{ find: /^(fs|path)$/, replacement: here("shims/unused.ts") }];
const target = "es2022";
const assetsInlineLimit = 1 << 30; // the decoders' programs as data: addresses

const thirdParty = notices();
const NOTICES = "third-party-notices.txt";

const DECODER = "\0decoder-code";

/** The decoding Worker as text, and what starts a Worker of text. */
const decoder: Plugin = {
  name: "decoder-in-the-page",
  enforce: "pre",
  resolveId: (id) => {
    if (id.endsWith("/decoderWorker.ts?worker&url")) return DECODER;
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

const sha256 = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Scripts and styles within the page, with their authors' terms; a policy that lets in these alone, and no network. */
const onePage: Plugin = {
  name: "one-page",
  enforce: "post",
  generateBundle(_, bundle) {
    const page = bundle["keepsake.html"];
    if (page?.type !== "asset") throw new Error("there is no keepsake.html");
    const files = Object.values(bundle);
    const script = files
      .flatMap((each) => (each.type === "chunk" ? [each.code] : []))
      .join("")
      .replaceAll(/<(?=\/script|!--|script)/gi, "\\x3C");
    const style = files
      .flatMap((each) => (each.type === "asset" && each.fileName.endsWith(".css") ? [String(each.source)] : []))
      .join("");
    const terms = bundle[NOTICES];
    if (terms?.type !== "asset") throw new Error(`there is no ${NOTICES}`);
    const kept = `<script type="text/plain" class="notices">\n${String(terms.source)}</script>`;
    const policy = [
      "default-src 'none'",
      `script-src ${sha256(script)} 'wasm-unsafe-eval'`,
      `style-src ${sha256(style)}`,
      "img-src blob: data:",
      "worker-src blob:",
      "connect-src data:", // the decoders' programs, which are in the page
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types app",
    ].join("; ");
    const head = `<meta http-equiv="Content-Security-Policy" content="${policy}" />`;
    const source = String(page.source)
      .replace(/\s*<script type="module"[^>]*><\/script>/, "")
      .replaceAll(/\s*<link rel="stylesheet"[^>]*>/g, "")
      .replace('<meta charset="utf-8" />', (found) => `${found}\n    ${head}`)
      .replace("</head>", () => `  <style>${style}</style>\n  </head>`)
      .replace("</body>", () => `${kept}\n    <script type="module">${script}</script>\n  </body>`);
    for (const name of Object.keys(bundle)) Reflect.deleteProperty(bundle, name);
    this.emitFile({ type: "asset", fileName: ".keepsake.html", source });
  },
};

// One file beside the website's, hidden from its visitors: `export_image --keepsake` puts images into copies of it.
export default defineConfig({
  plugins: [decoder, thirdParty.pages, onePage],
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
