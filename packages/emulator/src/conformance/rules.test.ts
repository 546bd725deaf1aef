/**
 * Every rule can fail: for each there is at least one way to spoil a good session that it finds. And none cries wolf: good sessions break no rule.
 */
import { describe, expect, it } from "vitest";
import { all, asCall, drop, dropAll, eventAt, find, insert, type Log, type Mutation, move, repeat, set, setBytes, until } from "../../test/mutations.ts";
import { RECORDINGS, type Recording, type RecordingName } from "../../test/recordings.ts";
import { CONFORMANCE_RULES, type ConformanceOptions, checkSession } from "../index.ts";

interface Case {
  readonly from: RecordingName;
  readonly spoil: Mutation;
  readonly options?: ConformanceOptions;
  /** How the session ends, where that is what is spoilt. */
  readonly code?: number;
}

const CALL: ConformanceOptions = { transport: "webrtc" };
const STARTED = "input_audio_buffer.speech_started";
const STOPPED = "input_audio_buffer.speech_stopped";
const COMMITTED = "input_audio_buffer.committed";
const ADDED = "conversation.item.added";
const DONE = "conversation.item.done";
const TRANSCRIPTION = "conversation.item.input_audio_transcription.completed";
const TRUNCATED = "conversation.item.truncated";
const CREATED = "response.created";
const RESPONSE_DONE = "response.done";
const ITEM_ADDED = "response.output_item.added";
const ITEM_DONE = "response.output_item.done";
const PART_ADDED = "response.content_part.added";
const PART_DONE = "response.content_part.done";
const TRANSCRIPT = "response.output_audio_transcript.delta";
const TRANSCRIPT_DONE = "response.output_audio_transcript.done";
const AUDIO = "response.output_audio.delta";
const AUDIO_DONE = "response.output_audio.done";
const TEXT = "response.output_text.delta";
const ARGUMENTS = "response.function_call_arguments.delta";
const LIMITS = "rate_limits.updated";
const PLAYS = "output_audio_buffer.started";
const STOPS = "output_audio_buffer.stopped";
const CLEARED = "output_audio_buffer.cleared";

const text = (more: string) => (value: string) => value + more;
const plus = (more: number) => (value: number) => value + more;

/** A second settings event at the end, changed, with the request that it answers. */
const updateAtEnd =
  (path: string, value: unknown): Mutation =>
  (log) => {
    const request = log[find(log, "in:session.update")]!;
    const updated = log[find(log, "session.updated")]!;
    const atMs = log.at(-1)!.atMs;
    const spoilt = set("session.updated", path, value)([updated])[0]!;
    return [...log, { ...request, atMs }, { ...spoilt, atMs, event: { ...(spoilt.event as object), event_id: "event_u00000000000000000000" } as never }];
  };

/** A truncation of `ms` of the item of a `conversation.item.added`, with the request for it, at the end. */
const truncateAtEnd =
  (nth: number, ms: number): Mutation =>
  (log) => {
    const { sessionId, atMs } = log.at(-1)!;
    const fields = { item_id: eventAt(log, [ADDED, nth]).item.id, content_index: 0, audio_end_ms: ms };
    const request = { type: "conversation.item.truncate", ...fields };
    const asked: Log = [...log, { atMs, sessionId, direction: "in", type: request.type, event: request as never, audioBytes: 0 }];
    const truncated = { type: TRUNCATED, event_id: "event_t00000000000000000000", ...fields };
    return [...asked, { atMs, sessionId, direction: "out", type: TRUNCATED, event: truncated as never, audioBytes: 0 }];
  };

const asMcp = { from: "mcp" } as const;
const interruptedCall = (...spoil: Mutation[]): Case => ({
  from: "interruption",
  spoil: all(until([LIMITS, 1]), asCall("interrupted"), ...spoil),
  options: CALL,
});
const playedCall = (...spoil: Mutation[]): Case => ({ from: "turns", spoil: all(asCall("played"), ...spoil), options: CALL });

