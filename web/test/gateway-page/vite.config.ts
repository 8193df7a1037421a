import { defineConfig } from "vite";

// The same build as the website's, of a page that reads from gateways: vite build --config test/gateway-page/vite.config.ts
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, emptyOutDir: true },
});
