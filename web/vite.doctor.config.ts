import { defineConfig } from "vite";
import { notices } from "./notices.ts";
import { onePage } from "./onePage.ts";

const page = onePage({
  input: "doctor.html",
  fileName: "doctor.html",
  policy: (script) => [
    `script-src ${script}`,
    "connect-src https: http://127.0.0.1:* http://localhost:*", // and, once a person has named a host, that alone
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ],
});

// The page within Open images that speaks to a doctor's system. In one file, since it has an origin of its own, to which
// no host gives scripts or styles.
export default defineConfig({
  plugins: [notices().pages, page],
  build: {
    target: "es2022",
    emptyOutDir: false,
    copyPublicDir: false,
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: { input: "doctor.html", output: { codeSplitting: false } },
  },
});
