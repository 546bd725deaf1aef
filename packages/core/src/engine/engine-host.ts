/**
 * The engine behind a control plane: plain data in, plain data out, nothing thrown, so that it can sit in a worker behind Comlink or in the same process.
 */
import type { Clock } from "../clock.ts";
import { type PlainSidetoneError, SidetoneError } from "../errors.ts";
import type { PlayoutPolicy } from "../playout/options.ts";
import type { AudioFormat } from "../protocol/audio-format.ts";
import type { ClientEvent } from "../protocol/events.ts";
import type { SessionUpdate } from "../protocol/session-config.ts";
import { type WebSocketPlatform, type WebSocketSettings, WebSocketTransport } from "../transport/websocket.ts";
import type { EngineLimits } from "./defaults.ts";
import { Engine } from "./engine.ts";
import type { CapturePacket, CaptureRecycle, EngineEvent, Interruption, PlaybackCommand, PlaybackReport, PortLike } from "./ports.ts";

/** Everything a session is made of, as data that can cross threads. */
export interface EngineConfig {
  /** The connection to make. */
  readonly transport: WebSocketSettings;
  /** The session's settings, sent first of all. */
  readonly session: SessionUpdate;
  /** Encoding of the packets that come in. */
  readonly inputFormat: AudioFormat;
  /** Encoding of the deltas that come back. */
  readonly outputFormat: AudioFormat;
  /** How playback queues. Default: `turn`. */
  readonly policy?: PlayoutPolicy;
  /** Knobs. Default: those of `ENGINE_DEFAULTS`. */
  readonly limits?: EngineLimits;
}

/** The ports of a session; absent ones mean that there is no microphone or no speaker. */
export interface EnginePorts {
  /** Engine events to whoever holds the session. */
  readonly events: PortLike<EngineEvent, undefined>;
  /** Microphone packets in, their memory out. */
  readonly capture?: PortLike<CaptureRecycle, CapturePacket>;
  /** Commands to playback out, its reports in. */
  readonly playback?: PortLike<PlaybackCommand, PlaybackReport>;
}

/** Runs one session on a platform. */
export class EngineHost {
  readonly #platform: WebSocketPlatform & { readonly clock: Clock };
  #engine: Engine | null = null;

  /** A host on a platform that gives sockets and time. */
  constructor(platform: WebSocketPlatform) {
    this.#platform = platform;
  }

  /** Starts the session; resolves with null, or with what went wrong. */
  async start(config: EngineConfig, ports: EnginePorts): Promise<PlainSidetoneError | null> {
    const { transport, ...options } = config;
    const engine = new Engine({
      ...options,
      transport: new WebSocketTransport(transport, this.#platform),
      clock: this.#platform.clock,
      onEvent: (event) => ports.events.postMessage(event),
    });
    this.#engine = engine;
    if (ports.capture !== undefined) engine.attachCapture(ports.capture);
    if (ports.playback !== undefined) engine.attachPlayback(ports.playback);
    try {
      await engine.start();
      return null;
    } catch (error) {
      return SidetoneError.from(error, "internal", "The session could not be started", { fatal: true }).toPlain();
    }
  }

  /** See {@link Engine.interrupt}; before `start` there is nothing to cut. */
  async interrupt(): Promise<Interruption> {
    return this.#engine === null ? { reason: "interrupt", items: [] } : this.#engine.interrupt();
  }

  /** See {@link Engine.send}. */
  send(event: ClientEvent): void {
    this.#engine?.send(event);
  }

  /** See {@link Engine.close}. */
  async close(): Promise<void> {
    await this.#engine?.close();
  }
}
