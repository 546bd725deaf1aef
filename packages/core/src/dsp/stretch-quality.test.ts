/** How speech sounds after stretching, by NSIM against the original with its time warped alike, and that the measure tells good from bad. */
import { describe, expect, it } from "vitest";
import { nsim } from "../../../../test/support/spectral.ts";
import { sequence, speech } from "../../../../test/support/speech.ts";
import { PeriodStretcher } from "./stretch.ts";

const RATE = 24000;
const source = sequence(RATE, speech("speech-a", RATE), speech("speech-b", RATE));

/** What was made of the source, and the source's sample that each sample of it shows. */
interface Warped {
  readonly samples: Float32Array;
  readonly sourceOf: (sample: number) => number;
}

/** The source played at `speed`, kept to it by single splices of one kind: what a playout buffer would do. */
function stretched(speed: number, threshold: number): Warped & { readonly spliceCount: number } {
  const stretcher = new PeriodStretcher(RATE);
  const output = new Float32Array(stretcher.windowFrames);
  const samples: number[] = [];
  const places: number[] = [];
  let spliceCount = 0;
  for (let read = 0; read < source.length; ) {
    const window = source.subarray(read, read + stretcher.windowFrames);
    const behind = (read / speed - samples.length) * (speed < 1 ? 1 : -1);
    const splice =
      behind < 0.004 * RATE ? null : speed < 1 ? stretcher.insertPeriod(window, output, threshold) : stretcher.removePeriod(window, output, threshold);
    if (splice === null) {
      for (const end = Math.min(source.length, read + RATE / 200); read < end; read++) {
        samples.push(source[read]);
        places.push(read);
      }
      continue;
    }
    spliceCount++;
    const jump = splice.consumedFrames - splice.producedFrames;
    for (let i = 0; i < splice.producedFrames; i++) {
      samples.push(output[i]);
      places.push(read + i + jump * Math.max(0, (i - splice.fadeFrame) / splice.periodFrames));
    }
    read += splice.consumedFrames;
  }
  return { samples: Float32Array.from(samples), sourceOf: (sample) => places[Math.min(places.length - 1, Math.floor(sample))], spliceCount };
}

/** The source without the first 10 ms of every 100. */
function dropped(): Warped {
  const places = Array.from(source, (_, i) => i).filter((i) => i % (RATE / 10) >= RATE / 100);
  return { samples: Float32Array.from(places, (i) => source[i]), sourceOf: (sample) => places[Math.min(places.length - 1, Math.floor(sample))] };
}

/** The source with 10 ms of every 100 removed by a cross-fade of 10 ms, wherever that falls in a period. */
function crossFadedAnywhere(): Warped {
  const fade = RATE / 100;
  const samples: number[] = [];
  const places: number[] = [];
  for (let from = 0; from + RATE / 10 <= source.length; from += RATE / 10) {
    for (let i = 0; i < 9 * fade; i++) {
      const share = Math.max(0, i - 8 * fade) / fade;
      samples.push(source[from + i] * (1 - share) + source[from + i + fade] * share);
      places.push(from + i + fade * share);
    }
  }
  return { samples: Float32Array.from(samples), sourceOf: (sample) => places[Math.min(places.length - 1, Math.floor(sample))] };
}

function score({ samples, sourceOf }: Warped): number {
  return nsim(source, samples, RATE, sourceOf);
}

describe("NSIM", () => {
  const identity = (sample: number) => sample;

  it("is 1 for the same and falls with noise, loss and difference", () => {
    expect(nsim(source, source, RATE, identity)).toBeCloseTo(1, 9);
    const noisy = [0.001, 0.01, 0.1].map((peak) => {
      let state = 1;
      const more = source.map((x) => x + (peak * (state = (Math.imul(state, 1664525) + 1013904223) | 0)) / 2 ** 31);
      return nsim(source, more, RATE, identity);
    });
    expect(noisy).toEqual(noisy.toSorted((a, b) => b - a));
    expect(noisy[1]).toBeLessThan(0.8);
    expect(nsim(source, source.toReversed(), RATE, identity)).toBeLessThan(0.4);
    expect(nsim(source, new Float32Array(source.length), RATE, identity)).toBeLessThan(0.3);
  });

  it("finds 10 ms dropped out of every 100 clearly worse than the same cross-faded, and that worse than the same speed by periods", () => {
    const [hard, anywhere, byPeriods] = [dropped(), crossFadedAnywhere(), stretched(10 / 9, 0.9)].map(score);
    expect(hard).toBeLessThan(0.95);
    expect(anywhere).toBeGreaterThan(hard + 0.03);
    expect(byPeriods).toBeGreaterThan(anywhere + 0.004);
  });
});

describe("speech stretched by periods", () => {
  it.each([
    [0.9, 0.992],
    [0.95, 0.995],
    [1.05, 0.992],
    [1.1, 0.987],
  ])("at %f of its speed keeps NSIM %f, and its length", (speed, least) => {
    const result = stretched(speed, 0.9);
    expect(result.spliceCount).toBeGreaterThan(40);
    expect(Math.abs(result.samples.length - source.length / speed)).toBeLessThan(0.05 * RATE);
    expect(score(result)).toBeGreaterThan(least);
  });

  it.each([0.85, 1.15])("at %f, urgently, is still better than dropping", (speed) => {
    const result = stretched(speed, 0.65);
    expect(Math.abs(result.samples.length - source.length / speed)).toBeLessThan(0.05 * RATE);
    expect(score(result)).toBeGreaterThan(score(dropped()) + 0.015);
  });
});
