/**
 * wavtools' `WavStreamPlayer` over Sidetone's playback worklet: add chunks of PCM16 by track, ask what is at the ear, interrupt.
 *
 * Thread: the page decodes and posts; jitter buffer, conversion to the device's rate and the books on what was heard are the worklet's. See `track-log.ts` for how
 * tracks without an end become items that have one.
 */
import { checkKnown } from "@sidetone/core";
import { decodePcm16 } from "@sidetone/core/dsp";
import type { PlaybackPosition } from "@sidetone/core/engine";
import { PlayerConnection } from "./connection.ts";
import { type AnalysisType, type AudioAnalysisOutputType, getFrequencies } from "./frequencies.ts";
import { IdleWatch } from "./idle-watch.ts";
import { checkSampleRate, DEFAULT_SAMPLE_RATE, type Untyped, type WavStreamPlayerOptions } from "./options.ts";
import { TrackLog, type TrackSampleOffset } from "./track-log.ts";

/** Plays tracks of raw PCM16 as their chunks come. */
export class WavStreamPlayer {
  /** Rate of the PCM16, in Hz. */
  readonly sampleRate: number;
  /** The AudioContext, null before `connect`. It runs at the device's own rate, not at `sampleRate`; closing it ends the player until the next `connect`. */
  context: Untyped = null;
  /** The AudioWorkletNode while there is anything to play, else null. Otherwise than in wavtools it is the same node for as long as the context lives. */
  stream: Untyped = null;
  /** The AnalyserNode that hears the output, null before `connect`. */
  analyser: Untyped = null;
  /** The last offset told of each track, by track; wavtools keys them by request and keeps them all. */
  trackSampleOffsets: Record<string, TrackSampleOffset> = {};
  /** Tracks that were interrupted; what is added to them is ignored. An app that wants to use a name again takes it out. */
  interruptedTrackIds: Record<string, boolean> = {};
  readonly #workletUrl: string | URL | undefined;
  readonly #idle = new IdleWatch();
  #connection: PlayerConnection | null = null;
  #log = new TrackLog();
  /** Counts chunks, to see whether any came while an answer was on its way. */
  #chunks = 0;

  /** A player that is silent until `connect`. @throws {TypeError} for an unknown option, {RangeError} for a rate out of range. */
  constructor(options: WavStreamPlayerOptions = {}) {
    checkKnown("WavStreamPlayer", options, ["sampleRate", "workletUrl"]);
    this.sampleRate = checkSampleRate(options.sampleRate ?? DEFAULT_SAMPLE_RATE);
    this.#workletUrl = options.workletUrl;
  }

  /**
   * Opens the loudspeaker. Chunks may be added from the call on, before it resolves. Where the browser keeps the page silent until the person clicks, this does not
   * wait for it: sound begins at the click. A second call keeps the context that is there (wavtools makes another each time). Rejects with a SidetoneError:
   * `audio-unavailable`, or `worklet-blocked` when a Content-Security-Policy forbids the worklet.
   */
  async connect(): Promise<true> {
    const connection = this.#connection ?? this.#open();
    // Not awaited: without a gesture this would not resolve.
    if (connection.context.state === "suspended") connection.context.resume().catch(() => undefined);
    const node = await connection.ready;
    if (!this.#log.empty && connection === this.#connection) this.stream = node;
    return true;
  }

  #open(): PlayerConnection {
    const connection = new PlayerConnection(this.sampleRate, this.#workletUrl, {
      onPosition: (position) => this.#watch(connection, position),
      onClosed: () => this.#disconnected(connection),
    });
    this.#connection = connection;
    this.context = connection.context;
    this.analyser = connection.analyser;
    connection.ready.catch(() => this.#disconnected(connection));
    return connection;
  }

  #disconnected(connection: PlayerConnection): void {
    if (connection !== this.#connection) return;
    this.#connection = null;
    this.#log = new TrackLog();
    this.stream = null;
  }

  /**
   * The spectrum of what is played: 4096 bins up to half of `sampleRate`, or notes; decibels at which the values are 0 and 1.
   * @throws {Error} before `connect`, {TypeError} for another type, {RangeError} for decibels out of order.
   */
  getFrequencies(analysisType: AnalysisType = "frequency", minDecibels = -100, maxDecibels = -30): AudioAnalysisOutputType {
    if (this.analyser === null) throw new Error("Not connected, please call .connect() first");
    return getFrequencies(this.analyser, this.sampleRate, analysisType, minDecibels, maxDecibels);
  }

