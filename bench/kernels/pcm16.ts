/** Floats to 16-bit samples and back. */
import { Dither, decodePcm16, decodePcm16Bytes, encodePcm16, encodePcm16Bytes } from "@sidetone/core/dsp";
import { azureFloats, dataViewPcm16, elevenLabsPcm16, googleFloats, googlePcm16, loopFloats, randomDither } from "../clients/pcm.ts";
import { type Contender, flawed, type Group, type Origin, right, type Verdict, wrong } from "../measure/contender.ts";
import { floor } from "./floor.ts";
import { noise } from "./noise.ts";
import { ENCODER_FIGURES, encoderQuality } from "./pcm16-quality.ts";
import { plainly } from "./plain.ts";

const FRAMES = 480;

const inputs = Array.from({ length: 16 }, (_, i) => noise(FRAMES, i + 1));

/** Compares an encoder with rounding to nearest on values that tell the usual shortcuts apart. */
export function checkEncoder(encode: (input: Float32Array) => Int16Array): Verdict {
  const steps = Float32Array.from({ length: 65535 }, (_, i) => (i - 32767) / 32768);
  const exact = encode(steps);
  let worst = 0;
  for (let i = 0; i < steps.length; i++) worst = Math.max(worst, Math.abs(exact[i] - (i - 32767)));
  if (!(worst <= 1)) return wrong(`up to ${worst} steps off`);
  const faults: string[] = [];
  const over = encode(Float32Array.of(1.5, -1.5, 1, Number.NaN));
  if (over[0] !== 32767 || over[1] !== -32768) faults.push("wraps beyond full scale");
  else if (over[2] !== 32767) faults.push(`+1 becomes ${over[2]}`);
  if (over[3] !== 0) faults.push("NaN is not 0");
  const between = encode(Float32Array.of(100.7 / 32768, -100.7 / 32768));
  if (between[0] !== 101 || between[1] !== -101) faults.push("truncates");
  return faults.length > 0 ? flawed(faults.join(", ")) : right("rounds to nearest, clips, NaN to 0");
}

/** Dither adds up to a step of noise to what rounding does; over many samples its mean error is nothing and its power a quarter step squared, wherever the signal lies. */
export function checkDither(encode: (input: Float32Array) => Int16Array): Verdict {
  const over = encode(Float32Array.of(1.5, -1.5, Number.NaN));
  if (over[0] !== 32767 || over[1] !== -32768) return wrong("wraps beyond full scale");
  if (!(Math.abs(over[2]) <= 1)) return wrong("NaN is not 0");
  for (const part of [0, 0.3, 0.5, 0.8]) {
    const output = encode(new Float32Array(1 << 17).fill((100 + part) / 32768));
    let sum = 0;
    let power = 0;
    for (const step of output) {
      const error = step - 100 - part;
      sum += error;
      power += error * error;
    }
    const mean = sum / output.length;
    const square = power / output.length - mean * mean;
    if (Math.abs(mean) > 0.01 || Math.abs(square - 0.25) > 0.01) {
      return flawed(`no TPDF dither: error at ${part} steps has mean ${mean.toFixed(2)}, power ${square.toFixed(2)}`);
    }
  }
  return right("mean error 0 and power 1/4 step² wherever the signal lies");
}

function encoder(id: string, label: string, origin: Origin, make: () => (input: Float32Array) => Int16Array, check = checkEncoder): Contender {
  return {
    id,
    label,
    origin,
    create() {
      const encode = make();
      let turn = 0;
      return {
        unitsPerCall: FRAMES,
        call() {
          const output = encode(inputs[turn++ & 15]);
          return output[0] + output[output.length - 1];
        },
        check: () => check(make()),
        quality: () => encoderQuality(make()),
      };
    },
  };
}

const pcm = inputs.map((input) => new Int16Array(dataViewPcm16(input)));
const bytes = pcm.map((samples) => new Uint8Array(samples.buffer));

function decoder(id: string, label: string, origin: Origin, make: () => (turn: number) => ArrayLike<number>): Contender {
  return {
    id,
    label,
    origin,
    create() {
      const decode = make();
      let turn = 0;
      return {
        unitsPerCall: FRAMES,
        call() {
          const output = decode(turn++ & 15);
          return output[7] > 0 ? 1 : 0;
        },
        check() {
          const output = decode(3);
          for (let i = 0; i < FRAMES; i++) if (output[i] !== pcm[3][i] / 32768) return wrong(`sample ${i} is ${output[i]}`);
          return right("every sample equals its step / 32768");
        },
      };
    },
  };
}

