/**
 * What the kernels promise, by standard: the vectors and figures that can be stated in one line, measured through the public entry points.
 *
 * Each kernel's own tests, beside its source, go further; the resampler's figures (edge, alias, SNR, latency, drift) are in
 * `packages/core/src/dsp/resampler-quality.test.ts` and `resampler-drift.test.ts`, speeds in `bench/`.
 */
import {
  Dither,
  decodeAlaw,
  decodeAlawFloat,
  decodeBase64,
  decodeMulaw,
  decodeMulawFloat,
  decodePcm16Bytes,
  encodeAlaw,
  encodeAlawFloat,
  encodeBase64,
  encodeMulaw,
  encodeMulawFloat,
  encodePcm16,
  encodePcm16Bytes,
  Level,
  Resampler,
  readWav,
  toDbfs,
  WavWriter,
  writeWav,
} from "@sidetone/core/dsp";
import { parseServerEvent, serializeAppend } from "@sidetone/core/protocol";
import { describe, expect, test } from "vitest";
import { EVERY_CODE, EVERY_SAMPLE, G711_TABLES, sha256 } from "../support/g711-tables.ts";

function sine(hz: number, rate: number, dbfs: number, seconds: number): Float32Array {
  const amplitude = 10 ** (dbfs / 20);
  return Float32Array.from({ length: seconds * rate }, (_, n) => amplitude * Math.sin((2 * Math.PI * ((hz * n) % rate)) / rate));
}

/** dB of the sine of `hz` in `samples` (whole periods) over everything else in them. */
function sineOverRest(samples: Float32Array, hz: number, rate: number): number {
  let re = 0;
  let im = 0;
  let power = 0;
  for (const [n, sample] of samples.entries()) {
    const angle = (2 * Math.PI * ((hz * n) % rate)) / rate;
    re += sample * Math.cos(angle);
    im += sample * Math.sin(angle);
    power += sample * sample;
  }
  const tone = (2 * (re * re + im * im)) / samples.length;
  return 10 * Math.log10(tone / (power - tone));
}

describe("ITU-T G.711, against tables computed by the reference software of ITU-T G.191", () => {
  test.each([
    ["mu-law", "encoder", encodeMulaw, G711_TABLES.mulaw.encode],
    ["A-law", "encoder", encodeAlaw, G711_TABLES.alaw.encode],
  ] as const)("%s %s: 0 of 65536 samples wrong", (_law, _side, encode, digest) => {
    const codes = new Uint8Array(65536);
    encode(EVERY_SAMPLE, codes);
    expect(sha256(codes)).toBe(digest);
  });

  test.each([
    ["mu-law", "decoder", decodeMulaw, G711_TABLES.mulaw.decode],
    ["A-law", "decoder", decodeAlaw, G711_TABLES.alaw.decode],
  ] as const)("%s %s: 0 of 256 codes wrong", (_law, _side, decode, digest) => {
    const levels = new Int16Array(256);
    decode(EVERY_CODE, levels);
    expect(sha256(levels)).toBe(digest);
  });

  test("mu-law of -31612, which most implementations put one step too high, is 1 (decision values by one's complement)", () => {
    const code = new Uint8Array(1);
    encodeMulaw(Int16Array.of(-31612), code);
    expect(code[0]).toBe(1);
  });

  test.each([
    ["mu-law", encodeMulawFloat, decodeMulawFloat, [37.7, 37.1, 38, 34.9]],
    ["A-law", encodeAlawFloat, decodeAlawFloat, [37.6, 36.5, 38.2, 35.6]],
  ] as const)("%s there and back: 1020 Hz over all else at -3, -10, -20 and -35 dBFS", (_law, encode, decode, least) => {
    for (const [k, dbfs] of [-3, -10, -20, -35].entries()) {
      const input = sine(1020, 8000, dbfs, 1);
      const codes = new Uint8Array(input.length);
      encode(input, codes);
      const output = new Float32Array(input.length);
      decode(codes, output);
      expect(sineOverRest(output, 1020, 8000)).toBeGreaterThan(least[k] as number);
    }
  });
});

describe("16-bit linear PCM: 997 Hz over all else", () => {
  const dither = new Dither(1);
  test.each([
    ["rounded, at 0 dBFS", 0, encodePcm16, 98],
    ["rounded, at -60 dBFS", -60, encodePcm16, 37.9],
    ["rounded, at -90 dBFS, where truncation gives -3 dB", -90, encodePcm16, 9.9],
    ["with TPDF dither, just below clipping", -0.1, (input: Float32Array, output: Int16Array) => dither.encodePcm16(input, output), 93.1],
    ["with TPDF dither, at -90 dBFS", -90, (input: Float32Array, output: Int16Array) => dither.encodePcm16(input, output), 3.2],
  ] as const)("%s", (_, dbfs, encode, least) => {
    const input = sine(997, 24000, dbfs, 4);
    const coded = new Int16Array(input.length);
    encode(input, coded);
    expect(sineOverRest(Float32Array.from(coded), 997, 24000)).toBeGreaterThan(least);
  });
});

