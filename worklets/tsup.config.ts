/** Each shell becomes one self-contained script: a worklet or worker made from text has no base address to import from. Core comes from its sources. */
import { defineConfig } from "tsup";

/**
 * Leaves the codecs' WebAssembly out, so that these scripts run the loops in plain JavaScript, which give the same bytes: a browser has one conversation, for which the kernels save
 * 20 microseconds a second in each script and would cost more than a kilobyte of download in each. A server with a thousand conversations is another matter.
 */
const withoutCodecKernels = {
  name: "without-codec-kernels",
  setup(build: { onLoad(options: { filter: RegExp }, load: () => { contents: string; loader: "ts" }): void }) {
    build.onLoad({ filter: /[\\/]wasm-codecs\.ts$/ }, () => ({ contents: "export const codecsFor = () => null;", loader: "ts" }));
  },
};

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
  esbuildPlugins: [withoutCodecKernels],
  esbuildOptions(options) {
    options.conditions = ["@sidetone/source"];
    options.legalComments = "none";
  },
});
