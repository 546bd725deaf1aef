import type { Options } from "tsup";

/** What every published package shares: ESM, no declarations (tsc writes those), packages named in `dependencies` stay imports. */
export const base = {
  format: "esm",
  target: "es2022",
  platform: "neutral",
  external: [/^node:/],
  sourcemap: true,
  clean: false,
  dts: false,
  splitting: true,
  removeNodeProtocol: false,
  silent: true,
} satisfies Options;
