/**
 * The compiler compares `@sidetone/core/protocol` with the types of the `openai` package; there is nothing to run.
 *
 * Every event is matched by `type`, every named object by the table below, and every field by presence, optionality, nullability and value. Each difference
 * gives a string that says where and how ours differs; {@link Deviations} has every such string with its reason. A difference that is not listed fails the
 * compilation, as when a new version of `openai` adds an event or a field, and so does a listed one that is gone.
 *
 * `missing`: they have it, ours does not. `extra`: ours only. `required`, `optional`, `nullable`, `not nullable`: ours is, theirs is not. `narrower`: every
 * value of ours is one of theirs. `wider`: every value of theirs is one of ours. `different`: neither. `any`: one side is, so nothing can be compared.
 */
import type * as Ours from "@sidetone/core/protocol";
import type { RealtimeSessionCreateResponse, RealtimeTranscriptionSessionCreateResponse } from "openai/resources/realtime/client-secrets";
import type * as Theirs from "openai/resources/realtime/realtime";

/** Objects with a name: compared once, and taken as equal wherever else they occur. */
interface Named {
  AudioFormat: [Ours.AudioFormat, Theirs.RealtimeAudioFormats];
  SystemMessageItem: [Ours.SystemMessageItem, Theirs.RealtimeConversationItemSystemMessage];
  UserMessageItem: [Ours.UserMessageItem, Theirs.RealtimeConversationItemUserMessage];
  AssistantMessageItem: [Ours.AssistantMessageItem, Theirs.RealtimeConversationItemAssistantMessage];
  FunctionCallItem: [Ours.FunctionCallItem, Theirs.RealtimeConversationItemFunctionCall];
  FunctionCallOutputItem: [Ours.FunctionCallOutputItem, Theirs.RealtimeConversationItemFunctionCallOutput];
  McpListToolsItem: [Ours.McpListToolsItem, Theirs.RealtimeMcpListTools];
  McpCallItem: [Ours.McpCallItem, Theirs.RealtimeMcpToolCall];
  McpApprovalRequestItem: [Ours.McpApprovalRequestItem, Theirs.RealtimeMcpApprovalRequest];
  McpApprovalResponseItem: [Ours.McpApprovalResponseItem, Theirs.RealtimeMcpApprovalResponse];
  ItemReference: [Ours.ItemReference, Theirs.ResponseItemReference];
  RealtimeError: [Ours.RealtimeError, Theirs.RealtimeError];
  RealtimeResponse: [Ours.RealtimeResponse, Theirs.RealtimeResponse];
  ResponseStatusDetails: [Ours.ResponseStatusDetails, Theirs.RealtimeResponseStatus];
  ResponseUsage: [Ours.ResponseUsage, Theirs.RealtimeResponseUsage];
  ResponseCreateParams: [Ours.ResponseCreateParams, Theirs.RealtimeResponseCreateParamsWithReferencesParam];
  FunctionTool: [Ours.FunctionTool, Theirs.RealtimeFunctionTool];
  McpTool: [Ours.McpTool, Theirs.RealtimeToolsConfigUnion.Mcp];
  SessionConfig: [Ours.SessionConfig, Theirs.RealtimeSessionCreateRequest];
  SessionUpdate: [Exclude<Ours.SessionUpdate, { type: "transcription" }>, Theirs.RealtimeSessionCreateRequest];
  RealtimeSession: [Ours.RealtimeSession, RealtimeSessionCreateResponse];
  TranscriptionSessionConfig: [Ours.TranscriptionSessionConfig, Theirs.RealtimeTranscriptionSessionCreateRequest];
  TranscriptionSession: [Ours.TranscriptionSession, RealtimeTranscriptionSessionCreateResponse];
  SessionAudioInput: [Ours.SessionAudioInput, Theirs.RealtimeAudioConfigInput];
  TranscriptionAudioInput: [Ours.SessionAudioInput, Theirs.RealtimeTranscriptionSessionAudioInput];
  InputTranscription: [Ours.InputTranscription, Theirs.AudioTranscription];
  PromptReference: [Ours.PromptReference, NonNullable<Theirs.RealtimeSessionCreateRequest["prompt"]>];
}

