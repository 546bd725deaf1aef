/**
 * The seams between a pipeline and where sound comes from and goes to. Sources and sinks know samples, not events.
 */
import type { SidetoneError } from "@sidetone/core";
import type { CapturePacket, CaptureRecycle, PlaybackCommand, PlaybackReport, PortLike } from "@sidetone/core/engine";
import type { PlayoutOptions } from "@sidetone/core/playout";
import type { AudioFormat } from "@sidetone/core/protocol";

/** What a pipeline gives a source. */
export interface SourceContext {
  /** Encoding that the session wants. */
  readonly format: AudioFormat;
  /** Where packets go. In a browser it is a MessagePort and is transferred on to the audio thread. */
  readonly port: PortLike<CapturePacket, CaptureRecycle>;
  /** Takes trouble that comes after `open`, such as a microphone that was unplugged. */
  report(error: SidetoneError): void;
}

/** Where a person's voice comes from. */
export interface Source {
  /** Version of this contract. */
  readonly specVersion: 1;
  /** Starts capturing. Rejects with a SidetoneError such as `microphone-denied`. */
  open(context: SourceContext): Promise<void>;
  /** From now on sends silence in the voice's place. */
  mute(): void;
  /** Sends the voice again. */
  unmute(): void;
  /** Stops; idempotent. */
  close(): Promise<void>;
}

/** What a pipeline gives a sink. */
export interface SinkContext {
  /** Encoding that the server sends; the sink gets it decoded, at this format's rate. */
  readonly format: AudioFormat;
  /** Where replies come from. In a browser it is a MessagePort and is transferred on to the audio thread. */
  readonly port: PortLike<PlaybackReport, PlaybackCommand>;
  /** Knobs of the playback buffer. */
  readonly playout: PlayoutOptions;
  /** Takes trouble that comes after `open`. */
  report(error: SidetoneError): void;
}

/** Where replies are played. */
export interface Sink {
  /** Version of this contract. */
  readonly specVersion: 1;
  /** Starts playing. Rejects with a SidetoneError. */
  open(context: SinkContext): Promise<void>;
  /** Stops; idempotent. */
  close(): Promise<void>;
}
