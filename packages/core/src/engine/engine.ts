/**
 * The heart: microphone packets to events, events to playback, and between the two the interruption.
 *
 * Runs unchanged in a worker, in Node and in tests: ports carry audio, the transport carries events, time is injected. One object is one session.
 *
 * What stands apart: `reply-path.ts` carries replies and cuts them, `uplink.ts` carries the microphone, `answers.ts` waits for the server while starting.
 */
import type { Clock } from "../clock.ts";
import { SidetoneError } from "../errors.ts";
import { playoutLogHeader, playoutLogLine } from "../playout/log-line.ts";
import type { PlayoutPolicy } from "../playout/options.ts";
import type { AudioFormat } from "../protocol/audio-format.ts";
import type { ClientEvent, RealtimeError, RealtimeErrorEvent, ServerEvent, ServerEventType, SessionUpdatedEvent } from "../protocol/events.ts";
import { isFatalError } from "../protocol/limits.ts";
import type { SessionUpdate } from "../protocol/session-config.ts";
import type { Transport, TransportClose } from "../transport/transport.ts";
import { Answers } from "./answers.ts";
import { type EngineLimits, resolveLimits } from "./defaults.ts";
import type {
  CapturePacket,
  CaptureRecycle,
  EngineEvent,
  EngineMeters,
  EngineState,
  Interruption,
  LevelReading,
  PlaybackCommand,
  PlaybackLog,
  PlaybackPosition,
  PlaybackReport,
  PortLike,
} from "./ports.ts";
import { ReplyPath } from "./reply-path.ts";
import { ResponseLatency } from "./response-latency.ts";
import { createStats } from "./stats.ts";
import { isBenignRace } from "./turn.ts";
import { Uplink } from "./uplink.ts";

/** Options of {@link Engine}. */
export interface EngineOptions {
  /** The connection to use; not yet connected. */
  readonly transport: Transport;
  /** Time. */
  readonly clock: Clock;
  /** The session's settings, sent as `session.update` first of all. */
  readonly session: SessionUpdate;
  /** Encoding of the packets that come in. */
  readonly inputFormat: AudioFormat;
  /** Encoding of the deltas that come back. */
  readonly outputFormat: AudioFormat;
  /** Told about everything; plain objects, in order. */
  readonly onEvent: (event: EngineEvent) => void;
  /** How playback queues. With `continuous` audio needs no items, and neither speech nor {@link Engine.interrupt} ends or truncates anything at the server. Default: `turn`. */
  readonly policy?: PlayoutPolicy;
  /** Knobs; see {@link EngineLimits}. */
  readonly limits?: EngineLimits;
}

/** What the meters of a session without a loudspeaker show of it. */
const SILENT = Object.freeze({ rms: 0, peak: 0, itemId: null, contentIndex: 0, heardMs: 0, sounding: false });

