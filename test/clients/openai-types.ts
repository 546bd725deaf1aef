/**
 * Compared by the compiler: what the emulator sends, event by event, can be given to code that was written for `openai`'s `RealtimeServerEvent`. Where it cannot, the
 * reason stands here; a reason that is outdated is refused as well.
 */
import type { KnownServerEvent } from "@sidetone/core/protocol";
import type { RealtimeServerEvent } from "openai/resources/realtime/realtime";

/** Events with fields that are `null` on the wire, where `openai` types them as absent. */
interface NullInsteadOfAbsent {
  "conversation.item.added": "`transcript: null` in a user's audio";
  "conversation.item.created": "`transcript: null` in a user's audio";
  "conversation.item.done": "`transcript: null` in a user's audio";
  "conversation.item.retrieved": "`transcript: null` in a user's audio";
  "conversation.item.input_audio_transcription.failed": "`code` and `param`, as in the `error` event";
  "response.created": "`usage` and `status_details` of a response under way";
  "response.done": "`conversation_id` of a response beside the conversation, and `status_details` of a completed one";
  "response.output_item.added": "the same items as in the conversation's events";
  "response.output_item.done": "the same items as in the conversation's events";
}

/** Events that differ in more than that. */
interface Different {
  "session.created": "a prompt's variables may be pictures and files of another API, which pass through here untyped";
  "session.updated": "a prompt's variables may be pictures and files of another API, which pass through here untyped";
}

/** `T` with every `null` in it replaced by absence, at any depth. */
type WithoutNull<T> = T extends null ? undefined : T extends string | number | boolean ? T : T extends object ? { [K in keyof T]: WithoutNull<T[K]> } : T;

type Ours<N> = Extract<KnownServerEvent, { type: N }>;
type Theirs<N> = Extract<RealtimeServerEvent, { type: N }>;
type Name = KnownServerEvent["type"];

/** Events that cannot be given to code for theirs as they are. */
type Refused = { [N in Name]: [Ours<N>] extends [Theirs<N>] ? never : N }[Name];

/** Events that cannot be given to it without their nulls either. */
type RefusedWithoutNull = { [N in Name]: [WithoutNull<Ours<N>>] extends [Theirs<N>] ? never : N }[Name];

type Nothing<T extends never> = T;

/** Events that are refused for nulls without a reason above: the error names them. */
export type UnexplainedNulls = Nothing<Exclude<Refused, RefusedWithoutNull | keyof NullInsteadOfAbsent>>;
/** Events that are refused for more, without a reason above: the error names them. */
export type Unexplained = Nothing<Exclude<RefusedWithoutNull, keyof Different>>;
/** Reasons for events that are taken: the error names them. */
export type Outdated = Nothing<Exclude<keyof NullInsteadOfAbsent, Exclude<Refused, RefusedWithoutNull>> | Exclude<keyof Different, RefusedWithoutNull>>;
