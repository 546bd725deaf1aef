/**
 * A Live session: takes messages from the client's connection and from sidebands, and sends what it hears and says on one timeline. For each frame that it hears it sends
 * one frame, silence included; without input, time stands still. Nothing that comes over the wire throws out of `receive`.
 */
import { encodeBase64 } from "@sidetone/core/dsp";
import { PROTOCOL_LIMITS } from "@sidetone/core/protocol";
import { encodeWire } from "../audio.ts";
import type { EmulatorClock } from "../clock.ts";
import { asWireError, WireError } from "../errors.ts";
import type { Ids } from "../ids.ts";
import type { Random } from "../random.ts";
import { InputTape } from "../record/input-tape.ts";
import type { EventLog } from "../record/log.ts";
import type { CloseRecord } from "../record/record.ts";
import { parseMessage } from "../session/client-events.ts";
import { TRACK_FORMAT } from "../session/context.ts";
import { audioBytes } from "../session/item-schema.ts";
import { FramePump } from "../streaming/frame-pump.ts";
import { Hub } from "../streaming/hub.ts";
import type { Vad } from "../vad/vad.ts";
import type { Voice } from "../voices/voice.ts";
import type { Attachment, SessionWire } from "../wire.ts";
import { LIVE_BEHAVIOUR, LiveAudio, type LiveSpan } from "./live-audio.ts";
import { type AppendKind, type LiveIncoming, liveIncoming } from "./live-client-events.ts";
import { type LiveConfig, startedConfig, updatedConfig } from "./live-config.ts";
import { LiveDecisions } from "./live-decisions.ts";
import type { LiveCloseReason, LiveEventBody, LiveServerEvent, LiveSessionResource, TranscriptType } from "./live-events.ts";
import { fixtureSamples, LIVE_RATE, LiveDecoder, LiveEncoder } from "./live-format.ts";
import { LiveMind } from "./live-mind.ts";
import type { LiveSessionRecord } from "./live-record.ts";

/** What a Live session is made of. */
export interface LiveSessionOptions {
  readonly ids: Ids;
  readonly random: Random;
  readonly voice: Voice;
  readonly createVad: () => Vad;
  readonly clock: EmulatorClock;
  /** Time since the emulator started, in ms. */
  nowMs(): number;
  readonly logLimit: number;
  readonly sharedLog: EventLog;
  /** Audio kept for the record, in ms, each way. */
  readonly recordLimitMs: number;
  /** Longest life of the session, in ms. */
  readonly limitMs: number;
  /** Where the model's voice goes when it goes by a media track: frames of 24 kHz. Default: `session.output_audio.delta`. */
  readonly onAudio?: (samples: Int16Array) => void;
}

/** What lives from `session.start` on. */
interface Started {
  readonly decoder: LiveDecoder;
  readonly encoder: LiveEncoder;
  readonly pump: FramePump;
  readonly audio: LiveAudio;
  readonly mind: LiveMind;
}

/** From one usage event to the next, in ms of the timeline. */
const USAGE_EVERY_MS = 10_000;
/** Input that may wait when a client sends faster than real time, in ms. */
const BACKLOG_MAX_MS = 600_000;
/** Messages that a sideband may not send, since they belong to the client's own connection. */
const PRIMARY_ONLY: ReadonlySet<string> = new Set(["session.start", "session.input_audio.append"]);

/** A Live session and its record. */
export class LiveSession implements LiveSessionRecord {
  readonly id: string;
  readonly openedAtMs: number;
  readonly input: InputTape;
  readonly output: InputTape;
  readonly #options: LiveSessionOptions;
  readonly #hub: Hub;
  readonly #wires = new Set<SessionWire>();
  readonly #decisions: LiveDecisions;
  readonly #cancelExpiry: () => void;
  readonly #expiresAt: number;
  #started: Started | null = null;
  #config: LiveConfig | null = null;
  #closed: CloseRecord | null = null;
  #fixtureAnswers: string | undefined;
  #usageMs = 0;

