/**
 * Checks of what differs from a model's profile, wherever it is given: as an option, or as the pace of a scripted turn.
 */
import { booleanOption, numberOption, requireKnown, requireObject, show } from "./option-checks.ts";
import type { Profile, ProfileOverrides } from "./profiles.ts";
import { vadNameOption } from "./vad/choice.ts";

type NumberOf<T> = { [K in keyof T]: T[K] extends number ? K : never }[keyof T];

/** Least and greatest value of each number in a profile. */
const PROFILE_RANGES: Readonly<Record<NumberOf<Profile>, readonly [number, number]>> = {
  silenceDurationMs: [0, 60_000],
  deltaBodyMs: [1, 10_000],
  deltaLastMaxMs: [1, 60_000],
  speedUp: [0.1, 1e6],
  firstAudioDelayMs: [0, 60_000],
  transcriptLeadMs: [0, 60_000],
  transcriptLeadPieces: [0, 1e6],
  transcriptionDelayMs: [0, 60_000],
  cancelDelayMs: [0, 60_000],
  mcpCallMs: [0, 60_000],
};

/** Checks what differs from a profile; `name` is what messages call it. @throws {TypeError | RangeError} */
export function profileOption(name: string, profile: ProfileOverrides): ProfileOverrides {
  requireObject(name, profile);
  requireKnown(name, profile, [...Object.keys(PROFILE_RANGES), "voice", "vad", "deltaHeadMs", "overlappingItems", "phase"]);
  for (const [key, [least, most]] of Object.entries(PROFILE_RANGES)) {
    const value = profile[key as NumberOf<Profile>];
    if (value !== undefined) numberOption(`${name}.${key}`, value, least, most);
  }
  const { voice, vad, deltaHeadMs, overlappingItems, phase } = profile;
  if (vad !== undefined) vadNameOption(`${name}.vad`, vad);
  if (voice !== undefined && typeof voice !== "string") throw new TypeError(`${name}.voice is ${show(voice)}; allowed is a string.`);
  if (overlappingItems !== undefined) booleanOption(`${name}.overlappingItems`, overlappingItems);
  if (phase !== undefined && phase !== null && phase !== "commentary" && phase !== "final_answer") {
    throw new TypeError(`${name}.phase is ${show(phase)}; allowed are "commentary", "final_answer" and null.`);
  }
  if (deltaHeadMs !== undefined) {
    if (!Array.isArray(deltaHeadMs)) throw new TypeError(`${name}.deltaHeadMs is ${show(deltaHeadMs)}; allowed is an array of numbers.`);
    for (const [i, ms] of deltaHeadMs.entries()) numberOption(`${name}.deltaHeadMs[${i}]`, ms, 1, 10_000);
  }
  return profile;
}
