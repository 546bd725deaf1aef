/**
 * A translation session: no turns, no responses; what is said comes back in another voice, a little later, for as long as it goes on. Here, what the user says is cut at
 * short pauses (or after a few seconds without one), the voice is asked for each piece, and its answer is the translation. Output comes only where there is some.
 */
import { encodeBase64 } from "@sidetone/core/dsp";
import { CLOSE_CODES } from "@sidetone/core/protocol";
import { type AudioClip, clipMs, convertClip, encodeWire } from "../audio.ts";
import type { EmulatorClock } from "../clock.ts";
import { asWireError, errorPayload, WireError } from "../errors.ts";
import type { FaultyWire } from "../faults/faulty-wire.ts";
import { SessionFaults, type SessionFaultsOptions, type SessionFaultsRecord } from "../faults/session-faults.ts";
import type { Ids } from "../ids.ts";
import { DEFAULT_LIVE_FORMAT, LiveDecoder } from "../live/live-format.ts";
import { InputTape } from "../record/input-tape.ts";
import type { EventLog } from "../record/log.ts";
import type { CloseRecord, InputRecord } from "../record/record.ts";
import { parseMessage } from "../session/client-events.ts";
import { TRACK_FORMAT } from "../session/context.ts";
import { appendedBytes } from "../streaming/append.ts";
import { FramePump } from "../streaming/frame-pump.ts";
import { Hub } from "../streaming/hub.ts";
import { TurnListener } from "../streaming/turn-listener.ts";
import { Utterances } from "../streaming/utterances.ts";
import type { Vad } from "../vad/vad.ts";
import { seconds, type Voice, type VoiceReply } from "../voices/voice.ts";
import type { Attachment, SessionWire } from "../wire.ts";
import { type TranslationConfig, updatedTranslation } from "./translation-config.ts";
import { type TranslationEventBody, type TranslationServerEvent, type TranslationSessionResource, translationIncoming } from "./translation-events.ts";

const RATE = 24_000;
/** The engine's frame, as documented, in ms. */
const FRAME_MS = 200;
const FRAME_SAMPLES = (RATE * FRAME_MS) / 1000;
/** A pause that ends a piece of speech, in ms, and the longest piece without one. */
const PAUSE_MS = 224;
const PIECE_MAX_MS = 3000;
const PADDING_MS = 96;
const VAD_THRESHOLD = 0.5;
/** Close code for a failure of this side, RFC 6455 section 7.4.1. */
const CLOSE_INTERNAL = 1011;
const EXPIRED = "Your session hit the maximum duration of 60 minutes.";

/** One translation session. Times named `atMs` count from the start of the emulator. */
export interface TranslationRecord {
  /** `sess_...`. */
  readonly id: string;
  /** When the connection was made, in ms. */
  readonly openedAtMs: number;
  /** How it ended, or null while it runs. */
  readonly closed: CloseRecord | null;
  /** The settings in effect. */
  readonly config: TranslationConfig;
  /** Events of this session, both ways. */
  readonly log: EventLog;
  /** The audio it received. */
  readonly input: InputRecord;
  /** The audio it sent; one entry for each delta. */
  readonly output: InputRecord;
  /** What goes wrong on demand in this session, and what did; faults of responses, commits and transcriptions have nothing to hit here. */
  readonly faults: SessionFaultsRecord;
  /** How far its timeline has come, in ms: the audio it has taken in, in whole frames. */
  readonly elapsedMs: number;
}

/** What a translation session is made of. */
export interface TranslationOptions {
  readonly config: TranslationConfig;
  readonly ids: Ids;
  /** Where the voice's random choices come from. */
  readonly seed: number;
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
  readonly wire: SessionWire;
  /** What goes wrong on demand. */
  readonly faults: SessionFaultsOptions;
  /** Called once, when the session is over. */
  readonly onEnd?: () => void;
}

/** A translation session and its record. */
export class TranslationSession implements TranslationRecord, Attachment {
  readonly id: string;
  readonly openedAtMs: number;
  readonly input: InputTape;
  readonly output: InputTape;
  readonly faults: SessionFaults;
  /** The network's end of the connection. */
  readonly network: Attachment;
  readonly #wire: FaultyWire;
  readonly #options: TranslationOptions;
  readonly #hub: Hub;
  readonly #voice: Voice;
  readonly #decoder = new LiveDecoder(DEFAULT_LIVE_FORMAT);
  readonly #pump: FramePump;
  readonly #listener: TurnListener;
  readonly #speech = new Utterances();
  readonly #abort = new AbortController();
  readonly #cancelExpiry: () => void;
  readonly #expiresAt: number;
  #config: TranslationConfig;
  #closed: CloseRecord | null = null;
  #closing = false;
  #asked = 0;
  #pieces = 0;
  #frames = 0;

