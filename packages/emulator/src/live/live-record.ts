/**
 * What a Live session leaves behind for tests and tools to read.
 */

import type { SessionFaultsRecord } from "../faults/session-faults.ts";
import type { LogRecord } from "../record/log.ts";
import type { CloseRecord, InputRecord } from "../record/record.ts";
import type { LiveConfig } from "./live-config.ts";

/** One Live session. Times named `atMs` count from the start of the emulator. */
export interface LiveSessionRecord {
  /** `live_...`. */
  readonly id: string;
  /** When the connection was made, in ms. */
  readonly openedAtMs: number;
  /** How it ended, or null while it runs. */
  readonly closed: CloseRecord | null;
  /** The settings in effect, or null before `session.start`. */
  readonly config: LiveConfig | null;
  /** Events of this session, both ways. */
  readonly log: LogRecord;
  /** The audio it received, at 24 kHz. */
  readonly input: InputRecord;
  /** The audio it sent, silence included, at 24 kHz; one entry for each delta. */
  readonly output: InputRecord;
  /** What goes wrong on demand in this session, and what did; faults of responses, commits and transcriptions have nothing to hit here. */
  readonly faults: SessionFaultsRecord;
  /** How far the session's timeline has come, in ms: the audio it has heard, and, since it speaks as long as it listens, the audio it has sent. */
  readonly timelineMs: number;
}
