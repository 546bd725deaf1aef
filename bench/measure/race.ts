/** Lets the contenders of a group run in turns: every round all of them once, in random order, one at a time. */
import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { Contender, Effort, Group, Origin, Quality, Verdict } from "./contender.ts";
import type { ToParent, ToWorker } from "./protocol.ts";
import { type Spread, seededRandom, shuffled, spread } from "./statistics.ts";

/** What came out for one contender. */
export interface Outcome {
  readonly id: string;
  readonly label: string;
  readonly origin: Origin;
  readonly package?: string;
  readonly note?: string;
  readonly verdict: Verdict;
  readonly quality?: Quality;
  readonly bytesPerCall: number | null;
  /** CPU nanoseconds per unit; null when it was not timed. */
  readonly nsPerUnit: Spread | null;
  /** One figure per round, for ratios between contenders. */
  readonly rounds: readonly number[];
}

/** How a race is run. */
export interface RaceOptions {
  readonly effort: Effort;
  readonly rounds: number;
  /** ms of CPU per batch. */
  readonly batchMs: number;
  readonly seed: number;
  /** Called after each step with the fraction of the group that is done. */
  onProgress(done: number, what: string): void;
}

const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));
/** A contender that does not answer for so long is given up, in ms. */
const PATIENCE_MS = 120_000;
/** What checking and warming up counts as, in rounds. */
const PREPARATION = 12;
/** Contenders that are prepared at the same time. */
const MOST_AT_A_TIME = 4;

class Lane {
  readonly contender: Contender;
  readonly #child: ChildProcess;
  #waiting: ((message: ToParent) => void) | null = null;
  #arrived: ToParent[] = [];
  readonly samples: number[] = [];
  ready: Extract<ToParent, { type: "ready" }> | null = null;

  constructor(group: Group, contender: Contender, options: RaceOptions) {
    this.contender = contender;
    this.#child = fork(WORKER, [group.id, contender.id, options.effort, String(options.batchMs)], {
      execArgv: ["--expose-gc", "--no-warnings"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child.on("message", (message: ToParent) => this.#take(message));
    this.#child.on("exit", (code) =>
      this.#take({ type: "ready", verdict: { status: "wrong", text: `its process ended (${code})` }, bytesPerCall: Number.NaN }),
    );
  }

  #take(message: ToParent): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) waiting(message);
    else this.#arrived.push(message);
  }

  next(): Promise<ToParent> {
    const arrived = this.#arrived.shift();
    if (arrived) return Promise.resolve(arrived);
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => this.#take({ type: "ready", verdict: { status: "wrong", text: `no answer within ${PATIENCE_MS / 1000} s` }, bytesPerCall: Number.NaN }),
        PATIENCE_MS,
      );
      this.#waiting = (message) => {
        clearTimeout(timer);
        resolve(message);
      };
    });
  }

  async batch(): Promise<void> {
    this.#child.send({ type: "batch" } satisfies ToWorker);
    const answer = await this.next();
    if (answer.type === "batch") this.samples.push(answer.nsPerUnit);
    else this.ready = answer;
  }

  end(): void {
    this.#child.removeAllListeners();
    this.#child.kill();
  }
}

function outcomeOf(contender: Contender, verdict: Verdict, lane?: Lane): Outcome {
  const { id, label, origin, note } = contender;
  const samples = lane?.samples ?? [];
  const bytes = lane?.ready?.bytesPerCall;
  return {
    id,
    label,
    origin,
    package: contender.package,
    note,
    verdict,
    quality: lane?.ready?.quality,
    bytesPerCall: bytes === undefined || bytes === null || Number.isNaN(bytes) ? null : bytes,
    nsPerUnit: samples.length > 0 ? spread(samples) : null,
    rounds: samples,
  };
}

/** Runs a group to its end. Contenders that cannot run or whose output is wrong are listed without a time. */
export async function race(group: Group, options: RaceOptions): Promise<Outcome[]> {
  const lanes: Lane[] = [];
  const absent = new Map<string, string>();
  const steps = group.contenders.length * (options.rounds + PREPARATION);
  let done = 0;
  try {
    // Checked and warmed up as many at a time as there are cores: nothing of that is timed but the size of a batch.
    const queue = [...group.contenders];
    const prepare = async () => {
      for (let contender = queue.shift(); contender; contender = queue.shift()) {
        const reason = contender.unavailable?.();
        if (reason !== undefined) absent.set(contender.id, reason);
        else {
          options.onProgress(done / steps, `checking ${contender.label}`);
          const lane = new Lane(group, contender, options);
          lanes.push(lane);
          const message = await lane.next();
          if (message.type === "ready") lane.ready = message;
        }
        done += PREPARATION;
      }
    };
    await Promise.all(Array.from({ length: Math.min(MOST_AT_A_TIME, availableParallelism()) }, prepare));
    const random = seededRandom(options.seed);
    const racing = lanes.filter(({ ready }) => ready !== null && ready.verdict.status !== "wrong");
    for (let round = 0; round < options.rounds; round++) {
      options.onProgress(done / steps, `round ${round + 1} of ${options.rounds}`);
      for (const lane of shuffled(racing, random)) if (lane.ready?.verdict.status !== "wrong") await lane.batch();
      done += group.contenders.length;
    }
  } finally {
    for (const lane of lanes) lane.end();
  }
  return group.contenders.map((contender) => {
    const lane = lanes.find((candidate) => candidate.contender === contender);
    return outcomeOf(contender, lane?.ready?.verdict ?? { status: "wrong", text: absent.get(contender.id) ?? "did not start" }, lane);
  });
}
