/**
 * Compiles the inner loops of resampler and codecs, AssemblyScript in packages/core/kernels, and writes them as text into a module of core. That module is committed, so that
 * sources run without a build; a test compares it with a fresh compilation.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { inRoot, scratch, toolNode, tools } from "./paths.mjs";
import { Failure, run } from "./run.mjs";

const SOURCES = ["resampler.ts", "design.ts", "codecs.ts"].map((name) => inRoot("packages/core/kernels", name));
/** The module with the compiled kernels. */
export const KERNELS_MODULE = inRoot("packages/core/src/dsp/generated/kernels.ts");

/** The text of {@link KERNELS_MODULE}. `name` tells compilations apart that run at the same time. */
export async function compileKernels(name) {
  const binary = `${scratch}/${name}.wasm`;
  await mkdir(scratch, { recursive: true });
  const options = ["-O3", "--enable", "simd", "--runtime", "stub", "--noAssert", "--initialMemory", "16", "--outFile", binary];
  const { code, output } = await run(toolNode(), [tools.asc, ...SOURCES, ...options], { cwd: inRoot() });
  if (code !== 0) throw new Failure("Compiling the kernels failed; the messages above name the line.", output);
  // Hexadecimal, since what is repeated in the module stays repeated in the text: compressed, it is a sixth shorter than base64.
  const text = (await readFile(binary)).toString("hex");
  return [
    "// Written by the build from packages/core/kernels. Do not edit.",
    "/** The kernels of resampler and codecs: a WebAssembly module. */",
    `export const KERNELS_HEX: string =\n  "${text}";`,
    "",
  ].join("\n");
}

/** Brings {@link KERNELS_MODULE} up to date; unchanged text keeps its file time. */
export async function writeKernels() {
  const text = await compileKernels("kernels");
  if (!existsSync(KERNELS_MODULE) || (await readFile(KERNELS_MODULE, "utf8")) !== text) await writeFile(KERNELS_MODULE, text);
}
