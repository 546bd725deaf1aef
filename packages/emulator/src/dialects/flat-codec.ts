/**
 * The codec of the flat dialects: older event names, flat settings, one event for an item where GA has two. How a dialect differs from another is in its
 * {@link FlatQuirks}. Settings that GA does not have are kept here, from the moment the session has accepted the update that carried them.
 */
import type { KnownServerEvent, RateLimit, ServerEvent } from "@sidetone/core/protocol";
import type { ErrorPayload } from "../errors.ts";
import type { EffectiveSession } from "../session/session-config.ts";
import { isObject, type JsonObject } from "../session/validate.ts";
import type { WireCodec } from "../wire.ts";
import type { DialectContext } from "./dialect.ts";
import { flatError, type Places, RESPONSE_PLACES, SESSION_PLACES, TRANSCRIPTION_PLACES } from "./flat-paths.ts";
import { type ExtraFields, type GaSettings, responseToFlat, sessionToFlat, toGa, transcriptionToFlat } from "./flat-shape.ts";
import { itemToFlat, itemToGa } from "./flat-values.ts";

/** Requests per minute that the emulated account has; the tokens are the session's business. */
const REQUEST_LIMIT = 1000;
/** Time until one request is free again, in seconds. */
const REQUEST_RESET_SECONDS = 60 / REQUEST_LIMIT;
/** Tokens per minute, until the session has told of its own. */
const TOKEN_LIMIT = 40_000;

/** How one flat dialect differs from another. */
export interface FlatQuirks {
  /** Settings that GA does not have, with their checks, and the values of a new session. */
  readonly sessionExtras: ExtraFields;
  readonly sessionDefaults: JsonObject;
  readonly responseExtras: ExtraFields;
  /** Whether `conversation.created` follows `session.created`. */
  readonly announcesConversation: boolean;
  /** Whether rate limits are reported, right after `response.created`. */
  readonly rateLimits: boolean;
  /** Whether a user's item that is done says so, as in GA. */
  readonly userItemDone: boolean;
  /** Splits a `session` or `response` of the client into what the flat shape has and what is kept as it is, to be reported. */
  readonly before?: (given: JsonObject, path: "session" | "response") => { flat: JsonObject; kept: JsonObject };
  /** A flat session as it is reported; `extras` are the settings that GA does not have, and those that were kept. Default: both together. */
  readonly after?: (flat: JsonObject, extras: JsonObject) => JsonObject;
}

/** GA event types -> flat ones, where nothing else differs but what fields hold. */
const RENAMED: Readonly<Record<string, string>> = {
  "response.output_audio.delta": "response.audio.delta",
  "response.output_audio.done": "response.audio.done",
  "response.output_audio_transcript.delta": "response.audio_transcript.delta",
  "response.output_audio_transcript.done": "response.audio_transcript.done",
  "response.output_text.delta": "response.text.delta",
  "response.output_text.done": "response.text.done",
  "conversation.item.added": "conversation.item.created",
};

/** A codec for one connection. */
export function flatCodec(context: DialectContext, quirks: FlatQuirks): WireCodec {
  return new FlatCodec(context, quirks);
}

class FlatCodec implements WireCodec {
  readonly #context: DialectContext;
  readonly #quirks: FlatQuirks;
  readonly #responseExtras = new Map<string, JsonObject>();
  #extras: JsonObject;
  #pendingSession: JsonObject | null = null;
  #pendingResponse: JsonObject | null = null;
  #tokens: RateLimit = { name: "tokens", limit: TOKEN_LIMIT, remaining: TOKEN_LIMIT, reset_seconds: 0 };

  constructor(context: DialectContext, quirks: FlatQuirks) {
    this.#context = context;
    this.#quirks = quirks;
    this.#extras = quirks.sessionDefaults;
  }

