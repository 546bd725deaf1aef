/** A sound of which every stretch is unlike every other, and none is silent, counted in frames: the same in a page and in a test. */
import { noise as noiseOf, toPcm16 } from "sidetone/testing";

/** `frames` samples of noise number `seed` as 16-bit steps, about a quarter of full scale; a longer one begins with the shorter one. */
export function noise(seed: number, frames: number): Int16Array<ArrayBuffer> {
  return toPcm16(noiseOf({ color: "soft", seed, ms: frames, rate: 1000, amplitude: 1 }));
}
