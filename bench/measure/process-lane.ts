/** A contender in a Node process of its own. */
import { type ChildProcess, fork } from "node:child_process";
import { failed, type Ready } from "./bout.ts";
import type { ProfileRow } from "./contender.ts";
import type { Lane, OpenLane } from "./race.ts";
import type { ToParent, ToWorker, WorkerOrder } from "./worker.ts";

/** A contender that does not answer for so long is given up, in ms. */
const PATIENCE_MS = 180_000;

/** Lanes that run `workerFile` (measure/worker.ts, or its build) and look for packages in `folders`. */
export function processLanes(workerFile: string, folders: readonly string[]): OpenLane {
  return (group, contender, { effort, batchMs }) =>
    openLane(workerFile, { groupId: group.id, contenderId: contender.id, effort, batchMs, quality: true, folders });
}

/** Flags of every process: collections for the measurement of bytes, and packages from the user's folder. */
const FLAGS = ["--expose-gc", "--no-flush-bytecode", "--no-warnings", "--experimental-import-meta-resolve"];
/** Flags where a profile is taken: a function that is inlined would count for its caller. */
const PROFILE_FLAGS = [...FLAGS, "--no-turbo-inlining"];

function start(workerFile: string, order: WorkerOrder, execArgv: string[]): ChildProcess {
  return fork(workerFile, [JSON.stringify(order)], { execArgv, stdio: ["ignore", "ignore", "inherit", "ipc"] });
}

/** A profile, in a process for it. */
async function profileOf(workerFile: string, order: WorkerOrder): Promise<readonly ProfileRow[] | undefined> {
  const child = start(workerFile, { ...order, quality: false }, PROFILE_FLAGS);
  try {
    await prepared(child);
    const message = await asked(child, "profile");
    return typeof message === "object" && "profile" in message ? message.profile : undefined;
  } finally {
    child.kill();
  }
}

function openLane(workerFile: string, order: WorkerOrder): Lane {
  const child = start(workerFile, order, FLAGS);
  return {
    prepare: () => prepared(child),
    async batch() {
      const message = await asked(child, "batch");
      return typeof message === "object" && "nsPerUnit" in message ? message.nsPerUnit : undefined;
    },
    profile: () => profileOf(workerFile, order),
    end() {
      child.kill();
    },
  };
}

/** Waits for the process, then lets it prepare. */
async function prepared(child: ChildProcess): Promise<Ready> {
  const first = await next(child);
  const message = first === "started" ? await asked(child, "prepare") : first;
  return typeof message === "object" && "ready" in message ? message.ready : failed("an answer out of turn");
}

/** The answer to `question`. */
function asked(child: ChildProcess, question: ToWorker): Promise<ToParent> {
  const answer = next(child);
  // One that has ended cannot be asked; its end is the answer.
  child.send(question, () => undefined);
  return answer;
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
