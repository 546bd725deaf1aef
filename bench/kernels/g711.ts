/** G.711 in both laws. Beside the speed: how many of the 65,536 samples get another code than ITU-T G.191's reference gives them. */
import { createHash } from "node:crypto";
import { decodeAlaw, decodeAlawFloat, decodeMulaw, decodeMulawFloat, encodeAlaw, encodeAlawFloat, encodeMulaw, encodeMulawFloat } from "@sidetone/core/dsp";
import alawmulaw from "alawmulaw";
import g711 from "g711";
import { alaw as xlawAlaw, mulaw as xlawMulaw } from "x-law";
import { type Contender, flawed, type Group, right, type Verdict, wrong } from "../measure/contender.ts";
import { noise } from "./noise.ts";
import { forbidWebAssembly } from "./plain.ts";

const FRAMES = 480;
type Law = "mulaw" | "alaw";

/** SHA-256 of the codes of -32768 to 32767 in order, and of the levels of the 256 codes as little-endian 16-bit samples; from the ITU-T Software Tool Library. */
const TABLES: Readonly<Record<Law, { encode: string; decode: string }>> = {
  mulaw: {
    encode: "90c29de505fb68e766118303bd552a16005dcf810873698bee1d8f3b247ce28c",
    decode: "3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827",
  },
  alaw: {
    encode: "38488f6fd710f4686360edc4d38639f96c491595ef93f8eb8d62d5e07ca6ce7b",
    decode: "e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174",
  },
};

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const everySample = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
const everyCode = Uint8Array.from({ length: 256 }, (_, i) => i);
const floats = Array.from({ length: 16 }, (_, i) => noise(FRAMES, i + 1));
const samples = floats.map((input) => Int16Array.from(input, (sample) => sample * 32767));
/** Made by a package, so that loading this file does not set anything of Sidetone's in motion. */
const codes = samples.map((input) => alawmulaw.mulaw.encode(input));

/** Codes that differ from the reference's. The reference is Sidetone's own table once its hash has been compared with that of the standard's. */
function checkEncoder(law: Law, encode: (input: Int16Array) => Uint8Array): Verdict {
  const reference = new Uint8Array(65536);
  (law === "mulaw" ? encodeMulaw : encodeAlaw)(everySample, reference);
  if (sha256(reference) !== TABLES[law].encode) return wrong("the reference table does not have the standard's hash");
  const output = encode(everySample);
  if (output.length < 65536) return wrong(`${output.length} codes for 65536 samples`);
  let differing = 0;
  for (let i = 0; i < 65536; i++) if (output[i] !== reference[i]) differing++;
  if (differing > 3000) return wrong(`${differing} of 65536 codes are wrong`);
  return differing > 0 ? flawed(`${differing} of 65536 codes wrong`) : right("0 of 65536 codes wrong");
}

function checkDecoder(law: Law, decode: (input: Uint8Array) => Int16Array): Verdict {
  const output = decode(everyCode).slice(0, 256);
  return sha256(new Uint8Array(output.buffer, output.byteOffset, output.byteLength)) === TABLES[law].decode
    ? right("0 of 256 levels wrong")
    : flawed("levels differ from the standard's");
}

interface Coder {
  readonly id: string;
  readonly label: string;
  readonly package?: string;
  /** Runs as where WebAssembly is forbidden. */
  readonly plain?: boolean;
  encode(law: Law): (input: Int16Array) => Uint8Array;
  decode(law: Law): (input: Uint8Array) => Int16Array;
}

const own: Coder = {
  id: "sidetone",
  label: "sidetone",
  encode(law) {
    let output = new Uint8Array(FRAMES);
    const encode = law === "mulaw" ? encodeMulaw : encodeAlaw;
    return (input) => {
      if (output.length < input.length) output = new Uint8Array(input.length);
      encode(input, output);
      return output;
    };
  },
  decode(law) {
    const output = new Int16Array(FRAMES);
    const decode = law === "mulaw" ? decodeMulaw : decodeAlaw;
    return (input) => {
      decode(input, output);
      return output;
    };
  },
};

const coders: readonly Coder[] = [
  own,
  { ...own, id: "sidetone-js", label: "sidetone (plain JS)", plain: true },
  {
    id: "alawmulaw",
    label: "alawmulaw",
    package: "alawmulaw",
    encode: (law) => (input) => alawmulaw[law].encode(input),
    decode: (law) => (input) => alawmulaw[law].decode(input),
  },
  {
    id: "x-law",
    label: "x-law",
    package: "x-law",
    encode: (law) => (input) => (law === "mulaw" ? xlawMulaw : xlawAlaw).encode(input) as Uint8Array,
    decode: (law) => (input) => (law === "mulaw" ? xlawMulaw : xlawAlaw).decode(input as Buffer) as Int16Array,
  },
  {
    id: "g711",
    label: "g711",
    package: "g711",
    encode: (law) => (law === "mulaw" ? (input) => g711.ulawFromPCM(input) : (input) => g711.alawFromPCM(input)),
    decode: (law) => (law === "mulaw" ? (input) => g711.ulawToPCM(input, 16) : (input) => g711.alawToPCM(input, 16)),
  },
];