/**
 * Unions of named objects: only the list of their members is compared here. `ServerConversationItem` is `ConversationItem` with its id required. In the
 * session's events they have the session as a client asks for it; ours is as the server reports it, which they type for client secrets only.
 */
interface NamedUnions {
  ConversationItem: [Ours.ConversationItem, Theirs.ConversationItem];
  ServerConversationItem: [Ours.ServerConversationItem, Theirs.ConversationItem];
  ReportedSession: [Ours.RealtimeSession | Ours.TranscriptionSession, RequestedSession];
  SessionUpdate: [Ours.SessionUpdate, RequestedSession];
}

type RequestedSession = Theirs.RealtimeSessionCreateRequest | Theirs.RealtimeTranscriptionSessionCreateRequest;

/** Every intended difference, with its reason. */
interface Deviations {
  "AudioFormat(audio/pcm).type required": "the server cannot tell formats apart without it";
  "AudioFormat(audio/pcmu).type required": "the server cannot tell formats apart without it";
  "AudioFormat(audio/pcma).type required": "the server cannot tell formats apart without it";
  "AudioFormat(audio/pcm).rate required": "always reported, and the only rate there is";
  "SystemMessageItem.content[].text required": "a text part is nothing without text";
  "SystemMessageItem.content[].type required": "tells parts apart";
  "UserMessageItem.content[] different": "a union by `type`, so that a switch narrows; theirs is one object, all optional; wire has `transcript: null`";
  "AssistantMessageItem.content[] different": "a union by `type`, so that a switch narrows; theirs is one object, all optional; wire has `transcript: null`";
  "AssistantMessageItem.phase extra": "on the wire from gpt-realtime-2 on";
  "FunctionTool.name required": "a tool is nothing without a name";
  "FunctionTool.type required": "tells tools apart";
  "FunctionTool.description nullable": "reported as `null` when not given";
  "InputTranscription.language nullable": "reported as `null` when not given";
  "InputTranscription.prompt nullable": "reported as `null` when not given";
  "PromptReference.variables wider": "their objects for pictures and files are types of another API; passed through";
  "RealtimeResponse.id required": "on the wire, always";
  "RealtimeResponse.status required": "on the wire, always";
  "RealtimeResponse.output required": "on the wire, always";
  "RealtimeResponse.conversation_id nullable": "`null` for a response beside the conversation";
  "RealtimeResponse.status_details nullable": "`null` while the response runs";
  "RealtimeResponse.usage nullable": "`null` while the response runs";
  "SessionAudioInput.noise_reduction nullable": "`null` turns it off, and is what is reported when off";
  "SessionAudioInput.transcription nullable": "`null` turns it off, and is what is reported when off";
  "TranscriptionAudioInput.noise_reduction nullable": "`null` turns it off, and is what is reported when off";
  "TranscriptionAudioInput.transcription nullable": "`null` turns it off, and is what is reported when off";
  "TranscriptionSession.audio.input.noise_reduction nullable": "`null` turns it off, and is what is reported when off";
  "TranscriptionSession.audio.input.transcription nullable": "`null` turns it off, and is what is reported when off";
  "SessionConfig.include nullable": "`null` clears, and is what is reported when nothing is included";
  "SessionUpdate.include nullable": "`null` clears, and is what is reported when nothing is included";
  "RealtimeSession.include nullable": "`null` clears, and is what is reported when nothing is included";
  "TranscriptionSessionConfig.include nullable": "`null` clears, and is what is reported when nothing is included";
  "TranscriptionSession.include nullable": "`null` clears, and is what is reported when nothing is included";
  "SessionUpdate.model missing": "fixed once the session exists";
  "RealtimeSession.audio.output.voice wider": "custom voices go by id";
  "RealtimeSession.parallel_tool_calls extra": "can be set, so it may be reported";
  "TranscriptionSession.audio.input.turn_detection narrower": "one open object there, without the fields of either kind";
  "TranscriptionSession.audio.input.turn_detection.create_response extra": "can be set, so it may be reported";
  "TranscriptionSession.audio.input.turn_detection.interrupt_response extra": "can be set, so it may be reported";
  "TranscriptionSession.audio.input.turn_detection.idle_timeout_ms extra": "can be set, so it may be reported";
  "TranscriptionSession.audio.input.turn_detection.eagerness extra": "can be set, so it may be reported";
  "conversation.item.input_audio_transcription.delta.obfuscation extra": "on the wire, with every text-like delta";
  "response.output_text.delta.obfuscation extra": "on the wire, with every text-like delta";
  "response.output_audio_transcript.delta.obfuscation extra": "on the wire, with every text-like delta";
  "response.function_call_arguments.delta.obfuscation extra": "on the wire, with every text-like delta";
  "conversation.item.input_audio_transcription.failed.error.code nullable": "as in the `error` event";
  "conversation.item.input_audio_transcription.failed.error.param nullable": "as in the `error` event";
  "rate_limits.updated.rate_limits[].name required": "on the wire, always";
  "rate_limits.updated.rate_limits[].limit required": "on the wire, always";
  "rate_limits.updated.rate_limits[].remaining required": "on the wire, always";
  "rate_limits.updated.rate_limits[].reset_seconds required": "on the wire, always";
}

