/** Starts the engine worker, from a file or from text; see `worklet-loader.ts` for why both. A worker counts as started when it says so, since a blocked one says nothing. */
import { SidetoneError } from "@sidetone/core";
import { engineWorkerSource } from "../generated/worklets.ts";
import { blockedHint, type ScriptSource, scriptUrls } from "./worklet-loader.ts";

/** The engine worker's script. */
export const ENGINE_WORKER: ScriptSource = { file: "engine.worker.js", text: engineWorkerSource, option: "workerUrl" };

/** ms a worker has to say that it runs. */
const READY_TIMEOUT_MS = 10_000;

/** A running engine worker. Rejects with `worker-blocked`. */
export async function startWorker(url?: string | URL): Promise<Worker> {
  let failure = "it said nothing";
  for (const candidate of scriptUrls(ENGINE_WORKER, url)) {
    try {
      return await started(candidate);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
  }
  throw new SidetoneError("worker-blocked", `The engine worker could not be started (${failure}). ${blockedHint(ENGINE_WORKER, url)}`, { fatal: true });
}

function started(url: string): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(url, { name: "sidetone" });
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      worker.onmessage = null;
      worker.onerror = null;
      if (error === undefined) resolve(worker);
      else {
        worker.terminate();
        reject(error);
      }
    };
    const timer = setTimeout(() => settle(new Error(`no sign of life within ${READY_TIMEOUT_MS} ms`)), READY_TIMEOUT_MS);
    worker.onmessage = (event) => {
      if (event.data === "sidetone-worker-ready") settle();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      settle(new Error(event.message || "the browser refused the script"));
    };
  });
}
