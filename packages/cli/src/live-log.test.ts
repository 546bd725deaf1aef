import type { Emulator, LogEntry, SessionRecord } from "@sidetone/emulator";
import { expect, test } from "vitest";
import { LiveLog, type LiveLogOptions } from "./live-log.ts";

const PCM = { type: "audio/pcm", rate: 24000 };
type Entry = [atMs: number, direction: "in" | "out", event: { type: string; [field: string]: unknown }, audioBytes?: number];

/** A live log of an emulator of which the test says what is in it. */
function watching(form: LiveLogOptions["form"], options: { isTTY?: boolean } = {}) {
  const entries: LogEntry[] = [];
  const session = {
    id: "sess_abcdef",
    model: "m",
    transport: "websocket",
    openedAtMs: 0,
    closed: null as SessionRecord["closed"],
    config: { audio: { input: { format: PCM }, output: { format: PCM } } },
    items: [{ wire: { id: "item_model" }, spoken: { sentMs: 3450 } }],
  };
  const mismatches: Emulator["mismatches"][number][] = [];
  const emulator = { sessions: [session], log: { entries, dropped: 0 }, mismatches } as unknown as Emulator;
  let out = "";
  const output = {
    ...options,
    write: (text: string) => {
      out += text;
    },
  };
  const log = new LiveLog(emulator, { output, env: {}, form });
  return {
    log,
    session,
    mismatches,
    add: (...more: Entry[]) => {
      for (const [atMs, direction, event, audioBytes = 0] of more)
        entries.push({ atMs, sessionId: session.id, direction, type: event.type, event: event as never, audioBytes });
      log.look();
    },
    /** The lines since the last call. */
    lines: () => {
      const lines = out.split("\n").slice(0, -1);
      out = "";
      return lines;
    },
  };
}

const delta = (audioBytes: number): Entry => [2000, "out", { type: "response.output_audio.delta", response_id: "resp_1", item_id: "item_model" }, audioBytes];

test("sums up a turn: speech, latency, length, what was heard", () => {
  const { add, lines } = watching("turns");
  add(
    [1000, "out", { type: "input_audio_buffer.speech_started", audio_start_ms: 1460 }],
    [1500, "out", { type: "input_audio_buffer.speech_stopped", audio_end_ms: 4256 }],
    [1510, "out", { type: "response.created", response: { id: "resp_1" } }],
    delta(4800),
    [
      2500,
      "out",
      { type: "response.done", response: { id: "resp_1", status: "completed", output: [{ id: "item_model", content: [{ transcript: "Sunny." }] }] } },
    ],
    [3000, "out", { type: "conversation.item.truncated", item_id: "item_model", audio_end_ms: 1500 }],
    [
      3100,
      "out",
      { type: "response.done", response: { id: "resp_2", status: "failed", status_details: { error: { code: "rate_limit_exceeded" } }, output: [] } },
    ],
  );
  expect(lines().slice(1)).toEqual([
    "    1.500 s  #1   user   spoke from 1.46 s to 4.26 s (2.80 s)",
    '    2.500 s  #1   model  completed, 3.45 s of speech, first sound 500 ms after the end of speech, "Sunny."',
    "    3.000 s  #1   user   heard 1.50 s of 3.45 s",
    "    3.100 s  #1   error  failed (rate_limit_exceeded)",
  ]);
});

test("holds a run of deltas back until something else comes, or nothing more", () => {
  const { log, add, lines } = watching("events");
  const append: Entry = [1900, "in", { type: "input_audio_buffer.append" }, 4800];
  add(append, delta(4800), append, delta(7200), append);
  expect(lines()).toHaveLength(1);
  add([2600, "out", { type: "response.output_audio.done", response_id: "resp_12345678", item_id: "item_model" }]);
  expect(lines()).toEqual([
    "    1.900 s  #1   <-  input_audio_buffer.append x3  300 ms",
    "    2.000 s  #1   ->  response.output_audio.delta x2  250 ms",
    "    2.600 s  #1   ->  response.output_audio.done  response …345678  item …_model",
  ]);
  add(append);
  for (let i = 0; i < 4; i++) log.look();
  expect(lines()).toEqual([]);
  for (let i = 0; i < 2; i++) log.look();
  expect(lines()).toEqual(["    1.900 s  #1   <-  input_audio_buffer.append  100 ms"]);
});

test("prints a long run from time to time, and the rest at the end", () => {
  const { log, add, lines } = watching("events");
  for (let i = 0; i < 60; i++) add([i, "in", { type: "input_audio_buffer.append" }, 4800]);
  expect(lines().slice(1)).toEqual(["    0.000 s  #1   <-  input_audio_buffer.append x51  5.10 s"]);
  log.end();
  expect(lines()).toEqual(["    0.051 s  #1   <-  input_audio_buffer.append x9  900 ms"]);
});

test("tells ends and differences, in colour on a terminal, and never what would steer it", () => {
  const { log, session, add, mismatches, lines } = watching("events", { isTTY: true });
  add([1, "in", { type: "response.create" }], [2, "out", { type: "error", error: { code: "x", message: "\u001b[2Jgone" } }]);
  mismatches.push({ sessionId: session.id, atMs: 5, kind: "missing", type: "response.create", message: "The client ended without it." });
  session.closed = { atMs: 9, code: 1001, reason: "bye" };
  log.look();
  log.look();
  const text = lines().join("\n");
  expect(text).toContain("\u001b[36m<-\u001b[39m  response.create");
  expect(text).toContain("\u001b[32m->\u001b[39m  \u001b[31merror\u001b[39m  x:  [2Jgone");
  expect(text).toContain("\u001b[31mdiffers\u001b[39m  The client ended without it.");
  expect(text.match(/Session sess_abcdef ended/g)).toHaveLength(1);
  expect(text).toContain("(close code 1001, bye).");
});

test("gives JSON everything as it is", () => {
  const { log, add, session, lines } = watching("json");
  add(delta(4800));
  session.closed = { atMs: 9, code: 1000, reason: "" };
  log.end();
  expect(lines().map((line) => JSON.parse(line))).toEqual([
    { kind: "session", atMs: 0, session: "sess_abcdef", model: "m", transport: "websocket" },
    { kind: "event", atMs: 2000, session: "sess_abcdef", direction: "out", type: "response.output_audio.delta", audioBytes: 4800, event: delta(0)[2] },
    { kind: "end", atMs: 9, session: "sess_abcdef", code: 1000, reason: "" },
  ]);
});
