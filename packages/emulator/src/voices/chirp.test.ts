import { describe, expect, it } from "vitest";
import { messageOf, voiceRequest } from "../../test/voice-request.ts";
import { type AudioClip, clipMs, convertClip, decodeWire, encodeWire, toFloat } from "../audio.ts";
import { chirpClip, chirpVoice } from "./chirp.ts";
import { locateChirp, traceChirp } from "./chirp-locate.ts";
import { toneClip } from "./tone.ts";

const signal = chirpClip(60_000, 24000);

/** `lengthMs` from `offsetFrames` on. */
const piece = (clip: AudioClip, offsetFrames: number, lengthMs = 100) =>
  clip.samples.slice(offsetFrames, offsetFrames + Math.round((lengthMs * clip.rate) / 1000));

describe("the chirp", () => {
  it("tells the place of any piece of 100 ms, to the sample", () => {
    for (let i = 0, state = 1; i < 60; i++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      const offset = state % (signal.samples.length - 2400);
      const place = locateChirp(piece(signal, offset), 24000);
      expect(place?.offsetFrames).toBe(offset);
      expect(place?.offsetMs).toBeCloseTo(offset / 24, 1);
      expect(place?.match).toBeGreaterThan(0.99);
    }
  });

  it.each([8000, 16_000, 44_100, 48_000])("does so at %i Hz, and at the end of ten minutes", (rate) => {
    const clip = chirpClip(600_000, rate);
    for (const offset of [0, 1, 4711, clip.samples.length - rate / 10]) expect(locateChirp(piece(clip, offset), rate)?.offsetFrames).toBe(offset);
  });

  it("says when it began in a recording that begins before it, at any loudness", () => {
    const recorded = new Float32Array(48_000);
    recorded.set(
      toFloat(signal.samples.subarray(0, 24_000)).map((sample) => sample * 0.05),
      13_579,
    );
    expect(locateChirp(recorded, 24000)).toMatchObject({ atFrame: 13_579, offsetFrames: -13_579 });
  });

  it("survives G.711 and resampling, both to within a sample", () => {
    const narrow = chirpClip(5000, 8000);
    for (const type of ["audio/pcmu", "audio/pcma"] as const) {
      const decoded = decodeWire(encodeWire(narrow.samples, { type }), { type });
      expect(locateChirp(decoded.slice(12_345, 13_145), 8000)?.offsetFrames).toBe(12_345);
    }
    const resampled = convertClip({ samples: signal.samples.subarray(0, 240_000), rate: 24000 }, 48_000);
    const place = locateChirp(piece(resampled, 100_001), 48_000);
    expect(place?.offsetMs).toBeCloseTo(100_001 / 48, 1);
  });

  it("is found under noise as loud as itself", () => {
    const noisy = toFloat(piece(signal, 777_777, 300));
    const power = Math.sqrt(noisy.reduce((sum, x) => sum + x * x, 0) / noisy.length);
    let state = 7;
    for (let i = 0; i < noisy.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      noisy[i] = (noisy[i] as number) + (state / 2 ** 32 - 0.5) * Math.sqrt(12) * power;
    }
    expect(locateChirp(noisy, 24000)?.offsetFrames).toBe(777_777);
  });

  it("is not found where it is not", () => {
    expect(locateChirp(new Int16Array(24_000), 24000)).toBeNull();
    expect(locateChirp(toneClip(3000, 24000).samples, 24000)).toBeNull();
    expect(locateChirp(signal.samples.subarray(0, 500), 24000)).toBeNull();
  });

  it("is followed through what was left out and what was filled in", () => {
    const slot = 960;
    const played = new Int16Array(20 * slot);
    played.set(signal.samples.subarray(0, 5 * slot), 0);
    played.set(signal.samples.subarray(9 * slot + 100, 14 * slot + 100), 5 * slot);
    played.set(signal.samples.subarray(14 * slot + 100, 18 * slot + 100), 12 * slot);
    const stretches = traceChirp(played, 24000);
    expect(stretches[0]).toEqual({ fromFrame: 0, toFrame: 5 * slot, offsetFrames: 0 });
    expect(stretches.slice(1).map(({ fromFrame, offsetFrames }) => offsetFrames - fromFrame)).toEqual([4 * slot + 100, 2 * slot + 100]);
  });

  it("is audible and unclipped", () => {
    const peak = signal.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(5000);
    expect(peak).toBeLessThan(32_000);
  });

  it("refuses rates and lengths that it cannot have", () => {
    expect(() => chirpClip(1000, 8001)).toThrow("rate is 8001; allowed are multiples of 25 Hz from 8000 to 384000.");
    expect(() => chirpVoice({ durationMs: 600_001 })).toThrow("durationMs is 600001; allowed is 0 to 600000.");
    expect(() => locateChirp(new Int16Array(0), 4000)).toThrow(RangeError);
  });
});

describe("the chirp voice", () => {
  it("plays the chirp at the rate that is asked for", async () => {
    const voice = chirpVoice({ durationMs: 1500 });
    const message = await messageOf(voice, { rate: 8000 });
    expect(message.audio).toEqual(chirpClip(1500, 8000));
    expect(clipMs(message.audio as AudioClip)).toBe(1500);
    expect(message.text).toBe("(chirp of 1.5 s)");
    expect(await voice.reply(voiceRequest({ modality: "text" }))).toEqual([{ type: "message", text: "(a chirp would be here)" }]);
  });
});
