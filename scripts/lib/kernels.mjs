/**
 * Compiles inner loops, AssemblyScript in packages/core/kernels and packages/vad/kernels, and writes them as text into modules: in core one for the resampler and one for the codecs,
 * since a thread that only decodes should not have to load filters; in vad one for the network. The modules are committed, so that sources run without a build; a test compares them with a fresh compilation.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { inRoot, scratch, toolNode, tools } from "./paths.mjs";
import { Failure, run } from "./run.mjs";

/** What is compiled: the package, the source, the memory to begin with in pages of 64 kB, the module that holds the result, its constant, and what that is. */
export const KERNELS = [
  { name: "kernels", folder: "packages/core", source: "resampler.ts", pages: 16, to: "src/dsp", constant: "KERNELS_HEX", what: "The resampler's kernels" },
  {
    name: "codec-kernels",
    folder: "packages/core",
    source: "codecs.ts",
    pages: 3,
    to: "src/dsp",
    constant: "CODEC_KERNELS_HEX",
    what: "The kernels of PCM16 and G.711",
  },
  {
    name: "silero-kernel",
    folder: "packages/vad",
    source: "silero.ts",
    pages: 14,
    to: "src",
    constant: "SILERO_KERNEL_HEX",
    what: "The kernel of Silero's network",
  },
];

/** The module with the compiled `kernels`. */
export function moduleOf({ name, folder, to }) {
  return inRoot(`${folder}/${to}/generated/${name}.ts`);
}

/** The text of {@link moduleOf} `kernels`. `label` tells compilations apart that run at the same time. */
export async function compileKernels({ name, folder, source, pages, constant, what }, label) {
  const binary = `${scratch}/${name}-${label}.wasm`;
  await mkdir(scratch, { recursive: true });
  const options = ["-O3", "--enable", "simd", "--runtime", "stub", "--noAssert", "--initialMemory", String(pages), "--outFile", binary];
  const { code, output } = await run(toolNode(), [tools.asc, inRoot(folder, "kernels", source), ...options], { cwd: inRoot() });
  if (code !== 0) throw new Failure("Compiling the kernels failed; the messages above name the line.", output);
  // Hexadecimal, since what is repeated in the module stays repeated in the text: compressed, it is a sixth shorter than base64.
  const text = (await readFile(binary)).toString("hex");
  return [
    `// Written by the build from ${folder}/kernels. Do not edit.`,
    `/** ${what}: a WebAssembly module. */`,
    `export const ${constant}: string =\n  "${text}";`,
    "",
  ].join("\n");
}

/** Brings all of {@link KERNELS} up to date; unchanged text keeps its file time. */
export async function writeKernels() {
  for (const kernels of KERNELS) {
    const path = moduleOf(kernels);
    const text = await compileKernels(kernels, "build");
    if (!existsSync(path) || (await readFile(path, "utf8")) !== text) await writeFile(path, text);
  }
}
