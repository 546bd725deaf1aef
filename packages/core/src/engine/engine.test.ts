import { describe, expect, it } from "vitest";
import { FakeTransport, ManualClock } from "../../../../test/support/engine.ts";
import { DEVICE_RATE, finish, ids, QUANTUM_FRAMES, reply, session, speech } from "../../../../test/support/engine-session.ts";
import { encodeBase64 } from "../dsp/base64.ts";
import { encodePcm16Bytes } from "../dsp/pcm16.ts";
import { PCM16_24K } from "../protocol/audio-format.ts";
import { CaptureHost } from "./capture-host.ts";
import { Engine } from "./engine.ts";
import { createPortPair } from "./port-pair.ts";
import type { CapturePacket, CaptureRecycle, EngineEvent } from "./ports.ts";

describe("Engine, starting", () => {
  it("configures the session, then lets held audio go in order", async () => {
    const { engine, transport, events, open, speak } = session();
    speak(200);
    expect(transport.sent).toEqual([]);
    await open();
    expect(transport.sent[0]).toEqual({ type: "session.update", session: { type: "realtime" } });
    expect(transport.ofType("input_audio_buffer.append")).toHaveLength(10);
    speak(100);
    expect(transport.ofType("input_audio_buffer.append").length).toBeGreaterThanOrEqual(14);
    expect(engine.state).toBe("open");
    expect(events.filter((event) => event.type === "state").map((event) => event.state)).toEqual(["connecting", "open"]);
  });

  for (const missing of ["session.created", "session.updated"]) {
    it(`gives up when ${missing} does not come`, async () => {
      const { engine, transport, clock, errors } = session({ answerTimeoutMs: 500 });
      const started = engine.start();
      started.catch(() => undefined);
      await Promise.resolve();
      if (missing === "session.updated") transport.emit({ type: "session.created", session: { type: "realtime" } });
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(499);
      expect(engine.state).toBe("connecting");
      clock.advance(2);
      await expect(started).rejects.toMatchObject({ code: "connect-timeout", fatal: true, message: expect.stringContaining(missing) });
      expect(engine.state).toBe("failed");
      expect(transport.closed).toBe(1);
      expect(errors()).toHaveLength(1);
    });
  }

  it("fails with the server's words when the settings or the key are refused", async () => {
    for (const [code, expected] of [
      ["invalid_value", "server-error"],
      ["invalid_api_key", "auth-failed"],
    ]) {
      const { engine, transport } = session();
      const started = engine.start();
      started.catch(() => undefined);
      await Promise.resolve();
      transport.emit({ type: "error", error: { type: "invalid_request_error", code, message: "No such thing." } });
      await expect(started).rejects.toMatchObject({ code: expected, message: "The server says: No such thing." });
    }
  });

  it("drops the oldest audio beyond the hold, counts it and says so once", async () => {
    const { errors, events, open, speak, engine } = session({ holdMs: 1000 });
    speak(3000);
    expect(errors()).toMatchObject([{ error: { code: "uplink-overflow", fatal: false } }]);
    await open();
    const stats = events.findLast((event) => event.type === "stats");
    expect(stats?.stats).toMatchObject({ packetsLost: 0, heldMs: 0 });
    expect(stats?.stats.packetsDropped).toBe((stats?.stats.packetsCaptured ?? 0) - 50);
    expect(stats?.stats.packetsSent).toBe(50);
    await engine.close();
  });

  it("holds while the wire is slow, and lets go below the low water", async () => {
    const { transport, open, speak } = session({ highWaterBytes: 1000, lowWaterBytes: 100 });
    await open();
    transport.bufferedBytes = 1001;
    speak(100);
    expect(transport.ofType("input_audio_buffer.append")).toHaveLength(0);
    transport.bufferedBytes = 500;
    speak(100);
    expect(transport.ofType("input_audio_buffer.append")).toHaveLength(0);
    transport.bufferedBytes = 50;
    speak(100);
    expect(transport.ofType("input_audio_buffer.append").length).toBeGreaterThanOrEqual(14);
  });
});

