/** What is wanted of stretched and concealed speech. */
import type { ConcealFigures } from "./conceal-table.ts";
import { SPEEDS, type StretchFigures } from "./stretch-table.ts";

/** How far below SoundTouch's NSIM the stretcher may be: below what takes differ by. */
const NSIM_MARGIN = 0.001;
/** NSIM that is wanted where SoundTouch is not there to compare with. */
const LEAST_NSIM = 0.985;
/** dB by which concealment may be farther from what was lost than Appendix I. */
const MOST_EXCESS_DB = 0.3;

/** A figure and its limit. */
export interface QualityGoal {
  readonly id: string;
  readonly title: string;
  readonly value: number;
  readonly limit: number;
  /** Whether more is better. */
  readonly atLeast: boolean;
  readonly met: boolean;
}

/** Goals of time stretching, against what was measured of `soundtouch` in the same run or, where it is undefined, an absolute. */
export function stretchGoals(figures: readonly StretchFigures[], soundtouch: (speed: number) => number | undefined): QualityGoal[] {
  return SPEEDS.filter(({ goal }) => goal).flatMap(({ speed }) => {
    const own = figures.find((one) => one.id === "sidetone" && one.speed === speed);
    if (!own) return [];
    const anchor = soundtouch(speed);
    const limit = anchor === undefined ? LEAST_NSIM : anchor - NSIM_MARGIN;
    const against = anchor === undefined ? "" : ", SoundTouch's less 0.001";
    return [{ id: `stretch-${speed}`, title: `NSIM at ${speed}${against}`, value: own.nsim, limit, atLeast: true, met: own.nsim >= limit }];
  });
}

/** Goals of concealment. */
export function concealGoals(figures: readonly ConcealFigures[]): QualityGoal[] {
  return figures
    .filter(({ id }) => id === "sidetone")
    .map(({ channel, rate, packetMs, excess }) => ({
      id: `conceal-${rate / 1000}-${packetMs}-${channel}`,
      title: `dB beyond Appendix I*, ${rate / 1000} kHz, ${packetMs} ms, ${channel}`,
      value: excess,
      limit: MOST_EXCESS_DB,
      atLeast: false,
      met: excess <= MOST_EXCESS_DB,
    }));
}
