/** Faults of known size are put into a perfect output; each must be found, and nothing else. */
import { Concealer, PeriodStretcher } from "@sidetone/core/dsp";
import { alignSegments } from "sidetone/testing";
import { expect, test } from "vitest";
import { sourceSpeech, toFloats } from "../source.ts";
import { type Figures, measure } from "./measure.ts";

const RATE = 24000;
const LEAD = 2424;
const source = toFloats(sourceSpeech(RATE * 12, RATE));
/** Loud speech, and a place in a pause. */
const LOUD = Math.round(3.02 * RATE);
const PAUSE = Math.round(7.3 * RATE);

function join(...parts: Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
const silence = (ms: number) => new Float32Array((ms * RATE) / 1000);
const lead = new Float32Array(LEAD);

function figures(...parts: Float32Array[]): Figures {
  const output = join(lead, ...parts, silence(500));
  return measure(output, source, alignSegments(output, source, RATE), LEAD, RATE).figures;
}

const PERFECT: Figures = {
  startMs: 0,
  gaps: 0,
  gapMs: 0,
  longestGapMs: 0,
  hardEdges: 0,
  clicks: 0,
  missingMs: 0,
  repeatedMs: 0,
  concealedMs: 0,
  insertedMs: 0,
  removedMs: 0,
  lagMs: 0,
  endLagMs: 0,
};

function expectOnly(found: Figures, faults: Partial<Figures>, within = 0.25): void {
  for (const [name, value] of Object.entries({ ...PERFECT, ...faults })) {
    expect(Math.abs(found[name as keyof Figures] - value), `${name}: ${found[name as keyof Figures]} instead of ${value}`).toBeLessThanOrEqual(within);
  }
}

/** Cosine fade of the last (or first) ms of a piece. */
function faded(samples: Float32Array, ms: number, end: "in" | "out"): Float32Array {
  const copy = samples.slice();
  const frames = (ms * RATE) / 1000;
  for (let i = 0; i < frames; i++) copy[end === "in" ? i : copy.length - 1 - i] *= 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / frames);
  return copy;
}

test("the source itself has no fault", () => {
  expectOnly(figures(source), {});
});

test.each([
  ["in speech", LOUD],
  ["in a pause", PAUSE],
])("a gap of 40 ms %s, cut hard", (where, at) => {
  const found = figures(source.subarray(0, at), silence(40), source.subarray(at));
  const edges = found.hardEdges;
  expectOnly(found, { gaps: 1, gapMs: 40, longestGapMs: 40, endLagMs: 40, lagMs: found.lagMs, hardEdges: edges, clicks: found.clicks });
  if (where === "in speech") expect(edges).toBeGreaterThan(0);
  else expect(edges).toBe(0);
  expect(found.lagMs).toBeCloseTo(40 * (1 - at / source.length), 0);
});

test("a gap of 40 ms with 5 ms fades has no hard edge and no click", () => {
  const found = figures(faded(source.subarray(0, LOUD), 5, "out"), silence(40), faded(source.subarray(LOUD), 5, "in"));
  expectOnly(found, { gaps: 1, gapMs: 40, longestGapMs: 40, endLagMs: 40, lagMs: found.lagMs });
});

test("30 ms taken out", () => {
  const found = figures(source.subarray(0, LOUD), source.subarray(LOUD + 720));
  expectOnly(found, { missingMs: 30, endLagMs: -30, lagMs: found.lagMs, hardEdges: found.hardEdges, clicks: found.clicks });
});

test("half a second missing at a gap, and at the end", () => {
  const found = figures(source.subarray(0, LOUD), silence(100), source.subarray(LOUD + 12000, source.length - 2400));
  expectOnly(found, {
    missingMs: 600,
    gaps: 1,
    gapMs: 100,
    longestGapMs: 100,
    endLagMs: -400,
    lagMs: found.lagMs,
    hardEdges: found.hardEdges,
    clicks: found.clicks,
  });
});

test("50 ms played twice", () => {
  const found = figures(source.subarray(0, LOUD), source.subarray(LOUD - 1200));
  expectOnly(found, { repeatedMs: 50, endLagMs: 50, lagMs: found.lagMs, hardEdges: found.hardEdges, clicks: found.clicks });
});

