/**
 * The whole way of a sound through public voice clients, put together from the loops beside this file: microphone quanta at 48 kHz to append messages, delta events to quanta at
 * 48 kHz. Where a client would let the browser resample (a context at 24 kHz), it gets the cheapest resampler of the suite, the linear one.
 */
import { opponent } from "../opponents.ts";
import { azureFloats, dataViewPcm16, elevenLabsPcm16, googlePcm16, loopFloats } from "./pcm.ts";
import { vercelLinear } from "./resample.ts";
import { applyBase64, atobBytes, perByteBase64, spreadBase64, stringifiedAppend } from "./text.ts";

/** Takes quanta; messages go to the callback it was made with. */
export type Uplink = (quantum: Float32Array) => void;
/** Takes the text of a delta event; quanta go to the callback it was made with, and are valid during the call. */
export type Downlink = (text: string) => void;
export type OnMessage = (text: string) => void;
export type OnQuantum = (quantum: Float32Array) => void;

/** Collects quanta into blocks of `frames`, as a ScriptProcessor or a worklet's buffer does. */
function blocks(frames: number, take: (block: Float32Array) => void): Uplink {
  const block = new Float32Array(frames);
  let filled = 0;
  return (quantum) => {
    let from = 0;
    while (from < quantum.length) {
      const count = Math.min(quantum.length - from, frames - filled);
      block.set(from === 0 && count === quantum.length ? quantum : quantum.subarray(from, from + count), filled);
      filled += count;
      from += count;
      if (filled === frames) {
        filled = 0;
        take(block);
      }
    }
  };
}

/** vercel: 4096 frames, stateless linear, DataView, apply, JSON.stringify. */
export function vercelUp(onMessage: OnMessage, frames = 4096): Uplink {
  return blocks(frames, (block) => onMessage(stringifiedAppend(applyBase64(new Uint8Array(dataViewPcm16(vercelLinear(block, 48000, 24000)))))));
}

/** agents-js takes PCM16 from the app: linear and a DataView here, then its spread and JSON.stringify, 20 ms at a time. */
export function agentsUp(onMessage: OnMessage): Uplink {
  return blocks(960, (block) => onMessage(stringifiedAppend(spreadBase64(new Uint8Array(dataViewPcm16(vercelLinear(block, 48000, 24000)))))));
}

/** google: 2048 frames, scaled without a limit, byte by byte. */
export function googleUp(onMessage: OnMessage): Uplink {
  return blocks(2048, (block) => onMessage(stringifiedAppend(perByteBase64(new Uint8Array(googlePcm16(vercelLinear(block, 48000, 24000)).buffer)))));
}

/** elevenlabs: libsamplerate fastest per quantum, an array of numbers, 25 ms, spread. */
export async function elevenLabsUp(onMessage: OnMessage): Promise<Uplink> {
  const { default: lsr } = await opponent("@alexanderolsen/libsamplerate-js");
  const converter = await lsr.create(1, 48000, 24000, { converterType: lsr.ConverterType.SRC_SINC_FASTEST });
  let collected: number[] = [];
  return (quantum) => {
    collected.push(...converter.full(quantum));
    if (collected.length < 600) return;
    const pcm = elevenLabsPcm16(collected);
    collected = [];
    onMessage(stringifiedAppend(spreadBase64(new Uint8Array(pcm.buffer))));
  };
}

function deltaBytes(text: string): Int16Array {
  return new Int16Array(atobBytes((JSON.parse(text) as { delta: string }).delta).buffer);
}

/** wavtools and vercel: a new float array per delta, linear to the device's rate, quanta copied out of a queue. */
export function vercelDown(onQuantum: OnQuantum): Downlink {
  const output = new Float32Array(128);
  let filled = 0;
  return (text) => {
    const samples = vercelLinear(loopFloats(deltaBytes(text)), 24000, 48000);
    for (let from = 0; from < samples.length; ) {
      const count = Math.min(128 - filled, samples.length - from);
      for (let i = 0; i < count; i++) output[filled + i] = samples[from + i];
      filled += count;
      from += count;
      if (filled === 128) {
        filled = 0;
        onQuantum(output);
      }
    }
  };
}

/** elevenlabs: libsamplerate fastest per chunk, a list of buffers read sample by sample. */
export async function elevenLabsDown(onQuantum: OnQuantum): Promise<Downlink> {
  const { default: lsr } = await opponent("@alexanderolsen/libsamplerate-js");
  const converter = await lsr.create(1, 24000, 48000, { converterType: lsr.ConverterType.SRC_SINC_FASTEST });
  const buffers: Float32Array[] = [];
  const output = new Float32Array(128);
  let queued = 0;
  let at = 0;
  return (text) => {
    const samples = converter.full(loopFloats(deltaBytes(text))).slice();
    buffers.push(samples);
    queued += samples.length;
    for (; queued >= 128; queued -= 128) {
      for (let i = 0; i < 128; i++) {
        output[i] = buffers[0][at++];
        if (at < buffers[0].length) continue;
        at = 0;
        buffers.shift();
      }
      onQuantum(output);
    }
  };
}

/** azure: an array of numbers that is sliced for every quantum. */
export function azureDown(onQuantum: OnQuantum): Downlink {
  let queue: number[] = [];
  const output = new Float32Array(128);
  return (text) => {
    const resampled = vercelLinear(Float32Array.from(azureFloats(deltaBytes(text))), 24000, 48000);
    queue = queue.concat(Array.from(resampled));
    while (queue.length >= 128) {
      const quantum = queue.slice(0, 128);
      queue = queue.slice(128);
      for (let i = 0; i < 128; i++) output[i] = quantum[i];
      onQuantum(output);
    }
  };
}
