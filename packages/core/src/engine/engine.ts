/**
 * The heart: microphone packets to events, events to playback, and between the two the interruption.
 *
 * Runs unchanged in a worker, in Node and in tests: ports carry audio, the transport carries events, time is injected. One object is one session.
 *
 * Interruption, in one round trip and without a timer: `speech_started` (or `interrupt()`) marks every response under way as cut, asks playback to stop, and playback
 * answers with what was heard; that goes to the server as `conversation.item.truncate`, or `conversation.item.delete` where nothing was heard. Late deltas are dropped.
 */
import type { Clock } from "../clock.ts";
import { SidetoneError } from "../errors.ts";
import type { AudioFormat } from "../protocol/audio-format.ts";
import type {
  ClientEvent,
  RealtimeError,
  RealtimeErrorEvent,
  ResponseOutputAudioDeltaEvent,
  ServerEvent,
  ServerEventType,
  SessionUpdatedEvent,
} from "../protocol/events.ts";
import { isFatalError } from "../protocol/limits.ts";
import type { SessionUpdate } from "../protocol/session-config.ts";
import type { Transport, TransportClose } from "../transport/transport.ts";
import { type EngineLimits, resolveLimits } from "./defaults.ts";
import { Downlink } from "./downlink.ts";
import type {
  CapturePacket,
  CaptureRecycle,
  EngineEvent,
  EngineMeters,
  EngineState,
  Interruption,
  InterruptReason,
  LevelReading,
  PlaybackCommand,
  PlaybackFlushed,
  PlaybackPosition,
  PlaybackReport,
  PortLike,
} from "./ports.ts";
import { ResponseLatency } from "./response-latency.ts";
import { createStats } from "./stats.ts";
import { isBenignRace, Turn, truncationEvent } from "./turn.ts";
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
  /** Knobs; see {@link EngineLimits}. */
  readonly limits?: EngineLimits;
}

/** What the meters of a session without a loudspeaker show of it. */
const SILENT = Object.freeze({ rms: 0, peak: 0, itemId: null, contentIndex: 0, heardMs: 0, sounding: false });

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: SidetoneError) => void;
}

