/**
 * A voice for measurements: it answers with a signal of which any piece of 100 ms tells where it belongs, to the sample. What was played, from when on, and what was left
 * out can so be read from a recording alone; see `locateChirp`.
 */
import type { AudioClip } from "../audio.ts";
import { numberOption, requireKnown } from "../option-checks.ts";
import { MAX_SLOTS, SLOT_MS, SlotCode } from "./chirp-code.ts";
import { seconds, type Voice } from "./voice.ts";

/** Options of {@link chirpVoice}. */
export interface ChirpVoiceOptions {
  /** Length of the reply, in ms, 0 to 600000. Default: 3000. */
  readonly durationMs?: number;
}

const DEFAULT_DURATION_MS = 3000;
/** Longest chirp, in ms. */
export const MAX_CHIRP_MS = Math.min(600_000, MAX_SLOTS * SLOT_MS);

/** A voice that always plays {@link chirpClip}. @throws {TypeError | RangeError} for a wrong option. */
export function chirpVoice(options: ChirpVoiceOptions = {}): Voice {
  requireKnown("options", options, ["durationMs"]);
  const durationMs = numberOption("durationMs", options.durationMs ?? DEFAULT_DURATION_MS, 0, MAX_CHIRP_MS);
  const clips = new Map<number, AudioClip>();
  return {
    reply: ({ rate, modality }) => {
      if (modality === "text") return [{ type: "message", text: "(a chirp would be here)" }];
      const audio = clips.get(rate) ?? chirpClip(durationMs, rate);
      clips.set(rate, audio);
      return [{ type: "message", text: `(chirp of ${seconds(durationMs)})`, audio }];
    },
  };
}

/**
 * `durationMs` (0 to 600000) of the measurement signal from its beginning; the same at any time, and at any rate but for its resolution.
 * @param rate in Hz, a multiple of 25 from 8000. @throws {TypeError | RangeError} for a length or a rate that is not allowed.
 */
export function chirpClip(durationMs: number, rate: number): AudioClip {
  numberOption("durationMs", durationMs, 0, MAX_CHIRP_MS);
  const code = new SlotCode(rate);
  const samples = new Int16Array(Math.round((durationMs * rate) / 1000));
  for (let start = 0, number = 0; start < samples.length; start += code.frames, number++) {
    const slot = code.render(number);
    const frames = Math.min(code.frames, samples.length - start);
    for (let i = 0; i < frames; i++) samples[start + i] = Math.round(32767 * (slot[i] as number));
  }
  return { samples, rate };
}
