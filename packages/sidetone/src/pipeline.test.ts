/** The pipeline against an engine made of strings: what it asks of devices and engine, and what it shows to a UI. Real engines and sockets are in test/faults. */
import { SidetoneError } from "@sidetone/core";
import { createPortPair, type EngineConfig, type EngineEvent, type EngineStats, type Interruption } from "@sidetone/core/engine";
import { asServerEvent, type ClientEvent } from "@sidetone/core/protocol";
import { describe, expect, test } from "vitest";
import type { Sink, SinkContext, Source, SourceContext } from "./devices.ts";
import type { EngineClient, EngineLauncher, EngineWiring } from "./engine-client.ts";
import { Pipeline, type PipelineOptions, type PipelineSnapshot } from "./pipeline.ts";
import { webSocket } from "./transport/websocket.ts";

/** An engine that notes what is asked of it, and tells what a test wants. */
class FakeEngine implements EngineClient {
  readonly capturePort = createPortPair<never, never>().first as unknown as EngineClient["capturePort"];
  readonly playbackPort = createPortPair<never, never>().first as unknown as EngineClient["playbackPort"];
  readonly sent: ClientEvent[] = [];
  config: EngineConfig | null = null;
  wiring: EngineWiring | null = null;
  closes = 0;
  interrupts = 0;
  tell: (event: EngineEvent) => void = () => undefined;
  readonly launcher: EngineLauncher = {
    keyCarrier: "header",
    launch: (onEvent) => {
      this.tell = onEvent;
      return this;
    },
  };

  async start(config: EngineConfig, wiring: EngineWiring): Promise<void> {
    this.config = config;
    this.wiring = wiring;
    this.tell({ type: "state", state: "open" });
  }

  async interrupt(): Promise<Interruption> {
    this.interrupts++;
    return { reason: "interrupt", items: [] };
  }

  send(event: ClientEvent): void {
    this.sent.push(event);
  }

  async close(): Promise<void> {
    this.closes++;
  }
}

/** A device that notes what is asked of it. */
class FakeDevice implements Source, Sink {
  readonly specVersion = 1;
  readonly calls: string[] = [];
  context: SourceContext | SinkContext | null = null;
  async open(context: SourceContext | SinkContext): Promise<void> {
    this.context = context;
    this.calls.push("open");
  }
  mute(): void {
    this.calls.push("mute");
  }
  unmute(): void {
    this.calls.push("unmute");
  }
  async close(): Promise<void> {
    this.calls.push("close");
  }
}

const transport = webSocket({ url: "ws://h/v1/realtime", model: "m" });

function make(options: Partial<PipelineOptions> = {}) {
  const engine = new FakeEngine();
  const pipeline = new Pipeline({ transport, ...options }, engine.launcher);
  return { engine, pipeline };
}

