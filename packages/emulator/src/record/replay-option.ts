/**
 * The option `replay`.
 */
import { readFileSync } from "node:fs";
import { requireKnown, requireObject, show } from "../option-checks.ts";
import { parseRecording, type RecordedSessionLog, type Recording } from "./read-recording.ts";
import type { ReplayMismatch } from "./replay-player.ts";

/** What is replayed, and how. */
export interface ReplayOptions {
  /** A recording, or the path of one; its audio must be in its events. Connections take its sessions in turn. */
  readonly recording: Recording | string;
  /**
   * When events are sent: each when what came before it in the recording has come from this client too, or by the recording's clock. Default: `triggered`.
   */
  readonly pace?: "triggered" | "clock";
  /** Told of what the client does otherwise than in the recording. Default: nobody; `Emulator.mismatches` keeps them all the same. */
  readonly onMismatch?: (mismatch: ReplayMismatch) => void;
}

/** The option with nothing left open. */
export interface ResolvedReplay {
  readonly sessions: readonly RecordedSessionLog[];
  readonly pace: "triggered" | "clock";
  readonly onMismatch: (mismatch: ReplayMismatch) => void;
}

/** Checks the option and reads the recording; null when it is not given. @throws {TypeError} for a wrong option, {Error} for a recording that cannot be replayed. */
export function replayOption(option: string | ReplayOptions | undefined): ResolvedReplay | null {
  if (option === undefined) return null;
  if (typeof option === "string") return replayOption({ recording: option });
  requireObject("replay", option);
  requireKnown("replay", option, ["recording", "pace", "onMismatch"]);
  const { recording, pace = "triggered", onMismatch = () => {} } = option;
  if (pace !== "triggered" && pace !== "clock") throw new TypeError(`replay.pace is ${show(pace)}; allowed are "triggered" and "clock".`);
  if (typeof onMismatch !== "function") throw new TypeError(`replay.onMismatch is ${show(onMismatch)}; allowed is a function.`);
  const name = typeof recording === "string" ? recording : "The recording";
  const sessions = (typeof recording === "string" ? parseRecording(readText(recording), recording) : recording)?.sessions;
  if (!Array.isArray(sessions)) throw new TypeError(`replay.recording is ${show(recording)}; allowed are a path and what readRecording() gives.`);
  if (sessions.length === 0) throw new Error(`${name} has no session to replay.`);
  for (const { header } of sessions as readonly RecordedSessionLog[]) {
    if (header.transport !== undefined && header.transport !== "websocket") {
      throw new Error(`${name} has a session over ${header.transport}, whose audio went another way; only sessions over WebSocket can be replayed.`);
    }
    if (header.audio !== "wav") continue;
    throw new Error(`${name} has its audio in a WAV file, where replies are cut as they were heard; only recordings with audio: "inline" can be replayed.`);
  }
  return { sessions, pace, onMismatch };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`The recording ${path} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}
