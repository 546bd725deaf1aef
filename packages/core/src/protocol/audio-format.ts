/**
 * The one place that knows which audio encodings the Realtime API speaks: 24 kHz PCM16 little-endian, and 8 kHz G.711 in both laws; always mono.
 */

/** Encoding and rate of one direction, in the API's own shape (`session.audio.input.format`, `session.audio.output.format`). */
export type AudioFormat = { readonly type: "audio/pcm"; readonly rate: 24000 } | { readonly type: "audio/pcmu" } | { readonly type: "audio/pcma" };

/** 16-bit little-endian PCM at 24 kHz, the API's default both ways. */
export const PCM16_24K: AudioFormat = Object.freeze({ type: "audio/pcm", rate: 24000 });

/** Frames per second of `format`, in Hz. */
export function formatRate(format: AudioFormat): number {
  return format.type === "audio/pcm" ? 24000 : 8000;
}

/** Bytes of one mono frame in `format`. */
export function bytesPerFrame(format: AudioFormat): number {
  return format.type === "audio/pcm" ? 2 : 1;
}

/** The byte that silence consists of in `format`: the code of 0 in ITU-T G.711 (11/88) tables 2a and 1a for the two laws. */
export function silenceByte(format: AudioFormat): number {
  if (format.type === "audio/pcm") return 0;
  return format.type === "audio/pcmu" ? 0xff : 0xd5;
}

/** Checks a format given by a user. @throws {TypeError} naming `option`, what was given and what is allowed. */
export function checkAudioFormat(option: string, format: unknown): AudioFormat {
  const { type, rate } = (format ?? {}) as { type?: unknown; rate?: unknown };
  if (type === "audio/pcmu" || type === "audio/pcma") return { type };
  if (type === "audio/pcm" && (rate === undefined || rate === 24000)) return PCM16_24K;
  throw new TypeError(
    `${option} is ${JSON.stringify(format)}; allowed are { type: "audio/pcm", rate: 24000 }, { type: "audio/pcmu" } and { type: "audio/pcma" }.`,
  );
}
