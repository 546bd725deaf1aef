/** What a person says while the wire cannot take it: held, in order, complete to the byte, up to a stated limit; beyond it the oldest goes, and that is said once. */
import { decodeBase64, encodePcm16Bytes, Resampler } from "@sidetone/core/dsp";
import type { ClientEvent } from "@sidetone/core/protocol";
import { type EngineLimits, type EngineStats, type PcmSource, pcmSource } from "sidetone/node";
import { afterEach, describe, expect, test } from "vitest";
import { ScriptedServer } from "../contract/scripted-server.ts";
import { FakeSocket } from "./fake-socket.ts";
import { type Bench, bench, confirm, eventually, RATE, settle, speech, toBytes, toFloat } from "./support.ts";

const servers: ScriptedServer[] = [];
const benches: Bench[] = [];
afterEach(async () => {
  for (const { pipeline } of benches.splice(0)) await pipeline.close();
  for (const server of servers.splice(0)) await server.close();
});

/** The audio of all appends, as one piece. */
function appended(events: readonly ClientEvent[]): Uint8Array {
  const parts = events.flatMap((event) => {
    if (event.type !== "input_audio_buffer.append") return [];
    const bytes = new Uint8Array(Math.floor((event.audio.length * 3) / 4));
    return [bytes.subarray(0, decodeBase64(event.audio, bytes))];
  });
  return Buffer.concat(parts);
}

/** Writes in device quanta. */
function say(source: PcmSource, samples: Float32Array): void {
  for (let at = 0; at < samples.length; at += 128) source.write(samples.subarray(at, at + 128));
}

const ms = (frames: number): number => (frames * RATE) / 1000;

test.each([8000, 16_000, 44_100, 48_000])("from a device at %i Hz: exactly what resampling and encoding give", async (rate) => {
  const socket = new FakeSocket();
  const source = pcmSource({ rate });
  const { pipeline, ...rest } = bench("ws://fake", {}, { source, openSocket: socket.dial });
  benches.push({ pipeline, ...rest });
  const said = toFloat(speech(1000)).subarray(0, rate);
  await pipeline.start();
  say(source, said);
  const resampler = new Resampler(rate, RATE);
  const resampled = new Float32Array(resampler.maxOutputFrames(said.length));
  const frames = resampler.process(said, resampled);
  const whole = Math.floor(frames / ms(20)) * ms(20);
  const expected = new Uint8Array(whole * 2);
  encodePcm16Bytes(resampled.subarray(0, whole), expected);
  expect(whole).toBeGreaterThan(0);
  expect(Buffer.compare(appended(socket.sent), expected)).toBe(0);
});

describe("while connecting", () => {
  test("everything said in each phase arrives once, in order, byte for byte", async () => {
    const server = await ScriptedServer.start();
    servers.push(server);
    const { pipeline, source, ...rest } = bench(server.url);
    benches.push({ pipeline, source, ...rest });
    const said = speech(2000);
    const phase = (number: number) => toFloat(said.slice(ms(number * 400), ms((number + 1) * 400)));
    const starting = pipeline.start();
    say(source, phase(0));
    const peer = await server.peer();
    say(source, phase(1));
    // A server that takes its time.
    await new Promise((resolve) => setTimeout(resolve, 300));
    say(source, phase(2));
    expect(peer.received).toEqual([]);
    confirm(peer);
    await peer.event("session.update");
    say(source, phase(3));
    await starting;
    say(source, phase(4));
    await peer.event("input_audio_buffer.append", 100);
    expect(peer.events[0].type).toBe("session.update");
    expect(Buffer.compare(appended(peer.events), toBytes(said))).toBe(0);
  });

  test("what was said before start() is not kept", async () => {
    const socket = new FakeSocket();
    const { pipeline, source, ...rest } = bench("ws://fake", {}, { openSocket: socket.dial });
    benches.push({ pipeline, source, ...rest });
    say(source, toFloat(speech(100, 1)));
    await pipeline.start();
    const said = speech(100, 2);
    say(source, toFloat(said));
    expect(Buffer.compare(appended(socket.sent), toBytes(said))).toBe(0);
  });
});

