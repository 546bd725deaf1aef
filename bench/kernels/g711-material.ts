/** What the G.711 coders work on. */
import { encodeMulaw } from "@sidetone/core/dsp";
import { noise } from "./noise.ts";

export const FRAMES = 480;
export type Law = "mulaw" | "alaw";

export const floats = Array.from({ length: 16 }, (_, i) => noise(FRAMES, i + 1));
export const samples = floats.map((input) => Int16Array.from(input, (sample) => sample * 32767));
export const codes = samples.map((input) => {
  const output = new Uint8Array(FRAMES);
  encodeMulaw(input, output);
  return output;
});
