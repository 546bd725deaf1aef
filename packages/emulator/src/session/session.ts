/**
 * One session: takes the client's messages from any number of connections, hands each to the part that it concerns, and turns what goes wrong into `error` events.
 * Nothing that comes over the wire ends the session or throws out of `receive`; only the time limit ends it from this side.
 */
import { CLOSE_CODES, type ClientEvent, type KnownServerEvent, PROTOCOL_LIMITS, type ServerEvent } from "@sidetone/core/protocol";
import { encodeWire } from "../audio.ts";
import { type EmulatorClock, unixMs } from "../clock.ts";
import { asWireError, errorPayload, WireError } from "../errors.ts";
import { SessionFaults } from "../faults/session-faults.ts";
import type { Ids } from "../ids.ts";
import type { Profile } from "../profiles.ts";
import { InputTape } from "../record/input-tape.ts";
import { EventLog, withoutAudio } from "../record/log.ts";
import type { CloseRecord, SessionRecord, SessionTransport, TruncationRecord } from "../record/record.ts";
import { recordedOutlet } from "../record/recorded-outlet.ts";
import { withoutSecrets } from "../record/secrets.ts";
import type { SessionRecorder } from "../record/session-recorder.ts";
import type { Voice } from "../voices/voice.ts";
import { type Attachment, GA_CODEC, type SessionWire, type WireCodec } from "../wire.ts";
import { checkMessage, type Incoming, parseMessage } from "./client-events.ts";
import { inputFormat, type OutgoingEvent, type SessionContext, snapshot, TRACK_FORMAT } from "./context.ts";
import { Conversation, duplicateItem, type StoredItem } from "./conversation.ts";
import { itemWithAudio, truncateItem } from "./item-requests.ts";
import { audioBytes, parseItem } from "./item-schema.ts";
import { Listener } from "./listener.ts";
import { McpImports, type McpServers } from "./mcp.ts";
import { Responder } from "./responder.ts";
import { type EffectiveSession, newSession, newTranscriptionSession, reportedSession, updatedSession } from "./session-config.ts";
import type { SessionOptions } from "./session-options.ts";
import { deltaOutlet, type SpeechOutlet } from "./speech-outlet.ts";

/** Text deltas are padded to a multiple of this many characters. */
const OBFUSCATED_LENGTH = 16;
/** The service's words at the end of a session, however long it was here. */
const EXPIRED = "Your session hit the maximum duration of 60 minutes.";

/** A connection, and how events look on it. */
interface Port {
  readonly wire: SessionWire;
  readonly codec: WireCodec;
}

/** A session and its record. */
export class Session implements SessionRecord, SessionContext {
  readonly id: string;
  readonly model: string;
  readonly openedAtMs: number;
  readonly log: EventLog;
  readonly input: InputTape;
  readonly items: StoredItem[] = [];
  readonly truncations: TruncationRecord[] = [];
  readonly clock: EmulatorClock;
  readonly ids: Ids;
  readonly profile: Profile;
  readonly voice: Voice;
  readonly conversation: Conversation;
  readonly outlet: SpeechOutlet;
  readonly mcpServers: McpServers;
  readonly mcpImports: McpImports;
  readonly transport: SessionTransport;
  readonly faults: SessionFaults;
  readonly #ports = new Set<Port>();
  readonly #options: SessionOptions;
  readonly #listener: Listener;
  readonly #responder: Responder;
  #config: EffectiveSession;
  readonly #recorder: SessionRecorder | null;
  #closed: CloseRecord | null = null;
  /** How this side closes. The client's answer may repeat the code without the reason, and is no news. */
  #closing: Pick<CloseRecord, "code" | "reason"> | null = null;
  #cancelExpiry: (() => void) | null = null;

