/** The whole journey of one second of sound, both ways. Beside the kernels in a row stands what the library really runs: its capture and playback hosts. */
import {
  decodeBase64,
  decodePcm16Bytes,
  encodeBase64,
  encodePcm16Bytes,
  Framer,
  Resampler,
  type ResamplerOptions,
  type ResamplerProfile,
} from "@sidetone/core/dsp";
import { CaptureHost, PlaybackHost } from "@sidetone/core/engine";
import { PCM16_24K, ServerEventReader, serializeAppend } from "@sidetone/core/protocol";
import * as journeys from "../clients/journeys.ts";
import { type Contender, type Group, type Origin, right, type Verdict, wrong } from "../measure/contender.ts";
import { plainBase64 } from "./base64.ts";
import { deltaEvent } from "./messages.ts";
import { noise } from "./noise.ts";
import { forbidWebAssembly } from "./plain.ts";
import { hasEngineOption } from "./resampler-plugs.ts";
import { projectTone } from "./resampler-quality.ts";

const QUANTUM = 128;
const QUANTA_PER_SECOND = 375;
const DELTA_FRAMES = 2400;

type MakeUp = (onMessage: journeys.OnMessage) => journeys.Uplink | Promise<journeys.Uplink>;
type MakeDown = (onQuantum: journeys.OnQuantum) => journeys.Downlink | Promise<journeys.Downlink>;

function ownUp(profile: ResamplerProfile, engine?: "js"): MakeUp {
  return (onMessage) => {
    if (engine === "js") forbidWebAssembly();
    const resampler = new Resampler(48000, 24000, { profile, ...(engine ? { engine } : {}) } as ResamplerOptions);
    const resampled = new Float32Array(resampler.maxOutputFrames(QUANTUM));
    const views: Float32Array[] = [];
    const bytes = new Uint8Array(960);
    const framer = new Framer(480);
    const sink = {
      packet(samples: Float32Array) {
        encodePcm16Bytes(samples, bytes);
        onMessage(serializeAppend(encodeBase64(bytes)));
      },
    };
    return (quantum) => {
      const frames = resampler.process(quantum, resampled);
      views[frames] ??= resampled.subarray(0, frames);
      framer.push(views[frames], sink);
    };
  };
}

/** A quantum at a time, as a playback worklet pulls: what of a delta does not fill a quantum waits at the front of the buffer. */
function ownDown(profile: ResamplerProfile, engine?: "js"): MakeDown {
  return (onQuantum) => {
    if (engine === "js") forbidWebAssembly();
    const resampler = new Resampler(24000, 48000, { profile, ...(engine ? { engine } : {}) } as ResamplerOptions);
    const events = new ServerEventReader();
    const half = QUANTUM / 2;
    const bytes = new Uint8Array(DELTA_FRAMES * 2);
    const samples = new Float32Array(DELTA_FRAMES + half);
    const views = Array.from({ length: Math.floor(samples.length / half) }, (_, i) => samples.subarray(i * half, (i + 1) * half));
    const behind = Array.from({ length: half }, (_, i) => samples.subarray(i));
    const output = new Float32Array(QUANTUM);
    let waiting = 0;
    return (text) => {
      decodeBase64((events.read(text) as { delta: string }).delta, bytes);
      const frames = waiting + decodePcm16Bytes(bytes, behind[waiting]);
      const quanta = Math.floor(frames / half);
      for (let q = 0; q < quanta; q++) {
        resampler.process(views[q], output);
        onQuantum(output);
      }
      waiting = frames - quanta * half;
      samples.copyWithin(0, quanta * half, frames);
    };
  };
}

/** The capture host with everything it does besides: meters, fades, the packets' way back. */
const hostUp: MakeUp = (onMessage) => {
  const host = new CaptureHost({ deviceRate: 48000, format: PCM16_24K });
  const channels: Float32Array[] = [];
  const port: Parameters<CaptureHost["attach"]>[0] = {
    onmessage: null,
    close() {},
    postMessage(packet) {
      onMessage(serializeAppend(encodeBase64(packet.bytes)));
      port.onmessage?.({ data: { type: "recycle", bytes: packet.bytes } } as never);
    },
  };
  host.attach(port);
  return (quantum) => {
    channels[0] = quantum;
    host.process(channels);
  };
};

