/**
 * The user's side of a session: audio comes in, turns are found or committed by hand, and become items. Events about a turn carry the id of the item it will become.
 */
import type { AudioFormat, UserMessageItem } from "@sidetone/core/protocol";
import { formatRate, PROTOCOL_LIMITS } from "@sidetone/core/protocol";
import { type AudioClip, clipMs } from "../audio.ts";
import { WireError } from "../errors.ts";
import { TurnDetector } from "../vad/turn-detector.ts";
import type { Vad } from "../vad/vad.ts";
import type { VadEdge, VadIteratorSettings } from "../vad/vad-iterator.ts";
import { seconds } from "../voices/voice.ts";
import { inputFormat, type SessionContext, snapshot } from "./context.ts";
import type { StoredItem } from "./conversation.ts";
import { InputBuffer } from "./input-buffer.ts";
import type { SemanticVadConfig, ServerVadConfig } from "./session-config.ts";

/** What stands in for a semantic model: silence in ms by eagerness. */
const SEMANTIC_SILENCE_MS = { high: 400, medium: 800, auto: 800, low: 1600 } as const;
const SEMANTIC_THRESHOLD = 0.5;
const SEMANTIC_PADDING_MS = 300;

/** What the session does about turns. */
export interface ListenerOptions {
  /** Makes a detector; called for each input format. */
  readonly createVad: () => Vad;
  /** Speech began and `speech_started` was sent. */
  readonly onSpeechStarted: () => void;
  /** A turn ended by itself and its item is in the conversation. */
  readonly onTurn: () => void;
}

interface Turn {
  readonly itemId: string;
  readonly startMs: number;
}

/** Hears the user. */
export class Listener {
  readonly #context: SessionContext;
  readonly #options: ListenerOptions;
  readonly #transcriptions = new Set<() => void>();
  #buffer: InputBuffer;
  #detector: TurnDetector;
  #turn: Turn | null = null;

  constructor(context: SessionContext, options: ListenerOptions) {
    this.#context = context;
    this.#options = options;
    this.#buffer = new InputBuffer(inputFormat(context));
    this.#detector = this.#newDetector();
  }

  /** Media time: how much audio was appended since the session began, in ms. */
  get mediaMs(): number {
    return this.#buffer.endMs;
  }

