/** The engine in a worker: Comlink for the control plane, ports for audio and events. The only file of the page that knows Comlink. */
import { SidetoneError } from "@sidetone/core";
import type { EngineConfig, EngineEvent, EngineHost, Interruption } from "@sidetone/core/engine";
import type { ClientEvent } from "@sidetone/core/protocol";
import { type Remote, transfer, wrap } from "comlink";
import type { EngineClient, EngineLauncher, EngineWiring } from "../engine-client.ts";
import { startWorker } from "./worker-loader.ts";

/** ms that a worker has to end its session before it is terminated. */
const CLOSE_WAIT_MS = 2000;

/** An engine in a worker of its own. */
class WorkerEngine implements EngineClient {
  readonly #events = new MessageChannel();
  readonly #capture = new MessageChannel();
  readonly #playback = new MessageChannel();
  readonly #worker: Promise<Worker>;
  readonly #remote: Promise<Remote<EngineHost>>;
  #closed = false;

  constructor(onEvent: (event: EngineEvent) => void, workerUrl: string | URL | undefined) {
    this.#events.port1.onmessage = (event) => onEvent(event.data as EngineEvent);
    this.#worker = startWorker(workerUrl);
    this.#remote = this.#worker.then((worker) => {
      worker.onerror = (event) => {
        const error = new SidetoneError("internal", `The engine worker failed (${event.message}).`, { fatal: true });
        onEvent({ type: "error", error: error.toPlain() });
      };
      return wrap<EngineHost>(worker);
    });
    this.#remote.catch(() => undefined); // reported by start()
  }

  get capturePort(): MessagePort {
    return this.#capture.port1;
  }

  get playbackPort(): MessagePort {
    return this.#playback.port1;
  }

  async start(config: EngineConfig, wiring: EngineWiring): Promise<void> {
    const remote = await this.#remote;
    const ports = {
      events: this.#events.port2,
      ...(wiring.capture ? { capture: this.#capture.port2 } : {}),
      ...(wiring.playback ? { playback: this.#playback.port2 } : {}),
    };
    const failure = await remote.start(asJson(config), transfer(ports, Object.values(ports)));
    if (failure !== null) throw SidetoneError.fromPlain(failure);
  }

  async interrupt(): Promise<Interruption> {
    return this.#closed ? { reason: "interrupt", items: [] } : (await this.#remote).interrupt();
  }

  /** @throws {TypeError} when the event is no JSON. */
  send(event: ClientEvent): void {
    if (this.#closed) return;
    const plain = asJson(event);
    // A worker that never started has already failed start(); there is no one to tell again.
    void this.#remote.then((remote) => remote.send(plain)).catch(() => undefined);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      // A worker that has died, or was never allowed to start, does not answer.
      await Promise.race([this.#remote.then((remote) => remote.close()), new Promise((resolve) => setTimeout(resolve, CLOSE_WAIT_MS))]);
      void this.#worker.then((worker) => worker.terminate());
    } catch {
      // The worker never started.
    }
    this.#events.port1.close();
  }
}

/** What goes over the wire as JSON is made plain here: the state of UI frameworks consists of proxies, which cannot be cloned to a worker. */
function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Launches engines in workers; `workerUrl` for pages whose policy allows scripts from files only. */
export function workerLauncher(workerUrl: string | URL | undefined): EngineLauncher {
  return { keyCarrier: "subprotocol", launch: (onEvent) => new WorkerEngine(onEvent, workerUrl) };
}