describe("RFC 4648, section 10", () => {
  test.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ])('BASE64("%s") = "%s"', (text, base64) => {
    const bytes = new TextEncoder().encode(text);
    expect(encodeBase64(bytes)).toBe(base64);
    const output = new Uint8Array(bytes.length);
    expect(decodeBase64(base64, output)).toBe(bytes.length);
    expect(output).toEqual(bytes);
  });
});

describe("levels", () => {
  test("a full-scale sine is -3.01 dBFS RMS and 0 dBFS peak (EBU Tech 3341, ITU-T P.56)", () => {
    const level = new Level(24000);
    level.push(sine(1000, 24000, 0, 2));
    expect(toDbfs(level.rms)).toBeCloseTo(-3.0103, 3);
    expect(toDbfs(level.peak)).toBeCloseTo(0, 6);
  });
});

describe("WAV headers", () => {
  const text = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));

  test("PCM takes the canonical 44 bytes", () => {
    const bytes = writeWav({ rate: 24000, samples: Float32Array.of(0.5) });
    expect([bytes.length, text(bytes, 0), text(bytes, 8), text(bytes, 12), text(bytes, 36)]).toEqual([46, "RIFF", "WAVE", "fmt ", "data"]);
    expect([...readWav(bytes).samples]).toEqual([0.5]);
  });

  test("from 4 GiB on: RF64 with a ds64 chunk first (EBU Tech 3306)", () => {
    const { header } = new WavWriter({ rate: 48000, frames: 2 ** 31 });
    expect([text(header, 0), text(header, 8), text(header, 12)]).toEqual(["RF64", "WAVE", "ds64"]);
    const view = new DataView(header.buffer);
    expect([view.getUint32(4, true), view.getBigUint64(28, true), view.getUint32(header.length - 4, true)]).toEqual([0xffffffff, 2n ** 32n, 0xffffffff]);
  });
});

describe("the whole way: 48 kHz microphone quanta, wire messages, 48 kHz loudspeaker quanta", () => {
  /** Four seconds of 997 Hz through every kernel on the way, by quanta of 128 frames and deltas of 100 ms; the last two of them, where every filter has settled. */
  function journey(
    wireRate: number,
    bytesPerFrame: number,
    encode: (i: Float32Array, o: Uint8Array) => number,
    decode: (i: Uint8Array, o: Float32Array) => number,
  ) {
    const up = new Resampler(48000, wireRate, { profile: "linear-phase" });
    const down = new Resampler(wireRate, 48000, { profile: "linear-phase" });
    const input = sine(997, 48000, -1, 4);
    const wire = new Float32Array(wireRate * 4 + 64);
    let frames = 0;
    for (let at = 0; at < input.length; at += 128) frames += up.process(input.subarray(at, at + 128), wire.subarray(frames));
    const output = new Float32Array(48000 * 4 + 1024);
    let played = 0;
    for (let at = 0; at < frames; at += wireRate / 10) {
      const packet = wire.subarray(at, Math.min(frames, at + wireRate / 10));
      const bytes = new Uint8Array(packet.length * bytesPerFrame);
      encode(packet, bytes);
      const { audio } = JSON.parse(serializeAppend(encodeBase64(bytes)));
      const event = parseServerEvent(JSON.stringify({ type: "response.output_audio.delta", event_id: "e", item_id: "i", content_index: 0, delta: audio }));
      if (event.type !== "response.output_audio.delta") throw new Error("not an audio delta");
      const received = new Uint8Array(bytes.length);
      decodeBase64(event.delta, received);
      const samples = new Float32Array(packet.length);
      decode(received, samples);
      played += down.process(samples, output.subarray(played));
    }
    return { frames: played, snr: sineOverRest(output.subarray(96_000 - 48_000, 96_000 + 48_000), 997, 48000) };
  }

  test.each([
    ["24 kHz PCM16", 24000, 2, encodePcm16Bytes, decodePcm16Bytes, 96],
    ["8 kHz mu-law", 8000, 1, encodeMulawFloat, decodeMulawFloat, 38],
    ["8 kHz A-law", 8000, 1, encodeAlawFloat, decodeAlawFloat, 38],
  ] as const)("%s", (_, rate, bytesPerFrame, encode, decode, least) => {
    const { frames, snr } = journey(rate, bytesPerFrame, encode, decode);
    expect(snr).toBeGreaterThan(least);
    expect(frames).toBe(192_000);
  });
});