  constructor(options: SessionOptions) {
    const { clock, ids, model, profile, limitMs } = options;
    this.#options = options;
    this.id = ids.next("sess");
    this.model = model;
    this.clock = clock;
    this.ids = ids;
    this.profile = profile;
    this.voice = options.voice.open?.({ id: this.id, model, seed: options.random.fork("voice").uint32() }) ?? options.voice;
    this.mcpServers = options.mcpServers;
    this.mcpImports = new McpImports(this, options.mcpServers);
    this.conversation = new Conversation(ids.next("conv"));
    this.openedAtMs = this.#now();
    this.log = new EventLog(options.logLimit);
    this.input = new InputTape(options.recordLimitMs);
    const expiresAt = Math.floor((unixMs(clock) + limitMs) / 1000);
    this.#config = options.kind === "transcription" ? newTranscriptionSession(this.id, profile, expiresAt) : newSession(this.id, model, profile, expiresAt);
    if (options.pinned !== null) this.#config = updatedSession(this.#config, options.pinned, { profile, voiceLocked: false });
    this.transport = options.transport ?? "websocket";
    this.faults = new SessionFaults(options.faults, {
      fail: (error) => this.send({ type: "error", error: errorPayload(error, null) }),
      expire: () => this.#expire(),
      close: (code, reason) => this.close(code, reason),
    });
    const { input, output } = this.#config.audio;
    this.#recorder =
      options.openRecorder?.({ id: this.id, model, transport: this.transport, source: "emulator", input: input.format, output: output.format }) ?? null;
    this.outlet = recordedOutlet((options.createOutlet ?? deltaOutlet)(this), this.#recorder);
    this.#responder = new Responder(this, {
      rateLimits: options.rateLimits,
      account: options.account,
      onStart: () => this.#listener.responding(),
      onDone: (audioMs) => this.#listener.responded(audioMs),
    });
    this.#listener = new Listener(this, {
      createVad: options.createVad,
      onSpeechStarted: () => this.#interrupt(),
      onTimeout: () => this.#answers && this.#responder.answerTurn(),
      onTurn: () => this.#answers && this.#responder.answerTurn(),
    });
    this.#cancelExpiry = clock.after(limitMs, () => this.#expire());
  }

  get config(): EffectiveSession {
    return this.#config;
  }

  get closed(): CloseRecord | null {
    return this.#closed;
  }

  get mediaMs(): number {
    return this.#listener.mediaMs;
  }

  /** Adds a connection. A client's own is greeted; a sideband gets the events from here on, without the model's audio. */
  attach(wire: SessionWire, codec: WireCodec = GA_CODEC): Attachment {
    const faulty = this.faults.wrap(wire);
    const port: Port = { wire: faulty, codec };
    this.#ports.add(port);
    const end = this.faults.start(faulty, {
      receive: (data) => this.#receive(data, port),
      ended: (code, reason) => {
        this.#ports.delete(port);
        if (wire.kind !== "sideband") this.end(code, reason);
      },
    });
    if (wire.kind !== "sideband") this.#deliver(this.#whole({ type: "session.created", session: reportedSession(this.#config) }), [port]);
    return end;
  }

  /** Audio of a media track: 24 kHz, mono. Never throws: what goes wrong becomes an `error` event. */
  hear(samples: Int16Array): void {
    if (this.#closed !== null) return;
    try {
      const bytes = encodeWire(samples, TRACK_FORMAT);
      this.#recorder?.track("in", bytes, null);
      this.#append(bytes);
    } catch (error) {
      this.send({ type: "error", error: errorPayload(asWireError(error), null) });
    }
  }

  /** Ends the session and closes what connections it has. Idempotent. */
  end(code: number, reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = { atMs: this.#now(), ...(this.#closing ?? { code, reason }) };
    this.#cancelExpiry?.();
    this.#listener.close();
    this.#responder.close();
    this.mcpImports.close();
    this.outlet.close();
    for (const { wire } of this.#ports) wire.close(sendableCode(code), reason);
    this.#ports.clear();
    this.faults.close();
    this.#recorder?.ended(code, reason);
    this.#options.onEnd?.();
  }

  close(code = 1000, reason = ""): void {
    this.#closing ??= { code, reason };
    if (this.transport === "websocket") for (const { wire } of this.#ports) wire.close(code, reason);
    else this.end(code, reason);
  }

  drop(): void {
    for (const { wire } of this.#ports) wire.drop();
  }

  readonly send = (event: OutgoingEvent): void => {
    if (this.#isOpen) this.#deliver(this.#whole(event), this.#ports);
  };

  readonly obfuscation = (delta: string): { obfuscation?: string } => {
    if (!this.#options.obfuscation) return {};
    return { obfuscation: this.ids.text((OBFUSCATED_LENGTH - (delta.length % OBFUSCATED_LENGTH)) % OBFUSCATED_LENGTH) };
  };

  readonly record = (item: StoredItem): void => {
    this.items.push(item);
  };

  truncate(item: StoredItem, contentIndex: number, audioEndMs: number): void {
    truncateItem(item, contentIndex, audioEndMs);
    const itemId = item.wire.id;
    this.truncations.push({ atMs: this.#now(), itemId, contentIndex, audioEndMs });
    this.send({ type: "conversation.item.truncated", item_id: itemId, content_index: contentIndex, audio_end_ms: audioEndMs });
  }

  /** Whether anything is said and heard: not behind a close frame of this side, even when the client's answer to it takes its time. */
  get #isOpen(): boolean {
    return this.#closed === null && this.#closing === null;
  }

  #receive(data: string | null, port: Port): void {
    if (!this.#isOpen) return;
    let eventId: string | null = null;
    let logged = false;
    let message: Record<string, unknown> | null = null;
    try {
      if (data === null) throw new WireError("Expected text messages, but got a binary one.", { code: "invalid_json" });
      message = parseMessage(data);
      if (typeof message.event_id === "string") eventId = message.event_id;
      for (const event of port.codec.decode(message)) {
        this.#write("in", event as unknown as ClientEvent);
        logged = true;
        this.#handle(checkMessage(event));
      }
    } catch (error) {
      // What its dialect cannot express in GA's terms stands as the client wrote it.
      if (!logged) this.#write("in", message as ClientEvent | null, message === null ? data : null);
      this.#deliver(this.#whole({ type: "error", error: errorPayload(asWireError(error), eventId) }), [port]);
    }
  }

  #whole(event: OutgoingEvent): KnownServerEvent {
    // The one event of the service that has no id.
    if (event.type === "input_audio_buffer.dtmf_event_received") return event;
    return { event_id: this.ids.next("event"), ...event } as KnownServerEvent;
  }

  #deliver(event: KnownServerEvent, ports: Iterable<Port>): void {
    this.#write("out", event);
    let plain: string | null = null;
    for (const { wire, codec } of ports) {
      if (wire.kind === "sideband" && event.type === "response.output_audio.delta") continue;
      if (codec === GA_CODEC) wire.send((plain ??= JSON.stringify(event)));
      else for (const message of codec.encode(event)) wire.send(JSON.stringify(message));
    }
  }

  #interrupt(): void {
    if (!this.#config.audio.input.turn_detection?.interrupt_response) return;
    this.outlet.interrupt();
    this.#responder.interrupt();
    this.outlet.interrupted();
  }

  /** Whether a turn that ends asks for a response. */
  get #answers(): boolean {
    return this.#config.type === "realtime" && this.#config.audio.input.turn_detection?.create_response === true;
  }

  #expire(): void {
    this.send({ type: "error", error: errorPayload(new WireError(EXPIRED, { code: "session_expired" }), null) });
    this.close(CLOSE_CODES.sessionExpired, EXPIRED);
  }

  #handle(event: Incoming): void {
    switch (event.type) {
      case "session.update":
        this.#update(event.session);
        break;
      case "input_audio_buffer.append":
        this.#appendBase64(event.audio);
        break;
      case "input_audio_buffer.commit":
        this.#listener.commit();
        break;
      case "input_audio_buffer.clear":
        this.#listener.clear();
        break;
      case "output_audio_buffer.clear":
        if (!this.outlet.byEvents) this.#responder.settleCancel();
        this.outlet.clear();
        break;
      case "conversation.item.create":
        this.#createItem(event.item, event.previous_item_id ?? undefined);
        break;
      case "conversation.item.retrieve":
        this.#retrieveItem(event.item_id);
        break;
      case "conversation.item.truncate":
        this.truncate(this.conversation.require(event.item_id, "truncating"), event.content_index, event.audio_end_ms);
        break;
      case "conversation.item.delete":
        this.conversation.remove(this.conversation.require(event.item_id, "deleting").wire.id);
        this.send({ type: "conversation.item.deleted", item_id: event.item_id });
        break;
      case "response.create":
        if (this.#config.type === "transcription") {
          throw new WireError("Responses cannot be created in a transcription session.", { code: "invalid_value", param: "type" });
        }
        this.#responder.create(event.response);
        break;
      case "response.cancel":
        this.#responder.cancel(event.response_id ?? null);
        break;
    }
  }

  #update(update: unknown): void {
    const voiceLocked = this.items.some((item) => (item.spoken?.sentMs ?? 0) > 0);
    this.#config = updatedSession(this.#config, update, { profile: this.profile, voiceLocked });
    this.#listener.configure();
    this.send({ type: "session.updated", session: reportedSession(this.#config) });
    this.mcpImports.importAll(this.#config.tools);
  }

  #appendBase64(base64: string): void {
    if (base64.length > Math.ceil(PROTOCOL_LIMITS.appendMaxBytes / 3) * 4) {
      const message = `Invalid 'audio': at most ${PROTOCOL_LIMITS.appendMaxBytes} bytes of audio are allowed in one event.`;
      throw new WireError(message, { code: "string_above_max_length", param: "audio" });
    }
    this.#append(audioBytes(base64, "audio"));
  }

  #append(bytes: Uint8Array): void {
    const format = inputFormat(this);
    const atMs = this.#now();
    this.input.append(this.#listener.append(bytes), bytes.length, format, atMs);
  }

  #createItem(given: unknown, after: string | undefined): void {
    const item = parseItem(given, "item", this.#config.audio.input.format, () => this.ids.next("item"));
    const { wire } = item;
    if (this.#listener.expects(wire.id) || this.conversation.making(wire.id)) throw duplicateItem(wire.id);
    if (wire.type === "mcp_approval_response") this.#responder.requireHeldBack(wire.approval_request_id);
    this.conversation.add(item, after);
    this.record(item);
    const previous = this.conversation.previousOf(item.wire.id);
    this.send({ type: "conversation.item.added", previous_item_id: previous, item: snapshot(item.wire) });
    this.send({ type: "conversation.item.done", previous_item_id: previous, item: snapshot(item.wire) });
    if (wire.type === "mcp_approval_response") this.#responder.consent(wire.approval_request_id, wire.approve);
  }

  #retrieveItem(id: string): void {
    const item = this.conversation.require(id, "retrieving");
    this.send({ type: "conversation.item.retrieved", item: itemWithAudio(item, this.#config.audio.input.format) });
  }

  #write(direction: "in" | "out", whole: ClientEvent | ServerEvent | null, text: string | null = null): void {
    this.#recorder?.event(direction, whole, text);
    const { event, audioBytes: bytes } = whole === null ? { event: null, audioBytes: 0 } : withoutAudio(direction === "in" ? withoutSecrets(whole) : whole);
    const type = typeof event?.type === "string" ? event.type : "(malformed)";
    const entry = { atMs: this.#now(), sessionId: this.id, direction, type, event, audioBytes: bytes };
    this.log.add(entry);
    this.#options.sharedLog.add(entry);
  }

  #now(): number {
    return this.clock.nowMs() - this.#options.epochMs;
  }
}

/** Codes that say how a connection ended and may not be sent, RFC 6455 section 7.4.1. */
function sendableCode(code: number): number {
  return code === 1005 || code === 1006 || code === 1015 ? 1000 : code;
}
