/**
 * `npm run bench -- --quick`: set-up, then the benchmark on built output in plain Node. `--node` picks another Node: the path of one, or a major version, which npx gets from
 * npm. Everything else goes to bench/main.ts (`npm run bench -- --help`).
 */
import { existsSync } from "node:fs";
import { cleanEnvironment, userFolder } from "./lib/environment.mjs";
import { inRoot, toolNode } from "./lib/paths.mjs";
import { startStep } from "./lib/progress.mjs";
import { Failure, run, runForeground, runMain } from "./lib/run.mjs";
import { setUp } from "./setup.mjs";

const OLDEST_NODE = 24;

/** What follows `--node`, as a program. */
async function nodeFor(wanted) {
  if (wanted === undefined) return toolNode();
  if (existsSync(wanted)) return wanted;
  if (!/^\d+(\.\d+)*$/.test(wanted)) throw new Failure(`--node is "${wanted}", which is neither a file nor a version such as 26.`);
  const step = startStep(`getting Node ${wanted} from npm`);
  const { code, output } = await run("npx", ["-y", `node@${wanted}`, "-p", "process.execPath"], {
    env: cleanEnvironment(),
    shell: process.platform === "win32",
  });
  const path = output.trim().split("\n").at(-1);
  if (code !== 0 || !existsSync(path)) {
    step.end(`Node ${wanted} could not be had`);
    throw new Failure(`npx did not get Node ${wanted}; give the path of one with --node instead.`, output);
  }
  step.end(`Node ${wanted} is there`);
  return path;
}

function argumentAfter(name, args) {
  const at = args.findIndex((argument) => argument === name || argument.startsWith(`${name}=`));
  if (at === -1) return undefined;
  return args[at] === name ? args[at + 1] : args[at].slice(name.length + 1);
}

await runMain(async () => {
  const args = process.argv.slice(2);
  await setUp();
  const node = await nodeFor(argumentAfter("--node", args));
  const { output } = await run(node, ["-p", "process.versions.node"]);
  if (!(Number.parseInt(output, 10) >= OLDEST_NODE)) {
    throw new Failure(`The benchmark is TypeScript that Node ${OLDEST_NODE} or newer runs as it is; ${node} is ${output.trim() || "not a Node"}.`);
  }
  process.exitCode = await runForeground(node, ["--no-warnings", inRoot("bench/main.ts"), ...args], {
    env: cleanEnvironment({ INIT_CWD: userFolder() }),
    cwd: userFolder(),
  });
});
