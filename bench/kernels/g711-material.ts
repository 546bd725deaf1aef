/** What the G.711 coders work on. */
import { noise } from "./noise.ts";

export const FRAMES = 480;
export type Law = "mulaw" | "alaw";

export const floats = Array.from({ length: 16 }, (_, i) => noise(FRAMES, i + 1));
export const samples = floats.map((input) => Int16Array.from(input, (sample) => sample * 32767));
/** Any byte is a code. Not made by an encoder: loading this file must not set anything of Sidetone's in motion, for the contenders without WebAssembly. */
export const codes = floats.map((input) => Uint8Array.from(input, (sample) => Math.floor((sample + 1) * 127.9)));
