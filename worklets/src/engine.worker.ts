/** Engine worker: a shell around EngineHost. Comlink carries the control plane; audio and events go through ports given at `start`. */
import { EngineHost } from "@sidetone/core/engine";
import { expose } from "comlink";

expose(
  new EngineHost({
    clock: {
      nowMs: () => performance.now(),
      after: (delayMs, task) => {
        const timer = setTimeout(task, delayMs);
        return () => clearTimeout(timer);
      },
    },
    openSocket: (settings) => new WebSocket(settings.url, [...settings.protocols]),
  }),
);

/** Tells the page that this script was allowed to run; a worker blocked by policy says nothing. */
postMessage("sidetone-worker-ready");