/** What breaks each rule. */
const BREAKS: Readonly<Record<string, readonly Case[]>> = {
  "event-fields": [
    { from: "turns", spoil: set(COMMITTED, "item_id", undefined) },
    { from: "turns", spoil: set(RESPONSE_DONE, "response.output", "none") },
    { from: "turns", spoil: set(STOPPED, "audio_end_ms", "4256") },
  ],
  "event-type-known": [
    { from: "turns", spoil: set(RESPONSE_DONE, "type", "response.cancelled") },
    { from: "turns", spoil: set(DONE, "type", "conversation.item.created") },
  ],
  "event-id-unique": [{ from: "turns", spoil: (log) => set(RESPONSE_DONE, "event_id", eventAt(log, CREATED).event_id)(log) }],
  "event-id-shape": [
    { from: "turns", spoil: set(RESPONSE_DONE, "event_id", "evt_1") },
    { from: "turns", spoil: set(RESPONSE_DONE, "event_id", undefined) },
    { from: "turns", spoil: insert("session.updated", { type: "input_audio_buffer.dtmf_event_received", event: "1", received_at: 1 }) },
  ],
  "made-id-shape": [
    { from: "turns", spoil: set("session.created", "session.id", "sess-1") },
    { from: "turns", spoil: set(CREATED, "response.id", "response_1") },
    { from: "call", spoil: set(ITEM_ADDED, "item.call_id", "call_1") },
  ],
  "error-shape": [
    { from: "beside", spoil: set("error", "error.message", "") },
    { from: "beside", spoil: set("error", "error.code", undefined) },
  ],
  "error-names-client-event": [{ from: "beside", spoil: set("error", "error.event_id", "another") }],
  "session-created-first": [{ from: "turns", spoil: drop("session.created") }],
  "session-created-once": [
    { from: "turns", spoil: repeat("session.created") },
    { from: "beside", spoil: (log) => log, options: { transport: "sideband" } },
  ],
  "session-identity": [
    { from: "turns", spoil: set("session.updated", "session.model", "gpt-other") },
    { from: "turns", spoil: set("session.updated", "session.type", "music") },
  ],
  "session-updated-as-asked": [{ from: "writing", spoil: set("session.updated", "session.output_modalities", ["audio"]) }],
  "session-updated-keeps": [{ from: "writing", spoil: set("session.updated", "session.instructions", "Something else.") }],
  "voice-locked": [{ from: "turns", spoil: updateAtEnd("session.audio.output.voice", "cedar") }],
  "asked-for": [
    { from: "turns", spoil: repeat("session.updated") },
    { from: "manual", spoil: repeat("input_audio_buffer.cleared") },
    { from: "manual", spoil: repeat(COMMITTED) },
    { from: "interruption", spoil: repeat("conversation.item.retrieved") },
    { from: "interruption", spoil: repeat(TRUNCATED) },
    { from: "manual", spoil: drop("in:response.create") },
    { from: "transcription", spoil: (log) => insert([DONE, 0], eventAt([insertedResponse(log)], CREATED))(log) },
  ],
  "request-answered": [
    { from: "turns", spoil: drop("session.updated") },
    { from: "beside", spoil: drop("error") },
    { from: "interruption", spoil: drop("conversation.item.deleted") },
    { from: "manual", spoil: drop("error") },
  ],
  "nothing-after-the-end": [{ from: "expiry", spoil: move("error", "before", RESPONSE_DONE) }],
  "close-code": [{ from: "expiry", spoil: (log) => log, code: 1000 }],
  "speech-alternates": [
    { from: "turns", spoil: repeat(STOPPED) },
    { from: "turns", spoil: drop(STARTED) },
    { from: "turns", spoil: repeat(STARTED) },
  ],
  "speech-item-id": [
    { from: "turns", spoil: set(STOPPED, "item_id", text("x")) },
    { from: "turns", spoil: set(COMMITTED, "item_id", "item_000000000000000000000") },
  ],
  "speech-item-new": [{ from: "turns", spoil: (log) => set([STARTED, 1], "item_id", eventAt(log, STARTED).item_id)(log) }],
  "speech-needs-detection": [{ from: "turns", spoil: set("session.updated", "session.audio.input.turn_detection", null) }],
  "timeout-needs-setting": [{ from: "idle", spoil: set("session.updated", "session.audio.input.turn_detection.idle_timeout_ms", null) }],
  "speech-on-grid": [
    { from: "turns", spoil: set(STOPPED, "audio_end_ms", plus(1)) },
    { from: "turns", spoil: set(STARTED, "audio_start_ms", plus(10)) },
  ],
  "speech-goes-forward": [
    { from: "turns", spoil: set([STARTED, 1], "audio_start_ms", plus(-32 * 200)) },
    { from: "turns", spoil: set([STOPPED, 1], "audio_end_ms", 32) },
    { from: "turns", spoil: set(STARTED, "audio_start_ms", -12) },
  ],
  "speech-was-heard": [
    { from: "turns", spoil: set(STOPPED, "audio_end_ms", plus(32 * 100)) },
    { from: "turns", spoil: set([STARTED, 1], "audio_start_ms", plus(32 * 20)) },
  ],
  "stop-then-commit": [
    { from: "turns", spoil: move(COMMITTED, "after", ADDED) },
    { from: "idle", spoil: drop([COMMITTED, 1]) },
  ],
  "commit-then-added": [
    { from: "turns", spoil: move(DONE, "before", ADDED) },
    { from: "turns", spoil: drop(ADDED) },
  ],
  "added-then-done": [
    { from: "turns", spoil: move(DONE, "after", CREATED) },
    { from: "turns", spoil: drop(DONE) },
  ],
  "commit-has-audio": [{ from: "manual", spoil: dropAll("in:input_audio_buffer.append") }],
  "turn-is-answered": [
    { from: "turns", spoil: drop(CREATED) },
    { from: "turns", spoil: until(DONE) },
  ],
  "item-added-once": [{ from: "turns", spoil: repeat(ADDED) }],
  "item-previous": [
    { from: "turns", spoil: set([ADDED, 1], "previous_item_id", null) },
    { from: "turns", spoil: set([COMMITTED, 1], "previous_item_id", null) },
    { from: "manual", spoil: (log) => set([ADDED, 1], "previous_item_id", "mine")(log) },
  ],
  "item-done-previous": [
    { from: "turns", spoil: set([DONE, 2], "previous_item_id", null) },
    { from: "turns", spoil: set([DONE, 1], "previous_item_id", "item_000000000000000000000") },
  ],
  "item-done-after-added": [
    { from: "turns", spoil: repeat(DONE) },
    { from: "turns", spoil: drop([ADDED, 1]) },
  ],
  "item-added-state": [
    { from: "turns", spoil: set(ADDED, "item.status", "in_progress") },
    { from: "turns", spoil: set(ITEM_ADDED, "item.status", "completed") },
    { from: "turns", spoil: set([ADDED, 1], "item.content", [{ type: "output_audio" }]) },
  ],
  "item-done-state": [
    { from: "turns", spoil: set(DONE, "item.status", "in_progress") },
    { from: "turns", spoil: set(ITEM_DONE, "item.role", "user") },
  ],
  "item-object": [
    { from: "turns", spoil: set(ADDED, "item.object", "realtime.item") },
    { from: "interruption", spoil: set("conversation.item.retrieved", "item.object", undefined) },
  ],
  "item-without-audio": [{ from: "turns", spoil: set(DONE, "item.content.0.audio", "AAAA") }],
  "user-audio-item": [
    { from: "turns", spoil: set(ADDED, "item.content.0.transcript", "hello") },
    { from: "turns", spoil: set(ADDED, "item.content", []) },
  ],
  "created-item-as-given": [
    { from: "manual", spoil: set(ADDED, "item.content.0.text", "Goodbye") },
    { from: "call", spoil: set([ADDED, 1], "item.output", "rain") },
  ],
  "item-exists": [{ from: "interruption", spoil: set("conversation.item.deleted", "item_id", "item_000000000000000000000") }],
  "transcription-of-user-item": [
    { from: "turns", spoil: move(TRANSCRIPTION, "before", STARTED) },
    { from: "turns", spoil: (log) => set(TRANSCRIPTION, "item_id", eventAt(log, [ADDED, 1]).item.id)(log) },
  ],
  "transcription-ends-once": [{ from: "turns", spoil: repeat(TRANSCRIPTION) }],
  "transcription-was-asked-for": [{ from: "turns", spoil: set("session.updated", "session.audio.input.transcription", null) }],
  "transcription-usage": [{ from: "turns", spoil: set(TRANSCRIPTION, "usage", {}) }],
  "response-created-first": [
    { from: "turns", spoil: drop(CREATED) },
    { from: "turns", spoil: move(CREATED, "after", ITEM_ADDED) },
    { from: "turns", spoil: repeat(CREATED) },
  ],
  "response-created-empty": [
    { from: "turns", spoil: set(CREATED, "response.status", "completed") },
    { from: "turns", spoil: set(CREATED, "response.output", [{ id: "x" }]) },
    { from: "turns", spoil: set(CREATED, "response.usage", {}) },
  ],
  "response-one-active": [
    { from: "beside", spoil: (log) => set([CREATED, 1], "response.conversation_id", eventAt(log, CREATED).response.conversation_id)(log) },
  ],
  "response-conversation": [
    { from: "turns", spoil: set(RESPONSE_DONE, "response.conversation_id", null) },
    { from: "turns", spoil: set([CREATED, 1], "response.conversation_id", "conv_000000000000000000000") },
  ],
  "response-as-asked": [
    { from: "beside", spoil: set([CREATED, 1], "response.metadata", { topic: "two" }) },
    { from: "beside", spoil: set([CREATED, 1], "response.output_modalities", ["audio"]) },
  ],
  "response-not-in-transcription": [
    { from: "turns", spoil: all(set("session.created", "session.type", "transcription"), set("session.updated", "session.type", "transcription")) },
  ],
  "response-silent-after-done": [
    { from: "turns", spoil: move(ITEM_DONE, "after", RESPONSE_DONE) },
    { from: "turns", spoil: repeat(RESPONSE_DONE) },
    { from: "turns", spoil: move([AUDIO, 2], "after", RESPONSE_DONE) },
  ],
  "response-items-done": [{ from: "turns", spoil: drop(ITEM_DONE) }],
  "response-output": [
    { from: "turns", spoil: set(RESPONSE_DONE, "response.output", []) },
    { from: "turns", spoil: set(RESPONSE_DONE, "response.output.0.content.0.transcript", "something else") },
    { from: "overlap", spoil: set(RESPONSE_DONE, "response.output", (output: unknown[]) => output.toReversed()) },
  ],
  "response-status": [
    { from: "turns", spoil: set(RESPONSE_DONE, "response.status", "done") },
    { from: "writing", spoil: set([RESPONSE_DONE, 1], "response.status_details", null) },
    { from: "writing", spoil: set([RESPONSE_DONE, 1], "response.status_details.type", "failed") },
    { from: "writing", spoil: set([RESPONSE_DONE, 1], "response.status_details.reason", "bored") },
  ],
  "response-items-status": [
    { from: "turns", spoil: all(set(ITEM_DONE, "item.status", "incomplete"), set(RESPONSE_DONE, "response.output.0.status", "incomplete")) },
    { from: "interruption", spoil: all(set(ITEM_DONE, "item.status", "completed"), set(RESPONSE_DONE, "response.output.0.status", "completed")) },
  ],
  "response-cancel-reason": [
    { from: "writing", spoil: set([RESPONSE_DONE, 1], "response.status_details.reason", "turn_detected") },
    { from: "turns", spoil: set(RESPONSE_DONE, "response", (response: object) => ({ ...response, status: "cancelled", status_details: cancelled })) },
  ],
  "speech-interrupts": [
    { from: "interruption", spoil: set(RESPONSE_DONE, "response", (response: object) => ({ ...response, status: "completed", status_details: null })) },
  ],
  "rate-limits-follow": [
    { from: "turns", spoil: drop(LIMITS) },
    { from: "turns", spoil: repeat(LIMITS) },
    { from: "turns", spoil: move(LIMITS, "before", RESPONSE_DONE) },
    { from: "turns", spoil: (log) => log, options: { rateLimits: "never" } },
  ],
  "rate-limits-shape": [{ from: "turns", spoil: set(LIMITS, "rate_limits.0.remaining", 1e9) }],
  "event-names-its-place": [
    { from: "turns", spoil: set(AUDIO, "output_index", 1) },
    { from: "turns", spoil: (log) => set(AUDIO, "item_id", eventAt(log, STARTED).item_id)(log) },
    { from: "turns", spoil: (log) => set([AUDIO_DONE, 1], "response_id", eventAt(log, CREATED).response.id)(log) },
  ],
  "output-index-order": [
    { from: "turns", spoil: set(ITEM_ADDED, "output_index", 1) },
    { from: "overlap", spoil: set([ITEM_ADDED, 1], "output_index", 0) },
    { from: "turns", spoil: repeat(ITEM_ADDED) },
  ],
  "item-enters-conversation": [
    { from: "turns", spoil: drop([ADDED, 1]) },
    { from: "turns", spoil: move([ADDED, 1], "after", PART_ADDED) },
    { from: "beside", spoil: (log) => insert([ITEM_ADDED, 1], { type: ADDED, previous_item_id: null, item: eventAt(log, [ITEM_ADDED, 1]).item })(log) },
  ],
  "part-added-in-order": [
    { from: "turns", spoil: set(PART_ADDED, "content_index", 1) },
    { from: "turns", spoil: set(PART_ADDED, "part.transcript", "early") },
    { from: "writing", spoil: set(PART_ADDED, "part", { type: "audio", transcript: "" }) },
    { from: "turns", spoil: repeat(PART_ADDED) },
  ],
  "content-in-open-part": [
    { from: "turns", spoil: drop(PART_ADDED) },
    { from: "turns", spoil: move([TRANSCRIPT, 3], "after", TRANSCRIPT_DONE) },
    { from: "turns", spoil: move([AUDIO, 3], "after", AUDIO_DONE) },
    { from: "turns", spoil: repeat(PART_DONE) },
    { from: "writing", spoil: set(TEXT, "type", TRANSCRIPT) },
  ],
  "arguments-in-open-call": [
    { from: "call", spoil: set(ARGUMENTS, "call_id", "call_0000000000000000") },
    { from: "call", spoil: set("response.function_call_arguments.done", "name", "other") },
    { from: "call", spoil: move(ARGUMENTS, "after", "response.function_call_arguments.done") },
  ],
  "transcript-leads": [{ from: "turns", spoil: move(AUDIO, "before", TRANSCRIPT) }],
  "audio-whole-samples": [
    { from: "turns", spoil: setBytes(AUDIO, plus(1)) },
    { from: "turns", spoil: setBytes(AUDIO, () => 0) },
  ],
  "deltas-make-text": [
    { from: "turns", spoil: drop(TRANSCRIPT) },
    { from: "writing", spoil: set("response.output_text.done", "text", text("!")) },
    { from: "call", spoil: move(ARGUMENTS, "after", [ARGUMENTS, 1]) },
  ],
  "part-closes-in-order": [
    { from: "turns", spoil: move(AUDIO_DONE, "after", TRANSCRIPT_DONE) },
    { from: "turns", spoil: drop(AUDIO_DONE) },
    { from: "turns", spoil: move(TRANSCRIPT_DONE, "after", PART_DONE) },
  ],
  "part-done-as-said": [{ from: "turns", spoil: set(PART_DONE, "part.transcript", text("!")) }],
  "item-closes-in-order": [
    { from: "turns", spoil: move([DONE, 1], "after", ITEM_DONE) },
    { from: "turns", spoil: drop([DONE, 1]) },
    { from: "turns", spoil: move(PART_DONE, "after", [DONE, 1]) },
    { from: "call", spoil: drop("response.function_call_arguments.done") },
    { from: "turns", spoil: repeat(ITEM_DONE) },
  ],
  "item-as-said": [
    { from: "turns", spoil: set([DONE, 1], "item.content.0.transcript", text("!")) },
    { from: "turns", spoil: set(ITEM_DONE, "item.content", []) },
    { from: "call", spoil: set(ITEM_DONE, "item.arguments", "{}") },
    { from: "writing", spoil: set([DONE, 1], "item.content.0.type", "input_text") },
  ],
  "obfuscation-length": [
    { from: "turns", spoil: set(TRANSCRIPT, "obfuscation", text("x")) },
    { from: "writing", spoil: set([TEXT, 3], "obfuscation", undefined) },
  ],
  "obfuscation-on-text-alone": [
    { from: "turns", spoil: set(AUDIO, "obfuscation", "xyz") },
    { from: "turns", spoil: set(CREATED, "obfuscation", "xyz") },
  ],
  "usage-present": [{ from: "turns", spoil: set(RESPONSE_DONE, "response.usage", null) }],
  "usage-sums": [
    { from: "turns", spoil: set(RESPONSE_DONE, "response.usage.total_tokens", plus(1)) },
    { from: "turns", spoil: set(RESPONSE_DONE, "response.usage.input_tokens", plus(1)) },
    { from: "turns", spoil: set(RESPONSE_DONE, "response.usage.output_token_details.text_tokens", plus(1)) },
    { from: "turns", spoil: set(RESPONSE_DONE, "response.usage.input_token_details.cached_tokens", plus(1)) },
  ],
  "usage-cached": [{ from: "turns", spoil: set(RESPONSE_DONE, "response.usage.input_token_details.cached_tokens", 1e6) }],
  "usage-output-audio": [
    { from: "turns", spoil: set(RESPONSE_DONE, "response.usage.output_token_details.audio_tokens", plus(1)) },
    { from: "turns", spoil: set(RESPONSE_DONE, "response.usage.output_token_details.audio_tokens", plus(-1)) },
  ],
  "usage-input-audio": [{ from: "turns", spoil: set(RESPONSE_DONE, "response.usage.input_token_details.audio_tokens", plus(100)) }],
  "truncated-is-speech": [{ from: "turns", spoil: truncateAtEnd(0, 0) }],
  "truncated-within-audio": [
    { from: "turns", spoil: truncateAtEnd(1, 100_000) },
    { from: "turns", spoil: truncateAtEnd(1, 10.5) },
    { from: "turns", spoil: all(truncateAtEnd(1, 100), truncateAtEnd(1, 200)) },
  ],
  "truncated-in-steps": [interruptedCall(set(TRUNCATED, "audio_end_ms", 130))],
  "truncated-loses-transcript": [{ from: "interruption", spoil: set("conversation.item.retrieved", "item.content.0.transcript", "still here") }],
  "audio-by-events-or-track": [
    { from: "turns", spoil: (log) => log, options: CALL },
    { from: "turns", spoil: asCall("played") },
  ],
  "playback-order": [playedCall(drop(PLAYS)), playedCall(repeat(PLAYS)), playedCall(repeat(STOPS)), interruptedCall(repeat(CLEARED))],
  "playback-one-at-a-time": [playedCall(drop(STOPS))],
  "playback-after-transcript": [playedCall(move(PLAYS, "before", TRANSCRIPT))],
  "playback-stops-after-done": [playedCall(move(STOPS, "before", RESPONSE_DONE))],
  "interruption-clears-first": [interruptedCall(move(CLEARED, "after", RESPONSE_DONE)), interruptedCall(drop(CLEARED))],
  "cleared-then-truncated": [
    interruptedCall(drop(TRUNCATED)),
    interruptedCall(move(TRUNCATED, "after", CLEARED)),
    interruptedCall((log) => set(TRUNCATED, "item_id", eventAt(log, STARTED).item_id)(log)),
  ],
  "mcp-list-order": [
    { ...asMcp, spoil: drop("mcp_list_tools.in_progress") },
    { ...asMcp, spoil: drop("mcp_list_tools.completed") },
    { ...asMcp, spoil: repeat("mcp_list_tools.completed") },
  ],
  "mcp-call-order": [
    { ...asMcp, spoil: drop("response.mcp_call.in_progress") },
    { ...asMcp, spoil: drop("response.mcp_call.completed") },
    { ...asMcp, spoil: move("response.mcp_call.in_progress", "before", "response.mcp_call_arguments.done") },
  ],
};

