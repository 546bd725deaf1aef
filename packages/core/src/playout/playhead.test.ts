import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Playhead, type PlayheadPosition, type Slope } from "./playhead.ts";
import { Track } from "./track.ts";

function at(playhead: Playhead, frame: number): PlayheadPosition {
  const position: PlayheadPosition = { track: null, mediaFrames: 0, sounding: false };
  playhead.positionAt(frame, position);
  return position;
}

describe("Playhead", () => {
  it("answers for any frame: before, inside, between, after", () => {
    const [a, b] = [new Track("a", 0), new Track("b", 0)];
    const playhead = new Playhead();
    playhead.record(null, 0, 100);
    playhead.record(a, 0, 50);
    playhead.record(a, 50, 50);
    playhead.record(null, 0, 30);
    playhead.record(b, 0, 200);
    expect(at(playhead, 50)).toEqual({ track: null, mediaFrames: 0, sounding: false });
    expect(at(playhead, 100)).toEqual({ track: a, mediaFrames: 0, sounding: true });
    expect(at(playhead, 175)).toEqual({ track: a, mediaFrames: 75, sounding: true });
    expect(at(playhead, 210)).toEqual({ track: a, mediaFrames: 100, sounding: false });
    expect(at(playhead, 330)).toEqual({ track: b, mediaFrames: 100, sounding: true });
    expect(at(playhead, 9999)).toEqual({ track: b, mediaFrames: 200, sounding: true });
    playhead.record(null, 0, 1);
    expect(at(playhead, 9999)).toEqual({ track: b, mediaFrames: 200, sounding: false });
  });

  it("stands still where something stands in for media, and jumps over what was left out", () => {
    const track = new Track("a", 0);
    const playhead = new Playhead();
    playhead.record(track, 0, 100);
    playhead.record(track, 100, 40, 0);
    playhead.record(track, 100, 60);
    playhead.record(track, 200, 50);
    for (const [frame, media] of [
      [100, 100],
      [120, 100],
      [140, 100],
      [141, 101],
      [200, 160],
      [201, 201],
      [250, 250],
    ]) {
      expect(at(playhead, frame), `output frame ${frame}`).toEqual({ track, mediaFrames: media, sounding: true });
      expect(playhead.heardFrames(track, frame)).toBe(media);
    }
  });

  it("counts a repeated stretch once", () => {
    const track = new Track("a", 0);
    const playhead = new Playhead();
    playhead.record(track, 0, 100);
    playhead.record(null, 0, 10);
    playhead.record(track, 60, 100);
    expect(playhead.heardFrames(track, 100)).toBe(100);
    expect(playhead.heardFrames(track, 130)).toBe(100);
    expect(playhead.heardFrames(track, 170)).toBe(120);
    // Not only for a cut: what is shown of it does not go back either.
    expect(at(playhead, 130).mediaFrames).toBe(100);
  });

  it("is not finer than a frame only where it is not asked to be", () => {
    const track = new Track("a", 0);
    const playhead = new Playhead();
    playhead.record(track, 0, 100);
    expect(playhead.heardFrames(track, 10.5)).toBe(10.5);
    expect(playhead.heardFrames(track, 100.5)).toBe(100);
    expect(playhead.heardFrames(new Track("b", 0), 50)).toBe(0);
  });

  it("ignores runs of no frames", () => {
    const track = new Track("a", 0);
    const playhead = new Playhead();
    playhead.record(track, 500, 0);
    expect(playhead.outputFrames).toBe(0);
    expect(at(playhead, 0)).toEqual({ track: null, mediaFrames: 0, sounding: false });
  });

  it("is the same as a list of what every frame showed", () => {
    const run = fc.record({
      who: fc.integer({ min: -1, max: 1 }),
      count: fc.nat({ max: 30 }),
      slope: fc.constantFrom<Slope>(0, 1, 1, 1),
      jump: fc.oneof(fc.constant(0), fc.integer({ min: -40, max: 20 })),
    });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 60 }), (runs) => {
        const tracks = [new Track("a", 0), new Track("b", 0)];
        const places = [0, 0];
        const playhead = new Playhead();
        const shown: { who: number; media: number }[] = [];
        for (const { who, count, slope, jump } of runs) {
          const media = who < 0 ? 0 : Math.max(0, places[who] + jump);
          playhead.record(who < 0 ? null : tracks[who], media, count, slope);
          for (let i = 1; i <= count; i++) shown.push({ who, media: media + slope * i });
          if (who >= 0 && count > 0) places[who] = media + slope * count;
        }
        expect(playhead.outputFrames).toBe(shown.length);
        for (let frame = 0; frame <= shown.length; frame += 7) {
          for (const who of [0, 1]) {
            const heard = Math.max(0, ...shown.slice(0, frame).map((entry) => (entry.who === who ? entry.media : 0)));
            expect(playhead.heardFrames(tracks[who], frame)).toBe(heard);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("never takes back what was heard, however many runs there were since", () => {
    const track = new Track("a", 0);
    const playhead = new Playhead();
    for (let i = 0; i < 3000; i++) {
      playhead.record(track, i * 10, 10);
      playhead.record(null, 0, 5);
      expect(playhead.heardFrames(track, playhead.outputFrames)).toBe((i + 1) * 10);
    }
    expect(playhead.heardFrames(track, 3000 * 15 - 15)).toBe(29_990);
    // After a thousand runs of others it is still known how far it came, be it asked for the frame of then or of now.
    const other = new Track("b", 0);
    for (let i = 0; i < 3000; i++) playhead.record(i % 2 === 0 ? other : null, i, 3);
    expect(playhead.heardFrames(track, playhead.outputFrames)).toBe(30_000);
  });

  it("knows the last thousand runs exactly", () => {
    const track = new Track("a", 0);
    const playhead = new Playhead();
    for (let i = 0; i < 3000; i++) {
      playhead.record(track, i * 10, 10);
      playhead.record(null, 0, 5);
    }
    expect(playhead.heardFrames(track, 2500 * 15 + 4)).toBe(25_004);
  });

  it("reaches back 6 s of the densest stretching there can be", () => {
    const track = new Track("a", 0);
    const playhead = new Playhead();
    // A period inserted every 20 ms at 24 kHz: two runs.
    for (let i = 0; i < 5000; i++) {
      playhead.record(track, i * 480, 480);
      playhead.record(track, (i + 1) * 480, 60, 0);
    }
    const before = playhead.outputFrames - 6 * 24_000;
    const run = Math.floor(before / 540);
    expect(playhead.heardFrames(track, before)).toBe(run * 480 + Math.min(480, before - run * 540));
  });
});