function encoder(coder: Coder, law: Law): Contender {
  return {
    id: coder.id,
    label: coder.label,
    origin: coder.package ? "npm" : "sidetone",
    package: coder.package,
    create() {
      if (coder.plain) forbidWebAssembly();
      const encode = coder.encode(law);
      let turn = 0;
      return { unitsPerCall: FRAMES, call: () => encode(samples[turn++ & 15])[FRAMES - 1], check: () => checkEncoder(law, coder.encode(law)) };
    },
  };
}

function decoder(coder: Coder, law: Law): Contender {
  return {
    id: coder.id,
    label: coder.label,
    origin: coder.package ? "npm" : "sidetone",
    package: coder.package,
    create() {
      if (coder.plain) forbidWebAssembly();
      const decode = coder.decode(law);
      let turn = 0;
      return { unitsPerCall: FRAMES, call: () => decode(codes[turn++ & 15])[FRAMES - 1], check: () => checkDecoder(law, coder.decode(law)) };
    },
  };
}

/** To floats: what a player needs. Opponents need a loop behind their decoder. */
function floatDecoder(law: Law): Contender[] {
  const output = new Float32Array(FRAMES);
  const check = (decode: (input: Uint8Array) => void) => () => {
    decode(everyCode);
    const levels = new Int16Array(256);
    (law === "mulaw" ? decodeMulaw : decodeAlaw)(everyCode, levels);
    for (let i = 0; i < 256; i++) if (output[i] * 32768 !== levels[i]) return flawed(`code ${i} is ${output[i]}`);
    return right("0 of 256 levels wrong");
  };
  const fused = (input: Uint8Array) => void (law === "mulaw" ? decodeMulawFloat : decodeAlawFloat)(input, output);
  const theirs = (input: Uint8Array) => {
    const levels = alawmulaw[law].decode(input);
    for (let i = 0; i < levels.length; i++) output[i] = levels[i] / 32768;
  };
  return (
    [
      ["sidetone", "sidetone, fused", "sidetone", undefined, fused],
      ["sidetone-js", "sidetone, fused (plain JS)", "sidetone", undefined, fused],
      ["alawmulaw", "alawmulaw + loop", "npm", "alawmulaw", theirs],
    ] as const
  ).map(([id, label, origin, name, decode]) => ({
    id,
    label,
    origin,
    package: name,
    create() {
      if (id === "sidetone-js") forbidWebAssembly();
      let turn = 0;
      return {
        unitsPerCall: FRAMES,
        call() {
          decode(codes[turn++ & 15]);
          return output[3] > 0 ? 1 : 0;
        },
        check: check(decode),
      };
    },
  }));
}

/** From floats: what a microphone's path needs. */
function floatEncoder(law: Law): Contender[] {
  const output = new Uint8Array(FRAMES);
  const steps = new Int16Array(FRAMES);
  const fused = (input: Float32Array) => {
    (law === "mulaw" ? encodeMulawFloat : encodeAlawFloat)(input, output);
    return output;
  };
  const theirs = (input: Float32Array) => {
    for (let i = 0; i < input.length; i++) steps[i] = Math.max(-32768, Math.min(32767, Math.round(input[i] * 32768)));
    return alawmulaw[law].encode(steps);
  };
  const check = (encode: (input: Float32Array) => Uint8Array) => () => {
    const codesOfFloats = encode(floats[0]).slice();
    const rounded = Int16Array.from(floats[0], (sample) => Math.round(sample * 32768));
    const expected = new Uint8Array(FRAMES);
    (law === "mulaw" ? encodeMulaw : encodeAlaw)(rounded, expected);
    let differing = 0;
    for (let i = 0; i < FRAMES; i++) if (codesOfFloats[i] !== expected[i]) differing++;
    return differing === 0 ? right("all codes as after rounding") : flawed(`${differing} of ${FRAMES} codes differ`);
  };
  return (
    [
      ["sidetone", "sidetone, fused", "sidetone", undefined, fused],
      ["sidetone-js", "sidetone, fused (plain JS)", "sidetone", undefined, fused],
      ["alawmulaw", "loop + alawmulaw", "npm", "alawmulaw", theirs],
    ] as const
  ).map(([id, label, origin, name, encode]) => ({
    id,
    label,
    origin,
    package: name,
    create() {
      if (id === "sidetone-js") forbidWebAssembly();
      let turn = 0;
      return { unitsPerCall: FRAMES, call: () => encode(floats[turn++ & 15])[FRAMES - 1], check: check(encode) };
    },
  }));
}

const NAMES: Readonly<Record<Law, string>> = { mulaw: "mu-law", alaw: "A-law" };

export const g711Groups: readonly Group[] = (["mulaw", "alaw"] as const).flatMap((law) => [
  {
    id: `g711/${law}-encode`,
    suite: "g711" as const,
    title: `G.711 ${NAMES[law]}, PCM16 > code, ${FRAMES} samples`,
    unit: "sample",
    contenders: coders.map((coder) => encoder(coder, law)),
  },
  {
    id: `g711/${law}-decode`,
    suite: "g711" as const,
    title: `G.711 ${NAMES[law]}, code > PCM16, ${FRAMES} samples`,
    unit: "sample",
    contenders: coders.map((coder) => decoder(coder, law)),
  },
  { id: `g711/${law}-encode-float`, suite: "g711" as const, title: `G.711 ${NAMES[law]}, Float32 > code`, unit: "sample", contenders: floatEncoder(law) },
  { id: `g711/${law}-decode-float`, suite: "g711" as const, title: `G.711 ${NAMES[law]}, code > Float32`, unit: "sample", contenders: floatDecoder(law) },
]);
