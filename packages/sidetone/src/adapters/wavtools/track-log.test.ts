import { createPortPair, type PlaybackCommand, PlaybackHost, type PlaybackLocated, type PlaybackReport } from "@sidetone/core/engine";
import { describe, expect, it } from "vitest";
import { TrackLog, type TrackSampleOffset } from "./track-log.ts";

const RATE = 24_000;

/** A log beside the worklet's own class, at one rate, without latency: what the page and the audio thread are together. */
function open() {
  const ports = createPortPair<PlaybackReport, PlaybackCommand>();
  const host = new PlaybackHost({ mediaRate: RATE, deviceRate: RATE });
  let answer: PlaybackLocated | null = null;
  host.attach(ports.first);
  ports.second.onmessage = ({ data }) => {
    if (data.type === "located") answer = data;
  };
  const log = new TrackLog();
  const ask = (cut = false): PlaybackLocated => {
    ports.second.postMessage({ type: "locate", requestId: 1, cut });
    if (answer === null) throw new Error("no answer");
    return answer;
  };
  return {
    log,
    ask,
    where: (): TrackSampleOffset | null => log.locate(ask(), RATE),
    end(): void {
      const ended = log.endLast();
      if (ended !== null) ports.second.postMessage({ type: "end-of-item", itemId: ended.itemId, contentIndex: ended.contentIndex });
    },
    add(trackId: string, frames: number): void {
      const { part, ended } = log.add(trackId, frames);
      if (ended !== null) ports.second.postMessage({ type: "end-of-item", itemId: ended.itemId, contentIndex: ended.contentIndex });
      ports.second.postMessage({ type: "segment", itemId: part.itemId, contentIndex: part.contentIndex, samples: new Float32Array(frames).fill(0.5) });
    },
    render(frames: number): number {
      const output = new Float32Array(frames);
      host.process([output]);
      return output.reduce((sum, sample) => sum + (sample === 0 ? 0 : 1), 0);
    },
  };
}

describe("TrackLog", () => {
  it("counts a track's frames on through silence, and through other tracks", () => {
    const { add, end, render, where } = open();
    expect(where()).toBeNull();
    add("a", 2400);
    expect(where()).toEqual({ trackId: "a", offset: 0, currentTime: 0 });
    render(1280);
    expect(where()).toEqual({ trackId: "a", offset: 1280, currentTime: 1280 / RATE });
    render(5120);
    expect(where()).toMatchObject({ trackId: "a", offset: 2400 });
    end();
    expect(where()).toBeNull();
    add("a", 2400);
    expect(where()).toMatchObject({ trackId: "a", offset: 2400 });
    render(1280);
    expect(where()).toMatchObject({ trackId: "a", offset: 3680 });
    add("b", 2400);
    add("a", 2400);
    render(1920);
    expect(where()).toMatchObject({ trackId: "b", offset: 800 });
    render(1920);
    expect(where()).toMatchObject({ trackId: "a", offset: 4800 + 320 });
  });

  it("names the next track while what sounded before is over", () => {
    const { add, log, render, where } = open();
    add("a", 2400);
    add("b", 100);
    render(5120);
    // Too short to start by itself: it waits for more, or for its end.
    expect(where()).toEqual({ trackId: "b", offset: 0, currentTime: 0 });
    expect(log.trackIds).toEqual(["b"]);
  });

  it("plays a track's every frame once its parts are ended", () => {
    const { add, ask, end, log, render } = open();
    add("a", 300);
    expect(render(2560)).toBe(0);
    end();
    expect(render(2560)).toBe(300);
    expect(log.finished(ask())).toBe(true);
    add("a", 3000);
    add("b", 277);
    end();
    expect(render(9600)).toBe(3277);
    expect(log.finished(ask())).toBe(true);
    expect(log.empty).toBe(false);
  });

  it("tells what a cut has cut, and counts those tracks from 0 again, others on", () => {
    const { add, ask, log, render } = open();
    add("a", 2400);
    add("b", 2400);
    add("c", 2400);
    render(3200);
    const at = log.locate(ask(true), RATE);
    expect(at).toMatchObject({ trackId: "b", offset: 800 });
    expect(log.cut(at)).toEqual(["b", "c"]);
    expect(log.empty).toBe(true);
    add("b", 2400);
    render(1280);
    expect(log.locate(ask(), RATE)).toMatchObject({ trackId: "b", offset: 1280 });
    add("a", 2400);
    render(1920);
    expect(log.locate(ask(), RATE)).toMatchObject({ trackId: "a", offset: 2400 + 800 });
  });

  it("takes nothing back when the latency grows, and never tells more than was sent", () => {
    const log = new TrackLog();
    log.add("a", 1000);
    const at = (heardFrames: number): PlaybackLocated => ({ type: "located", requestId: 0, itemId: "a", contentIndex: 0, heardFrames, sounding: true });
    expect([at(500), at(300), at(5000)].map((answer) => log.locate(answer, RATE)?.offset)).toEqual([500, 500, 1000]);
  });
});
