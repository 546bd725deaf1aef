/**
 * The process in which one contender runs; the parent lets one process run at a time. CPU time is that of the whole process, so garbage collection on helper threads counts for
 * whoever made the garbage.
 *
 * Both directions of the channel are used once before anything is warmed up: what Node loads and sets up for the first message makes V8 throw away compiled code that relied on
 * the old state of things (with "advanced" serialization: the prototypes of typed arrays), and the first rounds would time an interpreter.
 */
import { importBase } from "../installed.ts";
import { groups } from "../kernels/index.ts";
import { importOpponentsWith } from "../opponents.ts";
import { allocatedPerCall } from "./allocation.ts";
import { Bout, failed, type Ready } from "./bout.ts";
import type { Effort, ProfileRow } from "./contender.ts";
import { profiled } from "./profile.ts";

/** What the parent may ask for. */
export type ToWorker = "prepare" | "batch" | "profile";
/** What it gets: once when the process is there, then an answer to each message. */
export type ToParent = "started" | { readonly ready: Ready } | { readonly nsPerUnit: number } | { readonly profile: readonly ProfileRow[] };
/** What the process is started with. */
export interface WorkerOrder {
  readonly groupId: string;
  readonly contenderId: string;
  readonly effort: Effort;
  readonly batchMs: number;
  /** Whether figures of quality are wanted. */
  readonly quality: boolean;
  /** Where packages are looked for. */
  readonly folders: readonly string[];
}

const { groupId, contenderId, effort, batchMs, quality, folders } = JSON.parse(process.argv[2] as string) as WorkerOrder;
importOpponentsWith((specifier) => import(import.meta.resolve(specifier, importBase(specifier, folders))));

const bout = new Bout({
  effort,
  batchMs,
  quality,
  clock() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  allocated: allocatedPerCall,
});

function send(message: ToParent): void {
  process.send?.(message);
}

async function prepare(): Promise<Ready> {
  try {
    const contender = groups.find(({ id }) => id === groupId)?.contenders.find(({ id }) => id === contenderId);
    if (!contender) throw new Error(`There is no contender ${groupId} ${contenderId}.`);
    return await bout.prepare(contender);
  } catch (error) {
    return failed(error);
  }
}

process.on("message", async (message: ToWorker) => {
  if (message === "batch") send({ nsPerUnit: bout.batch() });
  else if (message === "prepare") send({ ready: await prepare() });
  else send({ profile: await profiled(() => bout.batch(), effort) });
});
send("started");