/** One session between a person's audio and a realtime server. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #limits: Required<EngineLimits>;
  readonly #stats = createStats();
  readonly #uplink: Uplink;
  readonly #reply: ReplyPath;
  readonly #answers: Answers;
  readonly #latency = new ResponseLatency();
  #state: EngineState = "idle";
  #events = 0;
  #silenceMs = 0;
  /** Item of the conversation at the ear, or the last one heard. */
  #itemAtEar: string | null = null;
  #cancelStats: (() => void) | null = null;
  #connected = false;
  #logging = false;

  /** A session that has not started. @throws {TypeError} or {RangeError} for wrong limits. */
  constructor(options: EngineOptions) {
    this.#options = options;
    this.#limits = resolveLimits(options.limits ?? {});
    this.#uplink = new Uplink(options.inputFormat, this.#limits, this.#stats, (error) => this.#report(error));
    this.#answers = new Answers(options.clock, this.#limits.answerTimeoutMs);
    this.#reply = new ReplyPath({
      format: options.outputFormat,
      policy: options.policy ?? "turn",
      stats: this.#stats,
      send: (event) => this.send(event),
      eventId: () => this.#eventId(),
      tellsServer: () => this.#state === "open" && options.transport.capabilities.truncation === "client",
      onInterrupted: (interruption) => options.onEvent({ type: "interrupted", interruption }),
      onPlayed: (responseId, playout) => options.onEvent({ type: "played", responseId, playout }),
    });
  }

  /** Where the session stands. */
  get state(): EngineState {
    return this.#state;
  }

  /** Takes microphone packets from `port`; may be called before {@link start}, what comes is held. */
  attachCapture(port: PortLike<CaptureRecycle, CapturePacket>): void {
    this.#uplink.attach(port);
    this.#uplink.onPacket = () => {
      // With a loudspeaker its reports are the beat of the meters; without one the packets are.
      if (!this.#reply.attached) this.#meter(SILENT);
    };
  }

  /** Sends reply audio to `port`. */
  attachPlayback(port: PortLike<PlaybackCommand, PlaybackReport>): void {
    this.#reply.attach(port, (report) => {
      if (report.type === "position") this.#positioned(report);
      else if (report.type === "stats") this.#stats.playout = report.stats.packetsReceived === 0 ? null : { ...report.stats };
      else this.#logged(report);
    });
  }

  /**
   * Connects, configures the session, and lets held audio go. Resolves when the server has confirmed the settings; rejects with a fatal SidetoneError otherwise
   * (`connect-failed`, `connect-timeout`, `auth-failed`, `connection-lost`, `server-error`, `closed`).
   */
  async start(): Promise<void> {
    if (this.#state !== "idle") throw new SidetoneError("closed", `start() was called in state "${this.#state}"; a session starts once.`, { fatal: true });
    this.#become("connecting");
    const { transport } = this.#options;
    try {
      const created = this.#answers.expect("session.created");
      await transport.connect({
        onEvent: (event) => this.#received(event),
        onError: (error) => {
          if (error.code === "malformed-event") this.#stats.malformedEvents++;
          this.#report(error);
        },
        onClose: (close) => this.#closed(close),
      });
      this.#connected = true;
      await created();
      const updated = this.#answers.expect("session.updated");
      this.send({ type: "session.update", session: this.#options.session });
      await updated();
    } catch (error) {
      const failure = SidetoneError.from(error, "internal", "The session could not be started", { fatal: true });
      if (this.state === "connecting") this.#fail(failure);
      await transport.close();
      throw failure;
    }
    this.#uplink.open(transport);
    this.#become("open");
    this.#tick();
  }

  /** Stops the reply now: cancels a response under way, cuts playback, tells the server what was heard. Resolves with what was cut; nothing playing is not an error. */
  interrupt(): Promise<Interruption> {
    const active = this.#reply.activeResponseId;
    if (active !== null) this.send({ type: "response.cancel", event_id: this.#eventId(), response_id: active });
    return this.#reply.cut("interrupt");
  }

  /** Sends any client event; dropped when there is no connection. Audio is normally the uplink's business, but an append of one's own is sent as it is. */
  send(event: ClientEvent): void {
    if (!this.#connected || (this.#state !== "open" && this.#state !== "connecting")) return;
    this.#options.transport.send(event);
    if (event.type !== "input_audio_buffer.append") this.#options.onEvent({ type: "client-event", event });
  }

  /** Ends the session; idempotent. */
  async close(): Promise<void> {
    if (this.#state === "closing" || this.#state === "closed") return;
    const failed = this.#state === "failed";
    if (!failed) this.#become("closing");
    this.#stop(new SidetoneError("closed", "The session was closed.", { fatal: true }));
    await this.#options.transport.close();
    if (!failed) this.#become("closed");
  }

  /** The app sees every event, and sees it first; whatever is wrong with it must not stop the stream: it is reported and skipped. */
  #received(event: ServerEvent): void {
    this.#stats.eventsReceived++;
    this.#options.onEvent({ type: "server-event", event: event.type === "response.output_audio.delta" ? { ...event, delta: "" } : event });
    try {
      this.#reply.observe(event);
      this.#handle(event);
    } catch (error) {
      this.#stats.malformedEvents++;
      this.#report(SidetoneError.from(error, "malformed-event", `A ${event.type} event could not be handled and was skipped`));
    }
  }

  #handle(event: ServerEvent): void {
    switch (event.type) {
      case "response.output_audio.delta":
        this.#reply.delta(event);
        return;
      case "response.output_audio.done":
        this.#reply.partDone(event.response_id, event.item_id, event.content_index);
        break;
      case "response.done":
        this.#reply.responseDone(event.response.id ?? "");
        break;
      case "session.created":
        this.#adopt(event.session);
        break;
      case "session.updated":
        this.#adopt(event.session);
        this.#checkFormats(event.session);
        break;
      case "input_audio_buffer.speech_started":
        if (this.#reply.speechInterrupts) void this.#reply.cut("speech_started");
        break;
      case "input_audio_buffer.speech_stopped":
        this.#latency.speechStopped(event.audio_end_ms, this.#silenceMs, this.#stats.sentMs, this.#options.clock.nowMs(), this.#itemAtEar);
        break;
      case "error":
        this.#serverError(event);
        return;
    }
    this.#answers.came(event.type as ServerEventType);
  }

  /** Takes over the settings in effect. */
  #adopt(session: SessionUpdatedEvent["session"]): void {
    const detection = session.audio?.input?.turn_detection;
    this.#silenceMs = detection?.type === "server_vad" ? (detection.silence_duration_ms ?? 0) : 0;
  }

  /** Says so when the server speaks another encoding than it was asked for, or the app asked for another one later: it would be noise. */
  #checkFormats(session: SessionUpdatedEvent["session"]): void {
    const { inputFormat, outputFormat } = this.#options;
    const output = session.type === "realtime" ? session.audio?.output?.format : undefined;
    for (const [side, format, own] of [
      ["input", session.audio?.input?.format, inputFormat],
      ["output", output, outputFormat],
    ] as const) {
      if (format === undefined || format.type === own.type) continue;
      const hint = "Set session.audio formats when the pipeline is made; they cannot change later.";
      this.#report(new SidetoneError("format-mismatch", `The server's ${side} format is ${format.type}, this session was made for ${own.type}. ${hint}`));
    }
  }

  #positioned(position: PlaybackPosition): void {
    const stats = this.#stats;
    stats.underruns = position.underruns;
    stats.underrunMs = position.underrunMs;
    stats.playedMs = position.playedMs;
    stats.bufferedMs = position.bufferedMs;
    stats.outputLatencyMs = position.outputLatencyMs;
    if (position.itemId !== null && !this.#reply.isOutside(position.itemId)) {
      this.#itemAtEar = position.itemId;
      this.#latency.heard(position.itemId, position.heardMs, this.#options.clock.nowMs());
    }
    stats.responseLatencyMs = this.#latency.lastMs;
    this.#meter(position);
  }

  #logged(report: PlaybackLog): void {
    const lines = report.inputs.map(playoutLogLine);
    if (!this.#logging) lines.unshift(playoutLogHeader(report));
    this.#logging = true;
    this.#options.onEvent({ type: "playout-log", lines });
  }

  #meter({ rms, peak, itemId, contentIndex, heardMs, sounding }: Omit<EngineMeters, "type" | "input" | "output"> & LevelReading): void {
    const { level } = this.#uplink;
    const input = { rms: level.rms, peak: level.peak };
    this.#options.onEvent({ type: "meters", input, output: { rms, peak }, itemId, contentIndex, heardMs, sounding });
  }

  #serverError(event: RealtimeErrorEvent): void {
    const { error } = event;
    if (this.#state === "open" && isBenignRace(error)) {
      this.#stats.benignErrors++;
      return;
    }
    const fatal = this.#state === "connecting" || isFatalError(error);
    const code = error.code === "invalid_api_key" ? "auth-failed" : "server-error";
    const failure = new SidetoneError(code, `The server says: ${error.message}`, { fatal });
    if (this.#state === "connecting") this.#answers.end(failure);
    else if (fatal && this.#state === "open") this.#fail(failure, error);
    else this.#options.onEvent({ type: "error", error: failure.toPlain(), serverError: error });
  }

  #closed(close: TransportClose): void {
    const failure = close.error ?? new SidetoneError("connection-lost", "The connection ended.", { fatal: true });
    if (this.#state === "connecting") this.#answers.end(failure);
    else if (this.#state === "open") this.#fail(failure);
  }

  #fail(error: SidetoneError, serverError?: RealtimeError): void {
    this.#stop(error);
    this.#options.onEvent({ type: "error", error: error.toPlain(), ...(serverError === undefined ? {} : { serverError }) });
    this.#become("failed");
  }

  #stop(error: SidetoneError): void {
    this.#uplink.suspend();
    this.#connected = false;
    if (this.#cancelStats !== null) this.#options.onEvent({ type: "stats", stats: { ...this.#stats } });
    this.#cancelStats?.();
    this.#cancelStats = null;
    this.#answers.end(error);
    this.#reply.end();
  }

  #tick(): void {
    if (this.#state !== "open") return;
    this.#cancelStats = this.#options.clock.after(this.#limits.statsIntervalMs, () => this.#tick());
    this.#uplink.drain();
    this.#options.onEvent({ type: "stats", stats: { ...this.#stats } });
  }

  #report(error: SidetoneError): void {
    this.#options.onEvent({ type: "error", error: error.toPlain() });
  }

  #become(state: EngineState): void {
    this.#state = state;
    this.#options.onEvent({ type: "state", state });
  }

  #eventId(): string {
    return `sidetone_${++this.#events}`;
  }
}
