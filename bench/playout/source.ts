/**
 * What the replies say: real speech with its pauses, over the floor of a quiet room. The floor never repeats, so any piece of output, also one from a pause, fits exactly one
 * place; and where a player gives digital silence, that silence is the player's.
 */
import { sequence } from "sidetone/testing";
import { speech } from "../../test/support/speech.ts";
import { SeededRandom } from "./traces/random.ts";

/** Level of the floor, as an RMS of full scale: -60 dB. */
const FLOOR = 0.001;

/** Speech to peak at this. */
const PEAK = 0.6;

/** How much slower, and lower, each time round: the same words at the same pitch would fit at several places. */
const VOICES = [1, 1.07, 0.94, 1.035, 0.97, 1.1, 0.985, 1.05];

/** ms over which a reply begins and ends. */
const EDGE_MS = 20;

const made = new Map<string, Int16Array>();

/** `frames` frames of speech at `rate` Hz as PCM16, the wire's own; another `take` says the same words over another floor. */
export function sourceSpeech(frames: number, rate: number, take = "a"): Int16Array {
  const key = `${frames} ${rate} ${take}`;
  const known = made.get(key);
  if (known) return known;
  const parts: (Float32Array | number)[] = [];
  for (let i = 0, length = 0; length < frames; i++) {
    // Recordings meant for another rate are other voices.
    const voice = Math.round(rate * VOICES[i % VOICES.length]);
    const [first, second] = take === "a" ? (["speech-a", "speech-b"] as const) : (["speech-b", "speech-a"] as const);
    const part = sequence(rate, speech(first, voice), 450, speech(second, voice), 700);
    parts.push(part);
    length += part.length;
  }
  const words = sequence(rate, ...parts);
  const gain = PEAK / words.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
  const random = new SeededRandom(`floor ${take}`);
  const source = new Int16Array(frames);
  const fade = (rate * EDGE_MS) / 1000;
  for (let i = 0; i < frames; i++) {
    // Three uniform numbers: near enough to a normal distribution, of variance 1/4.
    const noise = (random.next() + random.next() + random.next() - 1.5) * 2 * FLOOR;
    // The reply ends wherever its length wants it to: softly, or its own end would count as a hard edge.
    const edge = Math.min(1, i / fade, (frames - 1 - i) / fade);
    source[i] = Math.round((words[i] * gain + noise) * edge * 32767);
  }
  made.set(key, source);
  return source;
}

/** PCM16 as a player hands it to a device. */
export function toFloats(samples: Int16Array): Float32Array {
  return Float32Array.from(samples, (sample) => sample / 32768);
}
