/**
 * The record of a session that runs elsewhere: at a service that is relayed to, or in a recording that is replayed. It is read off the events alone, in either direction, and
 * believes them; what it does not understand it only logs.
 */
import type { AudioFormat, ClientEvent, ServerConversationItem, ServerEvent } from "@sidetone/core/protocol";
import { decodeWire } from "../audio.ts";
import type { SessionFaultsRecord } from "../faults/session-faults.ts";
import type { Profile } from "../profiles.ts";
import { Conversation, SpokenAudio, type StoredItem } from "../session/conversation.ts";
import { audioBytes } from "../session/item-schema.ts";
import { type EffectiveSession, newSession } from "../session/session-config.ts";
import { isObject } from "../session/validate.ts";
import { InputTape } from "./input-tape.ts";
import { EventLog, withoutAudio } from "./log.ts";
import type { CloseRecord, SessionRecord, SessionTransport, TruncationRecord } from "./record.ts";
import type { RecordedSession } from "./recorder.ts";
import { redact } from "./redact.ts";
import type { SessionRecorder } from "./session-recorder.ts";

/** What a session is observed with. */
export interface ObserverOptions {
  readonly id: string;
  readonly model: string;
  /** Stands in until the session's own settings are known. */
  readonly profile: Profile;
  /** Time since the emulator started, in ms. */
  readonly nowMs: () => number;
  /** Where all sessions write. */
  readonly sharedLog: EventLog;
  readonly logLimit: number;
  readonly recordLimitMs: number;
  /** Whose events these are. */
  readonly source: RecordedSession["source"];
  /** Begins the session's recording. Default: it is not recorded. */
  readonly openRecorder?: (session: RecordedSession) => SessionRecorder;
  /** Ends the client's connection in order, or without a word. */
  readonly close: (code: number, reason: string) => void;
  readonly drop: () => void;
}

/** Reads a session's record off its events. */
export class ObservedSession implements SessionRecord {
  readonly id: string;
  readonly model: string;
  readonly transport: SessionTransport = "websocket";
  readonly openedAtMs: number;
  readonly log: EventLog;
  readonly input: InputTape;
  readonly items: StoredItem[] = [];
  readonly conversation: Conversation;
  readonly truncations: TruncationRecord[] = [];
  readonly faults: SessionFaultsRecord = {
    injected: [],
    set: () => {
      throw new TypeError("This session runs elsewhere; faults can only be put into sessions of the emulator's own.");
    },
  };
  readonly #options: ObserverOptions;
  readonly #recorder: SessionRecorder | null;
  #config: EffectiveSession;
  #closed: CloseRecord | null = null;

  constructor(options: ObserverOptions) {
    const { id, model, profile, source } = options;
    this.#options = options;
    this.id = id;
    this.model = model;
    this.openedAtMs = options.nowMs();
    this.log = new EventLog(options.logLimit);
    this.input = new InputTape(options.recordLimitMs);
    this.conversation = new Conversation("");
    this.#config = newSession(id, model, profile, 0);
    this.#recorder = options.openRecorder?.({ id, model, transport: "websocket", source, input: null, output: null }) ?? null;
  }

  get config(): EffectiveSession {
    return this.#config;
  }

  get closed(): CloseRecord | null {
    return this.#closed;
  }

  get mediaMs(): number {
    return this.input.durationMs;
  }

  close(code = 1000, reason = ""): void {
    this.#options.close(code, reason);
  }

  drop(): void {
    this.#options.drop();
  }

