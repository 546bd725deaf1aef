import { describe, expect, it } from "vitest";
import { growth, MOST_BYTES } from "../../../../test/support/heap-growth.ts";
import { decodeAlawFloat, decodeMulawFloat } from "../dsp/g711.ts";
import { decodePcm16Bytes } from "../dsp/pcm16.ts";
import { type AudioFormat, PCM16_24K } from "../protocol/audio-format.ts";
import { CaptureHost } from "./capture-host.ts";
import { PlaybackHost } from "./playback-host.ts";
import { createPortPair } from "./port-pair.ts";
import type { CapturePacket, CaptureRecycle, PlaybackCommand, PlaybackReport, PortLike } from "./ports.ts";

const QUANTUM = 128;

/** A capture host whose packets are collected, copied, and given back when `recycle` says so. */
function capture(format: AudioFormat, deviceRate = 48_000, recycle = true) {
  const ports = createPortPair<CapturePacket, CaptureRecycle>();
  const host = new CaptureHost({ deviceRate, format });
  const packets: { sequence: number; bytes: Uint8Array; memory: ArrayBuffer; rms: number }[] = [];
  host.attach(ports.first);
  ports.second.onmessage = ({ data }) => {
    packets.push({ sequence: data.sequence, bytes: data.bytes.slice(), memory: data.bytes.buffer, rms: data.rms });
    if (recycle) ports.second.postMessage({ type: "recycle", bytes: data.bytes });
  };
  return { host, packets };
}

const quantum = (value: number): Float32Array => new Float32Array(QUANTUM).fill(value);

describe("CaptureHost", () => {
  for (const [format, decode] of [
    [PCM16_24K, decodePcm16Bytes],
    [{ type: "audio/pcmu" }, decodeMulawFloat],
    [{ type: "audio/pcma" }, decodeAlawFloat],
  ] as const) {
    it(`turns quanta into 20 ms packets of ${format.type}`, () => {
      const { host, packets } = capture(format);
      for (let i = 0; i < 150; i++) host.process([quantum(0.5)]);
      expect(packets.length).toBe(20);
      expect(packets.map((packet) => packet.sequence)).toEqual([...packets.keys()]);
      const rate = format.type === "audio/pcm" ? 24_000 : 8000;
      const samples = new Float32Array(rate / 50);
      for (const { bytes, rms } of packets.slice(2)) {
        expect(decode(bytes, samples)).toBe(samples.length);
        for (const sample of samples) expect(sample).toBeCloseTo(0.5, 1);
        expect(rms).toBeCloseTo(0.5, 2);
      }
    });
  }

  it("mixes channels to their mean", () => {
    const { host, packets } = capture(PCM16_24K);
    for (let i = 0; i < 60; i++) host.process([quantum(0.8), quantum(0.2), quantum(-0.4)]);
    expect(packets.at(-1)?.rms).toBeCloseTo(0.2, 2);
  });

  it("uses the memory it is given back, and makes new memory when it is not", () => {
    const recycled = capture(PCM16_24K);
    const kept = capture(PCM16_24K, 48_000, false);
    for (const { host } of [recycled, kept]) for (let i = 0; i < 150; i++) host.process([quantum(0.5)]);
    expect(new Set(recycled.packets.map((packet) => packet.memory)).size).toBe(1);
    expect(new Set(kept.packets.map((packet) => packet.memory)).size).toBe(20);
  });

  it("mutes and unmutes without a click, and keeps its pace meanwhile", () => {
    const { host, packets } = capture(PCM16_24K);
    for (let i = 0; i < 450; i++) {
      if (i === 150) host.receive({ type: "mute", muted: true });
      if (i === 300) host.receive({ type: "mute", muted: false });
      host.process([quantum(0.5)]);
    }
    expect(packets.length).toBe(60);
    const samples = new Float32Array(480 * packets.length);
    packets.forEach(({ bytes }, i) => {
      decodePcm16Bytes(bytes, samples.subarray(i * 480, (i + 1) * 480));
    });
    expect(Math.max(...samples.subarray(480 * 22, 480 * 39))).toBe(0);
    let step = 0;
    for (let i = 100; i < samples.length; i++) step = Math.max(step, Math.abs(samples[i] - samples[i - 1]));
    expect(step).toBeLessThan(0.01);
  });

  it("sends silence when the microphone goes away, nothing before it came", () => {
    const { host, packets } = capture(PCM16_24K);
    for (let i = 0; i < 50; i++) host.process([]);
    expect(packets.length).toBe(0);
    for (let i = 0; i < 150; i++) host.process([quantum(0.5)]);
    for (let i = 0; i < 150; i++) host.process([]);
    expect(packets.length).toBe(40);
    expect(packets.at(-1)?.rms).toBe(0);
  });

  it("ends when it is retired", () => {
    const { host } = capture(PCM16_24K);
    expect(host.alive).toBe(true);
    host.receive({ type: "retire" });
    expect(host.alive).toBe(false);
  });

  it("makes packets of another rate than the format's when it is told to", () => {
    const ports = createPortPair<CapturePacket, CaptureRecycle>();
    const host = new CaptureHost({ deviceRate: 48_000, format: PCM16_24K, rate: 44_100 });
    const lengths: number[] = [];
    host.attach(ports.first);
    ports.second.onmessage = ({ data }) => lengths.push(data.bytes.length);
    for (let i = 0; i < 375; i++) host.process([quantum(0.5)]);
    expect(lengths).toEqual(Array(50).fill(882 * 2));
    expect(() => new CaptureHost({ deviceRate: 48_000, format: PCM16_24K, rate: 4000 })).toThrow(/outRate is 4000; allowed are .* 8000 to 192000/);
  });

  it("allocates nothing per quantum", () => {
    const host = new CaptureHost({ deviceRate: 48_000, format: PCM16_24K });
    // A port without an envelope, so that what is counted is the host's own.
    const answer = { data: { type: "recycle" as const, bytes: new Uint8Array(0) } };
    const port: PortLike<CapturePacket, CaptureRecycle> = {
      onmessage: null,
      close: () => undefined,
      postMessage(packet: CapturePacket) {
        answer.data.bytes = packet.bytes;
        port.onmessage?.(answer);
      },
    };
    host.attach(port);
    const channels = [new Float32Array(16)];
    expect(growth(() => host.process(channels))).toBeLessThan(MOST_BYTES);
  });
});