  /** Takes the session's new settings. A new format drops what is not committed; media time goes on. */
  configure(): void {
    const { turn_detection } = this.#context.config.audio.input;
    const format = inputFormat(this.#context);
    if (!sameFormat(format, this.#buffer.format)) {
      this.#buffer = new InputBuffer(format, this.#buffer.endMs);
      this.#detector = this.#newDetector();
      this.#turn = null;
      return;
    }
    this.#detector.configure(vadSettings(turn_detection));
    if (turn_detection === null) this.#turn = null;
  }

  /** Audio of the client, in the input format; returns its samples. Turns that begin or end in it are told before this returns. */
  append(bytes: Uint8Array): Int16Array {
    const samples = this.#buffer.append(bytes);
    this.#detector.push(samples);
    if (this.#turn === null && this.#context.config.audio.input.turn_detection !== null) this.#buffer.trimIdle();
    return samples;
  }

  /** The client ends the turn. @throws {WireError} when there is too little audio. */
  commit(): void {
    const turn = this.#turn;
    const heldMs = turn === null ? this.#buffer.bufferedMs : this.#buffer.endMs - turn.startMs;
    if (heldMs < PROTOCOL_LIMITS.commitMinMs) {
      const message = `Error committing input audio buffer: buffer too small. Expected at least ${PROTOCOL_LIMITS.commitMinMs}ms of audio, but buffer only has ${heldMs.toFixed(2)}ms of audio.`;
      throw new WireError(message, { code: "input_audio_buffer_commit_empty" });
    }
    const clip = turn === null ? this.#buffer.takeAll() : this.#buffer.takeRange(turn.startMs, this.#buffer.endMs);
    this.#forgetTurn();
    this.#addItem(turn?.itemId ?? this.#context.ids.next("item"), clip);
  }

  /** The client drops what is not committed. */
  clear(): void {
    this.#buffer.clear();
    this.#forgetTurn();
    this.#context.send({ type: "input_audio_buffer.cleared" });
  }

  /** The connection is gone. */
  close(): void {
    for (const cancel of this.#transcriptions) cancel();
    this.#transcriptions.clear();
  }

  #newDetector(): TurnDetector {
    const { turn_detection } = this.#context.config.audio.input;
    const detector = new TurnDetector({
      vad: this.#options.createVad(),
      rate: formatRate(this.#buffer.format),
      originMs: Math.round(this.#buffer.originMs),
      onEdge: (edge) => this.#onEdge(edge),
    });
    detector.configure(vadSettings(turn_detection));
    return detector;
  }

  #onEdge(edge: VadEdge): void {
    const { ids, send } = this.#context;
    if (edge.type === "start") {
      this.#turn = { itemId: ids.next("item"), startMs: edge.atMs };
      send({ type: "input_audio_buffer.speech_started", audio_start_ms: edge.atMs, item_id: this.#turn.itemId });
      this.#options.onSpeechStarted();
      return;
    }
    const turn = this.#turn;
    if (turn === null) return;
    this.#turn = null;
    send({ type: "input_audio_buffer.speech_stopped", audio_end_ms: edge.atMs, item_id: turn.itemId });
    this.#addItem(turn.itemId, this.#buffer.takeRange(turn.startMs, edge.atMs));
    this.#options.onTurn();
  }

  #forgetTurn(): void {
    this.#turn = null;
    this.#detector.reset();
  }

  #addItem(id: string, clip: AudioClip): void {
    const { conversation, record, send } = this.#context;
    const previous = conversation.lastId;
    const wire: UserMessageItem & { id: string } = {
      id,
      type: "message",
      status: "completed",
      role: "user",
      content: [{ type: "input_audio", transcript: null }],
    };
    const item: StoredItem = { wire, heard: new Map([[0, clip]]), spoken: null };
    record(item);
    conversation.add(item);
    send({ type: "input_audio_buffer.committed", previous_item_id: previous, item_id: id });
    send({ type: "conversation.item.added", previous_item_id: previous, item: snapshot(wire) });
    send({ type: "conversation.item.done", previous_item_id: previous, item: snapshot(wire) });
    if (this.#context.config.audio.input.transcription !== null) this.#transcribe(wire, clip);
  }

  /** Says honestly what it can tell about the audio; no model listens here. */
  #transcribe(wire: UserMessageItem & { id: string }, clip: AudioClip): void {
    const { clock, profile, send, obfuscation } = this.#context;
    const cancel = clock.after(profile.transcriptionDelayMs, () => {
      this.#transcriptions.delete(cancel);
      const transcript = `[${seconds(clipMs(clip))} of speech]`;
      wire.content[0] = { type: "input_audio", transcript };
      const place = { item_id: wire.id, content_index: 0 };
      send({ type: "conversation.item.input_audio_transcription.delta", ...place, delta: transcript, ...obfuscation(transcript) });
      const usage = { type: "duration" as const, seconds: Math.ceil(clipMs(clip) / 1000) };
      send({ type: "conversation.item.input_audio_transcription.completed", ...place, transcript, usage });
    });
    this.#transcriptions.add(cancel);
  }
}

function vadSettings(config: ServerVadConfig | SemanticVadConfig | null): VadIteratorSettings | null {
  if (config === null) return null;
  if (config.type === "semantic_vad") {
    return { threshold: SEMANTIC_THRESHOLD, prefixPaddingMs: SEMANTIC_PADDING_MS, silenceMs: SEMANTIC_SILENCE_MS[config.eagerness] };
  }
  return { threshold: config.threshold, prefixPaddingMs: config.prefix_padding_ms, silenceMs: config.silence_duration_ms };
}

function sameFormat(a: AudioFormat, b: AudioFormat): boolean {
  return a.type === b.type;
}
