/** How a pipeline reaches its engine, wherever that runs. */
import type { CapturePacket, CaptureRecycle, EngineConfig, EngineEvent, Interruption, PlaybackCommand, PlaybackReport, PortLike } from "@sidetone/core/engine";
import type { ClientEvent } from "@sidetone/core/protocol";
import type { KeyCarrier } from "./transport/websocket.ts";

/** Which ports a session needs. */
export interface EngineWiring {
  readonly capture: boolean;
  readonly playback: boolean;
}

/** An engine that can run one session. */
export interface EngineClient {
  /** The device's end of the capture port. */
  readonly capturePort: PortLike<CapturePacket, CaptureRecycle>;
  /** The device's end of the playback port. */
  readonly playbackPort: PortLike<PlaybackReport, PlaybackCommand>;
  /** Resolves when the session is open; rejects with a fatal SidetoneError. */
  start(config: EngineConfig, wiring: EngineWiring): Promise<void>;
  /** Cuts the reply; see `Pipeline.interrupt`. */
  interrupt(): Promise<Interruption>;
  /** Sends a client event. */
  send(event: ClientEvent): void;
  /** Ends the session and frees the engine; idempotent. */
  close(): Promise<void>;
}

/** Makes engines. */
export interface EngineLauncher {
  /** How connections made by this engine can carry a key. */
  readonly keyCarrier: KeyCarrier;
  /** An engine whose events go to `onEvent`. */
  launch(onEvent: (event: EngineEvent) => void): EngineClient;
}