function playback() {
  const ports = createPortPair<PlaybackReport, PlaybackCommand>();
  const host = new PlaybackHost({ mediaRate: 24_000, deviceRate: 48_000 });
  const reports: PlaybackReport[] = [];
  host.attach(ports.first);
  ports.second.onmessage = ({ data }) => reports.push(structuredClone(data));
  const render = (ms: number): Float32Array => {
    const output = new Float32Array(Math.round((ms * 48) / QUANTUM) * QUANTUM);
    for (let i = 0; i < output.length; i += QUANTUM) host.process([output.subarray(i, i + QUANTUM)]);
    return output;
  };
  const say = (itemId: string, ms: number): void =>
    ports.second.postMessage({ type: "segment", itemId, contentIndex: 0, samples: new Float32Array(ms * 24).fill(0.5) });
  return { host, reports, render, say, post: (command: PlaybackCommand) => ports.second.postMessage(command) };
}

describe("PlaybackHost", () => {
  it("gives every channel the same sound", () => {
    const { host, say } = playback();
    say("a", 500);
    const channels = [new Float32Array(QUANTUM), new Float32Array(QUANTUM)];
    for (let i = 0; i < 20; i++) host.process(channels);
    expect(channels[0][50]).toBeCloseTo(0.5, 2);
    expect(channels[1]).toEqual(channels[0]);
  });

  it("reports the position about 50 times a second, and never takes back what was heard", () => {
    const { host, reports, render, say, post } = playback();
    say("a", 2000);
    post({ type: "end-of-item", itemId: "a", contentIndex: 0 });
    host.receive({ type: "latency", outputLatencyMs: 20 });
    render(500);
    host.receive({ type: "latency", outputLatencyMs: 300 });
    render(500);
    const heard = reports.flatMap((report) => (report.type === "position" ? [report.heardMs] : []));
    expect(heard.length).toBeGreaterThan(40);
    expect(heard.length).toBeLessThanOrEqual(51);
    expect(heard).toEqual(heard.toSorted((a, b) => a - b));
    expect(heard.at(-1)).toBeGreaterThan(650);
    expect(heard.at(-1)).toBeLessThan(720);
  });

  it("says which latency is in force, whatever it is told", () => {
    const { host, reports, render } = playback();
    for (const [told, believed] of [
      [Number.NaN, 0],
      [250, 250],
      [9999, 4000],
    ]) {
      host.receive({ type: "latency", outputLatencyMs: told });
      render(40);
      expect(reports.at(-1)).toMatchObject({ outputLatencyMs: believed });
    }
  });

  it("answers a cut with the frame that the device's own timestamp puts at the ear, wherever in a burst it comes", () => {
    for (const [markMs, cutMs] of [
      [100, 500],
      [317, 509],
      [120, 503],
    ]) {
      let nowMs = 1_795_000_000_000;
      const startMs = nowMs;
      const startFrame = 96_000;
      const ports = createPortPair<PlaybackReport, PlaybackCommand>();
      const host = new PlaybackHost({ mediaRate: 24_000, deviceRate: 48_000, nowMs: () => nowMs });
      const reports: PlaybackReport[] = [];
      host.attach(ports.first);
      ports.second.onmessage = ({ data }) => reports.push(structuredClone(data));
      ports.second.postMessage({ type: "segment", itemId: "a", contentIndex: 0, samples: new Float32Array(48_000).fill(0.5) });
      ports.second.postMessage({ type: "end-of-item", itemId: "a", contentIndex: 0 });
      // Bursts of 16 ms (six quanta); frame f is at the ear at f / 48 + 30 ms.
      for (let ms = 0, rendered = 0; ms < cutMs; ms++, nowMs++) {
        if (ms === markMs) host.receive({ type: "latency", outputLatencyMs: 42, mark: { contextFrame: startFrame + (ms - 30) * 48, epochMs: nowMs } });
        if (ms % 16 === 0) for (let k = 0; k < 6; k++, rendered += QUANTUM) host.process([new Float32Array(QUANTUM)], startFrame + rendered);
      }
      expect(nowMs - startMs).toBe(cutMs);
      ports.second.postMessage({ type: "flush", requestId: 1 });
      const flushed = reports.find((report) => report.type === "flushed");
      const heardMs = flushed?.type === "flushed" ? flushed.report.items[0].heardMs : -1;
      // The resampler's delay is part of the way.
      expect(heardMs).toBeGreaterThan(cutMs - 30 - 3);
      expect(heardMs).toBeLessThanOrEqual(cutMs - 30);
    }
  });

  it("says to the frame what is at the ear, and with a cut stops there", () => {
    const { host, reports, render, say, post } = playback();
    const located = () => reports.filter((report) => report.type === "located");
    post({ type: "locate", requestId: 1, cut: false });
    host.receive({ type: "latency", outputLatencyMs: 40 });
    say("a", 1000);
    say("b", 1000);
    const rendered = render(500).length / 2;
    post({ type: "locate", requestId: 2, cut: false });
    render(100);
    post({ type: "locate", requestId: 3, cut: true });
    const tail = render(50);
    post({ type: "locate", requestId: 4, cut: false });
    expect(located()[0]).toEqual({ type: "located", requestId: 1, itemId: null, contentIndex: 0, heardFrames: 0, sounding: false });
    for (const [index, frames] of [
      [1, rendered - 40 * 24],
      [2, rendered + 100 * 24 - 40 * 24],
    ]) {
      expect(located()[index]).toMatchObject({ itemId: "a", contentIndex: 0, sounding: true });
      // The conversion to the device's rate delays by a few frames, and renders whole quanta.
      expect(Math.abs(located()[index].heardFrames - frames)).toBeLessThan(70);
    }
    expect(Math.max(...tail.subarray(-480).map(Math.abs))).toBeLessThan(1e-6);
    // What was told at the cut stays: the frames of the fade do not count.
    expect(located()[3]).toMatchObject({ itemId: "a", heardFrames: located()[2].heardFrames });
  });

  it("fades out when it is retired, begins nothing new, and ends", () => {
    const { host, render, say } = playback();
    say("a", 1000);
    render(100);
    host.receive({ type: "retire" });
    say("b", 1000);
    const output = render(34);
    expect(host.alive).toBe(true);
    let step = Math.abs(output[0] - 0.5);
    for (let i = 1; i < output.length; i++) step = Math.max(step, Math.abs(output[i] - output[i - 1]));
    expect(step).toBeLessThan(0.01);
    expect(Math.max(...output.subarray(-200).map(Math.abs))).toBeLessThan(1e-4);
    render(5);
    expect(host.alive).toBe(false);
  });

  it("allocates nothing per quantum", () => {
    const host = new PlaybackHost({ mediaRate: 24_000, deviceRate: 48_000 });
    const port: PortLike<PlaybackReport, PlaybackCommand> = { onmessage: null, close: () => undefined, postMessage: () => undefined };
    host.attach(port);
    port.onmessage?.({ data: { type: "segment", itemId: "a", contentIndex: 0, samples: new Float32Array(24_000 * 600) } });
    const channels = [new Float32Array(16)];
    expect(growth(() => host.process(channels))).toBeLessThan(MOST_BYTES);
  });
});
