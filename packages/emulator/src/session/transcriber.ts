/**
 * Transcriptions of what the user says, beside the model. Nobody listens here: the words are the voice's (a script knows what the user is going to say), or the length of
 * the speech. How they come depends on the transcription model: all at once, in pieces after the commit, in pieces while the user still speaks, or by speaker.
 */
import type { InputTranscription, LogProb, TranscriptionUsage, UserMessageItem } from "@sidetone/core/protocol";
import { PROTOCOL_GRAINS } from "@sidetone/core/protocol";
import { type AudioClip, clipMs } from "../audio.ts";
import { seconds, type UserTranscript } from "../voices/voice.ts";
import type { SessionContext } from "./context.ts";

/** Speech in which one word is heard, in ms of media time, while a transcript streams. */
const STREAMED_WORD_MS = 320;
/** What comes of a voice that throws, or gives what is no transcript. */
const VOICE_FAILED: UserTranscript = Object.freeze({ text: "", failure: "voice_failed" });
const LOGPROBS = "item.input_audio_transcription.logprobs";

/** How a transcription model tells what it hears. */
interface Style {
  /** Deltas while the user speaks. */
  readonly streams: boolean;
  /** Deltas at all. */
  readonly pieces: boolean;
  /** A segment for each speaker. */
  readonly speakers: boolean;
  /** What it is billed by. */
  readonly billed: "duration" | "tokens";
}

/** A piece of speech that is being transcribed. */
interface Piece {
  readonly itemId: string;
  readonly index: number;
  /** Media time at which it began, in ms. */
  readonly startMs: number;
  transcript: UserTranscript | null;
  /** Words that were sent already. */
  sent: number;
}

/** Transcribes the speech of one session. */
export class Transcriber {
  readonly #context: SessionContext;
  readonly #timers = new Set<() => void>();
  #open: Piece | null = null;
  #count = 0;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** Speech begins at `startMs` of media time, and will be the item `itemId`. */
  begin(itemId: string, startMs: number): void {
    const index = this.#count++;
    this.#open = { itemId, index, startMs, transcript: this.#ask(itemId, index, null), sent: 0 };
  }

  /** Speech goes on up to `nowMs` of media time: what is heard by now is told, if the model tells it so early. */
  progress(nowMs: number): void {
    const piece = this.#open;
    if (piece?.transcript === null || piece === null || this.#config === null) return;
    if (!(piece.transcript.streaming ?? styleOf(this.#config).streams)) return;
    this.#say(piece, wordsOf(piece.transcript.text).slice(0, Math.floor((nowMs - piece.startMs) / STREAMED_WORD_MS)));
  }

  /** Speech was dropped, not committed. */
  forget(): void {
    this.#open = null;
  }

  /** Speech was committed as `wire`. */
  commit(wire: UserMessageItem & { id: string }, clip: AudioClip): void {
    const begun = this.#open?.itemId === wire.id ? this.#open : null;
    if (begun === null) this.begin(wire.id, 0);
    const piece = begun ?? (this.#open as Piece);
    this.#open = null;
    if (this.#config === null) return;
    const config = this.#config;
    const transcript = piece.transcript ?? this.#ask(wire.id, piece.index, clip) ?? { text: `[${seconds(clipMs(clip))} of speech]` };
    const { clock, conversation, profile } = this.#context;
    // Events about the item are to come, so its id stays taken, also when it is deleted.
    conversation.begin(wire.id);
    const cancel = clock.after(transcript.delayMs ?? profile.transcriptionDelayMs, () => {
      this.#timers.delete(cancel);
      conversation.finish(wire.id);
      this.#finish(piece, wire, clip, transcript, config);
    });
    this.#timers.add(cancel);
  }

  /** The session is over. */
  close(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  get #config(): InputTranscription | null {
    return this.#context.config.audio.input.transcription;
  }

  #ask(itemId: string, index: number, audio: AudioClip | null): UserTranscript | null {
    // Also where nothing is transcribed: a voice may answer to words that it alone knows.
    try {
      const transcript = this.#context.voice.transcript?.({ itemId, index, audio }) ?? null;
      return transcript === null || typeof transcript.text === "string" ? transcript : VOICE_FAILED;
    } catch {
      // Nobody would catch it: audio is being taken in, or a timer runs.
      return VOICE_FAILED;
    }
  }

  #finish(piece: Piece, wire: UserMessageItem & { id: string }, clip: AudioClip, transcript: UserTranscript, config: InputTranscription): void {
    const { send } = this.#context;
    const place = { item_id: wire.id, content_index: 0 };
    const fault = this.#context.faults.transcription(wire.id);
    if (fault !== null) {
      send({ type: "conversation.item.input_audio_transcription.failed", ...place, error: fault });
      return;
    }
    if (transcript.failure !== undefined) {
      const message = "The audio could not be transcribed.";
      const error = { type: "transcription_error", code: transcript.failure, message, param: null };
      send({ type: "conversation.item.input_audio_transcription.failed", ...place, error });
      return;
    }
    const { text } = transcript;
    const style = styleOf(config);
    const words = wordsOf(text);
    wire.content[0] = { type: "input_audio", transcript: text };
    if (style.pieces || piece.sent > 0) this.#say(piece, words);
    if (style.speakers) {
      const id = this.#context.ids.next("seg");
      send({ type: "conversation.item.input_audio_transcription.segment", ...place, id, text, speaker: "A", start: 0, end: clipMs(clip) / 1000 });
    }
    send({
      type: "conversation.item.input_audio_transcription.completed",
      ...place,
      transcript: text,
      usage: usageOf(style, clip, words.length),
      ...this.#logprobs(words),
    });
  }

  /** Tells the words that were not told yet. */
  #say(piece: Piece, words: readonly string[]): void {
    for (const delta of words.slice(piece.sent)) {
      this.#context.send({
        type: "conversation.item.input_audio_transcription.delta",
        item_id: piece.itemId,
        content_index: 0,
        delta,
        ...this.#logprobs([delta]),
        ...this.#context.obfuscation(delta),
      });
    }
    piece.sent = Math.max(piece.sent, words.length);
  }

  /** The words are given, so their probability is 1. */
  #logprobs(words: readonly string[]): { logprobs?: LogProb[] } {
    if (!this.#context.config.include?.includes(LOGPROBS)) return {};
    return { logprobs: words.map((token) => ({ token, bytes: [...new TextEncoder().encode(token)], logprob: 0 })) };
  }
}

/** Behaviour by the transcription model's name. */
function styleOf({ model = "" }: InputTranscription): Style {
  const whole = model.startsWith("whisper");
  const speakers = model.includes("diarize");
  const streams = model === "gpt-realtime-whisper" || model === "gpt-live-transcribe";
  return { streams, pieces: !whole && !speakers, speakers, billed: whole || streams ? "duration" : "tokens" };
}

function usageOf(style: Style, clip: AudioClip, words: number): TranscriptionUsage {
  if (style.billed === "duration") return { type: "duration", seconds: Math.ceil(clipMs(clip) / 1000) };
  const heard = Math.floor(clipMs(clip) / PROTOCOL_GRAINS.inputAudioTokenMs);
  return {
    type: "tokens",
    input_tokens: heard,
    output_tokens: words,
    total_tokens: heard + words,
    input_token_details: { audio_tokens: heard, text_tokens: 0 },
  };
}

function wordsOf(text: string): string[] {
  return text.match(/\s*\S+/gu) ?? [];
}
