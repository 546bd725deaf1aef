/** The conversation over event orders as recorded from servers, and over those that are allowed although nobody has recorded them. */
import { asServerEvent, type ServerEvent } from "@sidetone/core/protocol";
import { describe, expect, test } from "vitest";
import { Conversation, type ConversationEntry } from "./conversation.ts";

/** An event by name, with what matters of it. */
function event(type: string, fields: object = {}): ServerEvent {
  const whole = { type, event_id: "event_1", ...fields };
  return asServerEvent(whole);
}

const user = (id: string, text: string | null = null) => ({
  id,
  type: "message",
  role: "user",
  status: "completed",
  content: [{ type: "input_audio", transcript: text }],
});
const assistant = (id: string, status = "in_progress") => ({ id, type: "message", role: "assistant", status, content: [] });
const added = (item: object, previous: string | null = null) => event("conversation.item.added", { item, previous_item_id: previous });
const done = (item: object) => event("conversation.item.done", { item, previous_item_id: null });
const started = (id: string) => event("input_audio_buffer.speech_started", { item_id: id, audio_start_ms: 1460 });
const stopped = (id: string) => event("input_audio_buffer.speech_stopped", { item_id: id, audio_end_ms: 4256 });
const committed = (id: string, previous: string | null) => event("input_audio_buffer.committed", { item_id: id, previous_item_id: previous });
const says = (id: string, delta: string) => event("response.output_audio_transcript.delta", { item_id: id, delta, obfuscation: "x" });
const said = (id: string, transcript: string) => event("response.output_audio_transcript.done", { item_id: id, transcript });
const heard = (id: string, transcript: string) => event("conversation.item.input_audio_transcription.completed", { item_id: id, transcript });

function play(conversation: Conversation, ...events: ServerEvent[]): readonly ConversationEntry[] {
  for (const one of events) conversation.observe(one);
  return conversation.entries;
}

/** `role status text` of every entry. */
function lines(entries: readonly ConversationEntry[]): string[] {
  return entries.map(({ role, status, text }) => `${role} ${status} ${text}`.trim());
}

describe("a turn by voice, in the recorded order", () => {
  test("is told step by step", () => {
    const conversation = new Conversation();
    expect(lines(play(conversation, started("u1")))).toEqual(["user active"]);
    expect(lines(play(conversation, stopped("u1"), committed("u1", null), added(user("u1")), done(user("u1"))))).toEqual(["user done"]);
    play(conversation, event("response.created", { response: { id: "r1" } }), event("response.output_item.added", { item: assistant("a1") }));
    expect(lines(play(conversation, added(assistant("a1"), "u1")))).toEqual(["user done", "assistant active"]);
    expect(lines(play(conversation, says("a1", "Hello"), says("a1", " there")))).toEqual(["user done", "assistant active Hello there"]);
    expect(lines(play(conversation, heard("u1", " What is the time?\n")))).toEqual(["user done What is the time?", "assistant active Hello there"]);
    const end = play(conversation, said("a1", "Hello there!"), done(assistant("a1", "completed")));
    expect(lines(end)).toEqual(["user done What is the time?", "assistant done Hello there!"]);
    expect(end.map(({ heardMs }) => heardMs)).toEqual([null, null]);
  });

  test("streamed transcription while the person still speaks", () => {
    const conversation = new Conversation();
    const delta = (text?: string) => event("conversation.item.input_audio_transcription.delta", { item_id: "u1", delta: text });
    expect(lines(play(conversation, started("u1"), delta("What"), delta(), delta(" is")))).toEqual(["user active What is"]);
    // The item itself comes with an empty transcript, which takes nothing back.
    expect(lines(play(conversation, stopped("u1"), added(user("u1"))))).toEqual(["user done What is"]);
  });

  test("the transcript of the person may come at any time after the commit, even after the reply", () => {
    const conversation = new Conversation();
    const before = play(
      conversation,
      started("u1"),
      stopped("u1"),
      added(user("u1")),
      added(assistant("a1"), "u1"),
      said("a1", "Hi"),
      done(assistant("a1", "completed")),
    );
    expect(lines(before)).toEqual(["user done", "assistant done Hi"]);
    expect(lines(play(conversation, heard("u1", "Hello")))).toEqual(["user done Hello", "assistant done Hi"]);
  });

  test("without VAD the transcript may come between commit and item, and is kept", () => {
    const conversation = new Conversation();
    expect(lines(play(conversation, committed("u1", null), heard("u1", "Hello"), added(user("u1")), done(user("u1"))))).toEqual(["user done Hello"]);
  });
});