describe("options", () => {
  test.each([
    ["an unknown option", { sinc: new FakeDevice() }, TypeError, /"sinc".*sink/],
    ["no transport", { transport: undefined }, TypeError, /transport/],
    ["a transport that is none", { transport: { url: "ws://h" } }, TypeError, /webSocket\(/],
    ["a source that was not called", { source: () => new FakeDevice() }, TypeError, /source is no source.*microphone\(\)/],
    ["a sink that is none", { sink: {} }, TypeError, /sink is no sink.*speaker\(\)/],
    ["an unknown limit", { limits: { holdMS: 1 } }, TypeError, /"holdMS".*holdMs/],
    ["a limit that is no number", { limits: { holdMs: Number.NaN } }, RangeError, /holdMs/],
    ["a limit of 0", { limits: { holdMs: 0 } }, RangeError, /holdMs/],
    ["an unknown playout knob", { playout: { startMS: 1 } }, TypeError, /"startMS".*startMs/],
    ["a playout knob out of range", { playout: { startMs: 9999 } }, RangeError, /startMs/],
    [
      "a format that the service does not speak",
      { session: { audio: { input: { format: { type: "audio/pcm", rate: 16_000 } } } } },
      TypeError,
      /input\.format.*24000/,
    ],
  ])("%s throws at once and names itself", (_name, options, kind, message) => {
    expect(() => make(options as object)).toThrow(kind);
    expect(() => make(options as object)).toThrow(message);
  });

  test("nothing happens before start()", () => {
    const source = new FakeDevice();
    const { engine, pipeline } = make({ source });
    expect([source.calls, engine.config, pipeline.getSnapshot().state]).toEqual([[], null, "idle"]);
  });
});

describe("start()", () => {
  test("gives the engine the settings with both formats spelt out, and each device its format, port and knobs", async () => {
    const source = new FakeDevice();
    const sink = new FakeDevice();
    const session = {
      instructions: "Be brief",
      audio: { input: { format: { type: "audio/pcmu" }, turn_detection: null }, output: { voice: "marin" } },
    } as const;
    const { engine, pipeline } = make({ source, sink, session, playout: { startMs: 50 }, limits: { holdMs: 1000 } });
    await pipeline.start();
    expect(engine.config).toEqual({
      transport: { kind: "websocket", url: "ws://h/v1/realtime?model=m", protocols: [], headers: {}, connectTimeoutMs: 10_000 },
      session: {
        type: "realtime",
        instructions: "Be brief",
        audio: { input: { format: { type: "audio/pcmu" }, turn_detection: null }, output: { voice: "marin", format: { type: "audio/pcm", rate: 24_000 } } },
      },
      inputFormat: { type: "audio/pcmu" },
      outputFormat: { type: "audio/pcm", rate: 24_000 },
      policy: "turn",
      limits: { holdMs: 1000 },
    });
    expect(engine.wiring).toEqual({ capture: true, playback: true });
    expect(source.context).toMatchObject({ format: { type: "audio/pcmu" }, port: engine.capturePort });
    expect(sink.context).toMatchObject({ format: { type: "audio/pcm" }, port: engine.playbackPort, playout: { startMs: 50 } });
  });

  test("the knobs of playout are those that were checked, as plain data that can go to a worklet", async () => {
    const sink = new FakeDevice();
    const playout = { startMs: 50 };
    const { pipeline } = make({ sink, playout: new Proxy(playout, {}) });
    playout.startMs = 9999;
    await pipeline.start();
    const given = (sink.context as SinkContext).playout;
    expect(given).toEqual({ startMs: 50 });
    expect(structuredClone(given)).toEqual({ startMs: 50 });
  });

  test("without devices asks for no ports", async () => {
    const { engine, pipeline } = make();
    await pipeline.start();
    expect(engine.wiring).toEqual({ capture: false, playback: false });
    expect(engine.config).not.toHaveProperty("limits");
    await pipeline.close();
    expect(engine.closes).toBe(1);
  });

  test("a device that fails fails the start with its own error, and the rest is freed", async () => {
    const source = new FakeDevice();
    const sink = new FakeDevice();
    const denied = new SidetoneError("microphone-denied", "no", { fatal: true });
    source.open = () => Promise.reject(denied);
    const { engine, pipeline } = make({ source, sink });
    const errors: SidetoneError[] = [];
    pipeline.on("error", (error) => errors.push(error));
    await expect(pipeline.start()).rejects.toBe(denied);
    expect(errors).toEqual([denied]);
    expect([source.calls, sink.calls, engine.closes]).toEqual([["close"], ["open", "close"], 1]);
    expect(pipeline.getSnapshot()).toMatchObject({ state: "failed", error: denied });
  });

  test("a device that reports a fatal error later ends the session", async () => {
    const source = new FakeDevice();
    const { engine, pipeline } = make({ source });
    await pipeline.start();
    source.context?.report(new SidetoneError("microphone-unavailable", "unplugged", { fatal: true }));
    await pipeline.close();
    expect(pipeline.getSnapshot().error?.code).toBe("microphone-unavailable");
    expect([source.calls, engine.closes]).toEqual([["open", "close"], 1]);
  });
});

describe("calls", () => {
  test("mute, unmute and send reach the device and the engine; the snapshot follows", async () => {
    const source = new FakeDevice();
    const { engine, pipeline } = make({ source });
    await pipeline.start();
    pipeline.mute();
    expect(pipeline.getSnapshot().muted).toBe(true);
    pipeline.unmute();
    expect(pipeline.getSnapshot().muted).toBe(false);
    pipeline.send({ type: "input_audio_buffer.commit" });
    expect(source.calls).toEqual(["open", "mute", "unmute"]);
    expect(engine.sent).toEqual([{ type: "input_audio_buffer.commit" }]);
  });

  test("interrupt() asks an engine only while there is a session", async () => {
    const { engine, pipeline } = make();
    await pipeline.interrupt();
    expect(engine.interrupts).toBe(0);
    await pipeline.start();
    await pipeline.interrupt();
    expect(engine.interrupts).toBe(1);
    await pipeline.close();
    expect(await pipeline.interrupt()).toEqual({ reason: "interrupt", items: [] });
    expect(engine.interrupts).toBe(1);
  });

  test("subscribe and getSnapshot can be handed over without their object", () => {
    const { pipeline } = make();
    const { subscribe, getSnapshot } = pipeline;
    let changes = 0;
    const off = subscribe(() => changes++);
    pipeline.mute();
    off();
    pipeline.unmute();
    expect([changes, getSnapshot().muted]).toEqual([1, false]);
  });
});

describe("the snapshot", () => {
  /** Events that change something, each with what it changes. */
  const CHANGES: [string, EngineEvent, Partial<PipelineSnapshot>][] = [
    ["speech", { type: "server-event", event: asServerEvent({ type: "input_audio_buffer.speech_started", ...{ item_id: "u1" } }) }, { userSpeaking: true }],
    ["a reply at the ear", meters(true), { agentSpeaking: true }],
    ["an error", { type: "error", error: { code: "server-error", message: "no", fatal: false } }, { state: "open" }],
    ["statistics", { type: "stats", stats: { packetsSent: 7 } as EngineStats }, {}],
  ];

  test.each(CHANGES)("is a new object after %s, and the old one stays as it was", async (_name, event, change) => {
    const { engine, pipeline } = make();
    await pipeline.start();
    const before = pipeline.getSnapshot();
    const copy = { ...before };
    const seen: PipelineSnapshot[] = [];
    pipeline.subscribe(() => seen.push(pipeline.getSnapshot()));
    engine.tell(event);
    expect(pipeline.getSnapshot()).not.toBe(before);
    expect(before).toEqual(copy);
    expect(seen.at(-1)).toBe(pipeline.getSnapshot());
    expect(new Set(seen).size).toBe(seen.length);
    expect(pipeline.getSnapshot()).toMatchObject(change);
  });

  test.each([
    ["levels", meters(false)],
    ["a client event", { type: "client-event", event: { type: "response.create" } } as EngineEvent],
    ["an event that changes no conversation", { type: "server-event", event: asServerEvent({ type: "vendor.thing" }) } as EngineEvent],
    ["the state that it has", { type: "state", state: "open" } as EngineEvent],
  ])("is the same object after %s, and nobody is called", async (_name, event) => {
    const { engine, pipeline } = make();
    await pipeline.start();
    const before = pipeline.getSnapshot();
    let changes = 0;
    pipeline.subscribe(() => changes++);
    engine.tell(event);
    pipeline.unmute();
    expect(pipeline.getSnapshot()).toBe(before);
    expect(changes).toBe(0);
  });

  test("has changed already when the event is told", async () => {
    const { engine, pipeline } = make();
    const pictures: unknown[] = [];
    pipeline.on("state", (state) => pictures.push([state, pipeline.getSnapshot().state]));
    pipeline.on("error", (error) => pictures.push(pipeline.getSnapshot().error === error));
    pipeline.on("event", () => pictures.push(pipeline.getSnapshot().conversation.length));
    await pipeline.start();
    engine.tell({ type: "server-event", event: asServerEvent({ type: "input_audio_buffer.speech_started", ...{ item_id: "u1" } }) });
    engine.tell({ type: "error", error: { code: "server-error", message: "no", fatal: false } });
    expect(pictures).toEqual([["connecting", "connecting"], ["open", "open"], 1, true]);
  });

  test("speech ends with speech_stopped, and with a commit or a clear, after which no speech_stopped comes", async () => {
    const { engine, pipeline } = make();
    await pipeline.start();
    for (const type of ["input_audio_buffer.speech_stopped", "input_audio_buffer.committed", "input_audio_buffer.cleared"]) {
      const started = { type: "input_audio_buffer.speech_started", item_id: "u1" };
      const ended = { type, item_id: "u1" };
      engine.tell({ type: "server-event", event: asServerEvent(started) });
      expect(pipeline.getSnapshot().userSpeaking).toBe(true);
      engine.tell({ type: "server-event", event: asServerEvent(ended) });
      expect(pipeline.getSnapshot().userSpeaking).toBe(false);
    }
  });

  test("the error that ended the session stays; what comes after it is told and not shown", async () => {
    const { engine, pipeline } = make();
    const codes: string[] = [];
    pipeline.on("error", ({ code }) => codes.push(code));
    await pipeline.start();
    engine.tell({ type: "error", error: { code: "connection-lost", message: "gone", fatal: true } });
    engine.tell({ type: "state", state: "failed" });
    engine.tell({ type: "error", error: { code: "uplink-overflow", message: "full", fatal: false } });
    engine.tell({ type: "error", error: { code: "connection-lost", message: "gone again", fatal: true } });
    await pipeline.close();
    expect(codes).toEqual(["connection-lost", "uplink-overflow"]);
    expect(pipeline.getSnapshot()).toMatchObject({ state: "failed", error: { code: "connection-lost", message: "gone" } });
    expect(engine.closes).toBe(1);
  });

  test("levels and playhead are numbers in one object that stays", async () => {
    const { engine, pipeline } = make();
    await pipeline.start();
    const { meters: before } = pipeline;
    const { input, output } = before;
    engine.tell(meters(true));
    expect(pipeline.meters).toBe(before);
    expect([before.input, before.output]).toEqual([input, output]);
    expect(before).toEqual({ input: { rms: 0.1, peak: 0.2 }, output: { rms: 0.3, peak: 0.4 }, itemId: "a1", heardMs: 120 });
  });
});

function meters(sounding: boolean): EngineEvent {
  return { type: "meters", input: { rms: 0.1, peak: 0.2 }, output: { rms: 0.3, peak: 0.4 }, itemId: "a1", contentIndex: 0, heardMs: 120, sounding };
}

describe("a device that dies", () => {
  const dead = new SidetoneError("internal", "An audio worklet failed.", { fatal: true });

  test("while the session connects: the start fails with it, everything is freed, nothing is told twice", async () => {
    const source = new FakeDevice();
    const { engine, pipeline } = make({ source });
    const told: string[] = [];
    pipeline.on("error", (error) => told.push(error.message));
    engine.start = () => new Promise(() => undefined);
    const started = pipeline.start();
    source.context?.report(dead);
    await expect(started).rejects.toBe(dead);
    expect(pipeline.getSnapshot()).toMatchObject({ state: "failed", error: dead });
    expect(source.calls.at(-1)).toBe("close");
    expect(engine.closes).toBe(1);
    expect(told).toEqual(["An audio worklet failed."]);
  });

  test("later: the session ends, and the other devices are freed", async () => {
    const source = new FakeDevice();
    const sink = new FakeDevice();
    const { pipeline } = make({ source, sink });
    await pipeline.start();
    sink.context?.report(dead);
    expect(pipeline.getSnapshot()).toMatchObject({ state: "failed", error: dead });
    await pipeline.close();
    expect([source.calls.at(-1), sink.calls.at(-1)]).toEqual(["close", "close"]);
  });

  test("a trouble that is not fatal is told, and the session goes on", async () => {
    const source = new FakeDevice();
    const { pipeline } = make({ source });
    await pipeline.start();
    source.context?.report(new SidetoneError("microphone-unavailable", "The microphone went away."));
    expect(pipeline.getSnapshot()).toMatchObject({ state: "open", error: { code: "microphone-unavailable" } });
    await pipeline.close();
  });
});