/** One session between a person's audio and a realtime server. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #limits: Required<EngineLimits>;
  readonly #stats = createStats();
  readonly #uplink: Uplink;
  readonly #downlink: Downlink;
  readonly #turn = new Turn();
  readonly #latency = new ResponseLatency();
  readonly #pendingFlushes = new Map<number, { reason: InterruptReason; hadResponse: boolean; done: (interruption: Interruption) => void }>();
  readonly #waiters = new Map<ServerEventType, Waiter>();
  #playback: PortLike<PlaybackCommand, PlaybackReport> | null = null;
  #state: EngineState = "idle";
  #flushes = 0;
  #events = 0;
  #silenceMs = 0;
  #itemAtEar: string | null = null;
  #cancelStats: (() => void) | null = null;
  #connected = false;
  /** Why the session ended, from the moment on that it is known; a start under way finds it at its next step. */
  #endedBy: SidetoneError | null = null;

  /** A session that has not started. @throws {TypeError} or {RangeError} for wrong limits. */
  constructor(options: EngineOptions) {
    this.#options = options;
    this.#limits = resolveLimits(options.limits ?? {});
    this.#uplink = new Uplink(options.inputFormat, this.#limits, this.#stats, (error) => this.#report(error));
    this.#downlink = new Downlink(options.outputFormat, this.#stats, {
      postMessage: (command, transfer = []) => this.#playback?.postMessage(command, transfer),
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
      if (this.#playback === null) this.#meter(SILENT);
    };
  }

  /** Sends reply audio to `port`. */
  attachPlayback(port: PortLike<PlaybackCommand, PlaybackReport>): void {
    this.#playback = port;
    port.onmessage = (event) => {
      if (event.data.type === "flushed") this.#flushed(event.data);
      else this.#positioned(event.data);
    };
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
      const created = this.#expect("session.created");
      await transport.connect({
        onEvent: (event) => this.#received(event),
        onError: (error) => {
          if (error.code === "malformed-event") this.#stats.malformedEvents++;
          this.#report(error);
        },
        onClose: (close) => this.#closed(close),
      });
      this.#connected = true;
      await this.#answered(created, "session.created");
      this.#checkNotEnded();
      const updated = this.#expect("session.updated");
      this.send({ type: "session.update", session: this.#options.session });
      await this.#answered(updated, "session.updated");
      this.#checkNotEnded();
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
    const active = this.#turn.activeResponseId;
    if (active !== null) this.send({ type: "response.cancel", event_id: this.#eventId(), response_id: active });
    return this.#cut("interrupt");
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
      this.#turn.observe(event);
      this.#handle(event);
    } catch (error) {
      this.#stats.malformedEvents++;
      this.#report(SidetoneError.from(error, "malformed-event", `A ${event.type} event could not be handled and was skipped`));
    }
  }

  #handle(event: ServerEvent): void {
    switch (event.type) {
      case "response.output_audio.delta":
        this.#audio(event);
        return;
      case "response.output_audio.done":
        if (this.#turn.endPart(event.response_id, event.item_id, event.content_index ?? 0)) this.#downlink.done(event.item_id, event.content_index ?? 0);
        break;
      case "response.done":
        this.#responseDone(event.response.id ?? "");
        break;
      case "session.created":
        this.#adopt(event.session);
        break;
      case "session.updated":
        this.#adopt(event.session);
        this.#checkFormats(event.session);
        break;
      case "input_audio_buffer.speech_started":
        if (this.#turn.speechInterrupts) void this.#cut("speech_started");
        break;
      case "input_audio_buffer.speech_stopped":
        this.#latency.speechStopped(event.audio_end_ms, this.#silenceMs, this.#stats.sentMs, this.#options.clock.nowMs(), this.#itemAtEar);
        break;
      case "error":
        this.#serverError(event);
        return;
    }
    this.#waiters.get(event.type as ServerEventType)?.resolve();
  }

  #audio(event: ResponseOutputAudioDeltaEvent): void {
    const { item_id: itemId, content_index: contentIndex = 0 } = event;
    // Without its item a sound can neither be placed nor truncated.
    if (typeof itemId !== "string") throw new SidetoneError("malformed-event", "An audio delta does not say to which item it belongs; it was skipped.");
    const verdict = this.#turn.delta(event.response_id, itemId, contentIndex);
    if (verdict === "late") this.#stats.lateDeltas++;
    else if (verdict === "play") this.#downlink.delta(itemId, contentIndex, event.delta);
    else throw new SidetoneError("malformed-event", `An audio delta of item ${itemId} came after the end of its audio; it was skipped.`);
  }

  /** A response that ended early may leave out the events of its parts; whatever it had is complete now. */
  #responseDone(responseId: string): void {
    const { parts, unheard } = this.#turn.end(responseId);
    for (const part of parts) this.#downlink.done(part.itemId, part.contentIndex);
    if (this.#state !== "open" || this.#options.transport.capabilities.truncation !== "client") return;
    // Audio of these items came only after the cut; the model must not believe that it was heard.
    for (const itemId of unheard) this.send({ type: "conversation.item.delete", event_id: this.#eventId(), item_id: itemId });
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

  #cut(reason: InterruptReason): Promise<Interruption> {
    const hadResponse = this.#turn.cut();
    return new Promise((resolve) => {
      const requestId = ++this.#flushes;
      this.#pendingFlushes.set(requestId, { reason, hadResponse, done: resolve });
      if (this.#playback === null) this.#flushed({ type: "flushed", requestId, report: { items: [] } });
      else this.#playback.postMessage({ type: "flush", requestId });
    });
  }

  #flushed({ requestId, report }: PlaybackFlushed): void {
    const pending = this.#pendingFlushes.get(requestId);
    if (pending === undefined) return;
    this.#pendingFlushes.delete(requestId);
    const { transport } = this.#options;
    const items = this.#turn.settle(report, this.#state === "open" && transport.capabilities.truncation === "client");
    for (const item of items) {
      const event = truncationEvent(item, this.#eventId());
      if (event === null) continue;
      this.send(event);
      if (event.type === "conversation.item.truncate") this.#stats.truncations++;
    }
    const interruption = { reason: pending.reason, items };
    if (items.length > 0 || pending.hadResponse) {
      this.#stats.interruptions++;
      this.#options.onEvent({ type: "interrupted", interruption });
    }
    pending.done(interruption);
  }

  #positioned(position: PlaybackPosition): void {
    const stats = this.#stats;
    stats.underruns = position.underruns;
    stats.underrunMs = position.underrunMs;
    stats.playedMs = position.playedMs;
    stats.bufferedMs = position.bufferedMs;
    stats.outputLatencyMs = position.outputLatencyMs;
    this.#itemAtEar = position.itemId;
    this.#latency.heard(position.itemId, position.heardMs, this.#options.clock.nowMs());
    stats.responseLatencyMs = this.#latency.lastMs;
    this.#meter(position);
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
    if (this.#state === "connecting") this.#end(failure);
    else if (fatal && this.#state === "open") this.#fail(failure, error);
    else this.#options.onEvent({ type: "error", error: failure.toPlain(), serverError: error });
  }

  #closed(close: TransportClose): void {
    const failure = close.error ?? new SidetoneError("connection-lost", "The connection ended.", { fatal: true });
    if (this.#state === "connecting") this.#end(failure);
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
    this.#end(error);
    for (const [requestId] of this.#pendingFlushes) this.#flushed({ type: "flushed", requestId, report: { items: [] } });
  }

  /** Nobody is to wait for an answer any more, also not a start that is between two answers. */
  #end(error: SidetoneError): void {
    this.#endedBy ??= error;
    for (const waiter of this.#waiters.values()) waiter.reject(error);
  }

  #checkNotEnded(): void {
    if (this.#endedBy !== null) throw this.#endedBy;
  }

  #expect(type: ServerEventType): Promise<void> {
    const promise = new Promise<void>((resolve, reject) => this.#waiters.set(type, { resolve, reject }));
    promise.catch(() => undefined); // it may be rejected before anyone awaits it
    return promise;
  }

  async #answered(promise: Promise<void>, type: ServerEventType): Promise<void> {
    const { answerTimeoutMs } = this.#limits;
    const cancel = this.#options.clock.after(answerTimeoutMs, () =>
      this.#waiters.get(type)?.reject(new SidetoneError("connect-timeout", `The server sent no ${type} within ${answerTimeoutMs} ms.`, { fatal: true })),
    );
    try {
      await promise;
    } finally {
      cancel();
      this.#waiters.delete(type);
    }
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