  decode(message: JsonObject): readonly JsonObject[] {
    switch (message.type) {
      case "session.update":
        return [this.#update(message)];
      case "transcription_session.update": {
        const { settings } = toGa(message.session, "session", TRANSCRIPTION_PLACES, {});
        return [{ ...message, type: "session.update", session: { type: "transcription", ...settings } }];
      }
      case "response.create":
        return [this.#create(message)];
      case "conversation.item.create":
        return [{ ...message, item: itemToGa(message.item) }];
      default:
        return [message];
    }
  }

  encode(given: ServerEvent): readonly object[] {
    const event = given as KnownServerEvent;
    const { obfuscation: _, ...plain } = event as unknown as JsonObject;
    const type = RENAMED[event.type] ?? event.type;
    switch (event.type) {
      case "session.created":
      case "session.updated":
        return this.#session(plain, event.session as EffectiveSession, event.type === "session.created");
      case "conversation.item.added":
      case "conversation.item.retrieved":
      case "response.output_item.added":
      case "response.output_item.done":
        return [{ ...plain, type, item: itemToFlat(event.item) }];
      case "conversation.item.done": {
        const isUsers = event.item.type === "message" && event.item.role === "user";
        return this.#quirks.userItemDone && isUsers ? [{ ...plain, item: itemToFlat(event.item) }] : [];
      }
      case "response.function_call_arguments.done": {
        const { name: _, ...nameless } = plain;
        return [nameless];
      }
      case "response.created":
      case "response.done":
        return this.#response(plain, event);
      case "rate_limits.updated":
        this.#tokens = event.rate_limits.find((limit) => limit.name === "tokens") ?? this.#tokens;
        return [];
      case "error":
        this.#pendingSession = null;
        this.#pendingResponse = null;
        return [{ ...plain, error: flatError(event.error as ErrorPayload) }];
      default:
        return [{ ...plain, type }];
    }
  }

  #update(message: JsonObject): JsonObject {
    this.#pendingSession = null;
    const { settings, extras } = this.#read(message.session, "session", SESSION_PLACES, this.#quirks.sessionExtras);
    this.#pendingSession = { ...this.#extras, ...extras };
    return { ...message, session: { type: "realtime", ...settings } };
  }

  #create(message: JsonObject): JsonObject {
    this.#pendingResponse = null;
    if (message.response == null) return message;
    const { settings, extras } = this.#read(message.response, "response", RESPONSE_PLACES, this.#quirks.responseExtras);
    this.#pendingResponse = extras;
    return { ...message, response: settings };
  }

  #read(given: unknown, path: "session" | "response", places: Places, extraFields: ExtraFields): GaSettings {
    if (this.#quirks.before === undefined || !isObject(given)) return toGa(given, path, places, extraFields);
    const { flat, kept } = this.#quirks.before(given, path);
    const { settings, extras } = toGa(flat, path, places, extraFields);
    return { settings, extras: { ...extras, ...kept } };
  }

  #session(plain: JsonObject, session: EffectiveSession, isNew: boolean): object[] {
    if ((session.type as string) === "transcription") {
      return [{ ...plain, type: isNew ? "transcription_session.created" : "transcription_session.updated", session: transcriptionToFlat(session) }];
    }
    if (!isNew && this.#pendingSession !== null) this.#extras = this.#pendingSession;
    this.#pendingSession = null;
    const flat = sessionToFlat(session);
    const own = { ...plain, session: this.#quirks.after?.(flat, this.#extras) ?? { ...flat, ...this.#extras } };
    if (!isNew || !this.#quirks.announcesConversation) return [own];
    const conversation = { id: this.#context.conversationId, object: "realtime.conversation" };
    return [own, { event_id: this.#context.eventId(), type: "conversation.created", conversation }];
  }

  #response(plain: JsonObject, event: Extract<KnownServerEvent, { type: "response.created" | "response.done" }>): object[] {
    const id = event.response.id as string;
    if (event.type === "response.done") {
      const extras = this.#responseExtras.get(id) ?? {};
      this.#responseExtras.delete(id);
      return [{ ...plain, response: responseToFlat(event.response, extras) }];
    }
    const extras: JsonObject = { ...this.#pendingResponse };
    for (const name of ["temperature", "voice"]) if (this.#extras[name] !== undefined) extras[name] ??= this.#extras[name];
    this.#pendingResponse = null;
    this.#responseExtras.set(id, extras);
    const created = { ...plain, response: responseToFlat(event.response, extras) };
    if (!this.#quirks.rateLimits || !this.#context.rateLimits) return [created];
    const requests: RateLimit = { name: "requests", limit: REQUEST_LIMIT, remaining: REQUEST_LIMIT - 1, reset_seconds: REQUEST_RESET_SECONDS };
    return [created, { event_id: this.#context.eventId(), type: "rate_limits.updated", rate_limits: [requests, this.#tokens] }];
  }
}