  /** A message that came from the client (`in`) or went to it (`out`); null for a binary one. Never throws. */
  message(direction: "in" | "out", text: string | null): void {
    const event = parsed(text);
    const cut = event === null ? null : withoutAudio(event as unknown as ClientEvent | ServerEvent);
    const type = typeof event?.type === "string" ? event.type : "(malformed)";
    const logged = cut === null ? null : (redact(cut.event) as ClientEvent | ServerEvent);
    const entry = { atMs: this.#options.nowMs(), sessionId: this.id, direction, type, event: logged, audioBytes: cut?.audioBytes ?? 0 };
    this.#recorder?.event(direction, event, text);
    this.log.add(entry);
    this.#options.sharedLog.add(entry);
    if (event === null) return;
    try {
      if (direction === "in") this.#fromClient(event);
      else this.#fromServer(event);
    } catch {
      // What is not as the protocol has it is the business of those who talk, not of who listens.
    }
  }

  /** The connection is over. Idempotent. */
  ended(code: number, reason: string): void {
    if (this.#closed !== null) return;
    this.#closed = { atMs: this.#options.nowMs(), code, reason };
    this.#recorder?.ended(code, reason);
  }

  #fromClient(event: Record<string, unknown>): void {
    if (event.type !== "input_audio_buffer.append" || typeof event.audio !== "string") return;
    const bytes = audioBytes(event.audio, "audio");
    const { format } = this.#config.audio.input;
    this.input.append(decodeWire(bytes, format), bytes.length, format, this.#options.nowMs());
  }

  #fromServer(event: Record<string, unknown>): void {
    const id = typeof event.item_id === "string" ? event.item_id : "";
    switch (event.type) {
      case "session.created":
      case "session.updated":
        if (isObject(event.session) && isObject(event.session.audio)) this.#configure(structuredClone(event.session), event.session.audio);
        break;
      case "conversation.item.added":
      case "conversation.item.created":
      case "conversation.item.done":
      case "response.output_item.added":
      case "response.output_item.done":
        if (isObject(event.item) && typeof event.item.id === "string") this.#item(structuredClone(event.item) as unknown as ServerConversationItem, event);
        break;
      case "response.output_audio.delta":
      case "response.audio.delta":
        this.#spoke(id, audioBytes(String(event.delta), "delta"));
        break;
      case "conversation.item.truncated": {
        const [contentIndex, audioEndMs] = [Number(event.content_index), Number(event.audio_end_ms)];
        this.items.find(({ wire }) => wire.id === id)?.spoken?.keep(audioEndMs);
        this.truncations.push({ atMs: this.#options.nowMs(), itemId: id, contentIndex, audioEndMs });
        break;
      }
      case "conversation.item.deleted":
        this.conversation.remove(id);
        break;
    }
  }

  /** Takes settings; what they do not have, as a transcription session has no output, stays as it was. */
  #configure(session: Record<string, unknown>, { input, output }: Record<string, unknown>): void {
    const { audio } = this.#config;
    const whole = { input: { ...audio.input, ...(isObject(input) ? input : {}) }, output: { ...audio.output, ...(isObject(output) ? output : {}) } };
    this.#config = { ...this.#config, ...session, audio: structuredClone(whole) } as EffectiveSession;
  }

  #item(wire: ServerConversationItem, { type, previous_item_id }: Record<string, unknown>): void {
    const known = this.items.find((item) => item.wire.id === wire.id);
    if (known !== undefined) Object.assign(known.wire, wire);
    const item: StoredItem = known ?? { wire, heard: new Map(), spoken: null };
    if (known === undefined) this.items.push(item);
    const enters = type === "conversation.item.added" || type === "conversation.item.created";
    if (!enters || this.conversation.find(wire.id) !== undefined) return;
    const after = typeof previous_item_id === "string" && this.conversation.find(previous_item_id) !== undefined ? previous_item_id : undefined;
    this.conversation.add(item, after);
  }

  #spoke(itemId: string, bytes: Uint8Array): void {
    const item = this.items.find(({ wire }) => wire.id === itemId);
    if (item === undefined) return;
    item.spoken ??= new SpokenAudio(this.#config.audio.output.format as AudioFormat);
    item.spoken.append(bytes);
  }
}

function parsed(text: string | null): Record<string, unknown> | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
