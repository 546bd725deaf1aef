/**
 * Opus, from libopus compiled to WebAssembly: the same bytes on every machine, no native code. Loaded when the first call needs it. The decoder gives mono at 24 kHz
 * whatever the sender's channels and bandwidth are; libopus does that inside.
 */
import type { AudioCodec, FrameDecoder, FrameEncoder } from "./audio-codec.ts";
import { FRAME_SAMPLES, TRACK_RATE } from "./audio-codec.ts";

/** RTP clock of Opus, always, RFC 7587 section 4.1. */
const OPUS_CLOCK_RATE = 48_000;
/** Bits per second for the model's speech: enough that nobody hears the codec. */
const BITRATE = 64_000;
/** How hard the encoder tries, 0 to 10: libopus's own choice for low-power machines. */
const COMPLEXITY = 5;
/** Encoder settings by libopus's numbers (opus_defines.h). */
const SET_BITRATE = 4002;
const SET_COMPLEXITY = 4010;
/** A packet's first byte without its frame count, RFC 6716 section 3.1. */
const TOC_ONE_FRAME = 0xfc;
/** Largest payload that the binding takes, in bytes. */
const MAX_PAYLOAD_BYTES = 8192;

/** What is used of the binding, whose WebAssembly entry has no types of its own. */
interface OpusModule {
  readonly Decoder: new (options: { channels: 1; sample_rate: 24000 }) => { decode(payload: Uint8Array): Uint8Array; drop(): void };
  readonly Encoder: new (options: {
    channels: 1;
    sample_rate: 24000;
    application: "audio";
  }) => { ctl(command: number, value: number): number; encode(pcm: Uint8Array | Int16Array): Uint8Array; drop(): void };
}

/** Loads the codec. */
export async function loadOpus(): Promise<AudioCodec> {
  // @ts-expect-error The entry has no declarations.
  const opus: OpusModule = await import("@evan/opus/wasm/index.mjs");
  return Object.freeze({
    name: "opus",
    clockRate: OPUS_CLOCK_RATE,
    createDecoder: () => createDecoder(opus),
    createEncoder: () => createEncoder(opus),
  });
}

function createDecoder({ Decoder }: OpusModule): FrameDecoder {
  const decoder = new Decoder({ channels: 1, sample_rate: TRACK_RATE });
  let toc: number | null = null;
  const run = (payload: Uint8Array): Int16Array => {
    const bytes = decoder.decode(payload);
    return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
  };
  return {
    decode(payload) {
      if (payload.length === 0 || payload.length > MAX_PAYLOAD_BYTES)
        throw new RangeError(`payload has ${payload.length} bytes; allowed are 1 to ${MAX_PAYLOAD_BYTES}.`);
      const samples = run(payload);
      toc = payload[0] as number;
      return samples;
    },
    // A packet that is nothing but its first byte means a frame that was not sent (RFC 6716 section 3.2.1), for which libopus conceals just that frame.
    conceal: () => (toc === null ? new Int16Array(FRAME_SAMPLES) : run(Uint8Array.of(toc & TOC_ONE_FRAME))),
    close: () => decoder.drop(),
  };
}

function createEncoder({ Encoder }: OpusModule): FrameEncoder {
  const encoder = new Encoder({ channels: 1, sample_rate: TRACK_RATE, application: "audio" });
  encoder.ctl(SET_BITRATE, BITRATE);
  encoder.ctl(SET_COMPLEXITY, COMPLEXITY);
  return {
    encode: (frame) => encoder.encode(frame),
    close: () => encoder.drop(),
  };
}
