/**
 * wavtools' `WavRecorder` over Sidetone's capture worklet: the microphone as PCM16, in chunks as it comes and as a WAV file in the end.
 *
 * Thread: the worklet converts; the page gets a packet every 20 ms and copies it into the recording and into chunks, as wavtools' API has it. From `begin` to `end` the
 * microphone is open and packets come; they are kept between `record` and `pause` alone.
 */
import { checkKnown } from "@sidetone/core";
import { ChunkCollector, type WavChunk } from "./chunks.ts";
import { type DecodableAudio, type DecodedAudioType, decode } from "./decode.ts";
import { type AnalysisType, type AudioAnalysisOutputType, getFrequencies } from "./frequencies.ts";
import { type AudioInput, type DeviceChangeCallback, listDevices, requestPermission, watchDevices } from "./inputs.ts";
import { MicrophoneInput } from "./microphone-input.ts";
import { checkSampleRate, DEFAULT_SAMPLE_RATE, type Untyped, type WavRecorderOptions } from "./options.ts";
import { packPcm16, type WavPackerAudioType } from "./packer.ts";
import { type RecordedAudio, Recording } from "./recording.ts";

/** wavtools' default: bytes of mono audio in a chunk. (Its documentation says samples; it counts bytes.) */
const CHUNK_BYTES = 8192;

const ENDED = "Session ended: please call .begin() first";

/** Records the microphone as PCM16. */
export class WavRecorder {
  /** Rate of chunks and recording, in Hz. */
  readonly sampleRate: number;
  /** Whether the person hears the microphone. */
  readonly outputToSpeakers: boolean;
  /** Whether the console is told what is being done. */
  readonly debug: boolean;
  /** The MediaStream of the microphone, null without a session. */
  stream: Untyped = null;
  /** The AudioWorkletNode that captures, null without a session. */
  processor: Untyped = null;
  /** The MediaStreamAudioSourceNode, null without a session. */
  source: Untyped = null;
  /** The same as `processor`. */
  node: Untyped = null;
  /** The AnalyserNode that hears the microphone; null before the first session. */
  analyser: Untyped = null;
  /** Whether audio is being kept. */
  recording = false;
  readonly #workletUrl: string | URL | undefined;
  readonly #kept: Recording;
  #input: MicrophoneInput | null = null;
  #opening = false;
  #chunks: ChunkCollector | null = null;
  /** A microphone's first packets may be digital silence, until the device runs; like wavtools, nothing is kept before the first sound. */
  #heard = false;
  #stopWatching: () => void = () => undefined;

  /** A recorder without a microphone until `begin`. @throws {TypeError} for an unknown option, {RangeError} for a number out of range. */
  constructor(options: WavRecorderOptions = {}) {
    checkKnown("WavRecorder", options, ["sampleRate", "outputToSpeakers", "debug", "keepMs", "workletUrl"]);
    const { outputToSpeakers = false, debug = false, keepMs = Number.POSITIVE_INFINITY } = options;
    this.sampleRate = checkSampleRate(options.sampleRate ?? DEFAULT_SAMPLE_RATE);
    this.outputToSpeakers = Boolean(outputToSpeakers);
    this.debug = Boolean(debug);
    if (!(keepMs >= 0)) throw new RangeError(`keepMs is ${keepMs}; allowed are 0 ms and more.`);
    this.#kept = new Recording(Math.round((keepMs * this.sampleRate) / 1000));
    this.#workletUrl = options.workletUrl;
  }

  /**
   * Decodes a file (Blob, ArrayBuffer) or samples (the other types, at `fromSampleRate` Hz, 3000 or more) to `sampleRate` Hz. Rejects when `fromSampleRate` is given for a
   * file or missing for samples, and for audio that the browser cannot decode. The URL is the app's to revoke.
   */
  static decode(audioData: DecodableAudio, sampleRate = DEFAULT_SAMPLE_RATE, fromSampleRate = -1): Promise<DecodedAudioType> {
    return decode(audioData, sampleRate, fromSampleRate);
  }

  /** Writes to the console when `debug` is set. */
  log(...args: unknown[]): true {
    // biome-ignore lint/suspicious/noConsole: `debug` asks for it.
    if (this.debug) console.log(...args);
    return true;
  }

  /** The same as `sampleRate`. */
  getSampleRate(): number {
    return this.sampleRate;
  }

  /** `ended` without a microphone, `paused` with one, `recording` while its audio is kept. */
  getStatus(): "ended" | "paused" | "recording" {
    if (this.processor === null) return "ended";
    return this.recording ? "recording" : "paused";
  }

  /**
   * Calls `callback` with the microphones now and whenever they change, in place of a callback set before; null ends that.
   * @throws {Error} where the page may not use devices.
   */
  listenForDeviceChange(callback: DeviceChangeCallback | null): true {
    this.#stopWatching();
    this.#stopWatching = callback === null ? () => undefined : watchDevices(callback);
    return true;
  }

  /** Asks for the microphone where that was never decided; an alert says when it is refused. Resolves either way. */
  requestPermission(): Promise<true> {
    return requestPermission();
  }

  /** Every microphone, the default one first; asks for permission. Rejects where the page may not use devices. */
  listDevices(): Promise<AudioInput[]> {
    return listDevices();
  }