/** Grows with the longest input, as a caller's buffer would. */
function ownEncoder(): (input: Float32Array) => Int16Array {
  let output = new Int16Array(FRAMES);
  return (input) => {
    if (output.length < input.length) output = new Int16Array(input.length);
    encodePcm16(input, output);
    return output;
  };
}

function ownDecoder(): (turn: number) => Float32Array {
  const output = new Float32Array(FRAMES);
  return (turn) => {
    decodePcm16(pcm[turn], output);
    return output;
  };
}

function ownDither(): (input: Float32Array) => Int16Array {
  const dither = new Dither();
  let output = new Int16Array(FRAMES);
  return (input) => {
    if (output.length < input.length) output = new Int16Array(input.length);
    dither.encodePcm16(input, output);
    return output;
  };
}

function ownByteEncoder(): (input: Float32Array) => Int16Array {
  let output = new Uint8Array(FRAMES * 2);
  let samples = new Int16Array(output.buffer);
  return (input) => {
    if (samples.length < input.length) {
      output = new Uint8Array(input.length * 2);
      samples = new Int16Array(output.buffer);
    }
    encodePcm16Bytes(input, output);
    return samples;
  };
}

const floats = new Float32Array(FRAMES);
const copyFloor = floor("a copy", FRAMES, inputs, (input) => {
  floats.set(input);
  return floats;
});

export const pcm16Groups: readonly Group[] = [
  {
    id: "pcm/encode",
    suite: "pcm",
    title: `Float32 > PCM16, ${FRAMES} samples`,
    unit: "sample",
    figures: ENCODER_FIGURES,
    browser: true,
    contenders: [
      encoder("sidetone", "sidetone encodePcm16", "sidetone", ownEncoder),
      encoder("sidetone-bytes", "sidetone encodePcm16Bytes", "sidetone", ownByteEncoder),
      encoder("sidetone-js", "sidetone encodePcm16 (plain JS)", "sidetone", plainly(ownEncoder)),
      encoder("data-view", "DataView loop (openai beta, wavtools, vercel)", "client", () => (input) => new Int16Array(dataViewPcm16(input))),
      encoder("elevenlabs", "two arrays (elevenlabs)", "client", () => elevenLabsPcm16),
      encoder("google", "x * 32768 (google)", "client", () => googlePcm16),
      copyFloor,
    ],
  },
  {
    id: "pcm/dither",
    suite: "pcm",
    title: `Float32 > PCM16 with TPDF dither, ${FRAMES} samples`,
    unit: "sample",
    figures: ENCODER_FIGURES,
    browser: true,
    contenders: [
      encoder("sidetone", "sidetone Dither.encodePcm16", "sidetone", ownDither, checkDither),
      encoder("random", "two Math.random per sample (naive)", "runtime", () => randomDither, checkDither),
      { ...encoder("rounding", "sidetone encodePcm16, without", "sidetone", ownEncoder), note: "no dither; for comparison" },
    ],
  },
  {
    id: "pcm/decode",
    suite: "pcm",
    title: `PCM16 > Float32, ${FRAMES} samples`,
    unit: "sample",
    browser: true,
    contenders: [
      decoder("sidetone", "sidetone decodePcm16", "sidetone", ownDecoder),
      decoder("sidetone-bytes", "sidetone decodePcm16Bytes", "sidetone", () => {
        const output = new Float32Array(FRAMES);
        return (turn) => {
          decodePcm16Bytes(bytes[turn], output);
          return output;
        };
      }),
      decoder("sidetone-js", "sidetone decodePcm16 (plain JS)", "sidetone", plainly(ownDecoder)),
      decoder("loop", "/ 0x8000, new array (wavtools, vercel)", "client", () => (turn) => loopFloats(pcm[turn])),
      decoder("google", "DataView and try (google)", "client", () => (turn) => googleFloats(bytes[turn])),
      decoder("azure", "Array.from (azure)", "client", () => (turn) => azureFloats(pcm[turn])),
      copyFloor,
    ],
  },
];
