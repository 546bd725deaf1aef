/**
 * One contender at work, in a process, worker or page of its own: made, checked, warmed up, then a batch whenever it is asked for one. The same code in Node and in browsers;
 * only the clock differs.
 */
import type { Contender, Effort, Quality, Runner, Verdict } from "./contender.ts";

/**
 * ms of warm-up. V8 compiles a third time only after about 100 ms of work (measured on Node 24: the journey up runs at three times its final cost until then, and boxes
 * what the last compiler keeps in registers), so that less would time, and count the bytes of, code that no app keeps running.
 */
const WARM_UP_MS: Readonly<Record<Effort, number>> = { quick: 250, full: 800 };
/** A batch during warm-up grows until it takes so many microseconds: clocks are coarse. */
const LEAST_US = 4000;
/** Part of a batch that is run before it and not counted: caches are cold after the others' turns. */
const COLD_FRACTION = 0.15;

/** What is known before the first round. */
export interface Ready {
  readonly verdict: Verdict;
  readonly quality?: Quality;
  /** Null where it was not measured. */
  readonly bytesPerCall: number | null;
}

/** How a bout is held. */
export interface BoutOptions {
  readonly effort: Effort;
  readonly batchMs: number;
  readonly quality: boolean;
  /** Microseconds, from anywhere on. */
  clock(): number;
  /** Bytes that a call allocates, where that can be measured. */
  allocated?(call: () => number): number;
}

/** A contender between rounds. */
export class Bout {
  readonly #options: BoutOptions;
  #runner: Runner | null = null;
  #callsPerBatch = 1;
  /** Results end here, so that nothing can be optimised away. */
  sink = 0;

  constructor(options: BoutOptions) {
    this.#options = options;
  }

  /** Makes and checks the contender; one whose output is wrong is not warmed up. */
  async prepare(contender: Contender): Promise<Ready> {
    const { effort, allocated, quality } = this.#options;
    const runner = await contender.create();
    this.#runner = runner;
    const verdict = await runner.check();
    if (verdict.status === "wrong") return { verdict, bytesPerCall: null };
    const figures = quality ? await runner.quality?.(effort) : undefined;
    if (runner.measure) return { verdict, quality: figures, bytesPerCall: null };
    this.#calibrate();
    return { verdict, quality: figures, bytesPerCall: allocated?.(() => runner.call()) ?? null };
  }

  /** Runs one batch. @returns nanoseconds per unit. */
  batch(): number {
    const runner = this.#runner as Runner;
    if (runner.measure) return runner.measure();
    this.#run(Math.ceil(this.#callsPerBatch * COLD_FRACTION));
    return (this.#timed(this.#callsPerBatch) * 1000) / (this.#callsPerBatch * runner.unitsPerCall);
  }

  #run(calls: number): void {
    const runner = this.#runner as Runner;
    let sum = 0;
    for (let i = 0; i < calls; i++) sum += runner.call();
    this.sink += sum;
  }

  #timed(calls: number): number {
    const before = this.#options.clock();
    this.#run(calls);
    return this.#options.clock() - before;
  }

  #calibrate(): void {
    const { batchMs, effort } = this.#options;
    const started = performance.now();
    let calls = 1;
    while (performance.now() - started < WARM_UP_MS[effort]) if (this.#timed(calls) < LEAST_US) calls *= 2;
    this.#callsPerBatch = Math.max(1, Math.round((calls * batchMs * 1000) / Math.max(1, this.#timed(calls))));
  }
}

/** What a failure means: the contender is not timed, and the table says why. */
export function failed(error: unknown): Ready {
  return { verdict: { status: "wrong", text: `does not run: ${error instanceof Error ? error.message : String(error)}` }, bytesPerCall: null };
}
