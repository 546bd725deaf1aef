/** Each shell becomes one self-contained script: a worklet or worker made from text has no base address to import from. Core comes from its sources. */
import { readFileSync } from "node:fs";
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

/** Leaves out the filters of the profiles that no worklet asks for: theirs is "low-latency", whose numbers are a third of all. */
const withoutOtherProfiles = {
  name: "without-other-profiles",
  setup(build: { onLoad(options: { filter: RegExp }, load: (file: { path: string }) => { contents: string; loader: "ts" }): void }) {
    build.onLoad({ filter: /[\\/]generated[\\/]filters\.ts$/ }, ({ path }) => {
      const contents = readFileSync(path, "utf8").replace(/(export const (?:STRICT_RESPONSE|LINEAR_PHASE_HALF)\b[^=]*= )\[[^\]]*\]/g, "$1[]");
      return { contents, loader: "ts" };
    });
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
  esbuildPlugins: [withoutCodecKernels, withoutOtherProfiles],
  esbuildOptions(options) {
    options.conditions = ["@sidetone/source"];
    options.legalComments = "none";
  },
});