/** The playback host: jitter buffer, playhead, fades, meters. Each delta is followed by the quanta that are due, so the queue neither grows nor runs dry. */
const hostDown: MakeDown = (onQuantum) => {
  const host = new PlaybackHost({ deviceRate: 48000, mediaRate: 24000 });
  const port: Parameters<PlaybackHost["attach"]>[0] = { onmessage: null, close() {}, postMessage() {} };
  host.attach(port);
  const events = new ServerEventReader();
  const bytes = new Uint8Array(DELTA_FRAMES * 2);
  const channels = [new Float32Array(QUANTUM)];
  let due = 0;
  let deltas = 0;
  return (text) => {
    decodeBase64((events.read(text) as { delta: string }).delta, bytes);
    const samples = new Float32Array(DELTA_FRAMES);
    decodePcm16Bytes(bytes, samples);
    port.onmessage?.({ data: { type: "segment", itemId: "item", contentIndex: 0, samples } } as never);
    // Five deltas ahead, so that the buffer has what it wants before it starts.
    if (++deltas <= 5) return;
    for (due += (DELTA_FRAMES * 2) / QUANTUM; due >= 1; due--) {
      host.process(channels);
      onQuantum(channels[0]);
    }
  };
};

const TONE_HZ = 440;

/** The audio in the messages of 2 s of a tone: its length, and the tone itself. */
export async function checkUp(make: MakeUp): Promise<Verdict> {
  const parts: Uint8Array[] = [];
  const up = await make((text) => {
    const event = JSON.parse(text) as { type: string; audio: string };
    if (event.type === "input_audio_buffer.append") parts.push(Uint8Array.from(atob(event.audio), (letter) => letter.charCodeAt(0)));
  });
  for (let q = 0; q < 2 * QUANTA_PER_SECOND; q++) {
    up(Float32Array.from({ length: QUANTUM }, (_, i) => 0.5 * Math.sin((2 * Math.PI * TONE_HZ * (q * QUANTUM + i)) / 48000)));
  }
  const samples = Float32Array.from(parts.flatMap((bytes) => Array.from(new Int16Array(bytes.slice().buffer), (step) => step / 32768)));
  if (samples.length < 42_000 || samples.length > 48_000) return wrong(`${samples.length} frames of 48000 came out`);
  return toneVerdict(samples.subarray(6000, 6000 + 24000), 24000, samples.length);
}

/** The quanta of 3 s of a tone. */
export async function checkDown(make: MakeDown): Promise<Verdict> {
  const collected: number[] = [];
  const down = await make((quantum) => void collected.push(...quantum));
  for (let d = 0; d < 30; d++) down(deltaOf((i) => 0.5 * Math.sin((2 * Math.PI * TONE_HZ * (d * DELTA_FRAMES + i)) / 24000), d));
  if (collected.length < 110_000) return wrong(`${collected.length} frames of 144000 came out`);
  return toneVerdict(Float32Array.from(collected.slice(48_000, 96_000)), 48000, collected.length);
}

function toneVerdict(samples: Float32Array, rate: number, frames: number): Verdict {
  const { amplitude, residual } = projectTone(samples, rate, TONE_HZ);
  const snr = 20 * Math.log10(amplitude / Math.SQRT2 / residual);
  if (Math.abs(amplitude - 0.5) > 0.02 || snr < 30) return wrong(`the tone has amplitude ${amplitude.toFixed(3)} and ${snr.toFixed(0)} dB SNR`);
  return right(`${frames} frames, tone at ${snr.toFixed(0)} dB SNR`);
}

