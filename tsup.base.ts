/** What every published package shares: ESM, no declarations (tsc writes those), workspace sources stay external. */
export const base = {
  format: "esm",
  target: "es2022",
  sourcemap: true,
  clean: false,
  dts: false,
  splitting: true,
} as const;
