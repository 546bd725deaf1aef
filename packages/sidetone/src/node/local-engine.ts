/** The engine in this process: the same EngineHost that a page keeps in a worker, with in-process ports and Node's own WebSocket. */
import { SidetoneError } from "@sidetone/core";
import {
  type CapturePacket,
  type CaptureRecycle,
  createPortPair,
  type EngineConfig,
  type EngineEvent,
  EngineHost,
  type Interruption,
  type PlaybackCommand,
  type PlaybackReport,
} from "@sidetone/core/engine";
import type { ClientEvent } from "@sidetone/core/protocol";
import { probeRequest, type SocketLike, type WebSocketPlatform, type WebSocketSettings } from "@sidetone/core/transport";
import type { EngineClient, EngineLauncher, EngineWiring } from "../engine-client.ts";

/** Makes a socket; for runtimes without a WebSocket of their own, or for another implementation. */
export type OpenSocket = (settings: WebSocketSettings) => SocketLike;

class LocalEngine implements EngineClient {
  readonly #capture = createPortPair<CapturePacket, CaptureRecycle>();
  readonly #playback = createPortPair<PlaybackReport, PlaybackCommand>();
  readonly #host: EngineHost;
  readonly #onEvent: (event: EngineEvent) => void;

  constructor(onEvent: (event: EngineEvent) => void, openSocket: OpenSocket) {
    this.#onEvent = onEvent;
    this.#host = new EngineHost(platform(openSocket));
  }

  get capturePort() {
    return this.#capture.first;
  }

  get playbackPort() {
    return this.#playback.first;
  }

  async start(config: EngineConfig, wiring: EngineWiring): Promise<void> {
    const onEvent = this.#onEvent;
    const failure = await this.#host.start(config, {
      events: { onmessage: null, postMessage: (event: EngineEvent) => onEvent(event), close: () => undefined },
      ...(wiring.capture ? { capture: this.#capture.second } : {}),
      ...(wiring.playback ? { playback: this.#playback.second } : {}),
    });
    if (failure !== null) throw SidetoneError.fromPlain(failure);
  }

  interrupt(): Promise<Interruption> {
    return this.#host.interrupt();
  }

  send(event: ClientEvent): void {
    this.#host.send(event);
  }

  close(): Promise<void> {
    return this.#host.close();
  }
}

/** Launches engines in this process. */
export function localLauncher(openSocket: OpenSocket = openNodeSocket): EngineLauncher {
  return { keyCarrier: "header", launch: (onEvent) => new LocalEngine(onEvent, openSocket) };
}

function platform(openSocket: OpenSocket): WebSocketPlatform {
  return {
    clock: {
      nowMs: () => performance.now(),
      after: (delayMs, task) => {
        const timer = setTimeout(task, delayMs);
        return () => clearTimeout(timer);
      },
    },
    openSocket,
    probe,
  };
}

/** Node's WebSocket takes headers beside the protocols, which the DOM's type does not know. */
type NodeWebSocket = new (url: string, options: { protocols: string[]; headers: Record<string, string> }) => SocketLike;

function openNodeSocket(settings: WebSocketSettings): SocketLike {
  const Socket = (globalThis as { WebSocket?: unknown }).WebSocket as NodeWebSocket | undefined;
  if (Socket === undefined) throw new Error("this Node has no WebSocket; use Node 22 or newer, or pass openSocket");
  return new Socket(settings.url, { protocols: [...settings.protocols], headers: { ...settings.headers } });
}

/** What the server answers to a plain request for the same URL with the same key. */
async function probe(settings: WebSocketSettings): Promise<number | null> {
  try {
    const { url, headers } = probeRequest(settings);
    const response = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(3000) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return null;
  }
}
