/**
 * Two projects. `unit` runs on the TypeScript sources (the `@sidetone/source` export condition), so it needs no build; `browser` drives a real Chromium against the
 * built packages, one file at a time and after everything else, because audio in real time and a busy machine do not go together.
 */
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

const sourceConditions = ["@sidetone/source", ...defaultServerConditions];

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        resolve: { conditions: sourceConditions },
        ssr: { resolve: { conditions: sourceConditions } },
        test: {
          name: "unit",
          environment: "node",
          include: [
            "packages/*/src/**/*.test.ts",
            "worklets/src/**/*.test.ts",
            "scripts/**/*.test.ts",
            "bench/**/*.test.ts",
            "test/{clients,contract,conformance,package,faults}/**/*.test.ts",
          ],
          testTimeout: 20_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "browser",
          environment: "node",
          include: ["test/browser/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