const cancelled = { type: "cancelled", reason: "turn_detected" };

/** An entry with a `response.created` for nothing. */
function insertedResponse(log: Log): Log[number] {
  const response = {
    id: "resp_000000000000000000000",
    object: "realtime.response",
    status: "in_progress",
    output: [],
    conversation_id: "conv_000000000000000000000",
  };
  return { ...log[0]!, direction: "out", type: CREATED, event: { type: CREATED, response } as never };
}

const recordings = new Map<RecordingName, Promise<Recording>>();
function recording(name: RecordingName): Promise<Recording> {
  const made = recordings.get(name) ?? RECORDINGS[name]();
  recordings.set(name, made);
  return made;
}

async function broken({ from, spoil, options, code }: Case): Promise<string[]> {
  const { entries, close } = await recording(from);
  const end = code === undefined ? close : { ...close, code };
  const violations = checkSession(spoil(entries), { complete: true, replyWithinMs: 1000, ...options }, end);
  return [...new Set(violations.map(({ rule }) => rule))];
}

describe("good sessions", () => {
  it.each(Object.keys(RECORDINGS) as RecordingName[])("break no rule: %s", async (from) => {
    expect(await broken({ from, spoil: (log) => log })).toEqual([]);
  });

  it("break none in calls", async () => {
    expect(await broken(playedCall())).toEqual([]);
    expect(await broken(interruptedCall())).toEqual([]);
  });
});

