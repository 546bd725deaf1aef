/** Who runs the detector: Sidetone's kernel in three uses, its plain JavaScript, and the ONNX runtime on the models as their authors distribute them. All hear the same recording. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Resampler, readWav } from "@sidetone/core/dsp";
import { SILERO_FRAME, SILERO_RATE, SileroModel, SileroVad } from "@sidetone/vad";
import { loadSileroModel } from "@sidetone/vad/node";
import * as ort from "onnxruntime-web";

const CONTEXT = 64;
const STATE = 256;
const SESSIONS = 100;
/** Rate at which clients of the Realtime API send. */
const CLIENT_RATE = 24000;

/** A way to get probabilities. */
export interface VadContender {
  readonly id: string;
  readonly label: string;
  /** Probabilities of the next `count` frames of the recording, which starts over at its end; the last of them. */
  run(count: number): number | Promise<number>;
  /** Probabilities of the whole recording from a fresh state, to be compared; null where the input is not the same. */
  probabilities(): readonly number[] | Promise<readonly number[]> | null;
}

/** The recording, in frames. */
export function recording(): Float32Array[] {
  const { samples, rate } = readWav(readFileSync(new URL("../../test/fixtures/speech-a.wav", import.meta.url)));
  if (rate !== SILERO_RATE) throw new Error(`The recording has ${rate} Hz, not ${SILERO_RATE}.`);
  return Array.from({ length: Math.floor(samples.length / SILERO_FRAME) }, (_, k) => samples.slice(k * SILERO_FRAME, (k + 1) * SILERO_FRAME));
}

/** All contenders for the model `name`. */
export async function vadContenders(name: "v5" | "v6", frames: readonly Float32Array[]): Promise<VadContender[]> {
  const model = loadSileroModel(name);
  const plain = new SileroModel(readFileSync(new URL(import.meta.resolve(`@sidetone/vad/models/silero-${name}.bin`))), { engine: "js" });
  return [
    ours("wasm", "sidetone, one session", model, 1, frames),
    ours("wasm-100", `sidetone, ${SESSIONS} sessions in turns`, model, SESSIONS, frames),
    resampling(model, frames),
    ours("js", "sidetone (plain JS)", plain, 1, frames),
    await onnx(name, frames),
  ];
}

function ours(id: string, label: string, model: SileroModel, sessions: number, frames: readonly Float32Array[]): VadContender {
  const vads = Array.from({ length: sessions }, () => new SileroVad(model));
  let turn = 0;
  return {
    id,
    label,
    run(count) {
      let last = 0;
      for (const end = turn + count; turn < end; turn++) last = (vads[turn % sessions] as SileroVad).process(frames[turn % frames.length] as Float32Array);
      return last;
    },
    probabilities() {
      const vad = new SileroVad(model);
      return frames.map((frame) => vad.process(frame));
    },
  };
}

/** What a server does for a client: the same from 24 kHz. */
function resampling(model: SileroModel, frames: readonly Float32Array[]): VadContender {
  const vad = new SileroVad(model);
  const resampler = new Resampler(CLIENT_RATE, SILERO_RATE, { profile: "linear-phase" });
  const upwards = new Resampler(SILERO_RATE, CLIENT_RATE, { profile: "linear-phase" });
  const packets = frames.map((frame) => {
    const packet = new Float32Array(upwards.maxOutputFrames(SILERO_FRAME));
    return packet.slice(0, upwards.process(frame, packet));
  });
  const output = new Float32Array(resampler.maxOutputFrames(1024));
  const frame = new Float32Array(SILERO_FRAME);
  let turn = 0;
  let filled = 0;
  return {
    id: "wasm-24k",
    label: "sidetone, resampled from 24 kHz",
    run(count) {
      let last = 0;
      for (let done = 0; done < count; ) {
        const got = resampler.process(packets[turn++ % packets.length] as Float32Array, output);
        for (let k = 0; k < got; k++) {
          frame[filled++] = output[k] as number;
          if (filled < SILERO_FRAME) continue;
          filled = 0;
          done++;
          last = vad.process(frame);
        }
      }
      return last;
    },
    probabilities: () => null,
  };
}

/** The ONNX runtime in WebAssembly, one thread. Tensors are made once where it lets them be. */
async function onnx(name: "v5" | "v6", frames: readonly Float32Array[]): Promise<VadContender> {
  const folder = dirname(createRequire(import.meta.url).resolve("@ricky0123/vad-web/package.json"));
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(readFileSync(join(folder, "dist", `silero_vad_${name}.onnx`)));
  const sr = new ort.Tensor("int64", BigInt64Array.of(BigInt(SILERO_RATE)), []);
  const samples = new Float32Array(CONTEXT + SILERO_FRAME);
  const input = new ort.Tensor("float32", samples, [1, samples.length]);
  const fresh = () => new ort.Tensor("float32", new Float32Array(STATE), [2, 1, STATE / 2]);
  let state = fresh();
  let turn = 0;
  const hear = async (frame: Float32Array): Promise<number> => {
    samples.copyWithin(0, SILERO_FRAME);
    samples.set(frame, CONTEXT);
    const { output, stateN } = await session.run({ input, state, sr });
    state = stateN as ort.TypedTensor<"float32">;
    return (output as ort.TypedTensor<"float32">).data[0] as number;
  };
  return {
    id: "onnxruntime-web",
    label: "onnxruntime-web (WebAssembly)",
    async run(count) {
      let last = 0;
      for (const end = turn + count; turn < end; turn++) last = await hear(frames[turn % frames.length] as Float32Array);
      return last;
    },
    async probabilities() {
      samples.fill(0);
      state = fresh();
      const found: number[] = [];
      for (const frame of frames) found.push(await hear(frame));
      return found;
    },
  };
}
