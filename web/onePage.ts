import { createHash } from "node:crypto";
import type { Plugin } from "vite";

const NOTICES = "third-party-notices.txt";

const sha256 = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

export interface OnePage {
  /** The page's name among what is built. */
  input: string;
  /** What the one file is called. */
  fileName: string;
  /** Its content security policy, but for `default-src 'none'` and the style that is in it; `script`: the same of scripts. */
  policy: (script: string) => readonly string[];
}

/** All of a page in one file: scripts and styles within, with their authors' terms; a policy that lets in these alone. */
export function onePage({ input, fileName, policy }: OnePage): Plugin {
  return {
    name: "one-page",
    enforce: "post",
    generateBundle(_, bundle) {
      const page = bundle[input];
      if (page?.type !== "asset") throw new Error(`there is no ${input}`);
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
      const written = String(terms.source);
      const kept = written.trim() === "" ? "" : `<script type="text/plain" class="notices">\n${written}</script>\n    `;
      const rules = ["default-src 'none'", ...policy(sha256(script)), `style-src ${sha256(style)}`].join("; ");
      const head = `<meta http-equiv="Content-Security-Policy" content="${rules}" />`;
      const source = String(page.source)
        .replace(/\s*<script type="module"[^>]*><\/script>/, "")
        .replaceAll(/\s*<link rel="stylesheet"[^>]*>/g, "")
        .replace('<meta charset="utf-8" />', (found) => `${found}\n    ${head}`)
        .replace("</head>", () => `  <style>${style}</style>\n  </head>`)
        .replace("</body>", () => `${kept}<script type="module">${script}</script>\n  </body>`);
      for (const name of Object.keys(bundle)) Reflect.deleteProperty(bundle, name);
      this.emitFile({ type: "asset", fileName, source });
    },
  };
}
