/**
 * `npm test`: set-up, a browser, the linter and the compiler, then every test. Arguments go to vitest (`npm test -- resampler`, `npm test -- --project unit`).
 * The last line is `<n> passed, <n> failed`; the exit code is 0 only when nothing failed.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ensureBrowser } from "./browser.mjs";
import { checkAll } from "./check.mjs";
import { cleanEnvironment } from "./lib/environment.mjs";
import { scratch, toolNode, tools } from "./lib/paths.mjs";
import { duration } from "./lib/progress.mjs";
import { Failure, runForeground } from "./lib/run.mjs";
import { setUp } from "./setup.mjs";

const RESULTS = join(scratch, "test-results.json");

/** Passed and failed tests; a file that could not be loaded counts as one failed test, since none of its own were counted. */
function count() {
  if (!existsSync(RESULTS)) return { passed: 0, failed: 1 };
  const results = JSON.parse(readFileSync(RESULTS, "utf8"));
  const broken = results.testResults.filter((file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed")).length;
  return { passed: results.numPassedTests, failed: results.numFailedTests + broken };
}

async function main() {
  const started = performance.now();
  await setUp();
  const browser = await ensureBrowser();
  await checkAll();
  await mkdir(scratch, { recursive: true });
  await rm(RESULTS, { force: true });
  const args = [tools.vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${RESULTS}`, ...process.argv.slice(2)];
  const code = await runForeground(toolNode(), args, { env: cleanEnvironment({ SIDETONE_CHROMIUM: browser }) });
  const { passed, failed } = count();
  console.log(`All of it took ${duration(performance.now() - started)}.`);
  // A failure outside any test (an unhandled rejection) has an exit code but no count.
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

let outcome = { passed: 0, failed: 1 };
try {
  outcome = await main();
} catch (error) {
  if (error instanceof Failure && error.details) console.error(`\n${error.details.trimEnd()}\n`);
  console.error(error instanceof Failure ? error.message : error);
}
process.exitCode = outcome.failed > 0 ? 1 : 0;
console.log(`${outcome.passed} passed, ${outcome.failed} failed`);
