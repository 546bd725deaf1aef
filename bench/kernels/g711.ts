/** G.711 in both laws. Beside the speed: how many of the 65,536 samples get another code than ITU-T G.191's reference gives them. */
import { createHash } from "node:crypto";
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "@sidetone/core/dsp";
import { type Contender, flawed, type Group, right, type Verdict, wrong } from "../measure/contender.ts";
import { opponent } from "../opponents.ts";
import { floor } from "./floor.ts";
import { floatDecoders, floatEncoders } from "./g711-float.ts";
import { codes, FRAMES, type Law, samples } from "./g711-material.ts";
import { plainly } from "./plain.ts";

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

/** One law's two directions. */
interface Coder {
  encode(input: Int16Array): Uint8Array;
  decode(input: Uint8Array): Int16Array;
}

/** A package with coders, or Sidetone. */
interface Maker {
  readonly id: string;
  readonly label: string;
  readonly package?: string;
  make(law: Law): Coder | Promise<Coder>;
}

function ownCoder(law: Law): Coder {
  const [encode, decode] = law === "mulaw" ? [encodeMulaw, decodeMulaw] : [encodeAlaw, decodeAlaw];
  let encoded = new Uint8Array(FRAMES);
  const decoded = new Int16Array(FRAMES);
  return {
    encode(input) {
      if (encoded.length < input.length) encoded = new Uint8Array(input.length);
      encode(input, encoded);
      return encoded;
    },
    decode(input) {
      decode(input, decoded);
      return decoded;
    },
  };
}

const makers: readonly Maker[] = [
  { id: "sidetone", label: "sidetone", make: ownCoder },
  { id: "sidetone-js", label: "sidetone (plain JS)", make: (law) => plainly(() => ownCoder(law))() },
  {
    id: "alawmulaw",
    label: "alawmulaw",
    package: "alawmulaw",
    async make(law) {
      const { encode, decode } = (await opponent("alawmulaw")).default[law];
      return { encode: (input) => encode(input), decode: (input) => decode(input) };
    },
  },
  {
    id: "x-law",
    label: "x-law",
    package: "x-law",
    async make(law) {
      const { encode, decode } = (await opponent("x-law"))[law];
      return { encode: (input) => encode(input) as Uint8Array, decode: (input) => decode(input as Buffer) as Int16Array };
    },
  },
  {
    id: "g711",
    label: "g711",
    package: "g711",
    async make(law) {
      const { default: g711 } = await opponent("g711");
      if (law === "mulaw") return { encode: (input) => g711.ulawFromPCM(input), decode: (input) => g711.ulawToPCM(input, 16) };
      return { encode: (input) => g711.alawFromPCM(input), decode: (input) => g711.alawToPCM(input, 16) };
    },
  },
];

function described({ id, label, package: name }: Maker): Pick<Contender, "id" | "label" | "origin" | "package"> {
  return { id, label, origin: name ? "npm" : "sidetone", package: name };
}

function encoder(maker: Maker, law: Law): Contender {
  return {
    ...described(maker),
    async create() {
      const { encode } = await maker.make(law);
      const checked = await maker.make(law);
      let turn = 0;
      return { unitsPerCall: FRAMES, call: () => encode(samples[turn++ & 15])[FRAMES - 1], check: () => checkEncoder(law, checked.encode) };
    },
  };
}

function decoder(maker: Maker, law: Law): Contender {
  return {
    ...described(maker),
    async create() {
      const { decode } = await maker.make(law);
      const checked = await maker.make(law);
      let turn = 0;
      return { unitsPerCall: FRAMES, call: () => decode(codes[turn++ & 15])[FRAMES - 1], check: () => checkDecoder(law, checked.decode) };
    },
  };
}

const narrow = new Uint8Array(FRAMES);
const encoderFloor = floor("a loop that shifts", FRAMES, samples, (input) => {
  for (let i = 0; i < input.length; i++) narrow[i] = input[i] >> 8;
  return narrow;
});

const wide = new Int16Array(FRAMES);
const decoderFloor = floor("a loop that shifts", FRAMES, codes, (input) => {
  for (let i = 0; i < input.length; i++) wide[i] = input[i] << 8;
  return wide;
});

const NAMES: Readonly<Record<Law, string>> = { mulaw: "mu-law", alaw: "A-law" };

export const g711Groups: readonly Group[] = (["mulaw", "alaw"] as const).flatMap((law) => [
  {
    id: `g711/${law}-encode`,
    suite: "g711" as const,
    title: `G.711 ${NAMES[law]}, PCM16 > code, ${FRAMES} samples`,
    unit: "sample",
    contenders: [...makers.map((maker) => encoder(maker, law)), encoderFloor],
  },
  {
    id: `g711/${law}-decode`,
    suite: "g711" as const,
    title: `G.711 ${NAMES[law]}, code > PCM16, ${FRAMES} samples`,
    unit: "sample",
    contenders: [...makers.map((maker) => decoder(maker, law)), decoderFloor],
  },
  { id: `g711/${law}-encode-float`, suite: "g711" as const, title: `G.711 ${NAMES[law]}, Float32 > code`, unit: "sample", contenders: floatEncoders(law) },
  { id: `g711/${law}-decode-float`, suite: "g711" as const, title: `G.711 ${NAMES[law]}, code > Float32`, unit: "sample", contenders: floatDecoders(law) },
]);
