/**
 * Takes down one session, line by line. Never throws and never waits: what a target cannot take is counted, and the count is written where the lines are missing.
 */
import { encodeBase64 } from "@sidetone/core/dsp";
import { withoutAudio } from "./log.ts";
import type { RecordingHeader, RecordingLine } from "./recording.ts";
import { redact, redactText } from "./redact.ts";
import type { SessionWav } from "./session-wav.ts";

/** Takes down one session. Never throws. */
export interface SessionRecorder {
  /** An event that was sent or received; null with its text (null for bytes) for a message that was none. */
  event(direction: "in" | "out", event: object | null, text?: string | null): void;
  /** Audio on a media track: 24 kHz PCM16; the model's belongs to an item. */
  track(direction: "in" | "out", bytes: Uint8Array, itemId: string | null): void;
  /** The session is over. Idempotent. */
  ended(code: number, reason: string): void;
}

/** Where the lines of a session go. */
export interface LineSink {
  /** Takes a line, or returns false when it cannot. */
  write(line: string): boolean;
}

/** What a session is taken down with. */
export interface TapeOptions {
  readonly header: RecordingHeader;
  readonly sink: LineSink;
  /** Where the sound goes instead of into the lines. */
  readonly wav: SessionWav | null;
  /** Time since the session began, in ms. */
  readonly nowMs: () => number;
  /** Closes the files. */
  readonly finish: () => void;
  readonly onError: (error: Error) => void;
}

/** Begins to take down a session. */
export function sessionRecorder({ header, sink, wav, nowMs, finish, onError }: TapeOptions): SessionRecorder {
  const { session } = header;
  let dropped = 0;
  let over = false;
  const now = () => Math.round(nowMs() * 1000) / 1000;
  const add = (line: RecordingLine) => {
    try {
      if (dropped > 0 && sink.write(JSON.stringify({ atMs: now(), session, dropped }))) dropped = 0;
      if (dropped > 0 || !sink.write(JSON.stringify(line))) dropped++;
    } catch (error) {
      onError(error as Error);
    }
  };
  add(header);
  return {
    event: (direction, event, text) => {
      if (over) return;
      const place = { atMs: now(), session, direction };
      if (event === null) return add({ ...place, event: null, text: text === undefined || text === null ? null : redactText(text) });
      if (wav === null) return add({ ...place, event: redact(event) as Record<string, unknown> });
      wav.event(direction, event as Record<string, unknown>);
      const { event: rest, audioBytes } = withoutAudio(event as never) as { event: object; audioBytes: number };
      add({ ...place, event: redact(rest) as Record<string, unknown>, ...(audioBytes > 0 ? { audioBytes } : {}) });
    },
    track: (direction, bytes, itemId) => {
      if (over) return;
      if (wav !== null) wav.track(direction, bytes, itemId);
      else add({ atMs: now(), session, direction, event: null, track: { audio: encodeBase64(bytes), ...(itemId === null ? {} : { item_id: itemId }) } });
    },
    ended: (code, reason) => {
      if (over) return;
      over = true;
      add({ atMs: now(), session, closed: { code, reason } });
      finish();
    },
  };
}