// ---- The comparison ----

type Is<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
type IsNever<T> = [T] extends [never] ? true : false;
type IsAny<T> = 0 extends 1 & T ? true : false;
type IsUnion<T, All = T> = T extends unknown ? ([All] extends [T] ? false : true) : never;
type Keys<T> = T extends unknown ? keyof T & string : never;

/** Whether the two stand side by side in a table above. */
type Paired<A, B> = true extends PairedIn<Named, A, B> | PairedIn<NamedUnions, A, B> ? true : false;
type PairedIn<Table, A, B> = {
  [Name in keyof Table]: Table[Name] extends [infer O, infer T] ? (Is<O, A> extends true ? Is<T, B> : false) : never;
}[keyof Table];

/** How values differ that are not taken apart. */
type Relation<Path extends string, A, B> = [A] extends [B]
  ? [B] extends [A]
    ? never
    : `${Path} narrower`
  : [B] extends [A]
    ? `${Path} wider`
    : `${Path} different`;

/** How two values differ, `null` and `undefined` aside: primitives, arrays and objects each with their like. */
type ValueDiff<Path extends string, A, B> =
  Paired<A, B> extends true
    ? never
    :
        | Relation<Path, Exclude<A, object>, Exclude<B, object>>
        | ArrayDiff<Path, Extract<A, readonly unknown[]>, Extract<B, readonly unknown[]>>
        | ObjectDiff<Path, Exclude<Extract<A, object>, readonly unknown[]>, Exclude<Extract<B, object>, readonly unknown[]>>;

type ArrayDiff<Path extends string, A, B> = [A, B] extends [readonly (infer X)[], readonly (infer Y)[]]
  ? IsNever<A> extends true
    ? Relation<`${Path}[]`, A, B>
    : IsNever<B> extends true
      ? Relation<`${Path}[]`, A, B>
      : ValueDiff<`${Path}[]`, X, Y>
  : never;

/** Single objects go field by field; unions by their members' `role` or `type` if each has one of its own, else as a whole and by names of fields. */
type ObjectDiff<Path extends string, A, B> =
  Paired<A, B> extends true
    ? never
    : true extends IsNever<A> | IsNever<B>
      ? Relation<Path, A, B>
      : true extends IsUnion<A> | IsUnion<B>
        ? true extends Untagged<A> | Untagged<B>
          ? Relation<Path, A, B> | NameDiff<Path, Keys<A>, Keys<B>>
          : MemberDiff<Path, A, B>
        : string extends keyof A
          ? Relation<Path, A, B>
          : FieldsDiff<Path, A, B>;

