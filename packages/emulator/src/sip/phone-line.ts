/**
 * A telephone line between a caller and a session: both directions go through the line's codec, frame by frame, so that each side hears what a phone would let through.
 * What the caller hears is recorded from the moment the call is answered.
 */
import { type AudioClip, decodeWire } from "../audio.ts";
import type { EmulatorClock } from "../clock.ts";
import { SampleStore } from "../record/sample-store.ts";
import { FRAME_SAMPLES, TRACK_RATE } from "../rtc/audio-codec.ts";
import { FrameClock } from "../rtc/frame-clock.ts";
import { LINE_RATE, PCMA, PCMU } from "../rtc/g711-codec.ts";

/** Codecs of a line: G.711 with either law, or none, which changes no sample. */
export type LineCodec = "PCMU" | "PCMA" | "none";

/** What a line connects. */
export interface PhoneLineOptions {
  readonly clock: EmulatorClock;
  readonly codec: LineCodec;
  /** Recording of the caller's side, in ms; beyond that the oldest is let go. */
  readonly recordLimitMs: number;
  /** Fills a frame with what the caller says: 20 ms at 24 kHz. */
  readonly onCaller: (frame: Int16Array) => void;
  /** Takes what the session hears, at 24 kHz. */
  readonly onAudio: (samples: Int16Array) => void;
  /** Fills a frame with what the session says: 20 ms at 24 kHz. */
  readonly onFrame: (frame: Int16Array) => void;
}

/** One direction of a line. */
interface Direction {
  /** What comes out for a frame at 24 kHz, at the rate of the other end. */
  pass(frame: Int16Array): Int16Array;
  close(): void;
}

/** A line that is being spoken on, from `start` to `stop`. */
export class PhoneLine {
  /** Rate of the recording, in Hz. */
  readonly rate: number;
  readonly #options: PhoneLineOptions;
  readonly #frames: FrameClock;
  readonly #tape = new SampleStore();
  readonly #toSession: Direction;
  readonly #toCaller: Direction;
  readonly #frame = new Int16Array(FRAME_SAMPLES);

  /** A line that carries nothing yet. */
  constructor(options: PhoneLineOptions) {
    this.#options = options;
    this.rate = options.codec === "none" ? TRACK_RATE : LINE_RATE;
    this.#toSession = toSession(options.codec);
    this.#toCaller = toCaller(options.codec);
    this.#frames = new FrameClock(options.clock, { onFrame: () => this.#exchange() });
  }

  /** What the caller heard, from the answer on, as far as it is kept. */
  heard(): AudioClip {
    return { samples: this.#tape.slice(this.#tape.start, this.#tape.end), rate: this.rate };
  }

  /** How long the caller has been listening, in ms. */
  get heardMs(): number {
    return (this.#tape.end * 1000) / this.rate;
  }

  /** The line is open. */
  start(): void {
    this.#frames.start();
  }

  /** The line is cut. */
  stop(): void {
    this.#frames.stop();
    this.#toSession.close();
    this.#toCaller.close();
  }

  /** 20 ms both ways. */
  #exchange(): void {
    const { onCaller, onAudio, onFrame, recordLimitMs } = this.#options;
    onFrame(this.#frame);
    this.#tape.append(this.#toCaller.pass(this.#frame));
    this.#tape.dropBefore(this.#tape.end - Math.round((recordLimitMs * this.rate) / 1000));
    onCaller(this.#frame);
    onAudio(this.#toSession.pass(this.#frame));
  }
}

const UNCHANGED: Direction = { pass: (frame) => frame.slice(), close() {} };

function toSession(codec: LineCodec): Direction {
  if (codec === "none") return UNCHANGED;
  const { createEncoder, createDecoder } = codec === "PCMU" ? PCMU : PCMA;
  const encoder = createEncoder();
  const decoder = createDecoder();
  return {
    pass: (frame) => decoder.decode(encoder.encode(frame)),
    close() {
      encoder.close();
      decoder.close();
    },
  };
}

function toCaller(codec: LineCodec): Direction {
  if (codec === "none") return UNCHANGED;
  const encoder = (codec === "PCMU" ? PCMU : PCMA).createEncoder();
  const type = codec === "PCMU" ? "audio/pcmu" : "audio/pcma";
  return { pass: (frame) => decodeWire(encoder.encode(frame), { type }), close: () => encoder.close() };
}
