/**
 * The process in which one contender runs; the parent lets one process run at a time. CPU time is that of the whole process, so garbage collection on helper threads counts for
 * whoever made the garbage.
 */
import { groups } from "../kernels/index.ts";
import { allocatedPerCall } from "./allocation.ts";
import { Bout, failed, type Ready } from "./bout.ts";
import type { Effort } from "./contender.ts";

/** What the parent may ask for. */
export type ToWorker = "batch";
/** What it gets: once at the start, then once per batch. */
export type ToParent = { readonly ready: Ready } | { readonly nsPerUnit: number };

const [groupId, contenderId, effort, batchMs] = process.argv.slice(2);

const bout = new Bout({
  effort: effort as Effort,
  batchMs: Number(batchMs),
  quality: true,
  clock() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  allocated: allocatedPerCall,
});

function send(message: ToParent): void {
  process.send?.(message);
}

process.on("message", (_message: ToWorker) => send({ nsPerUnit: bout.batch() }));

try {
  const contender = groups.find(({ id }) => id === groupId)?.contenders.find(({ id }) => id === contenderId);
  if (!contender) throw new Error(`There is no contender ${groupId} ${contenderId}.`);
  send({ ready: await bout.prepare(contender) });
} catch (error) {
  send({ ready: failed(error) });
}
