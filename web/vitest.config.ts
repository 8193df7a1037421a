import { defineConfig, mergeConfig } from "vitest/config";
import site from "./vite.config.ts";

export default mergeConfig(
  site,
  defineConfig({
    test: {
      include: ["test/**/*.test.ts"],
      environment: "node",
      testTimeout: 60_000,
      hookTimeout: 60_000,
      server: { deps: { inline: [/age-encryption/, /eciesjs/, /@ecies/, /viem/, /ox/] } },
    },
  }),
);
