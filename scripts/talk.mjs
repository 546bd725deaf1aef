/** `npm run talk -- speech.wav --out reply.wav`: set-up, then one spoken turn from a file. Paths are those of the folder in which the command was typed. */
import { runCli } from "./lib/cli.mjs";
import { runMain } from "./lib/run.mjs";

await runMain(() => runCli("talk", process.argv.slice(2)));