describe("an interruption", () => {
  test("marks what was cut with what was heard, and later events of the item do not undo it", () => {
    const conversation = new Conversation();
    play(conversation, started("u1"), stopped("u1"), added(user("u1")), added(assistant("a1"), "u1"), says("a1", "A long"), started("u2"));
    const cut = { reason: "speech_started", items: [{ itemId: "a1", contentIndex: 0, heardMs: 740, totalMs: 3000, action: "truncate" }] } as const;
    expect(conversation.interrupted(cut)).toBe(true);
    expect(conversation.interrupted(cut)).toBe(false);
    play(conversation, said("a1", "A long story"), done(assistant("a1", "incomplete")), event("conversation.item.truncated", { item_id: "a1" }), stopped("u2"));
    expect(conversation.entries.map(({ id, status, heardMs }) => [id, status, heardMs])).toEqual([
      ["u1", "done", null],
      ["a1", "interrupted", 740],
      ["u2", "done", null],
    ]);
  });

  test("by the server, of a response that was cut before it sounded: interrupted, nothing known of what was heard", () => {
    const conversation = new Conversation();
    const entries = play(conversation, added(assistant("a1")), done(assistant("a1", "incomplete")));
    expect(entries).toMatchObject([{ status: "interrupted", heardMs: null }]);
  });

  test("of an item that nobody knows changes nothing", () => {
    const conversation = new Conversation();
    expect(conversation.interrupted({ reason: "interrupt", items: [{ itemId: "x", contentIndex: 0, heardMs: 0, totalMs: 0, action: "none" }] })).toBe(false);
    expect(conversation.entries).toEqual([]);
  });

  test("a reply of which nothing was heard is removed when the server confirms it, and its late text stays away", () => {
    const conversation = new Conversation();
    play(conversation, added(user("u1", "Hi")), added(assistant("a1"), "u1"), says("a1", "Well"));
    expect(
      lines(
        play(conversation, event("conversation.item.deleted", { item_id: "a1" }), says("a1", ","), said("a1", "Well,"), done(assistant("a1", "completed"))),
      ),
    ).toEqual(["user done Hi"]);
  });
});

describe("order", () => {
  test("an item is put after the one that it names, wherever that is", () => {
    const conversation = new Conversation();
    play(conversation, added(user("u1", "one")), added(assistant("a1"), "u1"), started("u2"));
    // The person spoke before the second item of the reply was added.
    expect(play(conversation, added(assistant("a2"), "a1")).map(({ id }) => id)).toEqual(["u1", "a1", "a2", "u2"]);
  });

  test("through items that are no messages, such as a function call and its output", () => {
    const conversation = new Conversation();
    const call = { id: "f1", type: "function_call", name: "clock", call_id: "call_1", arguments: "{}" };
    const output = { id: "f2", type: "function_call_output", call_id: "call_1", output: "noon" };
    play(conversation, added(user("u1", "time?")), added(call, "u1"), done(call), added(output, "f1"), started("u2"));
    expect(play(conversation, added(assistant("a1"), "f2")).map(({ id }) => id)).toEqual(["u1", "a1", "u2"]);
  });

  test("after an item that nobody knows, at the end", () => {
    const conversation = new Conversation();
    expect(play(conversation, added(user("u1", "one")), added(assistant("a1"), "gone")).map(({ id }) => id)).toEqual(["u1", "a1"]);
  });

  test("two replies under way at once get each their own words", () => {
    const conversation = new Conversation();
    const entries = play(
      conversation,
      added(assistant("a1")),
      says("a1", "One"),
      added(assistant("a2"), "a1"),
      says("a2", "Two"),
      says("a1", " more"),
      said("a1", "One more."),
      done(assistant("a1", "completed")),
      says("a2", " again"),
    );
    expect(lines(entries)).toEqual(["assistant done One more.", "assistant active Two again"]);
  });
});

test("text: what the app writes, and an answer in writing", () => {
  const conversation = new Conversation();
  const written = {
    id: "u1",
    type: "message",
    role: "user",
    status: "completed",
    content: [
      { type: "input_text", text: "Write " },
      { type: "input_text", text: "it" },
    ],
  };
  const system = { id: "s1", type: "message", role: "system", content: [{ type: "input_text", text: "Be brief" }] };
  const entries = play(
    conversation,
    added(system),
    added(written, "s1"),
    added(assistant("a1"), "u1"),
    event("response.output_text.delta", { item_id: "a1", delta: "It" }),
    event("response.output_text.done", { item_id: "a1", text: "It." }),
    done(assistant("a1", "completed")),
  );
  expect(lines(entries)).toEqual(["system done Be brief", "user done Write it", "assistant done It."]);
});

describe("what a framework compares", () => {
  test("an event that changes something gives a new array and a new entry, and leaves the others and the old ones alone", () => {
    const conversation = new Conversation();
    const before = play(conversation, added(user("u1", "Hi")), added(assistant("a1"), "u1"));
    const copy = structuredClone(before);
    expect(conversation.observe(says("a1", "Ho"))).toBe(true);
    expect(conversation.entries).not.toBe(before);
    expect(conversation.entries[0]).toBe(before[0]);
    expect(conversation.entries[1]).not.toBe(before[1]);
    expect(before).toEqual(copy);
  });

  test.each([
    event("response.created", { response: {} }),
    event("vendor.thing"),
    event("input_audio_buffer.speech_stopped", { item_id: "nobody" }),
    says("nobody", "x"),
    says("a1", ""),
    said("a1", "Ho"),
    done(user("u1")),
    event("conversation.item.deleted", { item_id: "nobody" }),
    event("conversation.item.added", {}),
    event("conversation.item.added", { item: { type: "message", role: "user", content: [] } }),
    event("conversation.item.done", {}),
  ])("an event that changes nothing says so and keeps the array: $type", (nothing) => {
    const conversation = new Conversation();
    const before = play(conversation, added(user("u1", "Hi")), added(assistant("a1"), "u1"), says("a1", "Ho"));
    expect(conversation.observe(nothing)).toBe(false);
    expect(conversation.entries).toBe(before);
  });
});
