/**
 * What the capture worklet does with a quantum: downmix, resample to the wire's rate, meter, cut into packets, encode, send. Sends silence while muted, so that the
 * server's clock of appended audio (and its VAD) goes on.
 *
 * Thread: the capture worklet, or whoever feeds PCM in-process. No allocation per quantum after warm-up: packet memory circulates between here and the engine.
 */
import { checkRange } from "../check-options.ts";
import { Fade } from "../dsp/fade.ts";
import { Framer, type PacketSink } from "../dsp/framer.ts";
import { encodeAlawFloat, encodeMulawFloat } from "../dsp/g711.ts";
import { Level } from "../dsp/level.ts";
import { encodePcm16Bytes } from "../dsp/pcm16.ts";
import { Resampler } from "../dsp/resampler.ts";
import { type AudioFormat, bytesPerFrame, formatRate, silenceByte } from "../protocol/audio-format.ts";
import { ENGINE_DEFAULTS } from "./defaults.ts";
import type { CapturePacket, CapturePageMessage, CaptureRecycle, PortLike } from "./ports.ts";

/** What the page decides about capturing. */
export interface CaptureSettings {
  /** Encoding of the packets. */
  readonly format: AudioFormat;
  /** Frames per second of the packets, in Hz: 8000 to 192000, for owners that are no session. Default: the format's own. */
  readonly rate?: number;
  /** ms of audio in a packet: 10 to 200. Default: 20. */
  readonly packetMs?: number;
}

/** Options of {@link CaptureHost}. */
export interface CaptureHostOptions extends CaptureSettings {
  /** Frames per second of what comes in, in Hz. */
  readonly deviceRate: number;
}

/** Checks a packet length. @throws {RangeError} */
export function checkPacketMs(packetMs: number): void {
  checkRange("packetMs", packetMs, 10, 200, "ms");
}

/** ms of ramp when muting and unmuting, so that neither clicks. */
const MUTE_FADE_MS = 10;

/** Turns device quanta into packets on a port. */
export class CaptureHost implements PacketSink {
  readonly #format: AudioFormat;
  readonly #resampler: Resampler;
  readonly #framer: Framer;
  readonly #level: Level;
  readonly #fade: Fade;
  readonly #packetBytes: number;
  readonly #pool: Uint8Array<ArrayBuffer>[] = [];
  readonly #packet: CapturePacket = { type: "packet", sequence: 0, bytes: new Uint8Array(0), rms: 0, peak: 0 };
  readonly #transfer: ArrayBuffer[] = [];
  #started = false;
  #silence = new Float32Array(128);
  readonly #nothing: Float32Array[] = [];
  #mono: Float32Array;
  #resampled: Float32Array;
  /** Views of `#resampled` by length: the lengths take one or two values, and a view made per quantum would be garbage. */
  #views: Float32Array[] = [];
  /** The same of `#mono`. */
  #monoViews: Float32Array[] = [];
  #port: PortLike<CapturePacket, CaptureRecycle> | null = null;

  /** A host for one microphone, not attached yet. @throws {RangeError} when a rate or `packetMs` is out of its range. */
  constructor(options: CaptureHostOptions) {
    const packetMs = options.packetMs ?? ENGINE_DEFAULTS.packetMs;
    checkPacketMs(packetMs);
    const rate = options.rate ?? formatRate(options.format);
    const packetFrames = Math.round((packetMs * rate) / 1000);
    this.#format = options.format;
    this.#resampler = new Resampler(options.deviceRate, rate);
    this.#framer = new Framer(packetFrames);
    this.#level = new Level(packetFrames);
    this.#fade = new Fade(Math.round((MUTE_FADE_MS * rate) / 1000));
    this.#packetBytes = packetFrames * bytesPerFrame(options.format);
    this.#mono = new Float32Array(128);
    this.#resampled = new Float32Array(this.#resampler.maxOutputFrames(128));
  }

  /** Sends packets to `port` from now on; audio before is not kept. */
  attach(port: PortLike<CapturePacket, CaptureRecycle>): void {
    this.#port = port;
    port.onmessage = (event) => this.#pool.push(event.data.bytes);
  }

  /** Whether more quanta are wanted; false once the page has retired the node. */
  alive = true;

  /** Handles the page's messages. */
  receive(message: CapturePageMessage): void {
    if (message.type === "attach") this.attach(message.port);
    else if (message.type === "retire") this.alive = false;
    else if (message.muted) this.#fade.fadeOut();
    else this.#fade.fadeIn();
  }

  /**
   * Takes one quantum: one Float32Array per channel, all of one length. No channels means that nothing is connected: before the first sound that is nothing, after it the
   * microphone went away, and silence keeps the server's clock of appended audio going, so that it hears an end of speech.
   */
  process(channels: readonly Float32Array[]): void {
    if (channels.length === 0) {
      if (!this.#started) return;
      this.#nothing[0] = this.#silence;
      this.#take(this.#nothing);
      return;
    }
    this.#started = true;
    if (this.#silence.length !== channels[0].length) this.#silence = new Float32Array(channels[0].length);
    this.#take(channels);
  }

  #take(channels: readonly Float32Array[]): void {
    const frames = channels[0].length;
    if (this.#mono.length < frames) {
      this.#mono = new Float32Array(frames);
      this.#resampled = new Float32Array(this.#resampler.maxOutputFrames(frames));
      this.#views = [];
      this.#monoViews = [];
    }
    const count = this.#resampler.process(channels.length === 1 ? channels[0] : this.#downmix(channels, frames), this.#resampled);
    this.#views[count] ??= this.#resampled.subarray(0, count);
    this.#fade.apply(this.#resampled, 0, count);
    this.#framer.push(this.#views[count], this);
  }

  /** Sends what the resampler and the framer still hold, padded with silence to a whole packet. */
  flush(): void {
    const tail = new Float32Array(this.#resampler.tailFrames);
    this.#framer.push(tail.subarray(0, this.#resampler.flush(tail)), this);
    this.#framer.flush(this);
  }

  /** Called by the framer with a whole packet. */
  packet(samples: Float32Array): void {
    this.#level.push(samples);
    const bytes = this.#pool.pop() ?? new Uint8Array(this.#packetBytes);
    if (samples.length < this.#framer.packetFrames) bytes.fill(silenceByte(this.#format));
    if (this.#format.type === "audio/pcm") encodePcm16Bytes(samples, bytes);
    else if (this.#format.type === "audio/pcmu") encodeMulawFloat(samples, bytes);
    else encodeAlawFloat(samples, bytes);
    this.#packet.bytes = bytes;
    this.#packet.rms = this.#level.rms;
    this.#packet.peak = this.#level.peak;
    this.#transfer[0] = bytes.buffer;
    this.#port?.postMessage(this.#packet, this.#transfer);
    this.#packet.sequence++;
  }

  #downmix(channels: readonly Float32Array[], frames: number): Float32Array {
    this.#monoViews[frames] ??= this.#mono.subarray(0, frames);
    const mono = this.#monoViews[frames];
    const gain = 1 / channels.length;
    mono.set(channels[0]);
    for (let c = 1; c < channels.length; c++) {
      const channel = channels[c];
      for (let i = 0; i < mono.length; i++) mono[i] += channel[i];
    }
    for (let i = 0; i < mono.length; i++) mono[i] *= gain;
    return mono;
  }
}