  constructor(options: TranslationOptions) {
    const { ids, config, voice, createVad, clock, limitMs, logLimit, sharedLog, recordLimitMs } = options;
    this.#options = options;
    this.#config = config;
    this.id = ids.next("sess");
    this.openedAtMs = options.nowMs();
    this.#hub = new Hub({ sessionId: this.id, nowMs: options.nowMs, logLimit, sharedLog });
    this.#voice = voice.open?.({ id: this.id, model: config.model, seed: options.seed }) ?? voice;
    this.input = new InputTape(recordLimitMs);
    this.output = new InputTape(recordLimitMs);
    this.#pump = new FramePump({ clock, rate: RATE, frameMs: FRAME_MS, onFrame: (samples) => this.#frame(samples), onFailure: (error) => this.#fail(error) });
    const rules = { rate: RATE, threshold: VAD_THRESHOLD, prefixPaddingMs: PADDING_MS, silenceMs: PAUSE_MS };
    this.#listener = new TurnListener({ createVad, ...rules, onTurn: (clip) => this.#onPiece(clip) });
    this.#expiresAt = Math.floor((Date.now() + limitMs) / 1000);
    this.#cancelExpiry = clock.after(limitMs, () => this.#expire());
    this.faults = new SessionFaults(options.faults, {
      fail: (error) => this.#send({ type: "error", error: errorPayload(error, null) }),
      expire: () => this.#expire(),
      close: (code, reason) => this.end(code, reason),
    });
    this.#wire = this.faults.wrap(options.wire);
    this.network = this.faults.start(this.#wire, this);
    this.#send({ type: "session.created", session: this.#resource() });
  }

  get log(): EventLog {
    return this.#hub.log;
  }

  get config(): TranslationConfig {
    return this.#config;
  }

  get closed(): CloseRecord | null {
    return this.#closed;
  }

  get elapsedMs(): number {
    return this.#frames * FRAME_MS;
  }

  receive(data: string | null): void {
    if (this.#closed !== null) return;
    let eventId: string | null = null;
    let logged = false;
    try {
      if (data === null) throw new WireError("Expected text messages, but got a binary one.", { code: "invalid_json" });
      const message = parseMessage(data);
      this.#hub.received(message);
      logged = true;
      if (typeof message.event_id === "string") eventId = message.event_id;
      const event = translationIncoming(message, "");
      if (event.type === "session.update") this.#update(event.session);
      else if (event.type === "session.close") this.#close();
      else this.#append(event.audio);
    } catch (error) {
      if (!logged) this.#hub.received(null);
      this.#send({ type: "error", error: errorPayload(asWireError(error), eventId) });
    }
  }

  ended(code: number, reason: string): void {
    this.end(code, reason);
  }

  /** Ends the session without a word. Idempotent. */
  end(code: number, reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = { atMs: this.#hub.nowMs, code, reason };
    this.#cancelExpiry();
    this.#abort.abort();
    this.#pump.close();
    this.#wire.close(code === 1005 || code === 1006 || code === 1015 ? 1000 : code, reason);
    this.faults.close();
    this.#options.onEnd?.();
  }

  #update(settings: unknown): void {
    this.#config = updatedTranslation(this.#config, settings);
    this.#send({ type: "session.updated", session: this.#resource() });
  }

  #append(base64: string): void {
    if (this.#closing) throw new WireError("The session is closing.", { code: "session_closing" });
    const bytes = appendedBytes(base64, this.#pump);
    const samples = this.#decoder.decode(bytes);
    this.input.append(samples, bytes.length, TRACK_FORMAT, this.#hub.nowMs);
    this.#pump.push(samples);
  }

  /** The client is done: what waits is taken in and translated, then the session is over. */
  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#pump.flush();
    this.#listener.cut();
    this.#finishWhenQuiet();
  }

  #finishWhenQuiet(): void {
    if (!this.#closing || this.#asked > 0 || this.#closed !== null) return;
    while (this.#speech.speaking) this.#emit();
    this.#send({ type: "session.closed" });
    this.end(1000, "");
  }

  /** Something of the emulator's user failed beyond repair. */
  #fail(error: unknown): void {
    this.#send({ type: "error", error: errorPayload(asWireError(error), null) });
    this.end(CLOSE_INTERNAL, "The emulator failed.");
  }

  #expire(): void {
    this.#send({ type: "error", error: errorPayload(new WireError(EXPIRED, { code: "session_expired" }), null) });
    this.end(CLOSE_CODES.sessionExpired, EXPIRED);
  }

  #frame(samples: Int16Array): void {
    this.#listener.push(samples);
    const { startMs } = this.#listener;
    if (startMs !== null && this.elapsedMs + FRAME_MS - startMs >= PIECE_MAX_MS) this.#listener.cut();
    this.#emit();
  }

  /** One frame of the timeline, and what is said in it. */
  #emit(): void {
    this.#frames++;
    const { samples, text, speaking } = this.#speech.next(FRAME_SAMPLES);
    const elapsed_ms = this.elapsedMs;
    if (text !== "") this.#send({ type: "session.output_transcript.delta", delta: text, elapsed_ms });
    if (!speaking) return;
    this.output.append(samples, samples.length * 2, TRACK_FORMAT, this.#hub.nowMs);
    const delta = encodeBase64(encodeWire(samples, TRACK_FORMAT));
    this.#send({ type: "session.output_audio.delta", delta, sample_rate: RATE, channels: 1, format: "pcm16", elapsed_ms });
  }

  /** A piece of speech: its words, if they are wanted, and its translation. */
  #onPiece(clip: AudioClip): void {
    const words = this.#transcribe(clip);
    const delta = this.#pieces++ > 0 && words !== "" ? ` ${words}` : words;
    if (this.#config.audio.input.transcription !== null && delta !== "") {
      this.#send({ type: "session.input_transcript.delta", delta, elapsed_ms: this.elapsedMs + FRAME_MS });
    }
    this.#asked++;
    try {
      const reply = this.#voice.reply({
        userAudio: clip,
        userText: "",
        items: [{ type: "message", role: "user", content: [{ type: "input_audio", transcript: words }] }],
        modality: "audio",
        rate: RATE,
        voice: "",
        instructions: `Translate what is said${this.#config.audio.output.language === undefined ? "" : ` to '${this.#config.audio.output.language}'`}.`,
        tools: [],
        toolChoice: "none",
        signal: this.#abort.signal,
      });
      // A voice that answers at once is heard at once; anything else is a promise, maybe of another realm.
      if (Array.isArray(reply)) this.#said(reply);
      else
        Promise.resolve(reply)
          .then((given) => this.#said(given))
          .catch((error) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
    }
  }