  /**
   * Opens a microphone (`deviceId` of `listDevices`, or the system's) and pauses; what an earlier session recorded is forgotten. Rejects when one is open, and with a
   * SidetoneError: `microphone-denied`, `microphone-unavailable`, `worklet-blocked`.
   */
  async begin(deviceId?: string): Promise<true> {
    if (this.processor !== null || this.#opening) throw new Error("Already connected: please call .end() to start a new session");
    this.#opening = true;
    try {
      const { sampleRate, outputToSpeakers } = this;
      const settings = { sampleRate, outputToSpeakers, deviceId: deviceId || undefined, workletUrl: this.#workletUrl };
      this.#kept.clear();
      this.#heard = false;
      const input = await MicrophoneInput.open(settings, (samples) => this.#take(samples));
      this.analyser = input.analyser;
      this.#hold(input);
    } finally {
      this.#opening = false;
    }
    return true;
  }

  /**
   * The spectrum of the microphone: 4096 bins up to half of `sampleRate`, or notes; decibels at which the values are 0 and 1.
   * @throws {Error} without a session, {TypeError} for another type, {RangeError} for decibels out of order.
   */
  getFrequencies(analysisType: AnalysisType = "frequency", minDecibels = -100, maxDecibels = -30): AudioAnalysisOutputType {
    this.#session();
    return getFrequencies(this.analyser, this.sampleRate, analysisType, minDecibels, maxDecibels);
  }

  /** Stops keeping audio; the microphone stays open. What was said until now is kept, and handed to the chunk processor, before this resolves. Rejects when not recording. */
  async pause(): Promise<true> {
    const input = this.#session();
    if (!this.recording) throw new Error("Already paused: please call .record() first");
    this.log("Pausing ...");
    await this.#stop(input);
    return true;
  }

  /**
   * Keeps audio from now on, behind what was kept before, and hands it to `chunkProcessor` in chunks of `chunkSize` bytes of mono audio or a little more; with 0, 20 ms
   * at a time. Chunks are mono. Rejects when recording, without a session and for arguments of other types.
   */
  record(chunkProcessor?: (data: WavChunk) => unknown, chunkSize?: number): Promise<true>;
  /** As the original declares it. What comes is an ArrayBuffer, here as there: `new Int16Array(data.mono)` gives the samples. */
  record(chunkProcessor?: (data: { mono: Int16Array; raw: Int16Array }) => unknown, chunkSize?: number): Promise<true>;
  async record(chunkProcessor: (data: never) => unknown = () => undefined, chunkSize = CHUNK_BYTES): Promise<true> {
    this.#session();
    if (this.recording) throw new Error("Already recording: please call .pause() first");
    if (typeof chunkProcessor !== "function") throw new TypeError("chunkProcessor must be a function");
    if (!(chunkSize >= 0 && chunkSize < Number.POSITIVE_INFINITY)) throw new RangeError(`chunkSize is ${chunkSize}; allowed are 0 bytes and more.`);
    this.log("Recording ...");
    this.#chunks = new ChunkCollector(chunkProcessor as (data: WavChunk) => unknown, chunkSize);
    this.recording = true;
    return true;
  }

  /** Forgets what was kept. Rejects without a session. */
  async clear(): Promise<true> {
    this.#session();
    this.#kept.clear();
    this.#heard = false;
    return true;
  }

  /** What was kept, as floats. Rejects without a session. */
  async read(): Promise<RecordedAudio> {
    this.#session();
    this.log("Reading ...");
    return this.#kept.read();
  }

  /** What was kept, as a WAV file. Rejects without a session, and while recording unless `force` is set. */
  async save(force = false): Promise<WavPackerAudioType> {
    this.#session();
    if (!force && this.recording) throw new Error("Currently recording: please call .pause() first, or call .save(true) to force");
    this.log("Exporting ...");
    return packPcm16(this.#kept.samples(), 1, this.sampleRate);
  }

  /** Ends the session: lets the microphone go (and closes the context, which wavtools leaves open) and resolves with what was kept. Rejects without a session. */
  async end(): Promise<WavPackerAudioType> {
    const input = this.#session();
    this.log("Stopping ...");
    if (this.recording) await this.#stop(input);
    this.log("Exporting ...");
    // Before anything is waited for: the app may begin the next session meanwhile.
    const audio = packPcm16(this.#kept.samples(), 1, this.sampleRate);
    if (this.#input === input) {
      this.#hold(null);
      await input.close();
    }
    return audio;
  }

  /** Ends the session, if there is one, and listens for microphones no more. */
  async quit(): Promise<true> {
    this.listenForDeviceChange(null);
    if (this.#input !== null) await this.end();
    return true;
  }

  /** The session that is open now, in the fields that apps know. */
  #hold(input: MicrophoneInput | null): void {
    this.#input = input;
    this.stream = input?.stream ?? null;
    this.source = input?.source ?? null;
    this.processor = input?.node ?? null;
    this.node = this.processor;
  }

  /** @throws {Error} without a session. */
  #session(): MicrophoneInput {
    if (this.#input === null) throw new Error(ENDED);
    return this.#input;
  }

  async #stop(input: MicrophoneInput): Promise<void> {
    await input.nextPacket();
    if (!this.recording) return;
    this.recording = false;
    this.#chunks?.flush();
    this.#chunks = null;
  }

  #take(samples: Int16Array): void {
    let from = 0;
    if (!this.#heard) {
      while (from < samples.length && samples[from] === 0) from++;
      this.#heard = from < samples.length;
    }
    if (!this.#heard || !this.recording) return;
    const heard = from === 0 ? samples : samples.subarray(from);
    this.#kept.append(heard);
    this.#chunks?.push(heard);
  }
}
