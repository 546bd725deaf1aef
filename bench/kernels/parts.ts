/** Sidetone's journey taken apart: which step costs what of a second of sound. Not a race; it shows where the next microsecond is to be found. */
import { decodeBase64, decodePcm16Bytes, encodeBase64, encodePcm16Bytes, Framer, Resampler } from "@sidetone/core/dsp";
import { ServerEventReader, serializeAppend } from "@sidetone/core/protocol";
import { type Contender, type Group, right, wrong } from "../measure/contender.ts";
import { plainBase64, randomBytes } from "./base64.ts";
import { deltaEvent } from "./messages.ts";
import { noise } from "./noise.ts";

const QUANTUM = 128;

/** A step that is done `perSecond` times for a second of sound; it returns a small integer that depends on its result. */
function part(id: string, label: string, perSecond: number, make: () => () => number): Contender {
  return {
    id,
    label,
    origin: "sidetone",
    create() {
      const step = make();
      return { unitsPerCall: 1 / perSecond, call: step, check: () => (Number.isInteger(step()) ? right("runs") : wrong("gives no integer")) };
    },
  };
}

function framing(inFrames: number, packetFrames: number): () => number {
  const framer = new Framer(packetFrames);
  const input = noise(inFrames);
  let packets = 0;
  const sink = {
    packet() {
      packets++;
    },
  };
  return () => {
    framer.push(input, sink);
    return packets & 0xff;
  };
}

function resampling(inRate: number, outRate: number, frames: number): () => number {
  const resampler = new Resampler(inRate, outRate);
  const input = noise(frames);
  const output = new Float32Array(resampler.maxOutputFrames(frames));
  return () => resampler.process(input, output);
}

export const partGroups: readonly Group[] = [
  {
    id: "fused/up-parts",
    suite: "fused",
    title: "Up, step by step (Sidetone)",
    unit: "second of audio",
    contenders: [
      part("resample", "resample 48 > 24 kHz, 375 quanta", 375, () => resampling(48000, 24000, QUANTUM)),
      part("frame", "Framer, 64 frames into 480", 375, () => framing(64, 480)),
      part("encode", "encodePcm16Bytes, 50 packets", 50, () => {
        const input = noise(480);
        const bytes = new Uint8Array(960);
        return () => {
          encodePcm16Bytes(input, bytes);
          return bytes[99];
        };
      }),
      part("message", "encodeBase64 + serializeAppend, 50 packets", 50, () => {
        const bytes = randomBytes(960);
        return () => serializeAppend(encodeBase64(bytes)).charCodeAt(600);
      }),
    ],
  },
  {
    id: "fused/down-parts",
    suite: "fused",
    title: "Down, step by step (Sidetone)",
    unit: "second of audio",
    contenders: [
      part("event", "ServerEventReader + decodeBase64, 10 deltas", 10, () => {
        const texts = Array.from({ length: 10 }, (_, d) => deltaEvent(plainBase64(randomBytes(4800, d + 1)), d));
        const events = new ServerEventReader();
        let turn = 0;
        const bytes = new Uint8Array(4800);
        return () => {
          decodeBase64((events.read(texts[turn++ % 10]) as { delta: string }).delta, bytes);
          return bytes[99];
        };
      }),
      part("decode", "decodePcm16Bytes, 10 deltas", 10, () => {
        const bytes = randomBytes(4800);
        const samples = new Float32Array(2400);
        return () => {
          decodePcm16Bytes(bytes, samples);
          return samples[9] > 0 ? 1 : 0;
        };
      }),
      part("resample", "resample 24 > 48 kHz, 375 quanta", 375, () => resampling(24000, 48000, QUANTUM / 2)),
    ],
  },
];
