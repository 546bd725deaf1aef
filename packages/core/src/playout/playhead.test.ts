import { describe, expect, it } from "vitest";
import { Playhead, type PlayheadPosition } from "./playhead.ts";
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

  it("counts a repeated stretch once", () => {
    const track = new Track("a", 0);
    const playhead = new Playhead();
    playhead.record(track, 0, 100);
    playhead.record(null, 0, 10);
    playhead.record(track, 60, 100);
    expect(playhead.heardFrames(track, 100)).toBe(100);
    expect(playhead.heardFrames(track, 130)).toBe(100);
    expect(playhead.heardFrames(track, 170)).toBe(120);
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
  });
});
