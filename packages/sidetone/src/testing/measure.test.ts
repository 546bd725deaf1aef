import { describe, expect, test } from "vitest";
import {
  alignSegments,
  compare,
  correlate,
  coverage,
  findClicks,
  findEdges,
  findGaps,
  fromPcm16,
  levelDb,
  noise,
  peak,
  resample,
  rms,
  sequence,
  silence,
  similarity,
  sine,
  snrDb,
  soundBounds,
  speechLike,
  toPcm16,
} from "./index.ts";

const RATE = 24_000;
const ms = (value: number) => Math.round((value * RATE) / 1000);
const SPEECH = sequence(RATE, speechLike({ ms: 3000, rate: RATE, burstMs: 3000 }));

/** `samples` delayed by a part of a sample, by its sinc. */
function delayed(samples: Float32Array, by: number): Float32Array {
  return Float32Array.from(samples, (_, n) => {
    let sum = 0;
    for (let k = Math.max(0, n - 32); k < Math.min(samples.length, n + 32); k++) {
      const x = n - by - k;
      sum += samples[k] * (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)) * (0.5 + 0.5 * Math.cos((Math.PI * x) / 33));
    }
    return sum;
  });
}

describe("correlate", () => {
  test("finds a template wherever it is, at whatever loudness, in noise", () => {
    const template = noise({ color: "soft", ms: 200, rate: RATE, seed: 9 });
    const room = noise({ ms: 3000, rate: RATE, seed: 1, amplitude: 0.02 });
    for (const at of [0, 1, 12_345, 60_000, room.length - template.length]) {
      const signal = room.map((sample, i) => sample + 0.3 * (template[i - at] ?? 0));
      const found = correlate(template, signal);
      expect(found.offset).toBe(at);
      expect(found.score).toBeGreaterThan(0.9);
    }
  });

  test("agrees with the sum that it stands for, at every offset", () => {
    const signal = sequence(RATE, speechLike({ ms: 700, rate: RATE, burstMs: 200, pauseMs: 100 }), 50);
    const template = signal.subarray(5000, 5700);
    let best = { offset: 0, score: -2 };
    for (let offset = -300; offset < signal.length; offset++) {
      const score = similarity(template, 0, signal, offset, template.length);
      if (score > best.score) best = { offset, score };
    }
    expect(correlate(template, signal, { from: -300 })).toMatchObject({ offset: best.offset, score: expect.closeTo(best.score, 9) });
  });

  test("tells parts of a sample", () => {
    const sound = noise({ color: "soft", ms: 300, rate: RATE, seed: 5 });
    for (const by of [-0.4, -0.25, 0, 0.1, 0.33, 0.5]) {
      const signal = sequence(RATE, 20, delayed(sound, by), 20);
      expect(Math.abs(correlate(sound.subarray(100, -100), signal).exactOffset - (ms(20) + 100 + by))).toBeLessThan(0.1);
    }
  });

  test("looks where it is told, and before the beginning", () => {
    const sound = noise({ color: "soft", ms: 100, rate: RATE, seed: 5 });
    const twice = sequence(RATE, 50, sound, 50, sound);
    expect(correlate(sound, twice, { from: ms(60) }).offset).toBe(ms(200));
    expect(correlate(sound, twice, { to: ms(120) }).offset).toBe(ms(50));
    const late = correlate(sound, sound.subarray(500), { from: -1000 });
    expect(late).toMatchObject({ offset: -500, score: expect.closeTo(1, 0) });
  });

  test("scores silence, another sound and the inverse for what they are", () => {
    const sound = noise({ color: "soft", ms: 200, rate: RATE, seed: 5 });
    expect(correlate(sound, silence(1000, RATE)).score).toBe(0);
    expect(correlate(silence(10, RATE), sound).score).toBe(0);
    expect(correlate(sound, noise({ color: "soft", ms: 2000, rate: RATE, seed: 6 })).score).toBeLessThan(0.5);
    expect(
      correlate(
        sound,
        sound.map((sample) => -sample),
        { to: 1 },
      ).score,
    ).toBeCloseTo(-1, 9);
    expect(correlate(sound, sound, { from: 5, to: 5 })).toEqual({ offset: 5, exactOffset: 5, score: 0 });
    expect(() => correlate(new Float32Array(0), sound)).toThrow("The template is empty");
    expect(() => correlate(sound, sound, { from: Number.NaN })).toThrow("from is NaN");
  });

  test("is not misled by quiet stretches beside loud ones", () => {
    const sound = noise({ color: "soft", ms: 100, rate: RATE, seed: 5 });
    const quiet = sound.map((sample) => sample * 1e-4);
    const signal = sequence(RATE, noise({ ms: 300, rate: RATE, amplitude: 1 }), quiet, 200);
    expect(correlate(sound, signal)).toMatchObject({ offset: ms(300), score: expect.closeTo(1, 4) });
  });
});

