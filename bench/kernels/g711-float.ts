/** G.711 straight from and to floats: what a microphone's and a player's path need. Opponents need a loop around their coder. */
import { decodeAlaw, decodeAlawFloat, decodeMulaw, decodeMulawFloat, encodeAlaw, encodeAlawFloat, encodeMulaw, encodeMulawFloat } from "@sidetone/core/dsp";
import { type Contender, flawed, right } from "../measure/contender.ts";
import { opponent } from "../opponents.ts";
import { floor } from "./floor.ts";
import { codes, FRAMES, floats, type Law } from "./g711-material.ts";
import { plainly } from "./plain.ts";

const everyCode = Uint8Array.from({ length: 256 }, (_, i) => i);
type Make<Through> = () => Through | Promise<Through>;

/** To floats: what a player needs. Opponents need a loop behind their decoder. */
export function floatDecoders(law: Law): Contender[] {
  const output = new Float32Array(FRAMES);
  const check = (decode: (input: Uint8Array) => void) => {
    decode(everyCode);
    const levels = new Int16Array(256);
    (law === "mulaw" ? decodeMulaw : decodeAlaw)(everyCode, levels);
    for (let i = 0; i < 256; i++) if (output[i] * 32768 !== levels[i]) return flawed(`code ${i} is ${output[i]}`);
    return right("0 of 256 levels wrong");
  };
  const contender = (id: string, label: string, make: Make<(input: Uint8Array) => void>, name?: string): Contender => ({
    id,
    label,
    origin: name ? "npm" : "sidetone",
    package: name,
    async create() {
      const decode = await make();
      let turn = 0;
      return {
        unitsPerCall: FRAMES,
        call() {
          decode(codes[turn++ & 15]);
          return output[3] > 0 ? 1 : 0;
        },
        check: () => check(decode),
      };
    },
  });
  const fused = law === "mulaw" ? decodeMulawFloat : decodeAlawFloat;
  const own = (input: Uint8Array) => void fused(input, output);
  const theirs = async () => {
    const { decode } = (await opponent("alawmulaw")).default[law];
    return (input: Uint8Array) => {
      const levels = decode(input);
      for (let i = 0; i < levels.length; i++) output[i] = levels[i] / 32768;
    };
  };
  return [
    contender("sidetone", "sidetone, fused", () => own),
    contender(
      "sidetone-js",
      "sidetone, fused (plain JS)",
      plainly(() => own),
    ),
    contender("alawmulaw", "alawmulaw + loop", theirs, "alawmulaw"),
    floor("a loop that scales", FRAMES, codes, (input) => {
      for (let i = 0; i < input.length; i++) output[i] = input[i] * 0.00390625;
      return output;
    }),
  ];
}

/** From floats: what a microphone's path needs. */
export function floatEncoders(law: Law): Contender[] {
  const output = new Uint8Array(FRAMES);
  const steps = new Int16Array(FRAMES);
  const check = (encode: (input: Float32Array) => Uint8Array) => {
    const codesOfFloats = encode(floats[0]).slice();
    const rounded = Int16Array.from(floats[0], (sample) => Math.round(sample * 32768));
    const expected = new Uint8Array(FRAMES);
    (law === "mulaw" ? encodeMulaw : encodeAlaw)(rounded, expected);
    let differing = 0;
    for (let i = 0; i < FRAMES; i++) if (codesOfFloats[i] !== expected[i]) differing++;
    return differing === 0 ? right("all codes as after rounding") : flawed(`${differing} of ${FRAMES} codes differ`);
  };
  const contender = (id: string, label: string, make: Make<(input: Float32Array) => Uint8Array>, name?: string): Contender => ({
    id,
    label,
    origin: name ? "npm" : "sidetone",
    package: name,
    async create() {
      const encode = await make();
      let turn = 0;
      return { unitsPerCall: FRAMES, call: () => encode(floats[turn++ & 15])[FRAMES - 1], check: () => check(encode) };
    },
  });
  const fused = law === "mulaw" ? encodeMulawFloat : encodeAlawFloat;
  const own = (input: Float32Array) => {
    fused(input, output);
    return output;
  };
  const theirs = async () => {
    const { encode } = (await opponent("alawmulaw")).default[law];
    return (input: Float32Array) => {
      for (let i = 0; i < input.length; i++) steps[i] = Math.max(-32768, Math.min(32767, Math.round(input[i] * 32768)));
      return encode(steps);
    };
  };
  return [
    contender("sidetone", "sidetone, fused", () => own),
    contender(
      "sidetone-js",
      "sidetone, fused (plain JS)",
      plainly(() => own),
    ),
    contender("alawmulaw", "loop + alawmulaw", theirs, "alawmulaw"),
    floor("a loop that scales", FRAMES, floats, (input) => {
      for (let i = 0; i < input.length; i++) output[i] = input[i] * 127;
      return output;
    }),
  ];
}
