import { describe, expect, it } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { parseRecording } from "./read-recording.ts";
import { replayOption } from "./replay-option.ts";
import { ReplayPlayer } from "./replay-player.ts";

type Line = [atMs: number, direction: "in" | "out", event: Record<string, unknown>];

const HEADER = { sidetone: "recording", version: 1, session: "s", model: "m", audio: "inline" };
const append = (chars: number) => ({ type: "input_audio_buffer.append", audio: "A".repeat(chars) });

function playing(lines: Line[], options: { pace?: "triggered" | "clock"; closed?: { code: number; reason: string } } = {}) {
  const all = [HEADER, ...lines.map(([atMs, direction, event]) => ({ atMs, session: "s", direction, event }))];
  const endMs = (lines.at(-1)?.[0] ?? 0) + 100;
  const text = [...all, ...(options.closed ? [{ atMs: endMs, session: "s", closed: options.closed }] : [])].map((line) => `${JSON.stringify(line)}\n`).join("");
  const [log] = parseRecording(text).sessions;
  const clock = new ManualClock();
  const sent: [number, unknown][] = [];
  const closes: [number, number, string][] = [];
  const mismatches: string[] = [];
  const player = new ReplayPlayer({
    log: log as never,
    pace: options.pace ?? "triggered",
    clock,
    send: (event) => sent.push([clock.nowMs(), (event as { type: string }).type]),
    close: (code, reason) => closes.push([clock.nowMs(), code, reason]),
    onMismatch: ({ kind, type }) => mismatches.push(`${kind} ${type}`),
  });
  player.start();
  return { player, clock, sent, closes, mismatches, says: (event: object) => player.receive(JSON.stringify(event)) };
}

const TALK: Line[] = [
  [5, "out", { type: "session.created" }],
  [50, "in", { type: "session.update" }],
  [60, "out", { type: "session.updated" }],
  [100, "in", append(1000)],
  [200, "in", append(1000)],
  [230, "out", { type: "input_audio_buffer.speech_started" }],
  [300, "in", append(1000)],
  [310, "out", { type: "response.created" }],
  [410, "out", { type: "response.done" }],
];

describe("a replay by the client's events", () => {
  it("sends what followed them then, as much later as then", () => {
    const { clock, sent, says, mismatches } = playing(TALK);
    clock.advance(1000);
    expect(sent).toEqual([[5, "session.created"]]);
    says({ type: "session.update" });
    clock.advance(1000);
    expect(sent.at(-1)).toEqual([1010, "session.updated"]);
    // The same audio in other pieces.
    for (let i = 0; i < 9; i++) says(append(333));
    expect(sent).toHaveLength(2);
    clock.advance(500);
    expect(sent.at(-1)).toEqual([2030, "input_audio_buffer.speech_started"]);
    says(append(3));
    clock.advance(500);
    expect(sent.slice(3)).toEqual([
      [2510, "response.created"],
      [2610, "response.done"],
    ]);
    expect(mismatches).toEqual([]);
  });

  it("tells what is otherwise, and goes on", () => {
    const { player, clock, sent, says, mismatches } = playing([
      [0, "in", { type: "session.update" }],
      [10, "in", { type: "response.create" }],
      [20, "out", { type: "response.created" }],
      [30, "in", { type: "response.cancel" }],
    ]);
    says({ type: "conversation.item.delete" });
    player.receive("{");
    says({ type: "response.create" });
    clock.advance(10);
    expect(sent).toEqual([[10, "response.created"]]);
    player.stop();
    expect(mismatches).toEqual(["unexpected conversation.item.delete", "unexpected (malformed)", "missing session.update", "missing response.cancel"]);
  });

  it("goes on when the client commits less audio than then", () => {
    const { clock, sent, says } = playing([
      [0, "in", append(1000)],
      [10, "in", { type: "input_audio_buffer.commit" }],
      [20, "out", { type: "input_audio_buffer.committed" }],
    ]);
    says(append(900));
    clock.advance(100);
    expect(sent).toEqual([]);
    says({ type: "input_audio_buffer.commit" });
    clock.advance(10);
    expect(sent).toEqual([[110, "input_audio_buffer.committed"]]);
  });

  it("exchanges the client's ids, and keeps the server's", () => {
    const events: unknown[] = [];
    const lines: Line[] = [
      [0, "in", { type: "conversation.item.create", event_id: "e1", item: { id: "old", type: "message" } }],
      [1, "out", { type: "conversation.item.added", event_id: "event_1", previous_item_id: "item_1", item: { id: "old", content: ["older"] } }],
      [2, "out", { type: "error", error: { event_id: "e1" } }],
    ];
    const { sessions } = parseRecording(
      [HEADER, ...lines.map(([atMs, direction, event]) => ({ atMs, session: "s", direction, event }))].map((line) => `${JSON.stringify(line)}\n`).join(""),
    );
    const clock = new ManualClock();
    const player = new ReplayPlayer({ log: sessions[0] as never, pace: "triggered", clock, send: (event) => events.push(event), close() {}, onMismatch() {} });
    player.start();
    player.receive(JSON.stringify({ type: "conversation.item.create", event_id: "e9", item: { id: "new", type: "message" } }));
    clock.advance(5);
    expect(events).toEqual([
      { type: "conversation.item.added", event_id: "event_1", previous_item_id: "item_1", item: { id: "new", content: ["older"] } },
      { type: "error", error: { event_id: "e9" } },
    ]);
  });
});

describe("a replay by the clock", () => {
  it("sends at the recording's times, whatever the client does, and closes as the server did", () => {
    const { clock, sent, closes, says, mismatches } = playing(TALK, {
      pace: "clock",
      closed: { code: 1001, reason: "Your session hit the maximum duration." },
    });
    says({ type: "response.create" });
    clock.advance(1000);
    expect(sent.map(([atMs]) => atMs)).toEqual([5, 60, 230, 310, 410]);
    expect(closes).toEqual([[510, 1001, "Your session hit the maximum duration."]]);
    expect(mismatches).toEqual(["unexpected response.create"]);
  });

  it("leaves the end to the client where it was the client's, and stops when it is gone", () => {
    const { player, clock, sent, closes } = playing(TALK, { pace: "clock", closed: { code: 1005, reason: "" } });
    clock.advance(300);
    player.stop();
    clock.advance(1000);
    expect(sent).toHaveLength(3);
    expect(closes).toEqual([]);
  });
});

describe("the option replay", () => {
  it.each([
    [{ recording: { sessions: [] } }, "The recording has no session to replay."],
    [{ recording: 5 }, "replay.recording is 5; allowed are a path and what readRecording() gives."],
    [{ recording: "x", pace: "fast" }, 'replay.pace is "fast"; allowed are "triggered" and "clock".'],
    [{ recording: { sessions: [{ header: { audio: "wav" } }] } }, 'only recordings with audio: "inline" can be replayed.'],
    ["/nowhere/x.jsonl", "The recording /nowhere/x.jsonl cannot be read: ENOENT"],
    [{ recording: "x", speed: 2 }, 'replay has an unknown property "speed"'],
  ])("%j is refused", (option, message) => {
    expect(() => replayOption(option as never)).toThrow(message);
  });
});
