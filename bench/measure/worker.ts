/**
 * The process in which one contender runs. It makes the runner, checks it, finds how many calls fill a batch, and then runs a batch whenever the parent says so; the parent
 * lets one process run at a time. CPU time is that of the whole process, so garbage collection on helper threads counts for whoever made the garbage.
 */
import { groups } from "../kernels/index.ts";
import { allocatedPerCall } from "./allocation.ts";
import type { Effort, Runner } from "./contender.ts";
import type { ToParent, ToWorker } from "./protocol.ts";

/** Calls before a batch whose time does not count: caches are cold after the others' turns. */
const COLD_FRACTION = 0.15;

const [groupId, contenderId, effort, batchMs] = process.argv.slice(2);

let runner: Runner;
let callsPerBatch = 1;
let sink = 0;

function send(message: ToParent): void {
  process.send?.(message);
}

function run(calls: number): void {
  let sum = 0;
  for (let i = 0; i < calls; i++) sum += runner.call();
  sink += sum;
}

/** Microseconds of CPU for `calls` calls. */
function timed(calls: number): number {
  const before = process.cpuUsage();
  run(calls);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** Warms up until the compilers are through, and sets `callsPerBatch` for a batch of `ms`. */
function calibrate(ms: number): void {
  let calls = 1;
  const started = performance.now();
  while (performance.now() - started < (effort === "quick" ? 60 : 200)) {
    const us = timed(calls);
    if (us < 4000) calls *= 2;
  }
  const us = Math.max(1, timed(calls));
  callsPerBatch = Math.max(1, Math.round((calls * ms * 1000) / us));
}

async function prepare(): Promise<void> {
  const contender = groups.find(({ id }) => id === groupId)?.contenders.find(({ id }) => id === contenderId);
  if (!contender) throw new Error(`There is no contender ${groupId} ${contenderId}.`);
  runner = await contender.create();
  const verdict = await runner.check();
  if (verdict.status === "wrong") return send({ type: "ready", verdict, bytesPerCall: Number.NaN });
  const quality = await runner.quality?.(effort as Effort);
  calibrate(Number(batchMs));
  send({ type: "ready", verdict, quality, bytesPerCall: allocatedPerCall(() => runner.call()) });
}

process.on("message", (message: ToWorker) => {
  if (message.type === "end") process.exit(0);
  run(Math.ceil(callsPerBatch * COLD_FRACTION));
  const us = timed(callsPerBatch);
  send({ type: "batch", nsPerUnit: (us * 1000) / (callsPerBatch * runner.unitsPerCall), sink: Number.isFinite(sink) });
});

try {
  await prepare();
} catch (error) {
  send({
    type: "ready",
    verdict: { status: "wrong", text: `does not run: ${error instanceof Error ? error.message : String(error)}` },
    bytesPerCall: Number.NaN,
  });
}
