/** What can be done to the speed of speech: Sidetone's way first. */
import { NATIVE_STRETCHERS } from "./native-stretchers.ts";
import { NPM_STRETCHERS } from "./npm-stretchers.ts";
import { stretchByPeriods } from "./periods.ts";
import type { Stretcher } from "./stretcher.ts";
import { wsola } from "./wsola.ts";

const SIDETONE: Stretcher = {
  id: "sidetone",
  label: "sidetone",
  inProcess: true,
  note: "PeriodStretcher, as the jitter buffer drives it",
  version: () => "",
  unavailable: () => undefined,
  stretch: async (samples, rate, speed) => stretchByPeriods(samples, rate, speed).samples,
};

const WSOLA: Stretcher = {
  id: "wsola",
  label: "WSOLA*",
  inProcess: true,
  note: "30 ms segments, searched within 8 ms; written anew, not for speed",
  version: () => "",
  unavailable: () => undefined,
  stretch: async (samples, rate, speed) => wsola(samples, rate, speed),
};

/** Everybody. */
export const STRETCHERS: readonly Stretcher[] = [SIDETONE, ...NATIVE_STRETCHERS, ...NPM_STRETCHERS, WSOLA];
