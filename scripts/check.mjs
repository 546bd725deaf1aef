/**
 * What the compiler and the linter say: Biome, the packages' types, then the projects that only get checked (tests with the type tests among them, examples).
 * `node scripts/check.mjs` alone runs just these.
 */
import { pathToFileURL } from "node:url";
import { cleanEnvironment } from "./lib/environment.mjs";
import { inRoot, toolNode, tools } from "./lib/paths.mjs";
import { startStep } from "./lib/progress.mjs";
import { Failure, run, runMain } from "./lib/run.mjs";
import { setUp } from "./setup.mjs";

const CHECKED_ONLY = ["test/conformance", "test", "bench", "examples/playground", "examples/quick-start"];

const STEPS = [
  ["format and lint", [tools.biome, "check", "--error-on-warnings", "."], "Biome found something; `npm run format` repairs what can be repaired."],
  ["types of the packages", [tools.tsc, "-b", "--pretty", "false"], "The types of the packages do not hold; see above."],
  ...CHECKED_ONLY.map((folder) => [
    `types of ${folder}`,
    [tools.tsc, "-p", inRoot(folder), "--noEmit", "--pretty", "false"],
    `The types of ${folder} do not hold; see above.`,
  ]),
];

/** Runs every check; throws a {@link Failure} at the first that fails. */
export async function checkAll() {
  for (const [label, args, sentence] of STEPS) {
    const step = startStep(label);
    const { code, output } = await run(toolNode(), args, { env: cleanEnvironment() });
    step.end(code === 0 ? `${label}: ok` : `${label}: failed`);
    if (code !== 0) throw new Failure(sentence, output);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await runMain(async () => {
    await setUp();
    await checkAll();
  });
}
