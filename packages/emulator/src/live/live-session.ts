/**
 * A Live session: takes messages from the client's connection and from sidebands, and sends what it hears and says on one timeline. For each frame that it hears it sends
 * one frame, silence included; without input, time stands still. Nothing that comes over the wire throws out of `receive`.
 */
import type { EmulatorClock } from "../clock.ts";
import { asWireError, WireError } from "../errors.ts";
import { SessionFaults, type SessionFaultsOptions } from "../faults/session-faults.ts";
import type { Ids } from "../ids.ts";
import type { Random } from "../random.ts";
import type { EventLog } from "../record/log.ts";
import type { CloseRecord, InputRecord } from "../record/record.ts";
import { parseMessage } from "../session/client-events.ts";
import { appendedBytes } from "../streaming/append.ts";
import { FramePump } from "../streaming/frame-pump.ts";
import { Hub } from "../streaming/hub.ts";
import type { Vad } from "../vad/vad.ts";
import type { Voice } from "../voices/voice.ts";
import type { Attachment, SessionWire } from "../wire.ts";
import { LIVE_BEHAVIOUR, LiveAudio, type LiveSpan } from "./live-audio.ts";
import { type AppendKind, type LiveIncoming, liveIncoming } from "./live-client-events.ts";
import { type LiveConfig, startedConfig, updatedConfig } from "./live-config.ts";
import { LiveDecisions } from "./live-decisions.ts";
import type { LiveCloseReason, LiveError, LiveSessionResource, TranscriptType } from "./live-events.ts";
import { fixtureSamples, LIVE_RATE, LiveDecoder, LiveEncoder } from "./live-format.ts";
import { LiveMind } from "./live-mind.ts";
import { ALL_ALLOWED, allowsClientEvent } from "./live-permissions.ts";
import type { LiveSessionRecord } from "./live-record.ts";
import { LiveWires } from "./live-wires.ts";

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
  /** What goes wrong on demand. */
  readonly faults: SessionFaultsOptions;
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

/** Close code for a failure of this side, RFC 6455 section 7.4.1. */
const CLOSE_INTERNAL = 1011;
/** From one usage event to the next, in ms of the timeline. */
const USAGE_EVERY_MS = 10_000;
/** Messages that only a client's own WebSocket may send: elsewhere the session has started, and audio comes another way. */
const PRIMARY_ONLY: ReadonlySet<string> = new Set(["session.start", "session.input_audio.append"]);