describe("a wire that is stalled", () => {
  const limits = { highWaterBytes: 100_000, lowWaterBytes: 10_000, holdMs: 1000, statsIntervalMs: 10 } satisfies EngineLimits;

  async function open(more: EngineLimits = {}) {
    const socket = new FakeSocket();
    const opened = bench("ws://fake", {}, { openSocket: socket.dial, limits: { ...limits, ...more } });
    benches.push(opened);
    let stats: EngineStats | null = null;
    opened.pipeline.on("stats", (value) => {
      stats = value;
    });
    await opened.pipeline.start();
    /** Statistics that were made after now. */
    const freshStats = async (): Promise<EngineStats> => {
      stats = null;
      await eventually(() => stats !== null);
      return stats as unknown as EngineStats;
    };
    return { ...opened, socket, freshStats, appended: () => appended(socket.sent) };
  }

  test("holds above the high water, goes on only below the low water, and then sends everything in order", async () => {
    const { source, socket, appended, freshStats, errors } = await open();
    const said = speech(1000);
    const part = (from: number, to: number) => toFloat(said.slice(ms(from), ms(to)));
    say(source, part(0, 200));
    expect(appended().length).toBe(ms(200) * 2);
    socket.bufferedAmount = 100_001;
    say(source, part(200, 500));
    expect(appended().length).toBe(ms(200) * 2);
    expect((await freshStats()).heldMs).toBe(300);
    // Between the marks nothing changes, or it would flap.
    socket.bufferedAmount = 10_000;
    say(source, part(500, 700));
    await freshStats();
    expect(appended().length).toBe(ms(200) * 2);
    socket.bufferedAmount = 9_999;
    say(source, part(700, 1000));
    expect(Buffer.compare(appended(), toBytes(said))).toBe(0);
    const stats = await freshStats();
    expect(stats).toMatchObject({ heldMs: 0, packetsCaptured: 50, packetsSent: 50, packetsDropped: 0, packetsLost: 0, sentMs: 1000 });
    expect(errors).toEqual([]);
  });

  test("what is held goes out although nobody speaks any more", async () => {
    const { source, socket, appended } = await open();
    const said = speech(400);
    socket.bufferedAmount = 100_001;
    say(source, toFloat(said));
    expect(appended().length).toBe(0);
    socket.bufferedAmount = 0;
    await eventually(() => appended().length === said.length * 2);
    expect(Buffer.compare(appended(), toBytes(said))).toBe(0);
  });

  test("beyond the limit the oldest is dropped and counted, with one error per overflow", async () => {
    const { source, socket, appended, freshStats, errors } = await open();
    const said = speech(3000);
    socket.bufferedAmount = 100_001;
    say(source, toFloat(said));
    expect(errors).toMatchObject([{ code: "uplink-overflow", fatal: false, message: expect.stringContaining("1 s") }]);
    expect(await freshStats()).toMatchObject({ packetsCaptured: 150, packetsDropped: 100, packetsSent: 0, heldMs: 1000 });
    socket.bufferedAmount = 0;
    await eventually(() => appended().length > 0);
    expect(Buffer.compare(appended(), toBytes(said.slice(ms(2000))))).toBe(0);
    socket.bufferedAmount = 100_001;
    say(source, toFloat(said));
    expect(errors).toHaveLength(2);
    expect((await freshStats()).packetsDropped).toBe(200);
  });

  test("while connecting the same limit holds: the newest is kept", async () => {
    const server = await ScriptedServer.start();
    servers.push(server);
    const opened = bench(server.url, {}, { limits });
    benches.push(opened);
    const said = speech(2500);
    const starting = opened.pipeline.start();
    const peer = await server.peer();
    await settle();
    say(opened.source, toFloat(said));
    confirm(peer);
    await starting;
    await peer.event("input_audio_buffer.append", 50);
    expect(Buffer.compare(appended(peer.events), toBytes(said.slice(ms(1500))))).toBe(0);
    expect(opened.errors.map(({ code }) => code)).toEqual(["uplink-overflow"]);
  });
});

describe("the end of what is said", () => {
  test("flush() right after start(), and nothing more: all of it arrives, the last packet padded with silence", async () => {
    const socket = new FakeSocket();
    const opened = bench("ws://fake", {}, { openSocket: socket.dial });
    benches.push(opened);
    const said = speech(510);
    const starting = opened.pipeline.start();
    say(opened.source, toFloat(said));
    opened.source.flush();
    await starting;
    const padded = new Uint8Array(ms(520) * 2);
    padded.set(toBytes(said));
    expect(Buffer.compare(appended(socket.sent), padded)).toBe(0);
  });

  test("flush() in the middle of a session: silence after the last word, not what was said before", async () => {
    const socket = new FakeSocket();
    const opened = bench("ws://fake", {}, { openSocket: socket.dial });
    benches.push(opened);
    await opened.pipeline.start();
    const said = speech(510);
    say(opened.source, toFloat(said));
    opened.source.flush();
    const padded = new Uint8Array(ms(520) * 2);
    padded.set(toBytes(said));
    expect(Buffer.compare(appended(socket.sent), padded)).toBe(0);
  });
});

test("muted, the wire gets as much silence as there would have been speech", async () => {
  const socket = new FakeSocket();
  const opened = bench("ws://fake", {}, { openSocket: socket.dial });
  benches.push(opened);
  opened.pipeline.mute();
  await opened.pipeline.start();
  say(opened.source, toFloat(speech(100, 1)));
  opened.pipeline.unmute();
  const said = speech(100, 2);
  say(opened.source, toFloat(said));
  const bytes = appended(socket.sent);
  expect(bytes.length).toBe(ms(200) * 2);
  // 10 ms of ramp at each turn.
  expect(bytes.subarray(ms(10) * 2, ms(100) * 2).every((byte) => byte === 0)).toBe(true);
  expect(Buffer.compare(bytes.subarray(ms(110) * 2), toBytes(said.slice(ms(10))))).toBe(0);
});
