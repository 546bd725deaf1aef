import { describe, expect, it } from "vitest";
import { growth, MOST_BYTES } from "../../../../test/support/heap-growth.ts";
import { Concealer } from "./conceal.ts";
import { Fade } from "./fade.ts";
import { Framer } from "./framer.ts";
import { decodeAlawFloat, decodeMulaw, encodeAlawFloat, encodeMulaw, encodeMulawFloat } from "./g711.ts";
import type { ResamplerEngine } from "./kernel-choice.ts";
import { Level } from "./level.ts";
import { decodePcm16, decodePcm16Bytes, encodePcm16, encodePcm16Bytes } from "./pcm16.ts";
import { Dither } from "./pcm16-dither.ts";
import type { ResamplerProfile } from "./profiles.ts";
import { Resampler } from "./resampler.ts";
import { Ring } from "./ring.ts";
import { PeriodStretcher } from "./stretch.ts";

const quantum = Float32Array.from({ length: 128 }, (_, n) => Math.sin(n));
const output = new Float32Array(1024);
const samples = new Int16Array(128);
const bytes = new Uint8Array(256);
const codes = new Uint8Array(128);

/** One quantum each way through a resampler. */
function resampling(engine: ResamplerEngine, inRate: number, outRate: number, profile: ResamplerProfile, ppm: number): () => void {
  const resampler = new Resampler(inRate, outRate, { engine, profile });
  resampler.setRatio((outRate / inRate) * (1 + ppm * 1e-6));
  const input = quantum.subarray(0, 16);
  return () => void resampler.process(input, output);
}

const dither = new Dither(0xf0000000);
const level = new Level(480);
const fade = new Fade(480);
const ring = Ring.create(1024, "shared");
const framer = new Framer(480);
const sink = { packet() {} };
const concealer = new Concealer(8000);
const stretcher = new PeriodStretcher(8000);
/** A window of 400 Hz, short so that a hundred thousand searches take a second. */
const upcoming = Float32Array.from({ length: 80 }, (_, n) => Math.sin((Math.PI * n) / 10));
/** A window of which no period is to be had. */
const rough = quantum.subarray(0, 50);
const read = new Float32Array(128);

const broken = new Float32Array(128).fill(Number.NaN);
let calls = 0;

const packets = [80, 160, 240, 320, 480, 960].map((frames) => new Float32Array(frames));
const packetBytes = new Uint8Array(1920);

/** A packet of another length than the last one. */
function nextPacket(): Float32Array {
  return packets[calls++ % packets.length] as Float32Array;
}

/** NaN now and then, mostly sound. */
function afterNaN(): Float32Array {
  return calls++ % 50 === 0 ? broken : quantum;
}

describe("no allocation after warm-up", () => {
  it("would notice one small object per call", () => {
    const kept: { value: unknown } = { value: 0 };
    expect(
      growth(() => {
        kept.value = { boxed: kept };
      }),
    ).toBeGreaterThan(MOST_BYTES);
  });

  it.each<[string, () => void]>([
    ...(["wasm", "js"] as const).flatMap((engine): [string, () => void][] => [
      [`Resampler in ${engine}, 48 to 24 kHz`, resampling(engine, 48000, 24000, "low-latency", 0)],
      [`Resampler in ${engine}, 24 to 48 kHz`, resampling(engine, 24000, 48000, "low-latency", 0)],
      [`Resampler in ${engine}, 48 to 24 kHz, linear phase`, resampling(engine, 48000, 24000, "linear-phase", 0)],
      [`Resampler in ${engine}, 44.1 to 24 kHz`, resampling(engine, 44100, 24000, "low-latency", 0)],
      [`Resampler in ${engine}, 16 to 24 kHz`, resampling(engine, 16000, 24000, "low-latency", 0)],
      [`Resampler in ${engine}, drifting`, resampling(engine, 48000, 48000, "low-latency", 100)],
    ]),
    ["Resampler, passing through", resampling("js", 48000, 48000, "low-latency", 0)],
    ["PCM16", () => void (encodePcm16(quantum, samples) + decodePcm16(samples, output))],
    ["PCM16 bytes", () => void (encodePcm16Bytes(quantum, bytes) + decodePcm16Bytes(bytes, output))],
    // A NaN makes an engine forget that steps are integers, unless the code says so itself.
    ["PCM16 after NaN", () => void encodePcm16(afterNaN(), samples)],
    ["PCM16 bytes after NaN", () => void encodePcm16Bytes(afterNaN(), bytes)],
    ["G.711 of floats after NaN", () => void (encodeAlawFloat(afterNaN(), codes) + encodeMulawFloat(quantum, codes))],
    ["PCM16 and G.711 for packets of several lengths", () => void (encodePcm16Bytes(nextPacket(), packetBytes) + encodeMulawFloat(nextPacket(), packetBytes))],
    ["PCM16, dithered", () => void dither.encodePcm16(quantum, samples)],
    ["G.711", () => void (encodeMulaw(samples, codes) + decodeMulaw(codes, samples))],
    ["G.711 of floats", () => void (encodeAlawFloat(quantum, codes) + decodeAlawFloat(codes, output))],
    ["Framer", () => void framer.push(quantum, sink)],
    ["Ring", () => void (ring.write(quantum) + ring.read(read))],
    [
      "Fade",
      () => {
        if (fade.done) fade.target === "open" ? fade.fadeOut() : fade.fadeIn();
        read.fill(1);
        fade.apply(read);
      },
    ],
    ["Level", () => level.push(quantum)],
    [
      "PeriodStretcher",
      () => void (stretcher.insertPeriod(upcoming, output, 0.9)?.producedFrames === stretcher.removePeriod(upcoming, output, 0.9)?.periodFrames),
    ],
    ["PeriodStretcher, refusing", () => void (stretcher.insertPeriod(rough, output, 1) ?? stretcher.removePeriod(broken, output, 1))],
    ["Concealer", () => void (concealer.conceal(read, 0, 16) + concealer.resume(read, 16, 4))],
    ["Concealer, playing", () => void concealer.resume(afterNaN())],
  ])("%s", (_, call) => {
    expect(growth(call)).toBeLessThan(MOST_BYTES);
  });
});