  #transcribe(clip: AudioClip): string {
    try {
      const known = this.#voice.transcript?.({ itemId: this.#options.ids.next("item"), index: this.#pieces, audio: clip }) ?? null;
      return known === null ? `[${seconds(clipMs(clip))} of speech]` : known.failure === undefined ? known.text : "";
    } catch (error) {
      this.#sendFailure(error);
      return "";
    }
  }

  #said(reply: VoiceReply): void {
    const items = Array.isArray(reply) ? reply : (reply as Partial<Exclude<VoiceReply, readonly unknown[]>> | null)?.items;
    if (!Array.isArray(items)) throw new TypeError("it gave neither an array of items nor an object with `items`.");
    for (const item of items) {
      if (item.type !== "message") continue;
      const samples = item.audio === undefined ? new Int16Array(0) : convertClip(item.audio, RATE).samples;
      this.#speech.add(this.#speech.speaking || this.output.appends.length > 0 ? ` ${item.text}` : item.text, samples);
    }
    this.#asked--;
    this.#finishWhenQuiet();
  }

  #failed(error: unknown): void {
    this.#sendFailure(error);
    this.#asked--;
    this.#finishWhenQuiet();
  }

  #sendFailure(error: unknown): void {
    const message = `The voice failed: ${error instanceof Error ? error.message : String(error)}`;
    this.#send({ type: "error", error: errorPayload(new WireError(message, { type: "server_error", code: "voice_failed" }), null) });
  }

  #resource(): TranslationSessionResource {
    return { id: this.id, type: "translation", expires_at: this.#expiresAt, ...this.#config };
  }

  #send(event: TranslationEventBody): void {
    if (this.#closed !== null) return;
    const whole: TranslationServerEvent = { event_id: this.#options.ids.next("event"), ...event };
    this.#hub.send(whole, [this.#wire]);
  }
}
