/**
 * The packages that Sidetone is measured against. Nothing imports them at once: a bench that somebody runs with the CLI has those of them that are installed in the user's
 * folder, and says of the others that they are not there. In a browser's bundle the literal imports below are what counts; in Node a worker imports from the user's folder.
 */
import manifest from "./package.json" with { type: "json" };

const IMPORTS = {
  "@alexanderolsen/libsamplerate-js": () => import("@alexanderolsen/libsamplerate-js"),
  "@echogarden/speex-resampler-wasm/simd": () => import("@echogarden/speex-resampler-wasm/simd"),
  "speex-resampler": () => import("speex-resampler"),
  "wave-resampler": () => import("wave-resampler"),
  alawmulaw: () => import("alawmulaw"),
  g711: () => import("g711"),
  "x-law": () => import("x-law"),
  "ringbuf.js": () => import("ringbuf.js"),
  "js-base64": () => import("js-base64"),
  "base64-js": () => import("base64-js"),
  "base64-arraybuffer": () => import("base64-arraybuffer"),
};

/** What can be imported; the package is its first part. */
export type Opponent = keyof typeof IMPORTS;
type Modules = { [Name in Opponent]: Awaited<ReturnType<(typeof IMPORTS)[Name]>> };

let importer: ((specifier: string) => Promise<unknown>) | null = null;

/** Lets `load` import from now on, from wherever that is. */
export function importOpponentsWith(load: (specifier: string) => Promise<unknown>): void {
  importer = load;
}

/** An opponent's module. @throws {Error} when it is not installed. */
export async function opponent<Name extends Opponent>(name: Name): Promise<Modules[Name]> {
  return (await (importer ? importer(name) : IMPORTS[name]())) as Modules[Name];
}

/** Every opponent and the version that the committed results were made with. */
export const PINNED: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(manifest.dependencies).filter(([name]) => !name.startsWith("@sidetone/")),
);