type Tag<T> = T extends { role: infer R extends string } ? Literals<R> : T extends { type?: infer N } ? Literals<Extract<N, string>> : never;
type Literals<T> = string extends T ? never : T;
type Untagged<T> = T extends unknown ? (IsNever<Tag<T>> extends true ? true : IsUnion<Tag<T>> extends true ? true : false) : never;
type Tagged<T, N> = T extends unknown ? (Tag<T> extends N ? T : never) : never;

type MemberDiff<Path extends string, A, B> =
  | NameDiff<Path, Tag<A>, Tag<B>>
  | { [N in Tag<A> & Tag<B>]: ObjectDiff<`${Path}(${N})`, Tagged<A, N>, Tagged<B, N>> }[Tag<A> & Tag<B>];

type NameDiff<Path extends string, A extends string, B extends string> =
  | (Exclude<B, A> extends infer N extends string ? `${Path}.${N} missing` : never)
  | (Exclude<A, B> extends infer N extends string ? `${Path}.${N} extra` : never);

type FieldsDiff<Path extends string, A, B> =
  | NameDiff<Path, Keys<A>, Keys<B>>
  | { [F in Keys<A> & Keys<B>]: FieldDiff<`${Path}.${F}`, Pick<A, F & keyof A>, Pick<B, F & keyof B>, A[F & keyof A], B[F & keyof B]> }[Keys<A> & Keys<B>];

type Empty = Record<never, never>;

type FieldDiff<Path extends string, PickA, PickB, A, B> =
  | OneSided<Path, Empty extends PickA ? true : false, Empty extends PickB ? true : false, "optional", "required">
  | OneSided<Path, null extends A ? true : false, null extends B ? true : false, "nullable", "not nullable">
  | (true extends IsAny<A> | IsAny<B> ? `${Path} any` : ValueDiff<Path, NonNullable<A>, NonNullable<B>>);

type OneSided<Path extends string, A, B, OnlyA extends string, OnlyB extends string> = A extends B
  ? never
  : A extends true
    ? `${Path} ${OnlyA}`
    : `${Path} ${OnlyB}`;

type EventsDiff<A extends { type: string }, B extends { type: string }> =
  | NameDiff<"event", A["type"], B["type"]>
  | { [N in A["type"] & B["type"]]: FieldsDiff<N, Extract<A, { type: N }>, Extract<B, { type: N }>> }[A["type"] & B["type"]];

type NamedDiff = { [N in keyof Named]: NamedObjectDiff<N, Named[N][0], Named[N][1]> }[keyof Named];
type NamedObjectDiff<Name extends string, A, B> = true extends IsUnion<A> | IsUnion<B> ? MemberDiff<Name, A, B> : FieldsDiff<Name, A, B>;
type NamedUnionDiff = { [N in keyof NamedUnions]: NameDiff<N, Tag<NamedUnions[N][0]>, Tag<NamedUnions[N][1]>> }[keyof NamedUnions];

type Difference =
  | EventsDiff<Ours.ClientEvent, Exclude<Theirs.RealtimeClientEvent, { type: "response.create" }> | Theirs.ResponseCreateEventWithReferencesParam>
  // Theirs without references, which the line above replaces, must not have fields of its own.
  | NameDiff<"ResponseCreateParams", keyof Ours.ResponseCreateParams, keyof Theirs.RealtimeResponseCreateParams>
  | EventsDiff<Ours.KnownServerEvent, Theirs.RealtimeServerEvent>
  | NamedDiff
  | NamedUnionDiff;

/** The template spells the members out in the compiler's message. */
type Nothing<T extends never> = T;

/** Differences without a reason above: the error names them. */
export type Unexplained = Nothing<`${Exclude<Difference, keyof Deviations>}`>;

/** Reasons above for differences that are gone: the error names them. */
export type Outdated = Nothing<`${Exclude<keyof Deviations, Difference>}`>;