/** A Live session and its record. */
export class LiveSession implements LiveSessionRecord {
  readonly id: string;
  readonly openedAtMs: number;
  readonly faults: SessionFaults;
  readonly #options: LiveSessionOptions;
  readonly #hub: Hub;
  readonly #wires: LiveWires;
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
    this.#wires = new LiveWires({
      hub: this.#hub,
      ids,
      recordLimitMs,
      permissions: () => this.#config?.client?.data_channel ?? ALL_ALLOWED,
      onAudio: options.onAudio,
    });
    this.faults = new SessionFaults(options.faults, {
      fail: (error) => this.#wires.send({ type: "error", error: liveError(error) }),
      expire: () => this.finish("expired"),
      close: (code, reason) => this.end(code, reason),
    });
    this.#decisions = new LiveDecisions({
      ids,
      random: options.random.fork("questions"),
      config: () => this.#config as LiveConfig,
      send: (event, answers) => this.#wires.send(event, answers),
    });
    this.#expiresAt = Math.floor((Date.now() + limitMs) / 1000);
    this.#cancelExpiry = clock.after(limitMs, () => this.finish("expired"));
  }

  get log(): EventLog {
    return this.#hub.log;
  }

  get input(): InputRecord {
    return this.#wires.input;
  }

  get output(): InputRecord {
    return this.#wires.output;
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

  /** Adds a connection. Where the session has started already, by a request or before a sideband came, it is told the settings. */
  attach(wire: SessionWire): Attachment {
    const faulty = this.faults.wrap(wire);
    this.#wires.add(faulty);
    const end = this.faults.start(faulty, {
      receive: (data) => this.#receive(data, faulty),
      ended: (code) => {
        this.#wires.remove(faulty);
        if (wire.kind !== "sideband") this.finish(code === 1000 || code === 1001 || code === 1005 ? "remote_hangup" : "connection_lost");
      },
    });
    if (this.#config !== null) this.#wires.send({ type: "session.started", session: this.#resource() }, undefined, faulty);
    return end;
  }

  /** Starts the session with the settings of a `session.start`. @throws {WireError} when they are refused, or the session has started. */
  start(settings: unknown, answers?: string): void {
    if (this.#started !== null) throw new WireError("The session has already started.", { code: "session_already_started" });
    const config = startedConfig(settings, "session");
    const { clock, createVad, voice, ids, random } = this.#options;
    const { format } = config.audio;
    const audio = new LiveAudio({
      createVad,
      onTurn: (clip, span, answered) => mind.heard(clip, answered, (words) => this.#transcript("session.input_transcript.delta", words, span)),
      onYield: () => mind.abort(),
      onFrame: (...frame) => this.#onFrame(...frame),
      onFixturePlayed: () => this.#wires.send({ type: "session.output_audio.fixture.played" }, this.#fixtureAnswers),
    });
    const mind = new LiveMind({
      voice: voice.open?.({ id: this.id, model: config.model, seed: random.fork("voice").uint32() }) ?? voice,
      ids,
      random: random.fork("decisions"),
      config: () => this.#config ?? config,
      timelineMs: () => audio.timelineMs,
      send: (event) => this.#wires.send(event),
      speak: (message, leadMs) => audio.speak(message.text, message.audio, leadMs),
      failed: (error) => this.#wires.send({ type: "error", error: liveError(error) }),
    });
    const pump = new FramePump({
      clock,
      rate: LIVE_RATE,
      frameMs: LIVE_BEHAVIOUR.frameMs,
      onFrame: (samples) => audio.frame(samples),
      onFailure: (error) => this.#fail(error),
    });
    this.#config = config;
    this.#started = { decoder: new LiveDecoder(format), encoder: new LiveEncoder(format), pump, audio, mind };
    if (this.#wires.count === 0) return;
    this.#wires.send({ type: "session.started", session: this.#resource() }, answers);
    if (config.store) {
      this.#wires.send({
        type: "info",
        code: "store_not_supported",
        message: "This emulator keeps no recording of the session and cannot fork it; `store` has no effect.",
      });
    }
  }

  /** Hears audio of a media track: 24 kHz, mono. */
  hear(samples: Int16Array): void {
    if (this.#closed !== null || this.#started === null) return;
    this.#wires.heard(samples);
    this.#started.pump.push(samples);
  }

  /** Ends the session and says why, on the connections that are left. Idempotent. */
  finish(reason: LiveCloseReason, answers?: string): void {
    if (this.#closed !== null) return;
    if (this.#config !== null) this.#wires.send({ type: "session.closed", reason, session: this.#resource(), usage: this.#usage() }, answers);
    this.end(1000, reason);
  }

  /** Ends the session without a word. Idempotent. */
  end(code: number, reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = { atMs: this.#hub.nowMs, code, reason };
    this.#cancelExpiry();
    this.#started?.pump.close();
    this.#started?.mind.abort();
    this.#wires.close(code, reason);
    this.faults.close();
  }

  /** Something of the emulator's user failed beyond repair. */
  #fail(error: unknown): void {
    this.#wires.send({ type: "error", error: liveError(asWireError(error)) });
    this.end(CLOSE_INTERNAL, "The emulator failed.");
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
      if (wire.kind !== "websocket" && PRIMARY_ONLY.has(event.type)) {
        throw new WireError(`The event '${event.type}' is only available on a primary WebSocket.`, { code: "invalid_value", param: "type" });
      }
      if (wire.kind === "data-channel" && !allowsClientEvent(this.#config?.client?.data_channel ?? ALL_ALLOWED, event.type)) {
        throw new WireError(`The event '${event.type}' is not allowed on this data channel.`, { code: "event_not_allowed", param: "type" });
      }
      if (event.type === "session.start") this.start(event.session, answers);
      else if (this.#started === null) throw new WireError("The session has not started: send 'session.start' first.", { code: "session_not_started" });
      else this.#handle(event, answers, this.#started);
    } catch (error) {
      if (!logged) this.#hub.received(null);
      const wrong = liveError(asWireError(error));
      this.#wires.send({ type: "error", error: { ...wrong, ...(answers !== undefined && { client_event_id: answers }) } }, answers, wire);
    }
  }

  #handle(event: LiveIncoming, answers: string | undefined, started: Started): void {
    const { audio, mind } = started;
    switch (event.type) {
      case "session.update":
        this.#config = updatedConfig(this.#config as LiveConfig, event.session);
        this.#wires.send({ type: "session.updated", session: this.#resource() }, answers);
        break;
      case "session.input_audio.append":
        this.hear(started.decoder.decode(appendedBytes(event.audio, started.pump)));
        break;
      case "session.input_audio.mute":
      case "session.input_audio.unmute":
        audio.muted = event.type === "session.input_audio.mute";
        this.#wires.send({ type: audio.muted ? "session.input_audio.muted" : "session.input_audio.unmuted" }, answers);
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

  #append({ type, content, delegation_id }: Extract<LiveIncoming, { content: string }>, answers: string | undefined, { audio, mind }: Started): void {
    if (audio.fixtureActive) throw new WireError("Context cannot be appended while an audio fixture is playing.", { code: "fixture_active" });
    const kind = type.split(".")[1] as AppendKind;
    const atMs = audio.timelineMs;
    mind.append(kind, content, delegation_id, () => this.#wires.send({ type: `session.${kind}.appended`, start_ms: atMs, end_ms: atMs }, answers));
  }

  #playFixture(base64: string, answers: string | undefined, { audio, mind }: Started): void {
    if (audio.fixtureActive) throw new WireError("An audio fixture is already playing.", { code: "fixture_active" });
    const samples = fixtureSamples(base64, LIVE_BEHAVIOUR.fixtureMaxMs);
    mind.abort();
    audio.playFixture(samples);
    this.#fixtureAnswers = answers;
    this.#wires.send({ type: "session.output_audio.fixture.playing" }, answers);
  }

  #onFrame(samples: Int16Array, text: string, span: LiveSpan): void {
    if (text !== "") this.#transcript("session.output_transcript.delta", text, span);
    this.#wires.said(samples, span, (this.#started as Started).encoder);
    if (span.end_ms - this.#usageMs < USAGE_EVERY_MS) return;
    this.#usageMs = span.end_ms;
    this.#wires.send({ type: "session.usage.updated", usage: this.#usage() });
  }

  #transcript(type: TranscriptType, delta: string, span: LiveSpan): void {
    this.#decisions.trigger(type, this.#wires.send({ type, delta, ...span }));
  }

  #usage(): { seconds: number } {
    return { seconds: this.timelineMs / 1000 };
  }

  #resource(): LiveSessionResource {
    return { id: this.id, expires_at: this.#expiresAt, status: "active", ...(this.#config as LiveConfig) };
  }
}

function liveError({ type, code, message, param }: WireError): LiveError {
  return { type, code: code ?? "invalid_request", message, ...(param !== null && { param }) };
}