describe("Engine, interruption", () => {
  it("cuts the reply when the server hears the person, and says what was heard", async () => {
    const { transport, open, play, playback, events } = session();
    await open();
    playback.receive({ type: "latency", outputLatencyMs: 40 });
    reply(transport, "r1", "a", 2000);
    play(600);
    transport.emit({ type: "input_audio_buffer.speech_started", item_id: "u", audio_start_ms: 0 });
    const [truncate] = transport.ofType("conversation.item.truncate");
    expect(truncate).toMatchObject({ item_id: "a", content_index: 0 });
    expect(Number.isInteger(truncate.audio_end_ms)).toBe(true);
    expect(Math.abs(truncate.audio_end_ms - (600 - 40))).toBeLessThanOrEqual(4);
    expect(transport.ofType("response.cancel")).toEqual([]);
    const after = play(100);
    expect(Math.max(...after.subarray((DEVICE_RATE * 20) / 1000).map(Math.abs))).toBeLessThan(1e-4);
    expect(events).toContainEqual({
      type: "interrupted",
      interruption: {
        reason: "speech_started",
        items: [{ itemId: "a", contentIndex: 0, heardMs: truncate.audio_end_ms, totalMs: 2000, action: "truncate" }],
      },
    });
  });

  it("drops late deltas of the cut reply and plays the next one whole", async () => {
    const { transport, open, play, events } = session();
    await open();
    reply(transport, "r1", "a", 1000);
    play(300);
    transport.emit({ type: "input_audio_buffer.speech_started", item_id: "u", audio_start_ms: 0 });
    transport.emit({ type: "response.output_audio.delta", ...ids("r1", "a"), delta: speech(200) });
    reply(transport, "r2", "b", 300);
    transport.emit({ type: "response.output_audio.delta", ...ids("r1", "a"), delta: speech(200) });
    finish(transport, "r2", "b");
    const output = play(500);
    let sounding = 0;
    for (let i = (DEVICE_RATE * 20) / 1000; i < output.length; i++) if (Math.abs(output[i] - 0.5) < 0.02) sounding++;
    expect(sounding / DEVICE_RATE).toBeCloseTo(0.28, 1);
    play(300);
    expect(events.findLast((event) => event.type === "stats")?.stats).toMatchObject({ lateDeltas: 2, interruptions: 1 });
  });

  it("cancels, truncates and deletes on interrupt(), in this order", async () => {
    const { engine, transport, open, play } = session();
    await open();
    reply(transport, "r1", "a", 500);
    finish(transport, "r1", "a");
    reply(transport, "r2", "b", 500);
    play(200);
    const interruption = await engine.interrupt();
    expect(interruption.items.map((item) => [item.itemId, item.action])).toEqual([
      ["a", "truncate"],
      ["b", "delete"],
    ]);
    expect(transport.sent.slice(-3)).toMatchObject([
      { type: "response.cancel", response_id: "r2" },
      { type: "conversation.item.truncate", item_id: "a" },
      { type: "conversation.item.delete", item_id: "b" },
    ]);
  });

  it("says nothing to the server when nothing was playing", async () => {
    const { engine, transport, open, play, events } = session();
    await open();
    reply(transport, "r1", "a", 200);
    finish(transport, "r1", "a");
    play(400);
    transport.emit({ type: "input_audio_buffer.speech_started", item_id: "u", audio_start_ms: 0 });
    expect(await engine.interrupt()).toEqual({ reason: "interrupt", items: [] });
    expect(transport.sent.map((event) => event.type)).toEqual(["session.update"]);
    expect(events.some((event) => event.type === "interrupted")).toBe(false);
  });

  it("leaves the reply alone when the session says that speech does not interrupt", async () => {
    const { transport, open, play } = session();
    await open();
    transport.emit({
      type: "session.updated",
      session: { type: "realtime", audio: { input: { turn_detection: { type: "server_vad", interrupt_response: false } } } },
    });
    reply(transport, "r1", "a", 1000);
    play(300);
    transport.emit({ type: "input_audio_buffer.speech_started", item_id: "u", audio_start_ms: 0 });
    expect(Math.max(...play(100))).toBeGreaterThan(0.4);
    expect(transport.ofType("conversation.item.truncate")).toEqual([]);
  });

  it("counts the harmless errors of an interruption and reports the others", async () => {
    const { transport, open, events, errors, play } = session();
    await open();
    transport.emit({
      type: "error",
      error: { type: "invalid_request_error", code: "response_cancel_not_active", message: "Cancellation failed: no active response found" },
    });
    transport.emit({
      type: "error",
      error: { type: "invalid_request_error", code: "invalid_value", message: "Audio content of 3700ms is already shorter than 3760ms" },
    });
    expect(errors()).toEqual([]);
    transport.emit({ type: "error", error: { type: "invalid_request_error", code: "invalid_value", message: "Invalid voice." } });
    expect(errors()).toMatchObject([{ error: { code: "server-error", fatal: false, message: "The server says: Invalid voice." } }]);
    play(300);
    expect(events.findLast((event) => event.type === "stats")?.stats.benignErrors).toBe(2);
  });
});

