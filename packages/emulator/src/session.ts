/**
 * One session: takes the client's messages, hands each to the part that it concerns, and turns what goes wrong into `error` events. Nothing that comes over the wire
 * ends the session or throws out of `receive`; only the time limit ends it from this side.
 */
import { CLOSE_CODES, type ClientEvent, type KnownServerEvent, PROTOCOL_LIMITS, type ServerEvent } from "@sidetone/core/protocol";
import { checkMessage, type Incoming, parseMessage } from "./client-events.ts";
import type { EmulatorClock } from "./clock.ts";
import { type OutgoingEvent, type SessionContext, snapshot } from "./context.ts";
import { Conversation, type StoredItem } from "./conversation.ts";
import { errorPayload, WireError } from "./errors.ts";
import type { Ids } from "./ids.ts";
import { itemWithAudio, truncateItem } from "./item-requests.ts";
import { audioBytes, parseItem } from "./item-schema.ts";
import { Listener } from "./listener.ts";
import { EventLog, withoutAudio } from "./log.ts";
import type { Profile } from "./profiles.ts";
import { type CloseRecord, InputTape, type SessionRecord, type TruncationRecord } from "./record.ts";
import { Responder } from "./responder.ts";
import { type EffectiveSession, newSession, updatedSession } from "./session-config.ts";
import type { Vad } from "./vad/vad.ts";
import type { Voice } from "./voices/voice.ts";

/** Text deltas are padded to a multiple of this many characters. */
const OBFUSCATED_LENGTH = 16;

/** What a session is made of. */
export interface SessionOptions {
  readonly model: string;
  readonly profile: Profile;
  readonly voice: Voice;
  /** Makes a voice activity detector. */
  readonly createVad: () => Vad;
  readonly clock: EmulatorClock;
  /** `clock` time at which the emulator started, in ms. */
  readonly epochMs: number;
  readonly ids: Ids;
  /** Where all sessions write. */
  readonly sharedLog: EventLog;
  /** Entries of the session's own log. */
  readonly logLimit: number;
  /** Input audio kept for the record, in ms. */
  readonly recordLimitMs: number;
  /** Whether text deltas carry `obfuscation`. */
  readonly obfuscation: boolean;
  /** Whether `rate_limits.updated` follows each response. */
  readonly rateLimits: boolean;
  /** Longest life of the session, in ms. */
  readonly limitMs: number;
  /** Settings pinned by a client secret, as in `session.update`, checked before; null for none. */
  readonly pinned: unknown;
  /** The connection. */
  readonly wire: SessionWire;
}

/** The connection of a session. */
export interface SessionWire {
  /** Sends one message. */
  send(text: string): void;
  /** Closes in an orderly way. */
  close(code: number, reason: string): void;
  /** Breaks off. */
  drop(): void;
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
  readonly #options: SessionOptions;
  readonly #listener: Listener;
  readonly #responder: Responder;
  #config: EffectiveSession;
  #closed: CloseRecord | null = null;
  #cancelExpiry: (() => void) | null = null;