test("a period put in by a cross-fade is stretch, a period taken out is caught up", () => {
  const period = 190;
  const crossed = (from: number, to: number) =>
    Float32Array.from({ length: period }, (_, i) => source[from + i] * (1 - i / period) + source[to + i] * (i / period));
  const longer = figures(source.subarray(0, LOUD), crossed(LOUD, LOUD - period), source.subarray(LOUD));
  expectOnly(longer, { insertedMs: period / 24, endLagMs: period / 24, lagMs: longer.lagMs });
  const shorter = figures(source.subarray(0, LOUD), crossed(LOUD, LOUD + period), source.subarray(LOUD + 2 * period));
  expectOnly(shorter, { removedMs: period / 24, endLagMs: -period / 24, lagMs: shorter.lagMs });
});

test("a hole of 20 ms filled with something else is concealment, with silence it is a gap", () => {
  const other = source.slice(5 * RATE, 5 * RATE + 480).reverse();
  const filled = figures(source.subarray(0, LOUD), other, source.subarray(LOUD + 480));
  expectOnly(filled, { concealedMs: 20, hardEdges: filled.hardEdges, clicks: filled.clicks }, 5);
  const empty = figures(source.subarray(0, LOUD), silence(20), source.subarray(LOUD + 480));
  expect(empty).toMatchObject({ gaps: 1, concealedMs: 0 });
  expect(empty.gapMs).toBeCloseTo(20, 0);
});

test("clicks are found, in speech and in pauses", () => {
  const clicked = source.slice();
  for (const at of [LOUD, PAUSE, 2 * RATE, 9 * RATE]) clicked[at] += 0.4;
  const found = figures(clicked);
  expect(found.clicks).toBe(4);
  expectOnly(found, { clicks: 4, hardEdges: found.hardEdges, concealedMs: found.concealedMs });
});

test("silence is all missing", () => {
  expect(figures(silence(1000))).toMatchObject({ missingMs: 12_000, gaps: 0, startMs: Number.NaN });
});

/** `samples` with a period put in (or taken out) every 60 ms where the voice allows it. */
function stretched(samples: Float32Array, how: "insertPeriod" | "removePeriod"): { output: Float32Array; changedFrames: number } {
  const stretcher = new PeriodStretcher(RATE);
  const window = Math.round(RATE * 0.045);
  const step = Math.round(RATE * 0.06);
  const parts: Float32Array[] = [];
  let changedFrames = 0;
  for (let at = 0; at < samples.length; ) {
    const into = new Float32Array(2 * window);
    const splice = at + step <= samples.length ? stretcher[how](samples.subarray(at, at + window), into, 0.65) : null;
    const consumed = splice?.consumedFrames ?? 0;
    if (splice) parts.push(into.slice(0, splice.producedFrames));
    changedFrames += splice ? splice.producedFrames - consumed : 0;
    const end = Math.min(samples.length, at + Math.max(step, consumed));
    parts.push(samples.slice(at + consumed, end));
    at = end;
  }
  return { output: join(...parts), changedFrames };
}

test.each(["insertPeriod", "removePeriod"] as const)("a voice stretched throughout, %s: all of it is stretch, to the period", (how) => {
  const { output, changedFrames } = stretched(source, how);
  const changedMs = changedFrames / 24;
  expect(Math.abs(changedMs)).toBeGreaterThan(500);
  const found = figures(output);
  const name = how === "insertPeriod" ? "insertedMs" : "removedMs";
  expectOnly(found, { [name]: Math.abs(changedMs), lagMs: found.lagMs, endLagMs: changedMs }, 3);
});

test("holes bridged by the concealer are concealment, without gap, edge or click", () => {
  const output = source.slice();
  const concealer = new Concealer(RATE);
  const hole = RATE * 0.02;
  let at = 0;
  let holes = 0;
  for (let next = RATE; next + RATE < source.length; next += RATE) {
    concealer.resume(output, at, next - at);
    concealer.conceal(output, next, hole);
    at = next + hole;
    holes++;
  }
  concealer.resume(output, at);
  const found = figures(output);
  expect(found).toMatchObject({ gaps: 0, hardEdges: 0, missingMs: 0, repeatedMs: 0 });
  // 20 ms each, and the cross-fade back; a concealed vowel may be so like what was lost that nobody could tell.
  expect(found.concealedMs).toBeGreaterThan(holes * 15);
  expect(found.concealedMs).toBeLessThan(holes * 32);
});
