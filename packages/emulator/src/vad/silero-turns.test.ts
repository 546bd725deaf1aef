/** Turns of sessions with Silero's detector against the detector run directly, on the client's audio brought to 16 kHz all at once and by other means. */
import { encodeAlaw, encodeMulaw } from "@sidetone/core/dsp";
import type { AudioFormat } from "@sidetone/core/protocol";
import { SileroVad } from "@sidetone/vad";
import { loadSileroModel } from "@sidetone/vad/node";
import { afterEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { resample, sequence, speech } from "../../../../test/support/speech.ts";
import { type Event, WireClient } from "../../test/wire-client.ts";
import { decodeWire, toFloat } from "../audio.ts";
import type { Emulator, EmulatorOptions } from "../index.ts";
import { VAD_FRAME, VAD_FRAME_MS, VAD_RATE } from "./vad.ts";
import { VadIterator } from "./vad-iterator.ts";

const FORMATS: Readonly<Record<string, { rate: number; format: AudioFormat }>> = {
  "PCM16 at 24 kHz": { rate: 24000, format: { type: "audio/pcm", rate: 24000 } },
  PCMU: { rate: 8000, format: { type: "audio/pcmu" } },
  PCMA: { rate: 8000, format: { type: "audio/pcma" } },
};

/** Two sentences with pauses of several lengths in and between them, off the grid of frames, as a client sends them. */
function utterances({ rate, format }: { rate: number; format: AudioFormat }): Uint8Array {
  const [a, b] = [speech("speech-a", rate), speech("speech-b", rate)];
  const half = Math.round(b.length / 2);
  const all = sequence(rate, 1013, a, 1377, b.subarray(0, half), 333, b.subarray(half), 1500);
  const samples = Int16Array.from(all, (x) => Math.round(x * 32767));
  if (format.type === "audio/pcm") return new Uint8Array(samples.buffer);
  const bytes = new Uint8Array(samples.length);
  (format.type === "audio/pcmu" ? encodeMulaw : encodeAlaw)(samples, bytes);
  return bytes;
}

/**
 * `samples` at 16 kHz: each is a sum over 64 periods of the lower rate under a sinc and a Blackman window, in double precision. The band ends as gently as in the emulator's filter, since
 * the models hear what is near 4 kHz; nothing else is alike.
 */
function resampledBySum(samples: Float32Array, rate: number): Float32Array {
  const cutoff = Math.min(rate, VAD_RATE) / rate;
  const reach = 32 / cutoff;
  // At these rates every other output is at an input's own time, and the others are half-way between two.
  const [whole, half] = [0, 0.5].map((phase) =>
    Float64Array.from({ length: 2 * reach }, (_, k) => {
      const x = k - reach - phase;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x * cutoff) / (Math.PI * x * cutoff);
      const angle = (Math.PI * x) / (reach + 1);
      return cutoff * sinc * (0.42 + 0.5 * Math.cos(angle) + 0.08 * Math.cos(2 * angle));
    }),
  ) as [Float64Array, Float64Array];
  return Float32Array.from({ length: Math.floor((samples.length * VAD_RATE) / rate) }, (_, n) => {
    const centre = Math.floor((n * rate) / VAD_RATE);
    return (n % 2 === 0 ? whole : half).reduce((sum, tap, k) => sum + tap * (samples[centre + k - reach] ?? 0), 0);
  });
}

/** What the model itself says of `samples` at 16 kHz, frame by frame. */
function direct(samples: Float32Array, model: "v5" | "v6"): number[] {
  const vad = new SileroVad(loadSileroModel(model));
  return Array.from({ length: Math.floor(samples.length / VAD_FRAME) }, (_, k) => vad.process(samples.subarray(k * VAD_FRAME, (k + 1) * VAD_FRAME)));
}

/** The client's audio at its own rate. */
function decoded(bytes: Uint8Array, { format }: { format: AudioFormat }): Float32Array {
  return toFloat(decodeWire(bytes, format));
}

/** Times of starts and stops by the rules. */
function edges(probabilities: readonly number[], threshold: number, silenceMs: number): number[] {
  const iterator = new VadIterator({ threshold, prefixPaddingMs: 300, silenceMs });
  return probabilities.flatMap((p, k) => iterator.next(p, k * VAD_FRAME_MS)?.atMs ?? []);
}