describe("compare", () => {
  test("says that all of it is there, or by how much it slips", () => {
    expect(compare(SPEECH, sequence(RATE, 123, SPEECH, 50), RATE)).toMatchObject({ offset: ms(123), drift: 0, score: expect.closeTo(1, 6) });
    const cut = sequence(RATE, SPEECH.subarray(0, ms(1500)), SPEECH.subarray(ms(1500) + 7));
    const slipped = compare(SPEECH, cut, RATE);
    expect(slipped.drift).toBe(7);
    expect(slipped.pieces).toBeGreaterThan(5);
    expect(compare(SPEECH, silence(1000, RATE), RATE).score).toBe(0);
  });
});

describe("gaps", () => {
  test("are silences inside the sound, and not around it", () => {
    const tone = sine({ hz: 440, ms: 100, rate: RATE, amplitude: 0.4 }).map((sample) => sample + 0.1);
    const found = findGaps(sequence(RATE, 500, tone, 20, tone, 3, tone, 400), RATE);
    expect(found).toEqual([
      { start: ms(600), end: ms(620), ms: 20 },
      { start: ms(720), end: ms(723), ms: 3 },
    ]);
    expect(findGaps(sequence(RATE, tone, 20, tone, 3, tone), RATE, { minMs: 10 })).toHaveLength(1);
    expect(findGaps(silence(100, RATE), RATE)).toEqual([]);
    expect(findGaps(tone, RATE)).toEqual([]);
  });

  test("may be a quiet that is not quite silence", () => {
    const room = noise({ ms: 50, rate: RATE, amplitude: 0.001 });
    const loud = noise({ ms: 50, rate: RATE }).map((sample) => Math.sign(sample) * 0.3);
    const samples = sequence(RATE, loud, room, loud);
    expect(findGaps(samples, RATE)).toEqual([]);
    expect(findGaps(samples, RATE, { threshold: 0.01 })).toEqual([{ start: ms(50), end: ms(100), ms: 50 }]);
  });

  test("need a length and a threshold", () => {
    expect(() => findGaps(SPEECH, RATE, { minMs: 0 })).toThrow("minMs is 0; allowed is more than 0.");
    expect(() => findGaps(SPEECH, RATE, { threshold: 2 })).toThrow("threshold is 2; allowed is more than 0, up to 1.");
  });
});

describe("clicks", () => {
  test("are not in tones, noise or voices", () => {
    for (const sound of [sine({ hz: 300, ms: 1000, rate: RATE }), noise({ ms: 1000, rate: RATE }), noise({ color: "soft", ms: 1000, rate: RATE }), SPEECH]) {
      expect(findClicks(sound, RATE)).toEqual([]);
    }
  });

  test("are where a piece was cut out, put in twice, or a sample is wrong", () => {
    const tone = sine({ hz: 300, ms: 1000, rate: RATE });
    const at = ms(400) + 20;
    const cut = sequence(RATE, tone.subarray(0, at), tone.subarray(at + 30));
    const wrong = tone.slice();
    wrong[at] += 0.2;
    const repeated = sequence(RATE, tone.subarray(0, at), tone.subarray(at - 37));
    for (const spoilt of [cut, wrong, repeated]) {
      const found = findClicks(spoilt, RATE);
      expect(found).toHaveLength(1);
      expect(Math.abs(found[0] - at)).toBeLessThanOrEqual(1);
    }
    expect(findClicks(wrong, RATE, { floor: 0.5 })).toEqual([]);
    expect(() => findClicks(tone, RATE, { factor: 0.5 })).toThrow("factor is 0.5; allowed is 1 or more.");
  });

  test("are in a voice that is cut at its loudest", () => {
    const loudest = SPEECH.indexOf(SPEECH.reduce((most, sample) => Math.max(most, sample), 0));
    const spoilt = sequence(RATE, SPEECH.subarray(0, loudest), SPEECH.subarray(loudest + ms(33)));
    const found = findClicks(spoilt, RATE);
    expect(found.some((place) => Math.abs(place - loudest) < 5)).toBe(true);
  });
});