describe("a log of nonsense", () => {
  const NONSENSE = [undefined, null, 0, -1, 1.5, "", "x", [], [null], [[]], {}, true];

  /** Every member of an event that is an object, and the names in it. */
  function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([name, member]) => [[...path, name], ...places(member, [...path, name])]);
  }

  it.each(Object.keys(RECORDINGS) as RecordingName[])("is told and never thrown at: %s", async (from) => {
    const { entries } = await recording(from);
    // One of each type is enough, with every one of its members replaced by everything.
    const types = [...new Set(entries.map(({ type, direction }) => (direction === "in" ? `in:${type}` : type)))].filter((name) => !name.includes("malformed"));
    const short = all(...types.filter((name) => name === "in:input_audio_buffer.append").map(dropAll))(entries);
    for (const name of types) {
      if (name === "in:input_audio_buffer.append") continue;
      for (const path of places(eventAt(short, name))) {
        for (const value of NONSENSE) {
          const spoilt = set(name, path.join("."), () => value)(short);
          expect(() => checkSession(spoilt, { complete: true }), `${name} ${path.join(".")} ${JSON.stringify(value)}`).not.toThrow();
        }
      }
    }
  });

  it("holds messages that are no events, in both directions", () => {
    const entry = { atMs: 0, type: "(malformed)", event: null, audioBytes: 0 };
    const violations = checkSession(
      [
        { ...entry, direction: "in" },
        { ...entry, direction: "out" },
      ],
      { complete: true },
    );
    expect(violations.map(({ rule }) => rule)).toEqual(expect.arrayContaining(["event-type-known", "request-answered"]));
  });
});

describe("every rule", () => {
  it("is tried, has a name of its own, a sentence and a fact", () => {
    const ids = CONFORMANCE_RULES.map(({ id }) => id);
    expect(Object.keys(BREAKS).sort()).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
    for (const { says, fact } of CONFORMANCE_RULES) {
      expect(says).toMatch(/^[A-Z`_a-z].*\.$/);
      expect(fact).toMatch(/\.$/);
    }
  });

  const cases = Object.entries(BREAKS).flatMap(([rule, all]) => all.map((one, i) => ({ rule, name: `${rule}, ${i + 1} of ${all.length}`, one })));
  it.each(cases)("finds what breaks it: $name", async ({ rule, one }) => {
    expect(await broken(one)).toContain(rule);
  });

  it.each(CONFORMANCE_RULES.map(({ id }) => id))("can be left out: %s", async (rule) => {
    const one = BREAKS[rule]?.[0] as Case;
    expect(await broken({ ...one, options: { ...one.options, except: [rule] } })).not.toContain(rule);
  });
});