describe("turns by Silero's models", () => {
  let emulator: Emulator;

  afterEach(() => emulator?.close());

  /** Times of starts and stops that a client is told. */
  async function told(bytes: Uint8Array, format: AudioFormat, turnDetection: object, chunk: number, options: EmulatorOptions): Promise<number[]> {
    emulator = await checkedEmulator({ ...options, profile: { ...options.profile, speedUp: 1000 } });
    const client = new WireClient(emulator.url);
    await client.next("session.created");
    client.send({
      type: "session.update",
      session: { type: "realtime", audio: { input: { format, turn_detection: { type: "server_vad", create_response: false, ...turnDetection } } } },
    });
    client.append(bytes, chunk);
    // The answer to something that fails comes after everything before it.
    await client.fails({ type: "conversation.item.delete", item_id: "none" });
    const times = client.events.flatMap((event: Event) => event.audio_start_ms ?? event.audio_end_ms ?? []);
    await client.close();
    await emulator.close();
    return times;
  }

  describe.each(Object.entries(FORMATS))("of %s", (_, wire) => {
    const bytes = utterances(wire);

    it.each(["v6", "v5"] as const)("are those of %s on the same audio", async (model) => {
      const samples = decoded(bytes, wire);
      const [same, other] = [resample(samples, wire.rate, VAD_RATE), resampledBySum(samples, wire.rate)].map((audio) => direct(audio, model)) as [
        number[],
        number[],
      ];
      let clear = 0;
      for (const threshold of [0.3, 0.5, 0.65, 0.8]) {
        for (const silenceMs of [200, 320, 500, 800]) {
          const expected = edges(same, threshold, silenceMs);
          expect(expected.length).toBeGreaterThanOrEqual(4);
          const found = await told(bytes, wire.format, { threshold, silence_duration_ms: silenceMs }, 4801, { vad: `silero-${model}` });
          expect(found, `threshold ${threshold}, silence ${silenceMs} ms`).toEqual(expected);
          expect(found.every((ms, k) => (k % 2 === 0 ? ms + 300 : ms) % 32 === 0)).toBe(true);
          // By other means of resampling too, where no probability is so near the threshold that the means decide.
          const [above, below] = [0.02, -0.02].map((more) => edges(other, threshold + more, silenceMs));
          if (`${above}` !== `${below}`) continue;
          clear++;
          expect(found, `threshold ${threshold}, silence ${silenceMs} ms`).toEqual(above);
        }
      }
      expect(clear).toBeGreaterThanOrEqual(3);
    });

    it("do not depend on how the audio is cut", async () => {
      const expected = edges(direct(resample(decoded(bytes, wire), wire.rate, VAD_RATE), "v6"), 0.5, 500);
      for (const chunk of [333, 1601, 20_011, bytes.length]) {
        expect(await told(bytes, wire.format, { silence_duration_ms: 500 }, chunk, {}), `chunks of ${chunk} bytes`).toEqual(expected);
      }
    });
  });

  it("are those of the model that the profile names, unless an option says otherwise", async () => {
    const wire = FORMATS["PCM16 at 24 kHz"] as (typeof FORMATS)[string];
    const bytes = utterances(wire);
    const samples = resample(decoded(bytes, wire), wire.rate, VAD_RATE);
    const [v5, v6] = (["v5", "v6"] as const).map((model) => edges(direct(samples, model), 0.5, 200)) as [number[], number[]];
    expect(v5).not.toEqual(v6);
    const settings = { threshold: 0.5, silence_duration_ms: 200 };
    expect(await told(bytes, wire.format, settings, 4800, {})).toEqual(v6);
    expect(await told(bytes, wire.format, settings, 4800, { profile: { vad: "silero-v5" } })).toEqual(v5);
    expect(await told(bytes, wire.format, settings, 4800, { profile: { vad: "silero-v5" }, vad: "silero-v6" })).toEqual(v6);
    expect(await told(bytes, wire.format, settings, 4800, { dialect: "azure" })).toEqual(v5);
    expect(await told(bytes, wire.format, settings, 4800, { dialect: "azure", profile: { vad: "silero-v6" } })).toEqual(v6);
  });
});