describe("Engine, replies that end in other ways", () => {
  it("plays on after a reply that ended without naming its items", async () => {
    const { transport, open, play } = session();
    await open();
    reply(transport, "r1", "a", 300);
    transport.emit({ type: "response.done", response: { id: "r1", status: "failed", output: [] } });
    reply(transport, "r2", "b", 500);
    finish(transport, "r2", "b");
    const output = play(1000);
    expect(output.filter((sample) => Math.abs(sample - 0.5) < 0.02).length / DEVICE_RATE).toBeGreaterThan(0.75);
  });

  it("removes an item whose audio came only after the cut", async () => {
    const { engine, transport, open, play } = session();
    await open();
    transport.emit({ type: "response.created", response: { id: "r1", conversation_id: "conv" } });
    expect((await engine.interrupt()).items).toEqual([]);
    transport.emit({ type: "response.output_audio.delta", ...ids("r1", "a"), delta: speech(100) });
    transport.emit({ type: "response.done", response: { id: "r1", status: "cancelled" } });
    expect(transport.ofType("conversation.item.delete")).toMatchObject([{ item_id: "a" }]);
    expect(Math.max(...play(200))).toBe(0);
  });

  it("drops a straggler that comes after the end of its cut reply", async () => {
    const { engine, transport, open, play } = session();
    await open();
    reply(transport, "r1", "a", 300);
    await engine.interrupt();
    finish(transport, "r1", "a");
    transport.emit({ type: "response.output_audio.delta", ...ids("r1", "a"), delta: speech(100) });
    expect(Math.max(...play(200))).toBe(0);
  });

  it("stops replies beside the conversation too, and tells the server nothing of them", async () => {
    const { engine, transport, open, play } = session();
    await open();
    transport.emit({ type: "response.created", response: { id: "o1", conversation_id: null } });
    transport.emit({ type: "response.output_audio.delta", ...ids("o1", "o"), delta: speech(1000) });
    play(300);
    const { items } = await engine.interrupt();
    expect(items).toMatchObject([{ itemId: "o", action: "none" }]);
    transport.emit({ type: "response.output_audio.delta", ...ids("o1", "o"), delta: speech(500) });
    transport.emit({ type: "response.done", response: { id: "o1" } });
    play(30);
    expect(Math.max(...play(200))).toBeLessThan(1e-4);
    expect(transport.sent.map((event) => event.type)).toEqual(["session.update"]);
  });

  it("removes an item with two unheard parts once, and cuts the later part of one that was heard", async () => {
    const part = (index: number) => ({ ...ids("r1", "a"), content_index: index });
    const unheard = session();
    await unheard.open();
    reply(unheard.transport, "r0", "first", 1000);
    for (const index of [0, 1]) unheard.transport.emit({ type: "response.output_audio.delta", ...part(index), delta: speech(200) });
    unheard.play(100);
    const { items } = await unheard.engine.interrupt();
    expect(items.map((item) => [item.itemId, item.contentIndex, item.action])).toEqual([
      ["first", 0, "truncate"],
      ["a", 0, "delete"],
      ["a", 1, "none"],
    ]);
    const heard = session();
    await heard.open();
    heard.transport.emit({ type: "response.output_audio.delta", ...part(0), delta: speech(100) });
    heard.transport.emit({ type: "response.output_audio.done", ...part(0) });
    heard.transport.emit({ type: "response.output_audio.delta", ...part(1), delta: speech(20) });
    heard.play(150);
    expect((await heard.engine.interrupt()).items).toMatchObject([{ contentIndex: 1, heardMs: 0, action: "truncate" }]);
  });

  it("refuses audio that comes after the end of its part", async () => {
    const { transport, open, errors, play } = session();
    await open();
    reply(transport, "r1", "a", 100);
    transport.emit({ type: "response.output_audio.done", ...ids("r1", "a") });
    play(200);
    transport.emit({ type: "response.output_audio.delta", ...ids("r1", "a"), delta: speech(100) });
    expect(errors()).toMatchObject([{ error: { code: "malformed-event" } }]);
    expect(Math.max(...play(200))).toBe(0);
  });
});

