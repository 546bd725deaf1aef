/** The codecs of a track, there and back: length, delay, what a lost packet sounds like. */
import { beforeAll, describe, expect, it } from "vitest";
import { speech } from "../../test/wire-client.ts";
import { type AudioCodec, type AudioCodecName, FRAME_SAMPLES, TRACK_RATE } from "./audio-codec.ts";
import { PCMA, PCMU } from "./g711-codec.ts";
import { loadOpus } from "./opus-codec.ts";

const codecs = new Map<AudioCodecName, AudioCodec>();
const spoken = speech("speech-b", TRACK_RATE);

beforeAll(async () => {
  for (const codec of [await loadOpus(), PCMU, PCMA]) codecs.set(codec.name, codec);
});

function frames(samples: Int16Array): Int16Array[] {
  return Array.from({ length: Math.floor(samples.length / FRAME_SAMPLES) }, (_, i) => samples.subarray(i * FRAME_SAMPLES, (i + 1) * FRAME_SAMPLES));
}

/** Encodes and decodes; the frames numbered in `lost` are concealed instead. */
function throughLine(codec: AudioCodec, lost: readonly number[] = []): Int16Array {
  const encoder = codec.createEncoder();
  const decoder = codec.createDecoder();
  const parts = frames(spoken).map((frame, i) => {
    const payload = encoder.encode(frame);
    return lost.includes(i) ? decoder.conceal() : decoder.decode(payload);
  });
  encoder.close();
  decoder.close();
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

/** Correlation of `b`, `delay` samples later, with `a`. */
function correlation(a: Int16Array, b: Int16Array, delay: number): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i + delay < b.length; i++) {
    const x = a[i] as number;
    const y = b[i + delay] as number;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

/** The delay at which they are most alike, and how much. */
function align(a: Int16Array, b: Int16Array): { delay: number; correlation: number } {
  const fits = Array.from({ length: 400 }, (_, delay) => ({ delay, correlation: correlation(a, b, delay) }));
  return fits.reduce((best, other) => (other.correlation > best.correlation ? other : best));
}

describe.each(["opus", "PCMU", "PCMA"] as const)("%s", (name) => {
  it("gives back as many samples as it gets, a little later, and the same sound", () => {
    const heard = throughLine(codecs.get(name) as AudioCodec);
    expect(heard.length).toBe(frames(spoken).length * FRAME_SAMPLES);
    const best = align(spoken, heard);
    expect(best.delay).toBeLessThan(TRACK_RATE * 0.008);
    // A telephone line ends at 4 kHz.
    expect(best.correlation).toBeGreaterThan(name === "opus" ? 0.98 : 0.95);
  });

  it("conceals a lost packet with as much sound", () => {
    const codec = codecs.get(name) as AudioCodec;
    const lost = [30, 31, 60];
    const whole = throughLine(codec);
    const heard = throughLine(codec, lost);
    expect(heard.length).toBe(whole.length);
    const level = (samples: Int16Array) => Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    const at = (i: number) => [i * FRAME_SAMPLES, (i + 1) * FRAME_SAMPLES] as const;
    for (const i of [30, 60]) {
      const filled = level(heard.subarray(...at(i)));
      expect(filled).toBeGreaterThan(0);
      expect(filled).toBeLessThan(4 * level(whole.subarray(at(i - 2)[0], at(i + 2)[1])) + 50);
    }
    // Half a second after a loss, nothing of it is left.
    expect(correlation(whole.subarray(at(90)[0]), heard.subarray(at(90)[0]), 0)).toBeGreaterThan(0.99);
  });
});

describe("Opus", () => {
  it("refuses what is no packet, and goes on", () => {
    const codec = codecs.get("opus") as AudioCodec;
    const decoder = codec.createDecoder();
    const encoder = codec.createEncoder();
    expect(() => decoder.decode(new Uint8Array(0))).toThrow(RangeError);
    expect(() => decoder.decode(new Uint8Array(10_000))).toThrow(RangeError);
    expect(() => decoder.decode(Uint8Array.of(0xff, 0xff, 0xff))).toThrow(/opus/);
    expect(decoder.conceal()).toEqual(new Int16Array(FRAME_SAMPLES));
    expect(decoder.decode(encoder.encode(new Int16Array(FRAME_SAMPLES))).length).toBe(FRAME_SAMPLES);
    encoder.close();
    decoder.close();
  });

  it("spends little on silence and at most what speech needs", () => {
    const encoder = (codecs.get("opus") as AudioCodec).createEncoder();
    const sizes = frames(spoken).map((frame) => encoder.encode(frame).length);
    const silent = Array.from({ length: 50 }, () => encoder.encode(new Int16Array(FRAME_SAMPLES)).length).slice(25);
    encoder.close();
    expect(Math.max(...silent)).toBeLessThan(20);
    expect((sizes.reduce((sum, size) => sum + size, 0) * 8) / (sizes.length * 0.02)).toBeLessThan(80_000);
  });
});
