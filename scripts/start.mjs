/** `npm start`: set-up, then the playground and the emulator on this machine. Arguments go to the `demo` command. */
import { runCli } from "./lib/cli.mjs";
import { runMain } from "./lib/run.mjs";

await runMain(() => runCli("demo", process.argv.slice(2)));
