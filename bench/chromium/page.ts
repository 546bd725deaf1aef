/**
 * What runs inside Chromium: one contender, in the page itself or in a worker of it. The page answers the benchmark's process; a worker answers the page. Browsers tell no CPU
 * time, so the clock is the wall's, 5 us fine because the page is isolated.
 */
import { groups } from "../kernels/browser.ts";
import { Bout, failed, type Ready } from "../measure/bout.ts";
import type { Effort } from "../measure/contender.ts";

/** Which contender, how long, and where. */
export interface PageOrder {
  readonly groupId: string;
  readonly contenderId: string;
  readonly effort: Effort;
  readonly batchMs: number;
  readonly thread: "main" | "worker";
}

type Request = { readonly order: PageOrder } | "batch";

let bout: Bout | null = null;
let worker: Worker | null = null;

async function answer(request: Request): Promise<Ready | number> {
  if (request === "batch") return (bout as Bout).batch();
  const { groupId, contenderId, effort, batchMs } = request.order;
  try {
    const contender = groups.find(({ id }) => id === groupId)?.contenders.find(({ id }) => id === contenderId);
    if (!contender) throw new Error(`There is no contender ${groupId} ${contenderId}.`);
    const reason = contender.unavailable?.();
    if (reason !== undefined) return { verdict: { status: "wrong", text: reason }, bytesPerCall: null };
    bout = new Bout({ effort, batchMs, quality: true, clock: () => performance.now() * 1000 });
    return await bout.prepare(contender);
  } catch (error) {
    return failed(error);
  }
}

function inWorker(request: Request): Promise<Ready | number> {
  const target = worker as Worker;
  return new Promise((resolve) => {
    target.onmessage = ({ data }) => resolve(data);
    target.onerror = ({ message }) => resolve(failed(message));
    target.postMessage(request);
  });
}

if (typeof document === "undefined") {
  self.onmessage = async ({ data }) => self.postMessage(await answer(data as Request));
} else {
  Object.assign(globalThis, {
    bench(request: Request): Promise<Ready | number> {
      if (request !== "batch" && request.order.thread === "worker") worker = new Worker("/page.js", { type: "module" });
      return worker ? inWorker(request) : answer(request);
    },
  });
}
