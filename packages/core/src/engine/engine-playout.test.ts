/** What the engine tells of playout: accounts of items, counters, the log; and which queue a reply goes to. */
import { describe, expect, it } from "vitest";
import { DEVICE_RATE, finish, ids, reply, session, speech } from "../../../../test/support/engine-session.ts";
import { parsePlayoutLog, replayPlayout } from "../playout/replay.ts";

/** Frames of `output` at a level, the edges of fades not counted. */
function framesAt(output: Float32Array, level: number): number {
  let frames = 0;
  for (const sample of output) if (Math.abs(sample - level) < 0.01) frames++;
  return frames;
}

const frames = (ms: number): number => (ms * DEVICE_RATE) / 1000;

describe("Engine, playout", () => {
  it("tells how each item was played, and of which response it was", async () => {
    const { transport, open, play, events } = session();
    await open();
    reply(transport, "r1", "a", 300);
    finish(transport, "r1", "a");
    play(500);
    reply(transport, "r2", "b", 1000);
    play(400);
    transport.emit({ type: "input_audio_buffer.speech_started", item_id: "u", audio_start_ms: 0 });
    play(100);
    const played = events.filter((event) => event.type === "played");
    expect(played).toMatchObject([
      { responseId: "r1", playout: { itemId: "a", end: "played", totalMs: 300, startMs: 0, gaps: 0, lagMs: 0 } },
      { responseId: "r2", playout: { itemId: "b", end: "cut", totalMs: 1000 } },
    ]);
  });

  it("tells of what the farewell cuts at once, whether anyone pulls after that or not", async () => {
    const { transport, open, play, playback, events } = session();
    await open();
    reply(transport, "r1", "a", 1000);
    play(200);
    playback.receive({ type: "retire" });
    const told = (): number => events.filter((event) => event.type === "played").length;
    expect(events.filter((event) => event.type === "played")).toMatchObject([{ responseId: "r1", playout: { itemId: "a", end: "cut" } }]);
    play(100);
    playback.receive({ type: "retire" });
    play(100);
    expect(told()).toBe(1);
    expect(events.flatMap((event) => (event.type === "playout-log" ? event.lines : [])).filter((line) => line.includes('"close"'))).toHaveLength(1);
  });

  it("has no counters of playout until audio has come", async () => {
    const { transport, open, play, events } = session();
    await open();
    play(600);
    const playout = () => events.findLast((event) => event.type === "stats")?.stats.playout;
    expect(playout()).toBeNull();
    reply(transport, "r1", "a", 300);
    play(600);
    expect(playout()).toMatchObject({ packetsReceived: 3 });
  });

  it("counts in the terms of webrtc-stats", async () => {
    const { transport, open, play, events } = session();
    await open();
    reply(transport, "r1", "a", 300);
    play(800);
    const { playout } = events.findLast((event) => event.type === "stats")?.stats ?? {};
    expect(playout).toMatchObject({ packetsReceived: 3, receivedFrames: 7200, underruns: 1, state: "starved" });
    expect(playout?.jitterBufferEmittedCount).toBeGreaterThan(7000);
    expect(playout?.concealedSamples).toBeGreaterThan(frames(200) / 2);
    expect(playout?.jitterBufferDelay).toBeGreaterThan(0);
  });

  it("plays a reply beside the conversation when that is through, and says nothing about it to the server", async () => {
    const { transport, open, play } = session();
    await open();
    transport.emit({ type: "response.created", response: { id: "side", conversation_id: null, output: [] } });
    reply(transport, "r1", "a", 400);
    transport.emit({ type: "response.output_audio.delta", ...ids("side", "s"), delta: speech(200, 0.25) });
    finish(transport, "side", "s");
    finish(transport, "r1", "a");
    const output = play(700);
    expect(framesAt(output, 0.5)).toBeGreaterThan(frames(385));
    expect(framesAt(output, 0.25)).toBeGreaterThan(frames(185));
    expect(framesAt(output.subarray(0, frames(400)), 0.25)).toBeLessThan(frames(15));
    expect(transport.ofType("conversation.item.truncate")).toEqual([]);
  });

  it("does not take what stands beside the conversation for the answer", async () => {
    const { transport, open, play, speak, events } = session();
    await open();
    const beside = (response: string, item: string): void => {
      transport.emit({ type: "response.created", response: { id: response, conversation_id: null, output: [] } });
      transport.emit({ type: "response.output_audio.delta", ...ids(response, item), delta: speech(400, 0.25) });
      finish(transport, response, item);
    };
    const latencyMs = () => events.findLast((event) => event.type === "stats")?.stats.responseLatencyMs;
    reply(transport, "r1", "a", 300);
    finish(transport, "r1", "a");
    play(2000);
    beside("side-1", "s1");
    play(200);
    speak(1000);
    transport.emit({ type: "input_audio_buffer.speech_stopped", item_id: "u", audio_end_ms: 1000 });
    play(500);
    beside("side-2", "s2");
    play(1000);
    expect(latencyMs()).toBe(-1);
    reply(transport, "r2", "b", 300);
    play(500);
    // 500 ms of silence before speech_stopped, and what was waited since.
    expect(Math.abs((latencyMs() ?? 0) - 2000)).toBeLessThan(50);
  });

  it("plays a stream without items, and after an interruption goes on with what comes next, with no word to the server", async () => {
    const { engine, transport, open, play, errors, events } = session({}, "continuous");
    await open();
    const delta = (level: number, ids = {}): void => transport.emit({ type: "response.output_audio.delta", ...ids, delta: speech(300, level) });
    delta(0.25);
    expect(framesAt(play(100), 0.25)).toBeGreaterThan(frames(80));
    transport.emit({ type: "input_audio_buffer.speech_started", item_id: "u", audio_start_ms: 0 });
    expect(framesAt(play(100), 0.25)).toBeGreaterThan(frames(95));
    const { items } = await engine.interrupt();
    expect(items).toMatchObject([{ itemId: "stream", totalMs: 300, action: "none" }]);
    expect(framesAt(play(100).subarray(frames(20)), 0)).toBeGreaterThan(frames(75));
    delta(0.5);
    expect(framesAt(play(200), 0.5)).toBeGreaterThan(frames(170));
    // One that does name its response and item, as long as it lives.
    delta(0.75, ids("r1", "a"));
    play(300);
    await engine.interrupt();
    delta(0.75, ids("r1", "a"));
    expect(framesAt(play(200), 0.75)).toBeGreaterThan(frames(160));
    expect(transport.sent.map(({ type }) => type)).toEqual(["session.update"]);
    expect(errors()).toEqual([]);
    expect(events.findLast((event) => event.type === "stats")?.stats.lateDeltas).toBe(0);
  });

  it("logs what was put in, so that it can be played again", async () => {
    const { transport, open, play, playback, events } = session();
    await open();
    reply(transport, "r1", "a", 400);
    play(200);
    transport.emit({ type: "input_audio_buffer.speech_started", item_id: "u", audio_start_ms: 0 });
    reply(transport, "r2", "b", 300);
    finish(transport, "r2", "b");
    play(500);
    playback.receive({ type: "retire" });
    const lines = events.flatMap((event) => (event.type === "playout-log" ? event.lines : []));
    const log = parsePlayoutLog(lines.join("\n"));
    expect(log).toMatchObject({ rate: 24_000, options: { slowDown: "none" } });
    expect(log.inputs.map((input) => input.do)).toEqual([...Array(4).fill("insert"), "flush", ...Array(3).fill("insert"), "endOfItem", "flush", "close"]);
    const { stats } = replayPlayout(log);
    expect(stats).toMatchObject({ receivedFrames: 24 * 700, flushes: 2, droppedFrames: 24 * 200, jitterBufferEmittedCount: 24 * 500 });
  });
});
