/**
 * A session as a WAV file of two channels at 24 kHz: what the user sent on the left; on the right what the model said, where a client that plays at once would have played it,
 * and cut where the client says that it was cut. Both are on the clock of the user's audio (media time): a file ends with it, and with what was still to be played.
 *
 * Written while it grows. The model's speech is held back for a while, since a cut comes after the fact; memory is bounded by that, and by the longest reply that is ahead.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { decodeBase64, WavWriter } from "@sidetone/core/dsp";
import { type AudioFormat, formatRate, PCM16_24K } from "@sidetone/core/protocol";
import { convertClip, decodeWire, toFloat } from "../audio.ts";
import { SampleStore } from "./sample-store.ts";

const RATE = 24_000;
/** How long the right channel waits for cuts, in frames: longer than a client takes to say what was heard. */
const HOLD_FRAMES = 5 * RATE;
/** Most frames that the model's speech may be ahead: ten minutes. Beyond, the user counts as silent. */
const MAX_AHEAD_FRAMES = 600 * RATE;

/** Where an item's speech lies on the right channel. */
interface Placed {
  readonly startFrame: number;
  endFrame: number;
  /** Whether the client has dropped the rest; what still comes of it is not played. */
  cut: boolean;
}

/** Writes a session's sound. */
export class SessionWav {
  readonly #writer = new WavWriter({ rate: RATE, channels: 2 });
  readonly #onError: (error: Error) => void;
  readonly #fd: number;
  readonly #left = new SampleStore();
  readonly #right = new SampleStore();
  readonly #items = new Map<string, Placed>();
  #input: AudioFormat = PCM16_24K;
  #output: AudioFormat = PCM16_24K;
  #written = 0;
  #open = true;

  /** Makes the file. @throws {Error} when it cannot be made. */
  constructor(path: string, onError: (error: Error) => void) {
    this.#onError = onError;
    this.#fd = openSync(path, "wx", 0o600);
    writeSync(this.#fd, this.#writer.header);
  }

  /** Takes what an event says about sound. Never throws. */
  event(direction: "in" | "out", event: Readonly<Record<string, unknown>>): void {
    if (!this.#open) return;
    try {
      this.#take(direction, event);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** Takes audio of a media track: 24 kHz PCM16. Never throws. */
  track(direction: "in" | "out", bytes: Uint8Array, itemId: string | null): void {
    if (!this.#open) return;
    try {
      const samples = decodeWire(bytes, PCM16_24K);
      if (direction === "in") this.#hear(samples);
      else this.#speak(itemId ?? "", samples);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** Writes the rest and closes the file. Idempotent, never throws. */
  end(): void {
    if (!this.#open) return;
    try {
      this.#write(Math.max(this.#left.end, this.#right.end));
      const { header } = this.#writer.finish();
      writeSync(this.#fd, header, 0, header.length, 0);
      this.#open = false;
      closeSync(this.#fd);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #take(direction: "in" | "out", event: Readonly<Record<string, unknown>>): void {
    const { type, audio, delta, item_id, audio_end_ms } = event;
    if (direction === "in" && type === "input_audio_buffer.append" && typeof audio === "string") this.#hear(samplesOf(audio, this.#input));
    else if (type === "response.output_audio.delta" && typeof delta === "string") this.#speak(String(item_id), samplesOf(delta, this.#output));
    else if (type === "conversation.item.truncated" && typeof audio_end_ms === "number") this.#cut(String(item_id), audio_end_ms);
    else if (type === "conversation.item.deleted") this.#cut(String(item_id), 0);
    else if (type === "session.created" || type === "session.updated") this.#configure(event.session);
  }

  #configure(session: unknown): void {
    const { input, output } = ((session as { audio?: unknown })?.audio ?? {}) as { input?: { format?: AudioFormat }; output?: { format?: AudioFormat } };
    if (input?.format !== undefined) this.#input = input.format;
    if (output?.format !== undefined) this.#output = output.format;
  }

  #hear(samples: Int16Array): void {
    this.#left.append(samples);
    this.#write(Math.max(this.#left.end - HOLD_FRAMES, this.#right.end - MAX_AHEAD_FRAMES));
  }

  #speak(itemId: string, samples: Int16Array): void {
    let place = this.#items.get(itemId);
    if (place === undefined) {
      // A reply is played when it comes, or after what is still being played.
      const startFrame = Math.max(this.#left.end, this.#right.end);
      this.#right.append(new Int16Array(startFrame - this.#right.end));
      place = { startFrame, endFrame: startFrame, cut: false };
      this.#items.set(itemId, place);
    }
    if (place.cut) return;
    this.#right.append(samples);
    place.endFrame = this.#right.end;
    this.#write(this.#right.end - MAX_AHEAD_FRAMES);
  }

  #cut(itemId: string, endMs: number): void {
    const place = this.#items.get(itemId);
    if (place === undefined) return;
    place.cut = true;
    const from = Math.max(this.#written, place.startFrame + Math.round((endMs * RATE) / 1000));
    this.#right.cut(from);
  }

  /** Writes frames up to position `to`; what one side does not have is silent. */
  #write(to: number): void {
    const frames = to - this.#written;
    if (frames <= 0) return;
    const interleaved = new Float32Array(2 * frames);
    for (const [channel, store] of [this.#left, this.#right].entries()) {
      const part = toFloat(store.slice(this.#written, Math.min(to, store.end)));
      for (let i = 0; i < part.length; i++) interleaved[2 * i + channel] = part[i] as number;
    }
    const bytes = new Uint8Array(this.#writer.bytesOf(interleaved.length));
    this.#writer.write(interleaved, bytes);
    writeSync(this.#fd, bytes);
    this.#written = to;
    for (const store of [this.#left, this.#right]) {
      if (store.end < to) store.append(new Int16Array(to - store.end));
      store.dropBefore(to);
    }
    for (const [id, { endFrame }] of this.#items) if (endFrame < this.#written) this.#items.delete(id);
  }

  #fail(error: Error): void {
    this.#open = false;
    try {
      closeSync(this.#fd);
    } catch {}
    this.#onError(error);
  }
}

/** Audio of the wire at 24 kHz, each piece by itself; none where a client sent something else. */
function samplesOf(base64: string, format: AudioFormat): Int16Array {
  const bytes = new Uint8Array(Math.ceil((base64.length * 3) / 4));
  try {
    const samples = decodeWire(bytes.subarray(0, decodeBase64(base64, bytes)), format);
    return convertClip({ samples, rate: formatRate(format) }, RATE).samples;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return new Int16Array(0);
    throw error;
  }
}
