/** A session with everything around it made of test doubles: a server that says what it is told, a device that is pulled by hand, time that moves with it. */

import { encodeBase64, encodePcm16Bytes } from "@sidetone/core/dsp";
import {
  CaptureHost,
  type CapturePacket,
  type CaptureRecycle,
  createPortPair,
  Engine,
  type EngineEvent,
  type PlaybackCommand,
  PlaybackHost,
  type PlaybackReport,
} from "@sidetone/core/engine";
import { PCM16_24K } from "@sidetone/core/protocol";
import { FakeTransport, ManualClock } from "./engine.ts";

/** Frames per second of the device, in Hz. */
export const DEVICE_RATE = 48_000;
/** Frames the device takes at a time. */
export const QUANTUM_FRAMES = 128;

/** An engine between a fake server and real capture and playback at 48 kHz; not started. */
export function session(limits: ConstructorParameters<typeof Engine>[0]["limits"] = {}, policy: "turn" | "continuous" = "turn") {
  const clock = new ManualClock();
  const transport = new FakeTransport();
  const events: EngineEvent[] = [];
  const engine = new Engine({
    transport,
    clock,
    session: { type: "realtime" },
    inputFormat: PCM16_24K,
    outputFormat: PCM16_24K,
    onEvent: (event) => events.push(structuredClone(event)),
    policy,
    limits,
  });
  const capturePorts = createPortPair<CapturePacket, CaptureRecycle>();
  const playbackPorts = createPortPair<PlaybackReport, PlaybackCommand>();
  const capture = new CaptureHost({ deviceRate: DEVICE_RATE, format: PCM16_24K });
  // These servers say everything at once and then nothing, which would count as a stall and be stretched; here one ms of output is one ms of media.
  const playback = new PlaybackHost({ mediaRate: 24_000, deviceRate: DEVICE_RATE, playout: { policy, slowDown: "none", log: "inputs" } });
  capture.attach(capturePorts.first);
  playback.attach(playbackPorts.first);
  engine.attachCapture(capturePorts.second);
  engine.attachPlayback(playbackPorts.second);
  const quantum = new Float32Array(QUANTUM_FRAMES);
  return {
    clock,
    transport,
    events,
    engine,
    playback,
    errors: () => events.filter((event) => event.type === "error"),
    async open() {
      const started = engine.start();
      await Promise.resolve();
      transport.emit({ type: "session.created", session: { type: "realtime" } });
      await new Promise((resolve) => setImmediate(resolve));
      transport.emit({
        type: "session.updated",
        session: { type: "realtime", audio: { input: { turn_detection: { type: "server_vad", silence_duration_ms: 500 } } } },
      });
      await started;
    },
    /** Lets the person speak for `ms`. */
    speak(ms: number) {
      for (let i = 0; i < (ms * DEVICE_RATE) / 1000; i += QUANTUM_FRAMES) capture.process([new Float32Array(QUANTUM_FRAMES).fill(0.25)]);
    },
    /** Lets the speaker play for `ms`; returns what came out. */
    play(ms: number): Float32Array {
      const output = new Float32Array(Math.floor((ms * DEVICE_RATE) / 1000 / QUANTUM_FRAMES) * QUANTUM_FRAMES);
      for (let i = 0; i < output.length; i += QUANTUM_FRAMES) {
        playback.process([quantum]);
        output.set(quantum, i);
        clock.advance((QUANTUM_FRAMES * 1000) / DEVICE_RATE);
      }
      return output;
    },
  };
}

/** What the events of one item share. */
export const ids = (response: string, item: string) => ({ response_id: response, item_id: item, output_index: 0, content_index: 0 });

/** Base64 PCM16 of `ms` of a constant. */
export function speech(ms: number, level = 0.5): string {
  const samples = new Float32Array(ms * 24).fill(level);
  const bytes = new Uint8Array(samples.length * 2);
  encodePcm16Bytes(samples, bytes);
  return encodeBase64(bytes);
}

/** A response begins, and all its audio arrives at once, in deltas of 100 ms. */
export function reply(transport: FakeTransport, response: string, item: string, ms: number): void {
  transport.emit({ type: "response.created", response: { id: response, conversation_id: "conv", output: [] } });
  for (let sent = 0; sent < ms; sent += 100)
    transport.emit({ type: "response.output_audio.delta", ...ids(response, item), delta: speech(Math.min(100, ms - sent)) });
}

/** A response ends. */
export function finish(transport: FakeTransport, response: string, item: string): void {
  transport.emit({ type: "response.output_audio.done", ...ids(response, item) });
  transport.emit({
    type: "response.done",
    response: { id: response, output: [{ type: "message", id: item, role: "assistant", content: [{ type: "output_audio" }] }] },
  });
}
