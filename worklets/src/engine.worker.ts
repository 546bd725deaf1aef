/** Engine worker: a shell around EngineHost. Comlink carries the control plane; audio and events go through ports given at `start`. */
import { EngineHost } from "@sidetone/core/engine";
import { probeRequest } from "@sidetone/core/transport";
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
    probe: async (settings) => {
      const { url, headers } = probeRequest(settings);
      return fetch(url, { headers, signal: AbortSignal.timeout(3000) }).then(
        (response) => response.status,
        () => null,
      );
    },
  }),
);

/** Tells the page that this script was allowed to run; a worker blocked by policy says nothing. */
postMessage("sidetone-worker-ready");
