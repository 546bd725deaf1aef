/**
 * The events of a translation session, both ways.
 */
import type { ErrorPayload } from "../errors.ts";
import { anything, byType, type Check, nullable, object, text } from "../session/validate.ts";
import type { TranslationConfig } from "./translation-config.ts";

/** A session as it is reported. */
export interface TranslationSessionResource extends TranslationConfig {
  /** `sess_...`. */
  readonly id: string;
  readonly type: "translation";
  /** End of its life, in seconds since 1970. */
  readonly expires_at: number;
}

/** An event before it gets its id. `elapsed_ms` is a place on the session's timeline, in steps of 200 ms. */
export type TranslationEventBody =
  | { readonly type: "session.created" | "session.updated"; readonly session: TranslationSessionResource }
  | { readonly type: "session.closed" }
  | { readonly type: "session.input_transcript.delta" | "session.output_transcript.delta"; readonly delta: string; readonly elapsed_ms: number }
  | {
      readonly type: "session.output_audio.delta";
      readonly delta: string;
      readonly sample_rate: 24000;
      readonly channels: 1;
      readonly format: "pcm16";
      readonly elapsed_ms: number;
    }
  | { readonly type: "error"; readonly error: ErrorPayload };

/** An event as it goes over the wire. */
export type TranslationServerEvent = TranslationEventBody & {
  /** `event_...`. */
  readonly event_id: string;
};

/** A checked message of the client. */
export type TranslationIncoming =
  | { type: "session.update"; session: unknown }
  | { type: "session.input_audio_buffer.append"; audio: string }
  | { type: "session.close" };

const frame = { type: text(), event_id: nullable(text(512)) };

/** Checks a message. @throws {WireError} naming the type or field that is wrong. */
export const translationIncoming = byType<unknown>({
  "session.update": object({ ...frame, session: anything }, ["session"]),
  "session.input_audio_buffer.append": object({ ...frame, audio: text() }, ["audio"]),
  "session.close": object(frame),
}) as Check<TranslationIncoming>;
