/** The recordings as the clients send them: 24 kHz PCM16 in pieces. */
import { speech } from "../../support/speech.ts";

/** Rate of PCM16 on the wire, in Hz. */
export const WIRE_RATE = 24_000;

/** A recording as 16-bit samples, with `silenceMs` of silence behind it. Default: 1000. */
export function utterance(name: "speech-a" | "speech-b" = "speech-b", silenceMs = 1000): Int16Array {
  const spoken = speech(name, WIRE_RATE);
  const samples = new Int16Array(spoken.length + Math.round((silenceMs * WIRE_RATE) / 1000));
  spoken.forEach((sample, i) => {
    samples[i] = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)));
  });
  return samples;
}

/** The little-endian bytes of each `pieceMs` of `samples`. Default: 100. */
export function pieces(samples: Int16Array, pieceMs = 100): ArrayBuffer[] {
  const frames = Math.round((pieceMs * WIRE_RATE) / 1000);
  return Array.from({ length: Math.ceil(samples.length / frames) }, (_, i) => samples.slice(i * frames, (i + 1) * frames).buffer);
}

/** The same as base64, as `input_audio_buffer.append` has it. */
export function base64Pieces(samples: Int16Array, pieceMs = 100): string[] {
  return pieces(samples, pieceMs).map((piece) => Buffer.from(piece).toString("base64"));
}

/** Length of `samples` in ms. */
export function lengthMs(samples: Int16Array): number {
  return (samples.length * 1000) / WIRE_RATE;
}