function deltaOf(sample: (i: number) => number, index: number): string {
  const pcm = Int16Array.from({ length: DELTA_FRAMES }, (_, i) => Math.round(sample(i) * 32768));
  return deltaEvent(plainBase64(new Uint8Array(pcm.buffer)), index);
}

function up(id: string, label: string, origin: Origin, make: MakeUp, name?: string): Contender {
  return {
    id,
    label,
    origin,
    package: name,
    async create() {
      const second = noise(48_000);
      const quanta = Array.from({ length: QUANTA_PER_SECOND }, (_, q) => second.slice(q * QUANTUM, (q + 1) * QUANTUM));
      let consumed = 0;
      const push = await make((text) => {
        consumed += text.charCodeAt(text.length >> 1);
      });
      return {
        unitsPerCall: 1,
        call() {
          for (let q = 0; q < quanta.length; q++) push(quanta[q]);
          return consumed & 0xff;
        },
        check: () => checkUp(make),
      };
    },
  };
}

function down(id: string, label: string, origin: Origin, make: MakeDown, name?: string): Contender {
  return {
    id,
    label,
    origin,
    package: name,
    async create() {
      const second = noise(24_000);
      const deltas = Array.from({ length: 10 }, (_, d) => deltaOf((i) => second[d * DELTA_FRAMES + i], d));
      let consumed = 0;
      const take = await make((quantum) => {
        consumed += quantum[7] > 0 ? 1 : 0;
      });
      return {
        unitsPerCall: 1,
        call() {
          for (const text of deltas) take(text);
          return consumed & 0xff;
        },
        check: () => checkDown(make),
      };
    },
  };
}

const plain = hasEngineOption();
const LSR = "@alexanderolsen/libsamplerate-js";

export const fusedGroups: readonly Group[] = [
  {
    id: "fused/up",
    suite: "fused",
    title: "Up: 48 kHz microphone quanta > 24 kHz PCM16 > append messages",
    unit: "second of audio",
    browser: true,
    contenders: [
      up("sidetone", "sidetone kernels, low-latency, 20 ms", "sidetone", ownUp("low-latency")),
      up("sidetone-linear", "sidetone kernels, linear-phase, 20 ms", "sidetone", ownUp("linear-phase")),
      ...(plain ? [up("sidetone-js", "sidetone kernels, low-latency, plain JS", "sidetone", ownUp("low-latency", "js"))] : []),
      up("sidetone-host", "sidetone CaptureHost (meters, fades), 20 ms", "sidetone", hostUp),
      up("vercel", "vercel's way, 4096 frames", "client", journeys.vercelUp),
      up("vercel-20", "vercel's way, 20 ms", "client", (onMessage) => journeys.vercelUp(onMessage, 960)),
      up("google", "google's way + linear, 2048 frames", "client", journeys.googleUp),
      up("agents-js", "agents-js' way + linear, 20 ms", "client", journeys.agentsUp),
      up("elevenlabs", "elevenlabs' way (libsamplerate), 25 ms", "client", journeys.elevenLabsUp, LSR),
    ],
  },
  {
    id: "fused/down",
    suite: "fused",
    title: "Down: delta events of 100 ms > PCM16 > 48 kHz quanta",
    unit: "second of audio",
    browser: true,
    contenders: [
      down("sidetone", "sidetone kernels, low-latency", "sidetone", ownDown("low-latency")),
      down("sidetone-linear", "sidetone kernels, linear-phase", "sidetone", ownDown("linear-phase")),
      ...(plain ? [down("sidetone-js", "sidetone kernels, low-latency, plain JS", "sidetone", ownDown("low-latency", "js"))] : []),
      down("sidetone-host", "sidetone PlaybackHost (jitter buffer, fades)", "sidetone", hostDown),
      down("vercel", "vercel's and wavtools' way + linear", "client", journeys.vercelDown),
      down("azure", "azure's way + linear", "client", journeys.azureDown),
      down("elevenlabs", "elevenlabs' way (libsamplerate)", "client", journeys.elevenLabsDown, LSR),
    ],
  },
];
