/**
 * The user's audio on its way into the conversation. Time is media time: milliseconds of audio appended since the session began, never reset. The buffer proper is
 * what has not been committed or cleared; with turn detection, what came before a turn stays around for its prefix padding.
 */
import { type AudioFormat, bytesPerFrame, formatRate } from "@sidetone/core/protocol";
import { type AudioClip, decodeWire } from "../audio.ts";
import { SampleStore } from "../record/sample-store.ts";

/** Committed audio kept for the padding of a turn that begins right after, in ms. */
const HISTORY_MS = 60_000;

/** Appends, commits and clears in one input format. A change of format makes a new buffer that begins where this one ends. */
export class InputBuffer {
  /** Format of the bytes that are appended. */
  readonly format: AudioFormat;
  /** Media time of this buffer's first sample, in ms. */
  readonly originMs: number;
  readonly #rate: number;
  readonly #store = new SampleStore();
  #carry = new Uint8Array(0);
  #start = 0;

  /** `originMs` is the media time at which this buffer begins. */
  constructor(format: AudioFormat, originMs = 0) {
    this.format = format;
    this.originMs = originMs;
    this.#rate = formatRate(format);
  }

  /** Media time after the last sample, in ms, not rounded. */
  get endMs(): number {
    return this.originMs + (this.#store.end * 1000) / this.#rate;
  }

  /** Length of what would be committed now, in ms, not rounded. */
  get bufferedMs(): number {
    return ((this.#store.end - this.#start) * 1000) / this.#rate;
  }

  /** Appends wire bytes and returns the new samples; half a sample at the end waits for its other half. */
  append(bytes: Uint8Array): Int16Array {
    let whole = bytes;
    if (this.#carry.length > 0) {
      whole = new Uint8Array(this.#carry.length + bytes.length);
      whole.set(this.#carry);
      whole.set(bytes, this.#carry.length);
    }
    const usable = whole.length - (whole.length % bytesPerFrame(this.format));
    this.#carry = whole.slice(usable);
    const samples = decodeWire(whole.subarray(0, usable), this.format);
    this.#store.append(samples);
    return samples;
  }

  /** Everything in the buffer, which is empty afterwards. */
  takeAll(): AudioClip {
    return this.#take(this.#start, this.#store.end);
  }

  /** The audio between two media times; the buffer then begins at the later one. May reach back before the last commit, as padding does. */
  takeRange(fromMs: number, toMs: number): AudioClip {
    return this.#take(this.#position(fromMs), this.#position(toMs));
  }

  /** Drops what is in the buffer. */
  clear(): void {
    this.#start = this.#store.end;
    this.#forget();
  }

  /** While nobody speaks and turns are detected, old audio is of no use: keeps the newest minute. */
  trimIdle(): void {
    this.#start = Math.max(this.#start, this.#store.end - this.#frames(HISTORY_MS));
    this.#forget();
  }

  #take(from: number, to: number): AudioClip {
    const samples = this.#store.slice(from, to);
    this.#start = to;
    this.#forget();
    return { samples, rate: this.#rate };
  }

  #forget(): void {
    this.#store.dropBefore(Math.min(this.#start, this.#store.end - this.#frames(HISTORY_MS)));
  }

  #frames(ms: number): number {
    return Math.round((ms * this.#rate) / 1000);
  }

  #position(ms: number): number {
    return Math.min(this.#store.end, Math.max(0, this.#frames(ms - this.originMs)));
  }
}
