/**
 * Writes sessions down while they run: events both ways with their audio, without secrets. See `recording` for the format.
 */
import { mkdirSync } from "node:fs";
import { VERSION } from "@sidetone/core";
import type { AudioFormat } from "@sidetone/core/protocol";
import type { EmulatorClock } from "../clock.ts";
import { requireKnown, requireObject, show } from "../option-checks.ts";
import { LineFile } from "./line-file.ts";
import { withoutAudio } from "./log.ts";
import type { SessionTransport } from "./record.ts";
import { RECORDING_VERSION, type RecordingHeader, type RecordingLine } from "./recording.ts";
import { redact, redactText } from "./redact.ts";
import { SessionWav } from "./session-wav.ts";

/** Takes the lines of recordings, each with its line end: a stream, or anything of your own. */
export interface RecordingWriter {
  /** Takes one line. An exception ends the recording and nothing else. */
  write(line: string): unknown;
}

/** Where recordings go. */
export type RecordOption = string | RecordDirectory | { readonly writer: RecordingWriter };

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

/** Takes down one session. Never throws. */
export interface SessionRecorder {
  /** An event that was sent or received; null with its text (null for bytes) for a message that was none. */
  event(direction: "in" | "out", event: object | null, text?: string | null): void;
  /** The session is over. Idempotent. */
  ended(code: number, reason: string): void;
}

/** Takes down sessions. */
export class Recorder {
  readonly #target: ResolvedRecord;
  readonly #clock: EmulatorClock;
  readonly #onError: (error: Error) => void;
  readonly #pending = new Set<Promise<void>>();

  /** Makes the folder, if there is one to be made. @throws {Error} when it cannot be made. */
  constructor(option: ResolvedRecord, clock: EmulatorClock) {
    this.#target = option;
    this.#clock = clock;
    let told = false;
    this.#onError = (error) => {
      if (!told) process.emitWarning(`A session is not recorded any further: ${error.message}`, { code: "SIDETONE_RECORD" });
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
    try {
      if ("writer" in target)
        return this.#session(
          header,
          (line) => target.writer.write(`${line}\n`) !== null,
          null,
          async () => {},
        );
      const file = new LineFile(target.directory, `${header.startedAt.replace(/[:.]/g, "-")}_${fileName(session.id)}`, this.#onError);
      const wav = audio === "wav" ? new SessionWav(`${file.base}.wav`, this.#onError) : null;
      return this.#session(
        header,
        (line) => file.write(line),
        wav,
        async () => {
          await Promise.all([file.end(), wav?.end()]);
        },
      );
    } catch (error) {
      this.#onError(error as Error);
      return { event() {}, ended() {} };
    }
  }

  /** Everything is written of the sessions that are over. */
  async close(): Promise<void> {
    await Promise.all(this.#pending);
  }

  #session(header: RecordingHeader, write: (line: string) => boolean, wav: SessionWav | null, finish: () => Promise<void>): SessionRecorder {
    const startMs = this.#clock.nowMs();
    const { session } = header;
    let dropped = 0;
    let over = false;
    const add = (line: RecordingLine) => {
      try {
        if (dropped > 0 && write(JSON.stringify({ atMs: now(), session, dropped }))) dropped = 0;
        if (dropped > 0 || !write(JSON.stringify(line))) dropped++;
      } catch (error) {
        this.#onError(error as Error);
      }
    };
    const now = () => Math.round((this.#clock.nowMs() - startMs) * 1000) / 1000;
    add(header);
    return {
      event: (direction, event, text) => {
        if (over) return;
        const place = { atMs: now(), session, direction };
        if (event === null) add({ ...place, event: null, text: text === undefined || text === null ? null : redactText(text) });
        else if (wav === null) add({ ...place, event: redact(event) as Record<string, unknown> });
        else {
          wav.event(direction, event as Record<string, unknown>);
          const { event: rest, audioBytes } = withoutAudio(event as never) as { event: object; audioBytes: number };
          add({ ...place, event: redact(rest) as Record<string, unknown>, ...(audioBytes > 0 ? { audioBytes } : {}) });
        }
      },
      ended: (code, reason) => {
        if (over) return;
        over = true;
        add({ atMs: now(), session, closed: { code, reason } });
        const done = finish().catch(this.#onError);
        this.#pending.add(done);
        void done.then(() => this.#pending.delete(done));
      },
    };
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
