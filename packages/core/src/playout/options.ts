/** The knobs of playout: names, ranges and defaults, checked in one place, so that a page can refuse a wrong one before a worklet does. */
import { checkKnown, checkRange } from "../check-options.ts";
import { PLAYOUT_DEFAULTS } from "./defaults.ts";

/** Knobs of the jitter buffer; the ms ones default to {@link PLAYOUT_DEFAULTS}. */
export interface PlayoutOptions {
  /** How replies are queued. `turn`: by item, until played or cut. Default: `turn`. */
  readonly policy?: "turn";
  /** ms of audio wanted before an item starts: 0 to 2000. */
  readonly startMs?: number;
  /** ms of audio wanted before playback goes on after an underrun: 0 to 5000. */
  readonly refillMs?: number;
  /** ms of fade where audio starts out of silence and where the queued audio ends: 1 to 50. */
  readonly fadeMs?: number;
  /** ms of fade-out on `flush` and `pause`: 0 to 30. */
  readonly cutFadeMs?: number;
}

/** {@link PlayoutOptions} with nothing left open, in ms. */
export type ResolvedPlayoutOptions = Required<PlayoutOptions>;

const RANGES_MS = { startMs: [0, 2000], refillMs: [0, 5000], fadeMs: [1, 50], cutFadeMs: [0, 30] } as const;

/** Checks `options` and fills in the defaults. @throws {TypeError} for an unknown name, {RangeError} for a value out of its range. */
export function resolvePlayoutOptions(options: PlayoutOptions): ResolvedPlayoutOptions {
  checkKnown("playout", options, ["policy", ...Object.keys(RANGES_MS)]);
  const { policy = "turn" } = options;
  if (policy !== "turn") throw new RangeError(`policy is "${String(policy)}"; allowed is "turn".`);
  const ms = (name: keyof typeof RANGES_MS): number => {
    const [min, max] = RANGES_MS[name];
    return checkRange(name, options[name] ?? PLAYOUT_DEFAULTS[name], min, max, "ms");
  };
  return { policy, startMs: ms("startMs"), refillMs: ms("refillMs"), fadeMs: ms("fadeMs"), cutFadeMs: ms("cutFadeMs") };
}
