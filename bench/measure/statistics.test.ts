import { describe, expect, test } from "vitest";
import { pairedRatio, quantile, seededRandom, shuffled, spread } from "./statistics.ts";

describe("quantile and spread", () => {
  test("interpolate between neighbours", () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3], 0.5)).toBe(2);
    expect(quantile([7], 0.25)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });

  test("do not mind the order, and leave the samples alone", () => {
    const samples = [5, 1, 4, 2, 3];
    expect(spread(samples)).toEqual({ median: 3, p25: 2, p75: 4, least: 1, count: 5 });
    expect(samples).toEqual([5, 1, 4, 2, 3]);
  });
});

describe("pairedRatio", () => {
  test("is not moved by rounds in which the machine was slow for both", () => {
    expect(pairedRatio([20, 2000, 20], [10, 1000, 10])).toMatchObject({ median: 2, p25: 2, p75: 2 });
  });

  test("takes the rounds that both have", () => {
    expect(pairedRatio([20, 20, 90], [10, 10]).count).toBe(2);
  });
});

describe("shuffled", () => {
  test("is a permutation, and the same for the same seed", () => {
    const items = Array.from({ length: 20 }, (_, i) => i);
    const once = shuffled(items, seededRandom(7));
    expect(once).not.toEqual(items);
    expect([...once].sort((a, b) => a - b)).toEqual(items);
    expect(shuffled(items, seededRandom(7))).toEqual(once);
  });

  test("brings everything to every place", () => {
    const random = seededRandom(3);
    const firsts = new Set(Array.from({ length: 200 }, () => shuffled([0, 1, 2, 3], random)[0]));
    expect(firsts.size).toBe(4);
  });
});
