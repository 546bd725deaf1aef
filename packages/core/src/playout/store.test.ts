import { describe, expect, it } from "vitest";
import { Store } from "./store.ts";

describe("Store", () => {
  it("finds a track by item and content part, in the order they were opened", () => {
    const store = new Store(10);
    const first = store.open("a", 0, 0, 7);
    const second = store.open("a", 1, 50, 8);
    const third = store.open("b", 0, 0, 9);
    expect(store.tracks).toEqual([first, second, third]);
    expect(store.find("a", 1)).toBe(second);
    expect(store.find("b", 0)).toBe(third);
    expect(store.find("b", 1)).toBeUndefined();
    expect([second.position, second.openedFrame]).toEqual([50, 8]);
  });

  it("keeps what its tracks were told to keep", () => {
    const store = new Store(10);
    const track = store.open("a", 0, 0, 0);
    for (let i = 0; i < 10; i++) track.insert(i * 5, new Float32Array(5), 0);
    track.seek(40);
    expect(track.oldestFrame).toBe(30);
  });

  it("counts what is queued, holes included, over all tracks", () => {
    const store = new Store(0);
    expect(store.queuedFrames).toBe(0);
    store.open("a", 0, 0, 0).insert(0, new Float32Array(30), 0);
    store.open("b", 0, 0, 0).insert(20, new Float32Array(30), 0);
    store.tracks[0].seek(10);
    expect(store.queuedFrames).toBe(20 + 50);
  });

  it("remembers how tracks ended: where, or that nothing more is wanted of them", () => {
    const store = new Store(0);
    const played = store.open("a", 0, 0, 0);
    const cut = store.open("b", 0, 0, 0);
    played.insert(0, new Float32Array(30), 0);
    expect(store.ended("a", 0)).toBeUndefined();
    store.close(played, "played");
    store.close(cut, "cut");
    expect(store.tracks).toEqual([]);
    expect([store.ended("a", 0), store.ended("b", 0), store.ended("a", 1), store.ended("c", 0)]).toEqual([30, -1, undefined, undefined]);
  });

  it("goes by the last end of an item that ended more than once", () => {
    const store = new Store(0);
    for (const frames of [30, 70]) {
      const track = store.open("a", 0, 0, 0);
      track.insert(0, new Float32Array(frames), 0);
      store.close(track, "played");
    }
    expect(store.ended("a", 0)).toBe(70);
  });

  it("remembers the last 128", () => {
    const store = new Store(0);
    for (let i = 0; i < 200; i++) store.close(store.open("a", i, 0, 0), "cut");
    expect(store.ended("a", 71)).toBeUndefined();
    expect(store.ended("a", 72)).toBe(-1);
    expect(store.ended("a", 199)).toBe(-1);
  });
});