describe("segments", () => {
  const source = noise({ color: "soft", ms: 2000, rate: RATE, seed: 11 });
  const piece = (from: number, to: number) => source.subarray(ms(from), ms(to));

  test("of a whole rendering are one", () => {
    const segments = alignSegments(sequence(RATE, 100, source, 100), source, RATE);
    expect(segments).toEqual([{ outputStart: ms(100), outputEnd: ms(2100), lag: ms(100) }]);
    expect(coverage(segments, source.length)).toEqual({ missing: [], repeated: [], inOrder: true, share: 1 });
  });

  test("tell what is missing, what came twice and what is late", () => {
    const rendered = sequence(RATE, piece(0, 500), 40, piece(500, 1000), piece(1100, 1500), piece(1400, 2000));
    const segments = alignSegments(rendered, source, RATE);
    const { missing, repeated, inOrder, share } = coverage(segments, source.length);
    expect(segments.map(({ lag }) => lag)).toEqual([0, ms(40), ms(-60), ms(40)]);
    expect(missing).toHaveLength(1);
    expect(Math.abs(missing[0].start - ms(1000))).toBeLessThan(3);
    expect(Math.abs(missing[0].end - ms(1100))).toBeLessThan(3);
    expect(repeated).toHaveLength(1);
    expect(Math.abs(repeated[0].start - ms(1400))).toBeLessThan(3);
    expect(inOrder).toBe(true);
    expect(share).toBeCloseTo(0.95, 3);
  });

  test("of nothing are none", () => {
    expect(coverage(alignSegments(silence(500, RATE), source, RATE), source.length)).toEqual({
      missing: [{ start: 0, end: source.length }],
      repeated: [],
      inOrder: true,
      share: 0,
    });
    expect(coverage([], 0)).toEqual({ missing: [], repeated: [], inOrder: true, share: 1 });
  });

  test("that are out of order are called so", () => {
    const back = [
      { outputStart: 0, outputEnd: 100, lag: -100 },
      { outputStart: 100, outputEnd: 200, lag: 100 },
    ];
    expect(coverage(back, 200)).toEqual({ missing: [], repeated: [], inOrder: false, share: 1 });
  });

  test("that meet hard are heard, those that are faded are not", () => {
    const tone = sine({ hz: 200, ms: 1000, rate: RATE, amplitude: 0.5 });
    const hard = sequence(RATE, tone.subarray(0, ms(503)), 30, tone.subarray(ms(503)));
    expect(findEdges(hard, tone, alignSegments(hard, tone, RATE), RATE).hardEdges.length).toBeGreaterThan(0);
    const whole = sequence(RATE, tone);
    expect(findEdges(whole, tone, alignSegments(whole, tone, RATE), RATE)).toEqual({ hardEdges: [], clicks: [] });
  });
});

describe("levels", () => {
  test("are those of the textbook", () => {
    const tone = sine({ hz: 1000, ms: 1000, rate: RATE, amplitude: 1 });
    expect(levelDb(tone)).toBeCloseTo(-3.01, 2);
    expect(levelDb(silence(10, RATE))).toBe(Number.NEGATIVE_INFINITY);
    expect([rms(new Float32Array(0)), peak(new Float32Array(0))]).toEqual([0, 0]);
  });

  test("of noise over a signal", () => {
    const tone = sine({ hz: 1000, ms: 1000, rate: RATE, amplitude: 0.5 });
    const hiss = noise({ ms: 1000, rate: RATE, amplitude: 0.05 });
    const noisy = tone.map((sample, i) => sample + hiss[i]);
    expect(snrDb(tone, noisy)).toBeCloseTo(levelDb(tone) - levelDb(hiss), 6);
    expect(snrDb(tone, tone)).toBe(Number.POSITIVE_INFINITY);
    const quieter = tone.map((sample) => sample * 0.5);
    expect(snrDb(tone, quieter)).toBeCloseTo(6.02, 1);
    expect(snrDb(tone, quieter, { gain: "free" })).toBeGreaterThan(100);
    expect(snrDb(tone, tone.subarray(0, ms(500)))).toBeCloseTo(3.01, 1);
  });

  test("say where a sound is", () => {
    expect(soundBounds(sequence(RATE, 300, sine({ hz: 500, ms: 200, rate: RATE }), 100), RATE)).toEqual({ start: ms(300), end: ms(500) });
    expect(soundBounds(silence(100, RATE), RATE)).toEqual({ start: 0, end: 0 });
  });
});

describe("samples", () => {
  test("go to 16 bits and back, clipped", () => {
    expect([...toPcm16(Float32Array.of(0, 0.5, -1, 1, 2, -2))]).toEqual([0, 16384, -32768, 32767, 32767, -32768]);
    expect([...fromPcm16(Int16Array.of(0, 16384, -32768))]).toEqual([0, 0.5, -1]);
    const all = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    expect(toPcm16(fromPcm16(all))).toEqual(all);
  });

  test("keep their place at another rate", () => {
    const sound = sequence(RATE, 50, noise({ color: "soft", ms: 500, rate: RATE }), 50);
    for (const rate of [8000, 16_000, 44_100, 48_000]) {
      const there = resample(sound, RATE, rate);
      expect(there).toHaveLength(Math.ceil((sound.length * rate) / RATE));
      const back = resample(there, rate, RATE);
      const found = correlate(sound.subarray(ms(100), ms(500)), back);
      expect(Math.abs(found.exactOffset - ms(100))).toBeLessThan(1.6);
      expect(found.score).toBeGreaterThan(0.9);
    }
    expect(resample(sound, RATE, RATE)).toBe(sound);
  });
});
