/**
 * The user's side of a session: audio comes in, turns are found or committed by hand, and become items. Events about a turn carry the id of the item it will become.
 */
import type { AudioFormat, UserMessageItem } from "@sidetone/core/protocol";
import { formatRate, PROTOCOL_LIMITS, SEMANTIC_VAD_MAX_WAIT_MS } from "@sidetone/core/protocol";
import type { AudioClip } from "../audio.ts";
import { WireError } from "../errors.ts";
import { TurnDetector, type TurnRules } from "../vad/turn-detector.ts";
import type { Vad } from "../vad/vad.ts";
import type { VadEdge } from "../vad/vad-iterator.ts";
import { inputFormat, type SessionContext, snapshot } from "./context.ts";
import type { StoredItem } from "./conversation.ts";
import { IdleTimer } from "./idle-timer.ts";
import { InputBuffer } from "./input-buffer.ts";
import type { SemanticVadConfig, ServerVadConfig } from "./session-config.ts";
import { Transcriber } from "./transcriber.ts";

/** `semantic_vad` has no numbers to set; these are the defaults of `server_vad`. */
const SEMANTIC_THRESHOLD = 0.5;
const SEMANTIC_PADDING_MS = 300;
/** Part of the longest silence after which `semantic_vad` takes an utterance that sounds finished for one: 0.25 s with high eagerness, 0.5 s by default, 1 s with low. */
const SEMANTIC_LEAST_PART = 1 / 8;

/** What the session does about turns. */
export interface ListenerOptions {
  /** Makes a detector; called for each input format. */
  readonly createVad: () => Vad;
  /** Speech began and `speech_started` was sent. */
  readonly onSpeechStarted: () => void;
  /** The user stayed silent, and what there was is in the conversation. */
  readonly onTimeout: () => void;
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
  readonly #transcriber: Transcriber;
  readonly #idle = new IdleTimer();
  #lastIdleMs: number | null = null;
  #buffer: InputBuffer;
  #detector: TurnDetector;
  #turn: Turn | null = null;
  /** The item that the buffer will become, once it is known without turn detection. */
  #manualId: string | null = null;

  constructor(context: SessionContext, options: ListenerOptions) {
    this.#context = context;
    this.#options = options;
    this.#transcriber = new Transcriber(context);
    this.#buffer = new InputBuffer(inputFormat(context));
    this.#detector = this.#newDetector();
  }

  /** Media time: how much audio was appended since the session began, in ms. */
  get mediaMs(): number {
    return this.#buffer.endMs;
  }

  /** Whether `id` belongs to the item that is being said. */
  expects(id: string): boolean {
    return id === this.#turn?.itemId || id === this.#manualId;
  }

