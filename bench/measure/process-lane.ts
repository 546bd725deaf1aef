/** A contender in a Node process of its own. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { failed, type Ready } from "./bout.ts";
import type { Contender, Group } from "./contender.ts";
import type { Lane, RaceOptions } from "./race.ts";
import type { ToParent, ToWorker } from "./worker.ts";

const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));
/** A contender that does not answer for so long is given up, in ms. */
const PATIENCE_MS = 180_000;

/** Starts the process; it prepares at once. */
export function openProcessLane(group: Group, contender: Contender, options: RaceOptions): Lane {
  const child = fork(WORKER, [group.id, contender.id, options.effort, String(options.batchMs)], {
    execArgv: ["--expose-gc", "--no-warnings"],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return {
    async prepare(): Promise<Ready> {
      const message = await next(child);
      return "ready" in message ? message.ready : failed("an answer out of turn");
    },
    async batch() {
      child.send("batch" satisfies ToWorker);
      const message = await next(child);
      return "nsPerUnit" in message ? message.nsPerUnit : undefined;
    },
    end() {
      child.kill();
    },
  };
}

/** The process's next message; its end, or silence, counts as a failure. */
function next(child: ChildProcess): Promise<ToParent> {
  return new Promise((resolve) => {
    const settle = (message: ToParent) => {
      clearTimeout(timer);
      child.off("message", settle);
      child.off("exit", onExit);
      resolve(message);
    };
    const onExit = (code: number | null) => settle({ ready: failed(`its process ended (${code})`) });
    const timer = setTimeout(() => settle({ ready: failed(`no answer within ${PATIENCE_MS / 1000} s`) }), PATIENCE_MS);
    child.on("message", settle);
    child.on("exit", onExit);
  });
}
