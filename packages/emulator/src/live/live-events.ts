/**
 * What a Live session sends. Every event carries an id but those with audio; `client_event_id` is the `event_id` of the message that it answers, if that had one.
 */
import type { JsonObject } from "../session/validate.ts";
import type { LiveConfig } from "./live-config.ts";

/** A session as it is reported. */
export interface LiveSessionResource extends LiveConfig {
  /** `live_...`. */
  readonly id: string;
  /** End of its life, in seconds since 1970. */
  readonly expires_at: number;
  readonly status: "active";
}

/** Events that say what was heard or said. */
export type TranscriptType = "session.input_transcript.delta" | "session.output_transcript.delta";

/** Why a session ended. */
export type LiveCloseReason = "close_requested" | "expired" | "content" | "remote_hangup" | "connection_lost";

/** The `error` member of an error event. */
export interface LiveError {
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly param?: string;
  readonly client_event_id?: string;
}

/** A place on the timeline of a session, in ms from its start. */
interface Span {
  readonly start_ms: number;
  readonly end_ms: number;
}

/** An answer to one question of a decision. */
export type DecisionAnswer =
  | { readonly type: "predicate"; readonly name: string | null; readonly probability: number }
  | {
      readonly type: "choice";
      readonly name: string | null;
      readonly choice: string | boolean;
      readonly confidence: number;
      readonly probabilities: { value: string | boolean; probability: number }[];
    }
  | {
      readonly type: "score";
      readonly name: string | null;
      readonly score: number;
      readonly confidence: number;
      readonly probabilities: { label: string; probability: number; value: number }[];
    };

/** The result of a decision. */
export interface Decision {
  readonly model: string;
  readonly answers: DecisionAnswer[];
  readonly usage: {
    readonly input_tokens: number;
    readonly input_tokens_details: { cache_write_tokens: number; cached_tokens: number };
    readonly output_tokens: number;
    readonly output_tokens_details: { reasoning_tokens: number };
    readonly total_tokens: number;
  };
}

/** Events about audio, which have no id. On the client's own connection output carries no times; on a sideband it does. */
export type LiveAudioEvent =
  | ({ readonly type: "session.output_audio.delta"; readonly delta: string } & Partial<Span>)
  | { readonly type: "session.input_audio.append"; readonly audio: string };

/** All other events, without what every one of them has. */
export type LiveEventBody =
  | { readonly type: "session.started" | "session.updated"; readonly session: LiveSessionResource }
  | { readonly type: "session.closed"; readonly reason: LiveCloseReason; readonly session: LiveSessionResource; readonly usage: { seconds: number } }
  | { readonly type: "session.input_audio.muted" | "session.input_audio.unmuted" }
  | { readonly type: "session.output_audio.fixture.playing" | "session.output_audio.fixture.played" }
  | ({ readonly type: "session.instructions.appended" | "session.thinking.appended" | "session.commentary.appended" } & Span)
  | ({ readonly type: TranscriptType; readonly delta: string } & Span)
  | {
      readonly type: "session.delegation.created";
      readonly offset_ms: number;
      readonly delegation: {
        readonly id: string;
        readonly type: "delegation";
        readonly target: "client" | "responses" | "decisions";
        readonly response_id?: string;
      };
    }
  | {
      readonly type: "decision.event";
      readonly delegation_id: string | null;
      readonly trigger_id: string | null;
      readonly source_event_id: string | null;
      readonly source_event_type: TranscriptType | null;
      readonly event: { readonly type: "decision.completed"; readonly decision: Decision };
    }
  | { readonly type: "decision.item.created"; readonly item: JsonObject }
  | { readonly type: "decision.item.deleted"; readonly item_id: string }
  | { readonly type: "response.event"; readonly delegation_id: string | null; readonly event: JsonObject }
  | { readonly type: "session.usage.updated"; readonly usage: { seconds: number } }
  | { readonly type: "error"; readonly error: LiveError }
  | { readonly type: "info"; readonly code: string; readonly message: string };

/** An event as it goes over the wire. */
export type LiveServerEvent = LiveAudioEvent | (LiveEventBody & LiveEventIds);

/** What every event has but those with audio. */
export interface LiveEventIds {
  /** `event_...`. */
  readonly event_id: string;
  /** `event_id` of the client's message that this answers, if it had one. */
  readonly client_event_id?: string;
}