  constructor(options: SessionOptions) {
    const { clock, ids, model, profile, limitMs } = options;
    this.#options = options;
    this.id = ids.next("sess");
    this.model = model;
    this.clock = clock;
    this.ids = ids;
    this.profile = profile;
    this.voice = options.voice;
    this.conversation = new Conversation(ids.next("conv"));
    this.openedAtMs = this.#now();
    this.log = new EventLog(options.logLimit);
    this.input = new InputTape(options.recordLimitMs);
    this.#config = newSession(this.id, model, profile, Math.floor((Date.now() + limitMs) / 1000));
    if (options.pinned !== null) this.#config = updatedSession(this.#config, options.pinned, { profile, voiceLocked: false });
    this.#responder = new Responder(this, { rateLimits: options.rateLimits });
    this.#listener = new Listener(this, {
      createVad: options.createVad,
      onSpeechStarted: () => this.#config.audio.input.turn_detection?.interrupt_response && this.#responder.interrupt(),
      onTurn: () => this.#config.audio.input.turn_detection?.create_response && this.#responder.answerTurn(),
    });
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

  /** Greets the client. */
  open(): void {
    this.send({ type: "session.created", session: snapshot(this.#config) as never });
    this.#cancelExpiry = this.clock.after(this.#options.limitMs, () => {
      const minutes = Math.round(this.#options.limitMs / 60_000);
      const message = `Your session hit the maximum duration of ${minutes} minutes.`;
      this.send({ type: "error", error: errorPayload(new WireError(message, { code: "session_expired" }), null) });
      this.close(CLOSE_CODES.sessionExpired, message);
    });
  }

  /** One message of the client; `null` stands for a binary one. */
  receive(data: string | null): void {
    if (this.#closed !== null) return;
    let eventId: string | null = null;
    let logged = false;
    try {
      if (data === null) throw new WireError("Expected text messages, but got a binary one.", { code: "invalid_json" });
      const message = parseMessage(data);
      if (typeof message.event_id === "string") eventId = message.event_id;
      this.#write("in", message as unknown as ClientEvent);
      logged = true;
      this.#handle(checkMessage(message));
    } catch (error) {
      if (!logged) this.#write("in", null);
      if (!(error instanceof WireError)) throw error;
      this.send({ type: "error", error: errorPayload(error, eventId) });
    }
  }

  /** The connection is gone. */
  ended(code: number, reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = { atMs: this.#now(), code, reason };
    this.#cancelExpiry?.();
    this.#listener.close();
    this.#responder.close();
  }

  close(code = 1000, reason = ""): void {
    this.#options.wire.close(code, reason);
  }

  drop(): void {
    this.#options.wire.drop();
  }

  readonly send = (event: OutgoingEvent): void => {
    if (this.#closed !== null) return;
    const whole = { event_id: this.ids.next("event"), ...event } as KnownServerEvent;
    this.#write("out", whole);
    this.#options.wire.send(JSON.stringify(whole));
  };

  readonly obfuscation = (delta: string): { obfuscation?: string } => {
    if (!this.#options.obfuscation) return {};
    return { obfuscation: this.ids.text((OBFUSCATED_LENGTH - (delta.length % OBFUSCATED_LENGTH)) % OBFUSCATED_LENGTH) };
  };

  readonly record = (item: StoredItem): void => {
    this.items.push(item);
  };

  #handle(event: Incoming): void {
    switch (event.type) {
      case "session.update":
        return this.#update(event.session);
      case "input_audio_buffer.append":
        return this.#append(event.audio);
      case "input_audio_buffer.commit":
        return this.#listener.commit();
      case "input_audio_buffer.clear":
        return this.#listener.clear();
      case "output_audio_buffer.clear":
        throw new WireError("The event 'output_audio_buffer.clear' is only available over WebRTC and SIP.", { code: "invalid_value", param: "type" });
      case "conversation.item.create":
        return this.#createItem(event.item, event.previous_item_id ?? undefined);
      case "conversation.item.retrieve": {
        const item = this.conversation.require(event.item_id, "retrieving");
        return this.send({ type: "conversation.item.retrieved", item: itemWithAudio(item, this.#config.audio.input.format) });
      }
      case "conversation.item.truncate": {
        const { item_id, content_index, audio_end_ms } = event;
        truncateItem(this.conversation.require(item_id, "truncating"), content_index, audio_end_ms);
        this.truncations.push({ atMs: this.#now(), itemId: item_id, contentIndex: content_index, audioEndMs: audio_end_ms });
        return this.send({ type: "conversation.item.truncated", item_id, content_index, audio_end_ms });
      }
      case "conversation.item.delete":
        this.conversation.remove(this.conversation.require(event.item_id, "deleting").wire.id);
        return this.send({ type: "conversation.item.deleted", item_id: event.item_id });
      case "response.create":
        return this.#responder.create(event.response);
      case "response.cancel":
        return this.#responder.cancel(event.response_id ?? null);
    }
  }

  #update(update: unknown): void {
    const voiceLocked = this.items.some((item) => (item.spoken?.sentMs ?? 0) > 0);
    this.#config = updatedSession(this.#config, update, { profile: this.profile, voiceLocked });
    this.#listener.configure();
    this.send({ type: "session.updated", session: snapshot(this.#config) as never });
  }

  #append(base64: string): void {
    if (base64.length > Math.ceil(PROTOCOL_LIMITS.appendMaxBytes / 3) * 4) {
      const message = `Invalid 'audio': at most ${PROTOCOL_LIMITS.appendMaxBytes} bytes of audio are allowed in one event.`;
      throw new WireError(message, { code: "string_above_max_length", param: "audio" });
    }
    const bytes = audioBytes(base64, "audio");
    const { format } = this.#config.audio.input;
    const atMs = this.#now();
    this.input.append(this.#listener.append(bytes), bytes.length, format, atMs);
  }

  #createItem(given: unknown, after: string | undefined): void {
    const item = parseItem(given, "item", this.#config.audio.input.format, () => this.ids.next("item"));
    this.conversation.add(item, after);
    this.record(item);
    const previous = this.conversation.previousOf(item.wire.id);
    this.send({ type: "conversation.item.added", previous_item_id: previous, item: snapshot(item.wire) });
    this.send({ type: "conversation.item.done", previous_item_id: previous, item: snapshot(item.wire) });
  }

  #write(direction: "in" | "out", whole: ClientEvent | ServerEvent | null): void {
    const { event, audioBytes: bytes } = whole === null ? { event: null, audioBytes: 0 } : withoutAudio(whole);
    const type = typeof event?.type === "string" ? event.type : "(malformed)";
    const entry = { atMs: this.#now(), sessionId: this.id, direction, type, event, audioBytes: bytes };
    this.log.add(entry);
    this.#options.sharedLog.add(entry);
  }

  #now(): number {
    return this.clock.nowMs() - this.#options.epochMs;
  }
}