  /** Takes the session's new settings. A new format drops what is not committed; media time goes on. */
  configure(): void {
    const { turn_detection } = this.#context.config.audio.input;
    const format = inputFormat(this.#context);
    if (!sameFormat(format, this.#buffer.format)) {
      this.#buffer = new InputBuffer(format, this.#buffer.endMs);
      this.#detector = this.#newDetector();
      this.#dropTurn();
      return;
    }
    this.#detector.configure(turnRules(turn_detection));
    if (this.#idleMs !== null && this.#lastIdleMs === null) this.#idle.limited(this.mediaMs);
    this.#lastIdleMs = this.#idleMs;
    const byHand = turn_detection === null;
    if (byHand ? this.#turn !== null : this.#manualId !== null) this.#dropTurn();
  }

  /** Audio of the client, in the input format; returns its samples. Turns that begin or end in it are told before this returns. */
  append(bytes: Uint8Array): Int16Array {
    const samples = this.#buffer.append(bytes);
    const byHand = this.#context.config.audio.input.turn_detection === null;
    if (byHand && this.#manualId === null) {
      this.#manualId = this.#context.ids.next("item");
      this.#transcriber.begin(this.#manualId, this.#buffer.endMs - (samples.length * 1000) / formatRate(this.#buffer.format));
    }
    this.#detector.push(samples);
    this.#transcriber.progress(this.#buffer.endMs);
    if (this.#turn === null && !byHand) this.#buffer.trimIdle();
    return samples;
  }

  /** The client ends the turn. @throws {WireError} when there is too little audio. */
  commit(): void {
    const fault = this.#context.faults.commit();
    if (fault !== null) throw fault;
    const turn = this.#turn;
    const heldMs = turn === null ? this.#buffer.bufferedMs : this.#buffer.endMs - turn.startMs;
    if (heldMs < PROTOCOL_LIMITS.commitMinMs) {
      const message = `Error committing input audio buffer: buffer too small. Expected at least ${PROTOCOL_LIMITS.commitMinMs}ms of audio, but buffer only has ${heldMs.toFixed(2)}ms of audio.`;
      throw new WireError(message, { code: "input_audio_buffer_commit_empty" });
    }
    const clip = turn === null ? this.#buffer.takeAll() : this.#buffer.takeRange(turn.startMs, this.#buffer.endMs);
    const itemId = turn?.itemId ?? this.#manualId ?? this.#context.ids.next("item");
    this.#forgetTurn();
    this.#addItem(itemId, clip);
  }

  /** The client drops what is not committed. */
  clear(): void {
    this.#buffer.clear();
    this.#forgetTurn();
    this.#transcriber.forget();
    this.#context.send({ type: "input_audio_buffer.cleared" });
  }

  /** A response is over, of which `audioMs` will be heard from now on: silence after that may end in a timeout. */
  responded(audioMs: number): void {
    if (this.#turn === null) this.#idle.arm(this.mediaMs + audioMs);
  }

  /** A response begins. */
  responding(): void {
    this.#idle.disarm();
  }

  /** The connection is gone. */
  close(): void {
    this.#transcriber.close();
  }

  #newDetector(): TurnDetector {
    const { turn_detection } = this.#context.config.audio.input;
    const detector = new TurnDetector({
      vad: this.#options.createVad(),
      rate: formatRate(this.#buffer.format),
      originMs: Math.round(this.#buffer.originMs),
      onEdge: (edge) => this.#onEdge(edge),
      onFrame: (endMs) => this.#onFrame(endMs),
    });
    detector.configure(turnRules(turn_detection));
    return detector;
  }

  #onEdge(edge: VadEdge): void {
    const { ids, send } = this.#context;
    if (edge.type === "start") {
      this.#turn = { itemId: ids.next("item"), startMs: edge.atMs };
      this.#idle.disarm();
      this.#transcriber.begin(this.#turn.itemId, edge.atMs);
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

  /** How long the user may be silent, in ms; null is for ever. */
  get #idleMs(): number | null {
    const { turn_detection } = this.#context.config.audio.input;
    return turn_detection?.type === "server_vad" ? turn_detection.idle_timeout_ms : null;
  }

  /** The user has been silent for too long after a response: what there is becomes an item, and the model speaks up. */
  #onFrame(endMs: number): void {
    const startMs = this.#turn === null ? this.#idle.expired(endMs, this.#idleMs) : null;
    if (startMs === null) return;
    const itemId = this.#context.ids.next("item");
    this.#context.send({ type: "input_audio_buffer.timeout_triggered", audio_start_ms: startMs, audio_end_ms: endMs, item_id: itemId });
    this.#addItem(itemId, this.#buffer.takeRange(startMs, endMs));
    this.#options.onTimeout();
  }

  #forgetTurn(): void {
    this.#turn = null;
    this.#manualId = null;
    this.#detector.reset();
  }

  /** What was being said will be no item: nothing more is told about it. */
  #dropTurn(): void {
    this.#turn = null;
    this.#manualId = null;
    this.#transcriber.forget();
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
    this.#transcriber.commit(wire, clip);
  }
}

function turnRules(config: ServerVadConfig | SemanticVadConfig | null): TurnRules | null {
  if (config === null) return null;
  if (config.type === "semantic_vad") {
    const longestSilenceMs = SEMANTIC_VAD_MAX_WAIT_MS[config.eagerness];
    return { threshold: SEMANTIC_THRESHOLD, prefixPaddingMs: SEMANTIC_PADDING_MS, silenceMs: SEMANTIC_LEAST_PART * longestSilenceMs, longestSilenceMs };
  }
  return { threshold: config.threshold, prefixPaddingMs: config.prefix_padding_ms, silenceMs: config.silence_duration_ms };
}

function sameFormat(a: AudioFormat, b: AudioFormat): boolean {
  return a.type === b.type;
}
