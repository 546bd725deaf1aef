/** What is stretched and concealed: both recordings, and several beginnings of each, since where a method's segments fall in the words is chance. */
import { speech } from "../../../test/support/speech.ts";

/** The voices. */
export const VOICES = ["speech-a", "speech-b"] as const;

/** One of them. */
export type Voice = (typeof VOICES)[number];

/** Rate of stretched speech, in Hz: that of the realtime servers. */
export const STRETCH_RATE = 24000;

/** ms left out at the start, one per take; no multiple of any method's segment. */
const TAKES_MS = [0, 7, 17, 29];

const made = new Map<string, Float32Array>();

/** A recording at `rate` Hz. */
export function recording(voice: Voice, rate: number): Float32Array {
  const key = `${voice} ${rate}`;
  const known = made.get(key) ?? speech(voice, rate);
  made.set(key, known);
  return known;
}

/** A recording, and how much of its beginning a take leaves out. */
export interface Take {
  readonly voice: Voice;
  readonly offset: number;
  readonly samples: Float32Array;
}

/** Every voice in `count` takes. */
export function takes(count: number, rate = STRETCH_RATE): Take[] {
  return VOICES.flatMap((voice) =>
    TAKES_MS.slice(0, count).map((ms) => {
      const offset = Math.round((ms * rate) / 1000);
      return { voice, offset, samples: recording(voice, rate).subarray(offset) };
    }),
  );
}
