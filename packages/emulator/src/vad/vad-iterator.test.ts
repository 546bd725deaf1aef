import { describe, expect, it } from "vitest";
import { type VadEdge, VadIterator, type VadIteratorSettings } from "./vad-iterator.ts";

const FRAME_MS = 32;

/** Edges for frames that are voiced (p = 1) in the given ranges of ms and silent (p = 0) elsewhere. */
function edges(settings: Partial<VadIteratorSettings>, voiced: readonly (readonly [number, number])[], totalMs: number): VadEdge[] {
  const iterator = new VadIterator({ threshold: 0.5, prefixPaddingMs: 300, silenceMs: 500, ...settings });
  const found: VadEdge[] = [];
  for (let ms = 0; ms < totalMs; ms += FRAME_MS) {
    const edge = iterator.next(voiced.some(([from, to]) => ms >= from && ms < to) ? 1 : 0, ms);
    if (edge) found.push(edge);
  }
  return found;
}

describe("VadIterator", () => {
  // Recorded sessions: onset frame, last voiced frame's end, silence, audio_start_ms, audio_end_ms.
  it.each([
    [1760, 4000, 200, 1460, 4256],
    [9248, 11488, 200, 8948, 11744],
    [16736, 18976, 200, 16436, 19232],
    [1856, 3968, 200, 1556, 4224],
    [1856, 3968, 500, 1556, 4512],
  ])("gives the recorded times for speech from %i to %i ms with %i ms of silence", (from, to, silenceMs, startMs, endMs) => {
    expect(edges({ silenceMs }, [[from, to]], to + 2000)).toEqual([
      { type: "start", atMs: startMs },
      { type: "stop", atMs: endMs },
    ]);
  });

  it("starts no earlier than the session", () => {
    expect(edges({}, [[64, 320]], 2000)[0]).toEqual({ type: "start", atMs: 0 });
  });

  it("bridges pauses shorter than the silence", () => {
    const found = edges(
      { silenceMs: 200 },
      [
        [320, 640],
        [832, 960],
      ],
      3200,
    );
    expect(found.map(({ type }) => type)).toEqual(["start", "stop"]);
    expect(found[1]?.atMs).toBe(960 + 32 + 224);
  });

  it("lets a following turn's padding overlap the turn before", () => {
    const found = edges(
      { silenceMs: 200 },
      [
        [320, 640],
        [928, 1280],
      ],
      3200,
    );
    expect(found.map(({ atMs }) => atMs)).toEqual([20, 896, 628, 1536]);
  });

  it("is not ended by a probability within the hysteresis", () => {
    const iterator = new VadIterator({ threshold: 0.5, prefixPaddingMs: 0, silenceMs: 64 });
    const probabilities = [0.5, 0.36, 0.4, 0.36, 0.36, 0.36, 0.34, 0.36, 0.36, 0.34];
    const found = probabilities.map((p, i) => iterator.next(p, i * FRAME_MS)).filter((edge) => edge !== null);
    // The first frame below 0.35 ends at 224; the next one that is below it ends at 320.
    expect(found).toEqual([
      { type: "start", atMs: 0 },
      { type: "stop", atMs: 320 },
    ]);
  });

  it("forgets the beginning of a silence when speech goes on", () => {
    const found = edges(
      { silenceMs: 96 },
      [
        [0, 32],
        [64, 96],
      ],
      960,
    );
    expect(found).toEqual([
      { type: "start", atMs: 0 },
      { type: "stop", atMs: 96 + 32 + 96 },
    ]);
  });

  it("ends at once when no silence is asked for", () => {
    expect(edges({ silenceMs: 0 }, [[0, 64]], 320)[1]).toEqual({ type: "stop", atMs: 96 });
  });

  it("can end with a threshold below the hysteresis", () => {
    expect(edges({ threshold: 0.1, silenceMs: 0 }, [[0, 64]], 320)).toHaveLength(2);
  });

  it("keeps a turn when it is reconfigured, and forgets it when it is reset", () => {
    const iterator = new VadIterator({ threshold: 0.5, prefixPaddingMs: 0, silenceMs: 500 });
    iterator.next(1, 0);
    iterator.configure({ threshold: 0.5, prefixPaddingMs: 0, silenceMs: 0 });
    expect(iterator.speaking).toBe(true);
    expect(iterator.next(0, 32)).toEqual({ type: "stop", atMs: 64 });
    iterator.next(1, 64);
    iterator.reset();
    expect(iterator.next(1, 96)).toEqual({ type: "start", atMs: 96 });
  });
});
