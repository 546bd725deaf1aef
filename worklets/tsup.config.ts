/** Each shell becomes one self-contained script: a worklet or worker made from text has no base address to import from. Core comes from its sources. */
import { defineConfig } from "tsup";

export default defineConfig({
  entry: { "audio.worklet": "src/audio.worklet.ts", "engine.worker": "src/engine.worker.ts" },
  outDir: "../packages/sidetone/dist/worklets",
  outExtension: () => ({ js: ".js" }),
  format: "iife",
  target: "es2022",
  platform: "browser",
  minify: true,
  sourcemap: false,
  clean: false,
  dts: false,
  splitting: false,
  silent: true,
  noExternal: [/.*/],
  esbuildOptions(options) {
    options.conditions = ["@sidetone/source"];
    options.legalComments = "none";
  },
});
