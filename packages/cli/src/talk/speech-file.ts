/** The recording that is spoken: read, checked, mixed to mono. Whatever is wrong with it is one sentence that names the file. */
import { readFile } from "node:fs/promises";
import { downmixToMono, readWav, type WavEncoding } from "@sidetone/core/dsp";
import { CliError, isSystemError } from "../failure.ts";

/** Rates that the engine takes, in Hz. */
const LEAST_RATE = 8000;
const MOST_RATE = 192_000;

/** A recording of speech. */
export interface SpeechFile {
  /** As given on the command line. */
  readonly path: string;
  /** Frames per second, in Hz. */
  readonly rate: number;
  /** Channels in the file; `samples` is their mean. */
  readonly channels: number;
  readonly encoding: WavEncoding;
  /** Mono, full scale 1, finite. */
  readonly samples: Float32Array;
  readonly durationMs: number;
}

/** Reads `path`. @throws {CliError} when it cannot be spoken. */
export async function readSpeech(path: string): Promise<SpeechFile> {
  const bytes = await readBytes(path);
  if (bytes.length === 0) throw new CliError("wav-invalid", `${path} is empty; give a WAV file with speech in it.`);
  let wav: ReturnType<typeof readWav>;
  try {
    wav = readWav(bytes);
  } catch (error) {
    throw new CliError("wav-invalid", `${path} cannot be used. ${(error as Error).message}`, { cause: error });
  }
  const { rate, channels, encoding, frames } = wav;
  if (frames === 0) throw new CliError("wav-invalid", `${path} holds no audio; give a WAV file with speech in it.`);
  if (rate < LEAST_RATE || rate > MOST_RATE) {
    throw new CliError("wav-invalid", `${path} has ${rate} frames a second; supported are ${LEAST_RATE} to ${MOST_RATE} Hz. Convert it first.`);
  }
  const samples = new Float32Array(frames);
  downmixToMono(wav.samples, channels, samples);
  // Float files may hold values that are no numbers, and one of them would stay in every filter it meets.
  for (let i = 0; i < frames; i++) if (!Number.isFinite(samples[i])) samples[i] = 0;
  return { path, rate, channels, encoding, samples, durationMs: (frames * 1000) / rate };
}

async function readBytes(path: string): Promise<Uint8Array> {
  const say = (sentence: string, cause: unknown): CliError => new CliError("unreadable", sentence, { cause });
  try {
    return await readFile(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) throw say(`There is no file ${path}; check the name and the folder.`, error);
    if (isSystemError(error, "EISDIR")) throw say(`${path} is a folder; give a WAV file.`, error);
    if (isSystemError(error, "EACCES", "EPERM")) throw say(`${path} may not be read by this user; check its permissions.`, error);
    if (isSystemError(error, "ERR_FS_FILE_TOO_LARGE")) throw say(`${path} is larger than 2 GB; cut it into pieces.`, error);
    throw say(`${path} cannot be read (${(error as Error).message}).`, error);
  }
}
