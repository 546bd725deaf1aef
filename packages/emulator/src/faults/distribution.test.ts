import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { type Distribution, sampler } from "./distribution.ts";

const COUNT = 20_000;

function draws(distribution: Distribution, seed = 3, count = COUNT): number[] {
  const draw = sampler(distribution, new Random(seed));
  return Array.from({ length: count }, draw);
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const quantile = (values: number[], q: number) => [...values].sort((a, b) => a - b)[Math.floor(q * values.length)] as number;
const deviation = (values: number[]) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

describe("distributions", () => {
  it("are a number", () => expect(draws(12, 1, 3)).toEqual([12, 12, 12]));

  it("are uniform between two numbers", () => {
    const values = draws({ type: "uniform", min: 10, max: 30 });
    expect(Math.min(...values)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...values)).toBeLessThan(30);
    expect(mean(values)).toBeCloseTo(20, 0);
    expect(quantile(values, 0.25)).toBeCloseTo(15, 0);
  });

  it("are normal, cut at both ends", () => {
    const values = draws({ type: "normal", mean: 100, deviation: 10 });
    expect(mean(values)).toBeCloseTo(100, 0);
    expect(deviation(values)).toBeCloseTo(10, 0);
    expect(quantile(values, 0.8413)).toBeGreaterThan(109);
    expect(quantile(values, 0.8413)).toBeLessThan(111);
    const cut = draws({ type: "normal", mean: 0, deviation: 10, max: 5 });
    expect(Math.min(...cut)).toBe(0);
    expect(Math.max(...cut)).toBe(5);
  });

  it("are exponential", () => {
    const values = draws({ type: "exponential", mean: 50 });
    expect(mean(values)).toBeGreaterThan(48);
    expect(mean(values)).toBeLessThan(52);
    expect(quantile(values, 0.5)).toBeGreaterThan(33);
    expect(quantile(values, 0.5)).toBeLessThan(36.5);
  });

  it("are lognormal, by median and with a tail", () => {
    const values = draws({ type: "lognormal", median: 40, sigma: 0.5 });
    expect(quantile(values, 0.5)).toBeGreaterThan(39);
    expect(quantile(values, 0.5)).toBeLessThan(41);
    // exp(0.5) = 1.6487 at one deviation.
    expect(quantile(values, 0.8413) / 40).toBeGreaterThan(1.58);
    expect(quantile(values, 0.8413) / 40).toBeLessThan(1.72);
  });

  it("are Pareto's, from a least value up with a heavy tail", () => {
    const values = draws({ type: "pareto", min: 20, shape: 2, max: 10_000 });
    expect(Math.min(...values)).toBeGreaterThanOrEqual(20);
    // The median of a Pareto distribution is min * 2^(1/shape).
    expect(quantile(values, 0.5)).toBeGreaterThan(27.7);
    expect(quantile(values, 0.5)).toBeLessThan(28.9);
    expect(quantile(values, 0.99)).toBeGreaterThan(170);
    expect(Math.max(...draws({ type: "pareto", min: 20, shape: 1, max: 500 }))).toBe(500);
  });

  it("are a trace, again and again", () => expect(draws({ type: "trace", values: [5, 0, 9] }, 1, 7)).toEqual([5, 0, 9, 5, 0, 9, 5]));

  it("are a mix by weight", () => {
    const values = draws({
      type: "mix",
      of: [
        { weight: 3, value: 1 },
        { weight: 1, value: 2 },
        { weight: 0, value: 3 },
      ],
    });
    expect(new Set(values)).toEqual(new Set([1, 2]));
    expect(values.filter((value) => value === 2).length / COUNT).toBeCloseTo(0.25, 1);
  });

  it("are a sum", () => {
    const values = draws({ type: "sum", of: [100, { type: "uniform", min: 0, max: 10 }] });
    expect(Math.min(...values)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...values)).toBeLessThan(110);
  });

  it("repeat with the seed and differ without", () => {
    const distribution: Distribution = { type: "lognormal", median: 10, sigma: 1 };
    expect(draws(distribution, 5, 10)).toEqual(draws(distribution, 5, 10));
    expect(draws(distribution, 5, 10)).not.toEqual(draws(distribution, 6, 10));
  });

  it("never exceed what a timer can wait for", () => {
    expect(Math.max(...draws({ type: "pareto", min: 1, shape: 0.01 }))).toBe(2 ** 31 - 1);
  });
});