  constructor(options: LiveSessionOptions) {
    const { ids, logLimit, sharedLog, recordLimitMs, clock, limitMs } = options;
    this.#options = options;
    this.id = ids.next("live");
    this.openedAtMs = options.nowMs();
    this.#hub = new Hub({ sessionId: this.id, nowMs: options.nowMs, logLimit, sharedLog });
    this.input = new InputTape(recordLimitMs);
    this.output = new InputTape(recordLimitMs);
    this.#decisions = new LiveDecisions({
      ids,
      random: options.random.fork("questions"),
      config: () => this.#config as LiveConfig,
      send: (event, answers) => this.#deliver(event, answers),
    });
    this.#expiresAt = Math.floor((Date.now() + limitMs) / 1000);
    this.#cancelExpiry = clock.after(limitMs, () => this.finish("expired"));
  }

  get log(): EventLog {
    return this.#hub.log;
  }

  get config(): LiveConfig | null {
    return this.#config;
  }

  get closed(): CloseRecord | null {
    return this.#closed;
  }

  get timelineMs(): number {
    return this.#started?.audio.timelineMs ?? 0;
  }

  /** Adds a connection. A sideband of a session that has started is told its settings. */
  attach(wire: SessionWire): Attachment {
    this.#wires.add(wire);
    if (wire.kind === "sideband" && this.#config !== null) this.#deliver({ type: "session.started", session: this.#resource() }, undefined, [wire]);
    return {
      receive: (data) => this.#receive(data, wire),
      ended: (code) => {
        this.#wires.delete(wire);
        if (wire.kind !== "sideband") this.finish(code === 1000 || code === 1001 || code === 1005 ? "remote_hangup" : "connection_lost");
      },
    };
  }

  /** Starts the session with the settings of a `session.start`. @throws {WireError} when they are refused, or the session has started. */
  start(settings: unknown, answers?: string): void {
    if (this.#started !== null) throw new WireError("The session has already started.", { code: "session_already_started" });
    this.#config = startedConfig(settings, "session");
    const { clock, createVad, voice, ids, random } = this.#options;
    const { format } = this.#config.audio;
    const audio = new LiveAudio({
      createVad,
      onTurn: (clip, span, answered) => mind.heard(clip, answered, (words) => this.#transcript("session.input_transcript.delta", words, span)),
      onYield: () => mind.abort(),
      onFrame: (...frame) => this.#onFrame(...frame),
      onFixturePlayed: () => this.#deliver({ type: "session.output_audio.fixture.played" }, this.#fixtureAnswers),
    });
    const mind = new LiveMind({
      voice: voice.open?.({ id: this.id, model: this.#config.model, seed: random.fork("voice").uint32() }) ?? voice,
      ids,
      random: random.fork("decisions"),
      config: () => this.#config as LiveConfig,
      timelineMs: () => audio.timelineMs,
      send: (event) => this.#deliver(event),
      speak: (message, leadMs) => audio.speak(message.text, message.audio, leadMs),
      failed: (error) => this.#deliver({ type: "error", error: liveError(error) }),
    });
    const pump = new FramePump({ clock, rate: LIVE_RATE, frameMs: LIVE_BEHAVIOUR.frameMs, onFrame: (samples) => audio.frame(samples) });
    this.#started = { decoder: new LiveDecoder(format), encoder: new LiveEncoder(format), pump, audio, mind };
    this.#deliver({ type: "session.started", session: this.#resource() }, answers);
    if (this.#config.store) {
      this.#deliver({
        type: "info",
        code: "store_not_supported",
        message: "This emulator keeps no recording of the session and cannot fork it; `store` has no effect.",
      });
    }
  }

  /** Hears audio of a media track: 24 kHz, mono. */
  hear(samples: Int16Array): void {
    if (this.#closed !== null || this.#started === null) return;
    this.input.append(samples, samples.length * 2, TRACK_FORMAT, this.#hub.nowMs);
    const sidebands = this.#sidebands();
    if (sidebands.length > 0) this.#send({ type: "session.input_audio.append", audio: base64(samples) }, sidebands);
    this.#started.pump.push(samples);
  }

  /** Ends the session and says why, on the connections that are left. Idempotent. */
  finish(reason: LiveCloseReason, answers?: string): void {
    if (this.#closed !== null) return;
    if (this.#config !== null) this.#deliver({ type: "session.closed", reason, session: this.#resource(), usage: this.#usage() }, answers);
    this.end(1000, reason);
  }

  /** Ends the session without a word. Idempotent. */
  end(code: number, reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = { atMs: this.#hub.nowMs, code, reason };
    this.#cancelExpiry();
    this.#started?.pump.close();
    this.#started?.mind.abort();
    for (const wire of this.#wires) wire.close(code, reason);
    this.#wires.clear();
  }

  #receive(data: string | null, wire: SessionWire): void {
    if (this.#closed !== null) return;
    let answers: string | undefined;
    let logged = false;
    try {
      if (data === null) throw new WireError("Expected text messages, but got a binary one.", { code: "invalid_json" });
      const message = parseMessage(data);
      this.#hub.received(message);
      logged = true;
      if (typeof message.event_id === "string") answers = message.event_id;
      const event = liveIncoming(message, "");
      if (wire.kind === "sideband" && PRIMARY_ONLY.has(event.type)) {
        throw new WireError(`The event '${event.type}' is only available on the primary connection.`, { code: "invalid_value", param: "type" });
      }
      if (event.type === "session.start") this.start(event.session, answers);
      else if (this.#started === null) throw new WireError("The session has not started: send 'session.start' first.", { code: "session_not_started" });
      else this.#handle(event, answers, this.#started);
    } catch (error) {
      if (!logged) this.#hub.received(null);
      const wrong = asWireError(error);
      this.#deliver({ type: "error", error: { ...liveError(wrong), ...(answers !== undefined && { client_event_id: answers }) } }, answers, [wire]);
    }
  }

  #handle(event: LiveIncoming, answers: string | undefined, started: Started): void {
    const { audio, mind } = started;
    switch (event.type) {
      case "session.update":
        this.#config = updatedConfig(this.#config as LiveConfig, event.session);
        this.#deliver({ type: "session.updated", session: this.#resource() }, answers);
        break;
      case "session.input_audio.append":
        this.#hearBase64(event.audio, started);
        break;
      case "session.input_audio.mute":
      case "session.input_audio.unmute":
        audio.muted = event.type === "session.input_audio.mute";
        this.#deliver({ type: audio.muted ? "session.input_audio.muted" : "session.input_audio.unmuted" }, answers);
        break;
      case "session.instructions.append":
      case "session.thinking.append":
      case "session.commentary.append":
        this.#append(event, answers, started);
        break;
      case "session.output_audio.fixture.play":
        this.#playFixture(event.audio, answers, started);
        break;
      case "response.item.create":
        mind.addResponseItem(event.item);
        break;
      case "response.create":
        mind.createResponse();
        break;
      case "decision.create":
      case "decision.item.create":
      case "decision.item.delete":
        this.#decisions.handle(event, answers);
        break;
      case "session.close":
        this.finish("close_requested", answers);
        break;
      case "transport.dtmf.send":
        throw new WireError("The event 'transport.dtmf.send' is only available for SIP calls.", { code: "invalid_value", param: "type" });
    }
  }

  #hearBase64(base64: string, { decoder, pump }: Started): void {
    if (base64.length > Math.ceil(PROTOCOL_LIMITS.appendMaxBytes / 3) * 4) {
      const message = `Invalid 'audio': at most ${PROTOCOL_LIMITS.appendMaxBytes} bytes of audio are allowed in one event.`;
      throw new WireError(message, { code: "string_above_max_length", param: "audio" });
    }
    if (pump.backlogMs > BACKLOG_MAX_MS) {
      throw new WireError("Too much audio is waiting: send it in real time.", { code: "input_audio_too_fast", param: "audio" });
    }
    this.hear(decoder.decode(audioBytes(base64, "audio")));
  }

  #append({ type, content, delegation_id }: Extract<LiveIncoming, { content: string }>, answers: string | undefined, { audio, mind }: Started): void {
    if (audio.fixtureActive) throw new WireError("Context cannot be appended while an audio fixture is playing.", { code: "fixture_active" });
    const kind = type.split(".")[1] as AppendKind;
    const atMs = audio.timelineMs;
    mind.append(kind, content, delegation_id, () => this.#deliver({ type: `session.${kind}.appended`, start_ms: atMs, end_ms: atMs }, answers));
  }

  #playFixture(base64: string, answers: string | undefined, { audio, mind }: Started): void {
    if (audio.fixtureActive) throw new WireError("An audio fixture is already playing.", { code: "fixture_active" });
    const samples = fixtureSamples(base64, LIVE_BEHAVIOUR.fixtureMaxMs);
    mind.abort();
    audio.playFixture(samples);
    this.#fixtureAnswers = answers;
    this.#deliver({ type: "session.output_audio.fixture.playing" }, answers);
  }

  #onFrame(samples: Int16Array, text: string, span: LiveSpan): void {
    if (text !== "") this.#transcript("session.output_transcript.delta", text, span);
    this.output.append(samples, samples.length * 2, TRACK_FORMAT, this.#hub.nowMs);
    const sidebands = this.#sidebands();
    if (sidebands.length > 0) this.#send({ type: "session.output_audio.delta", delta: base64(samples), ...span }, sidebands);
    if (this.#options.onAudio !== undefined) this.#options.onAudio(samples);
    else {
      const bytes = (this.#started as Started).encoder.encode(samples);
      const primary = [...this.#wires].filter(({ kind }) => kind !== "sideband");
      if (bytes.length > 0) this.#send({ type: "session.output_audio.delta", delta: encodeBase64(bytes) }, primary);
    }
    if (span.end_ms - this.#usageMs < USAGE_EVERY_MS) return;
    this.#usageMs = span.end_ms;
    this.#deliver({ type: "session.usage.updated", usage: this.#usage() });
  }

  #transcript(type: TranscriptType, delta: string, span: LiveSpan): void {
    this.#decisions.trigger(type, this.#deliver({ type, delta, ...span }));
  }

  #sidebands(): SessionWire[] {
    return [...this.#wires].filter(({ kind }) => kind === "sideband");
  }

  #usage(): { seconds: number } {
    return { seconds: this.timelineMs / 1000 };
  }

  #resource(): LiveSessionResource {
    return { id: this.id, expires_at: this.#expiresAt, status: "active", ...(this.#config as LiveConfig) };
  }

  #deliver(event: LiveEventBody, answers?: string, wires: Iterable<SessionWire> = this.#wires): string {
    const id = this.#options.ids.next("event");
    this.#send({ event_id: id, ...event, ...(answers !== undefined && { client_event_id: answers }) }, wires);
    return id;
  }

  #send(event: LiveServerEvent, wires: Iterable<SessionWire>): void {
    this.#hub.send(event, wires);
  }
}

function liveError({ type, code, message, param }: WireError): { type: string; code: string; message: string; param?: string } {
  return { type, code: code ?? "invalid_request", message, ...(param !== null && { param }) };
}

function base64(samples: Int16Array): string {
  return encodeBase64(encodeWire(samples, TRACK_FORMAT));
}
