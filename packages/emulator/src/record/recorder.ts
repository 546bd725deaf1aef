/**
 * Writes sessions down while they run: events both ways with their audio, without secrets. See `recording` for the format.
 */
import { mkdirSync } from "node:fs";
import { VERSION } from "@sidetone/core";
import type { AudioFormat } from "@sidetone/core/protocol";
import type { EmulatorClock } from "../clock.ts";
import { requireKnown, requireObject, show } from "../option-checks.ts";
import { LineFile } from "./line-file.ts";
import type { SessionTransport } from "./record.ts";
import { RECORDING_VERSION, type RecordingHeader } from "./recording.ts";
import { type SessionRecorder, sessionRecorder } from "./session-recorder.ts";
import { SessionWav } from "./session-wav.ts";

/** Takes the lines of recordings, each with its line end: a stream, or anything of your own. */
export interface RecordingWriter {
  /** Takes one line. An exception ends the recording and nothing else. */
  write(line: string): unknown;
}

/** Where recordings go. */
export type RecordOption =
  | string
  | RecordDirectory
  | {
      /** Takes the lines. */
      readonly writer: RecordingWriter;
    };

/** A folder of recordings. */
export interface RecordDirectory {
  /** A folder, which is made if it is not there; each session becomes a file `<time>_<session>.jsonl` in it. */
  readonly directory: string;
  /** Where the audio goes: into the events, or into a WAV file beside the recording: two channels, the user left, the model right, by media time. Default: `inline`. */
  readonly audio?: "inline" | "wav";
}

/** Where recordings go, with nothing left open. */
export type ResolvedRecord = RecordDirectory | { readonly writer: RecordingWriter };

/** What is known of a session when it begins. */
export interface RecordedSession {
  readonly id: string;
  readonly model: string;
  readonly transport: SessionTransport;
  readonly source: "emulator" | "relay";
  readonly input: AudioFormat | null;
  readonly output: AudioFormat | null;
}

/** Takes down sessions. */
export class Recorder {
  readonly #target: ResolvedRecord;
  readonly #clock: EmulatorClock;
  readonly #onError: (error: Error) => void;

  /** Makes the folder, if there is one to be made. @throws {Error} when it cannot be made. */
  constructor(option: ResolvedRecord, clock: EmulatorClock) {
    this.#target = option;
    this.#clock = clock;
    let told = false;
    this.#onError = (error) => {
      if (!told) process.emitWarning(`A recording lacks events: ${error.message}`, { code: "SIDETONE_RECORD" });
      told = true;
    };
    if ("directory" in this.#target) mkdirSync(this.#target.directory, { recursive: true });
  }

  /** Begins the recording of a session. */
  open(session: RecordedSession): SessionRecorder {
    const target = this.#target;
    const audio = "directory" in target ? (target.audio ?? "inline") : "inline";
    const header: RecordingHeader = {
      sidetone: "recording",
      version: RECORDING_VERSION,
      by: VERSION,
      session: session.id,
      model: session.model,
      transport: session.transport,
      source: session.source,
      startedAt: new Date().toISOString(),
      input: session.input,
      output: session.output,
      audio,
    };
    const startMs = this.#clock.nowMs();
    const shared = { header, nowMs: () => this.#clock.nowMs() - startMs, onError: this.#onError };
    if ("writer" in target) {
      const write = (line: string) => {
        target.writer.write(`${line}\n`);
        return true;
      };
      return sessionRecorder({ ...shared, sink: { write }, wav: null, finish: () => {} });
    }
    let file: LineFile | null = null;
    try {
      file = new LineFile(target.directory, `${header.startedAt.replace(/[:.]/g, "-")}_${fileName(session.id)}`, this.#onError);
      const wav = audio === "wav" ? new SessionWav(`${file.base}.wav`, this.#onError) : null;
      const lines = file;
      const finish = () => {
        lines.end();
        wav?.end();
      };
      return sessionRecorder({ ...shared, sink: lines, wav, finish });
    } catch (error) {
      file?.end();
      this.#onError(error as Error);
      return { event() {}, track() {}, ended() {} };
    }
  }
}

/** The option `record`, checked; null when it is not given. @throws {TypeError} for a wrong one. */
export function recordOption(option: RecordOption | undefined): ResolvedRecord | null {
  if (option === undefined) return null;
  if (typeof option === "string" && option !== "") return { directory: option };
  const allowed = "a folder, { directory, audio } and { writer }";
  if (typeof option === "string") throw new TypeError(`record is ${show(option)}; allowed are ${allowed}.`);
  requireObject("record", option);
  if ("writer" in option) {
    requireKnown("record", option, ["writer"]);
    if (typeof option.writer?.write !== "function") throw new TypeError(`record.writer is ${show(option.writer)}; allowed is an object with write().`);
    return option;
  }
  requireKnown("record", option, ["directory", "audio"]);
  const { directory, audio = "inline" } = option;
  if (typeof directory !== "string" || directory === "") throw new TypeError(`record.directory is ${show(directory)}; allowed is the path of a folder.`);
  if (audio !== "inline" && audio !== "wav") throw new TypeError(`record.audio is ${show(audio)}; allowed are "inline" and "wav".`);
  return option;
}

/** Ids come from whoever is relayed to, so they may not name other folders. */
function fileName(id: string): string {
  return id.replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 80) || "session";
}
