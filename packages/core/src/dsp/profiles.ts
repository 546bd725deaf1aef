/**
 * The resampler's profiles: which filter each means, designed on first use and kept.
 *
 * Any thread; the cache is per thread and holds at most three responses (22 kB in all). A design is made once.
 */
import { type DesignSteps, designPrototype, type FilterSpec } from "./filter-design.ts";

/**
 * How a {@link Resampler} filters; N is the Nyquist frequency of the lower rate, a period one frame of it.
 * - "low-latency": minimum phase, 1.9 to 2.7 periods of delay; tones from 1.0 to 1.1 N fold onto 0.9 to 1.0 N, as in every browser.
 * - "linear-phase": the same gains, all frequencies delayed alike by 33 to 34 periods.
 * - "strict": minimum phase, 2.7 to 3 periods of delay, nothing folds; 2.5 times the work.
 */
export type ResamplerProfile = "low-latency" | "linear-phase" | "strict";

/** The filter of each profile. */
export const PROFILE_FILTERS: Readonly<Record<ResamplerProfile, FilterSpec>> = {
  "low-latency": { cutoff: 0.999, transition: 0.202, attenuation: 103.5, floor: 107.5, phase: "minimum", transformSize: 2048 },
  "linear-phase": { cutoff: 0.999, transition: 0.202, attenuation: 102.5, floor: 107.5, phase: "linear", transformSize: 2048 },
  strict: { cutoff: 0.959, transition: 0.082, attenuation: 104, floor: 107, phase: "minimum", transformSize: 8192 },
};

const cache = new Map<ResamplerProfile, Float64Array>();

/** The prototype of `profile`, computed by `steps` when it is the first time; not to be written to. */
export function prototypeOf(profile: ResamplerProfile, steps?: DesignSteps): Float64Array {
  let response = cache.get(profile);
  if (!response) {
    response = designPrototype(PROFILE_FILTERS[profile], steps);
    cache.set(profile, response);
  }
  return response;
}