describe("Engine, running", () => {
  it("measures from the end of speech to the first heard sample", async () => {
    const { transport, open, play, speak, clock, events } = session();
    await open();
    // 2 s of audio went out in 25 steps of 80 ms (30 quanta), the last 0.5 s of it silence; the server takes 300 ms to answer.
    for (let i = 0; i < 25; i++) {
      speak(80);
      clock.advance(80);
    }
    transport.emit({ type: "input_audio_buffer.speech_stopped", item_id: "u", audio_end_ms: 1980 });
    play(300);
    reply(transport, "r1", "a", 500);
    play(600);
    const stats = events.findLast((event) => event.type === "stats")?.stats;
    expect(Math.abs((stats?.responseLatencyMs ?? 0) - 800)).toBeLessThan(50);
  });

  it("shows the microphone's level also without a loudspeaker", async () => {
    const clock = new ManualClock();
    const events: EngineEvent[] = [];
    const engine = new Engine({
      transport: new FakeTransport(),
      clock,
      session: { type: "realtime" },
      inputFormat: PCM16_24K,
      outputFormat: PCM16_24K,
      onEvent: (event) => events.push(structuredClone(event)),
    });
    const ports = createPortPair<CapturePacket, CaptureRecycle>();
    const capture = new CaptureHost({ deviceRate: DEVICE_RATE, format: PCM16_24K });
    capture.attach(ports.first);
    engine.attachCapture(ports.second);
    for (let i = 0; i < 20; i++) capture.process([new Float32Array(QUANTUM_FRAMES).fill(0.25)]);
    expect(events.at(-1)).toMatchObject({ type: "meters", input: { rms: expect.closeTo(0.25, 1) }, output: { rms: 0 }, sounding: false });
  });

  it("survives audio and events that make no sense, and says so", async () => {
    const { transport, open, play, errors } = session();
    await open();
    transport.emit({ type: "response.output_audio.delta", ...ids("r1", "a"), delta: "not base64!" });
    transport.emit({ type: "response.output_audio.delta", ...ids("r1", "a") });
    transport.emit({ type: "response.created" });
    transport.emit({ type: "error" });
    transport.emit({ type: "response.done" });
    expect(errors().map((event) => event.error.code)).toEqual(Array(5).fill("malformed-event"));
    reply(transport, "r2", "b", 200);
    finish(transport, "r2", "b");
    expect(Math.max(...play(300))).toBeGreaterThan(0.4);
  });

  it("puts samples together again that were split between deltas", async () => {
    const { transport, open, play } = session();
    await open();
    const bytes = new Uint8Array(4800);
    encodePcm16Bytes(new Float32Array(2400).fill(0.5), bytes);
    for (const [start, end] of [
      [0, 1],
      [1, 1001],
      [1001, 4797],
      [4797, 4800],
    ]) {
      transport.emit({ type: "response.output_audio.delta", ...ids("r1", "a"), delta: encodeBase64(bytes.subarray(start, end)) });
    }
    transport.emit({ type: "response.output_audio.done", ...ids("r1", "a") });
    const output = play(80).subarray(960);
    for (const sample of output) expect(sample).toBeCloseTo(0.5, 2);
  });

  it("passes unknown events through untouched, and keeps audio out of the events", async () => {
    const { transport, open, events } = session();
    await open();
    transport.emit({ type: "brand.new", deep: { field: [1, 2] } });
    transport.emit({ type: "response.output_audio.delta", ...ids("r1", "a"), delta: speech(100) });
    const seen = events.filter((event) => event.type === "server-event").map((event) => event.event);
    expect(seen).toContainEqual({ event_id: "event_x", type: "brand.new", deep: { field: [1, 2] } });
    expect(seen.at(-1)).toMatchObject({ type: "response.output_audio.delta", delta: "" });
  });

  it("shows the app every event before it acts on it", async () => {
    const { transport, open, play, events } = session();
    await open();
    reply(transport, "r1", "a", 500);
    play(200);
    transport.emit({ type: "input_audio_buffer.speech_started", item_id: "u", audio_start_ms: 0 });
    transport.emit({ type: "response.done" });
    const order = events
      .filter((event) => event.type !== "meters" && event.type !== "stats")
      .map((event) => (event.type === "server-event" || event.type === "client-event" ? event.event.type : event.type));
    expect(order.slice(-5)).toEqual(["input_audio_buffer.speech_started", "conversation.item.truncate", "interrupted", "response.done", "error"]);
  });

  it("says so when the server speaks another encoding than it was asked for", async () => {
    const { transport, open, errors } = session();
    await open();
    transport.emit({ type: "session.updated", session: { type: "realtime", audio: { output: { format: { type: "audio/pcmu" } } } } });
    expect(errors()).toMatchObject([{ error: { code: "format-mismatch", fatal: false, message: expect.stringContaining("audio/pcmu") } }]);
  });

  it("ends when the server says that the session is over", async () => {
    const { engine, transport, open, errors } = session();
    await open();
    transport.emit({
      type: "error",
      error: { type: "invalid_request_error", code: "session_expired", message: "Your session hit the maximum duration of 60 minutes." },
    });
    expect(errors()).toMatchObject([{ error: { code: "server-error", fatal: true }, serverError: { code: "session_expired" } }]);
    expect(engine.state).toBe("failed");
  });

  it("has no timer left when it is closed from its own events", async () => {
    const clock = new ManualClock();
    const transport = new FakeTransport();
    let stats = 0;
    const engine: Engine = new Engine({
      transport,
      clock,
      session: { type: "realtime" },
      inputFormat: PCM16_24K,
      outputFormat: PCM16_24K,
      onEvent: (event) => {
        if (event.type === "stats") stats++;
        if (event.type === "state" && event.state === "open") void engine.close();
      },
    });
    const started = engine.start();
    await Promise.resolve();
    transport.emit({ type: "session.created", session: { type: "realtime" } });
    await new Promise((resolve) => setImmediate(resolve));
    transport.emit({ type: "session.updated", session: { type: "realtime" } });
    await started;
    clock.advance(10_000);
    expect(stats).toBe(0);
  });

  it("fails when the connection is lost, and frees itself once when closed", async () => {
    const { engine, transport, open, errors } = session();
    await open();
    transport.end(1006, "");
    expect(engine.state).toBe("failed");
    expect(errors()).toMatchObject([{ error: { code: "connection-lost", fatal: true } }]);
    await engine.close();
    await engine.close();
    expect(engine.state).toBe("failed");
  });

  it("closes from any state", async () => {
    const idle = session();
    await idle.engine.close();
    expect(idle.engine.state).toBe("closed");
    await expect(idle.engine.start()).rejects.toMatchObject({ code: "closed" });
    const connecting = session();
    const started = connecting.engine.start();
    started.catch(() => undefined);
    await Promise.resolve();
    await connecting.engine.close();
    await expect(started).rejects.toMatchObject({ code: "closed" });
    expect(connecting.engine.state).toBe("closed");
  });
});