  /**
   * Queues 16-bit samples (little-endian when given as an ArrayBuffer) behind what is there. The caller keeps its array. Another `trackId` than before ends the track
   * before; every sample of it is played all the same. What is added to an interrupted track is ignored.
   * @returns the samples, undefined when they were ignored. @throws {TypeError} for arguments of other types, {RangeError} for half a sample, {Error} before `connect`.
   */
  add16BitPCM(arrayBuffer: ArrayBuffer | Int16Array, trackId = "default"): Int16Array | undefined {
    if (typeof trackId !== "string") throw new TypeError(`trackId must be a string; given was ${typeof trackId}.`);
    if (Object.hasOwn(this.interruptedTrackIds, trackId) && this.interruptedTrackIds[trackId]) return undefined;
    const connection = this.#connection;
    if (connection === null) throw new Error("Not connected, please call .connect() first");
    const pcm = toPcm16(arrayBuffer);
    if (pcm.length === 0) return pcm;
    const samples = new Float32Array(pcm.length);
    decodePcm16(pcm, samples);
    const { part, ended } = this.#log.add(trackId, pcm.length);
    if (ended !== null) connection.post({ type: "end-of-item", itemId: ended.itemId, contentIndex: ended.contentIndex });
    connection.post({ type: "segment", itemId: part.itemId, contentIndex: part.contentIndex, samples }, [samples.buffer]);
    this.#chunks++;
    this.#idle.reset();
    this.stream ??= connection.node;
    return pcm;
  }

  /**
   * The track at the ear and how much of it was heard, output latency deducted; null when nothing plays. It counts what was rendered, not what was sent, so an underrun
   * neither resets nor advances it. With `interrupt`, stops there: see {@link interrupt}.
   */
  async getTrackSampleOffset(interrupt = false): Promise<TrackSampleOffset | null> {
    const connection = this.#connection;
    if (connection === null || this.#log.empty) return null;
    const log = this.#log;
    const ids = log.trackIds;
    if (interrupt) {
      // What comes from now on is for the next reply, unless it belongs to what is being cut.
      this.#log = new TrackLog(log);
      this.stream = null;
      for (const id of ids) this.interruptedTrackIds[id] = true;
    }
    const at = await connection.locate(interrupt);
    const offset = at === null ? null : log.locate(at, this.sampleRate);
    if (interrupt) {
      const cut = log.cut(offset);
      for (const id of ids) if (!cut.includes(id)) delete this.interruptedTrackIds[id];
    }
    if (offset !== null) this.trackSampleOffsets[offset.trackId] = offset;
    return offset;
  }

  /**
   * Stops, faded within 12 ms, forgets what is queued, and says what was at the ear; null when nothing plays, or nothing has for a quarter of a second. The track and
   * every track queued behind it count as interrupted (in wavtools the first alone).
   */
  interrupt(): Promise<TrackSampleOffset | null> {
    return this.getTrackSampleOffset(true);
  }

  #watch(connection: PlayerConnection, position: PlaybackPosition): void {
    if (connection !== this.#connection || this.#log.empty) return;
    this.#log.advance(position);
    if (this.#idle.observe(position)) void this.#settle(connection);
  }

  /** Playback rests: plays what is too short to start by itself, or takes the track for ended. The answer counts only if nothing was sent meanwhile. */
  async #settle(connection: PlayerConnection): Promise<void> {
    const log = this.#log;
    const chunks = this.#chunks;
    const at = await connection.locate(false);
    if (at === null || log !== this.#log || chunks !== this.#chunks) return;
    const ended = log.endLast();
    if (ended !== null) connection.post({ type: "end-of-item", itemId: ended.itemId, contentIndex: ended.contentIndex });
    if (!log.finished(at)) return;
    this.#log = new TrackLog(log);
    this.stream = null;
  }
}

/** @throws {TypeError} for anything but the two types, {RangeError} for an odd number of bytes. */
function toPcm16(audio: ArrayBuffer | Int16Array): Int16Array {
  if (audio instanceof Int16Array) return audio;
  if (!(audio instanceof ArrayBuffer)) throw new TypeError("argument must be Int16Array or ArrayBuffer");
  if (audio.byteLength % 2 !== 0) throw new RangeError(`argument has ${audio.byteLength} bytes; allowed are whole samples of 2 bytes.`);
  return new Int16Array(audio);
}
