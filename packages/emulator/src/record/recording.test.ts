import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeBase64, readWav } from "@sidetone/core/dsp";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { toneClip } from "../voices/tone.ts";
import { parseRecording, readRecording } from "./read-recording.ts";
import { Recorder, recordOption } from "./recorder.ts";
import { replayOption } from "./replay-option.ts";

const folder = mkdtempSync(join(tmpdir(), "sidetone-record-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const PCM = { type: "audio/pcm", rate: 24000 } as const;
const SESSION = { id: "sess_1", model: "gpt-test", transport: "websocket", source: "emulator", input: PCM, output: PCM } as const;
const base64 = (samples: Int16Array) => encodeBase64(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
const only = (path: string, extension: string) => join(path, readdirSync(path).find((name) => name.endsWith(extension)) as string);

function recorderAt(name: string, options: { audio?: "inline" | "wav" } = {}) {
  const clock = new ManualClock();
  const directory = join(folder, name);
  return { clock, directory, recorder: new Recorder({ directory, ...options }, clock) };
}

describe("a recorder", () => {
  it("writes a session as lines that the reader gives back", async () => {
    const { clock, directory, recorder } = recorderAt("plain/deep");
    clock.advance(1000);
    const session = recorder.open(SESSION);
    session.event("out", { type: "session.created", session: {} });
    clock.advance(20.5);
    session.event("in", { type: "session.update", session: { tools: [{ type: "mcp", authorization: "hidden" }] } });
    session.event("in", null, '{"authorization":"hidden",');
    session.event("in", null, null);
    session.event("in", { type: "input_audio_buffer.append", audio: "AAAA" });
    clock.advance(10);
    session.ended(1001, "bye");
    session.event("out", { type: "late" });
    session.ended(1000, "");
    const path = only(directory, ".jsonl");
    expect(path).toMatch(/\d{4}-\d\d-\d\dT[\d-]+Z_sess_1\.jsonl$/);
    expect(readFileSync(path, "utf8")).not.toContain("hidden");
    const { sessions, torn } = await readRecording(path);
    expect(torn).toBe(false);
    expect(sessions).toHaveLength(1);
    expect(sessions[0]?.header).toMatchObject({ sidetone: "recording", version: 1, session: "sess_1", model: "gpt-test", input: PCM, audio: "inline" });
    expect(sessions[0]?.events.map(({ atMs, direction, event, text }) => [atMs, direction, event, text])).toEqual([
      [0, "out", { type: "session.created", session: {} }, undefined],
      [20.5, "in", { type: "session.update", session: { tools: [{ type: "mcp", authorization: "[redacted]" }] } }, undefined],
      [20.5, "in", null, '{"authorization":"[redacted]",'],
      [20.5, "in", null, null],
      [20.5, "in", { type: "input_audio_buffer.append", audio: "AAAA" }, undefined],
    ]);
    expect(sessions[0]?.end).toEqual({ atMs: 30.5, session: "sess_1", closed: { code: 1001, reason: "bye" } });
  });

  it("keeps sessions with one id apart, and ids inside of the folder", async () => {
    const { directory, recorder } = recorderAt("names");
    vi.useFakeTimers({ toFake: ["Date"] });
    for (const id of ["same", "same", "../../outside"]) recorder.open({ ...SESSION, id }).ended(1000, "");
    vi.useRealTimers();
    expect(
      readdirSync(directory)
        .map((name) => name.replace(/^.*Z_/, ""))
        .sort(),
    ).toEqual(["------outside.jsonl", "same-2.jsonl", "same.jsonl"]);
  });

  it("writes to a writer of one's own", () => {
    const lines: string[] = [];
    const recorder = new Recorder(recordOption({ writer: { write: (line) => lines.push(line) } }) as never, new ManualClock());
    const session = recorder.open(SESSION);
    session.event("in", { type: "response.create" });
    expect(parseRecording(lines.join("")).sessions[0]?.events[0]?.event).toEqual({ type: "response.create" });
    expect(parseRecording(lines.join("")).sessions[0]?.end).toBeNull();
  });

  it("never disturbs a session: a writer that fails is told of once", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const failing = {
      write() {
        throw new Error("disk full");
      },
    };
    const session = new Recorder({ writer: failing }, new ManualClock()).open(SESSION);
    session.event("in", { type: "response.create" });
    session.ended(1000, "");
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith("A recording lacks events: disk full", { code: "SIDETONE_RECORD" });
  });
});

describe("a recording of media tracks", () => {
  it("has their audio, in its lines or in the WAV file", async () => {
    const model = toneClip(1000, 24000).samples;
    const bytes = (samples: Int16Array) => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    for (const audio of ["inline", "wav"] as const) {
      const { directory, recorder } = recorderAt(`tracks-${audio}`, { audio });
      const session = recorder.open({ ...SESSION, transport: "webrtc" });
      session.track("in", new Uint8Array(24_000), null);
      session.track("out", bytes(model), "item_1");
      session.ended(1000, "");
      const { sessions } = await readRecording(only(directory, ".jsonl"));
      if (audio === "inline") {
        expect(sessions[0]?.events.map(({ direction, track }) => [direction, track?.item_id])).toEqual([
          ["in", undefined],
          ["out", "item_1"],
        ]);
        expect(sessions[0]?.events[1]?.track?.audio).toBe(base64(model));
        expect(() => replayOption({ recording: { sessions, torn: false } })).toThrow("has a session over webrtc, whose audio went another way");
      } else {
        const wav = readWav(readFileSync(only(directory, ".wav")));
        expect(Int16Array.from({ length: 24_000 }, (_, i) => Math.round((wav.samples[2 * (12_000 + i) + 1] as number) * 32768))).toEqual(model);
      }
    }
  });
});

describe("a recording with its sound in a WAV file", () => {
  it("has the user on the left and the model on the right, where it was heard, cut where it was cut", async () => {
    const { directory, recorder } = recorderAt("wav", { audio: "wav" });
    const session = recorder.open(SESSION);
    const user = toneClip(10_000, 24000).samples;
    const model = toneClip(3000, 24000).samples;
    const hear = (fromMs: number, toMs: number) =>
      session.event("in", { type: "input_audio_buffer.append", audio: base64(user.slice(fromMs * 24, toMs * 24)) });
    const speak = (item_id: string, fromMs: number, toMs: number) =>
      session.event("out", { type: "response.output_audio.delta", item_id, delta: base64(model.slice(fromMs * 24, toMs * 24)) });
    hear(0, 1000);
    speak("a", 0, 1000);
    speak("a", 1000, 3000);
    hear(1000, 3000);
    session.event("out", { type: "conversation.item.truncated", item_id: "a", content_index: 0, audio_end_ms: 1500 });
    speak("a", 0, 500);
    for (let at = 3000; at < 9000; at += 100) hear(at, at + 100);
    speak("b", 0, 2000);
    session.ended(1000, "");
    const wav = readWav(readFileSync(only(directory, ".wav")));
    expect([wav.rate, wav.channels, wav.frames]).toEqual([24_000, 2, 11_000 * 24]);
    const channel = (c: number) => Int16Array.from({ length: wav.frames }, (_, i) => Math.round((wav.samples[2 * i + c] as number) * 32768));
    const expected = [new Int16Array(wav.frames), new Int16Array(wav.frames)] as const;
    expected[0].set(user.subarray(0, 9000 * 24));
    expected[1].set(model.subarray(0, 1500 * 24), 1000 * 24);
    expected[1].set(model.subarray(0, 2000 * 24), 9000 * 24);
    expect(channel(0)).toEqual(expected[0]);
    expect(channel(1)).toEqual(expected[1]);
    const { sessions } = await readRecording(only(directory, ".jsonl"));
    expect(sessions[0]?.events[0]).toMatchObject({ event: { audio: "" }, audioBytes: 48_000 });
  });
});

describe("the reader", () => {
  const HEADER = JSON.stringify({ sidetone: "recording", version: 1, session: "s", model: "m", audio: "inline" });
  const event = (more: object) => JSON.stringify({ atMs: 1, session: "s", direction: "in", event: { type: "x" }, ...more });

  it("takes what a crash left", () => {
    const { sessions, torn } = parseRecording(`${HEADER}\n${event({})}\n${event({}).slice(0, 30)}`);
    expect([torn, sessions[0]?.events.length, sessions[0]?.end]).toEqual([true, 1, null]);
  });

  it("counts what a full disk lost", () => {
    expect(parseRecording(`${HEADER}\n{"atMs":2,"session":"s","dropped":7}\n`).sessions[0]?.dropped).toBe(7);
  });

  it.each([
    ["", "The recording holds no complete line"],
    ["nonsense\n", "The recording, line 1: Not JSON"],
    ["[]\n", "line 1: [] is no JSON object."],
    [`${event({})}\n`, "line 1: The session s has no header before this line; is this a recording?"],
    [`${HEADER.replace(":1,", ":9,")}\n`, "line 1: version is 9; this program reads version 1."],
    [`${HEADER}\n${HEADER}\n`, "line 2: The session s begins a second time."],
    [`${HEADER}\n${event({ direction: "up" })}\n`, 'line 2: direction is "up"; expected are "in" and "out".'],
    [`${HEADER}\n${event({})}\n${event({ atMs: 0 })}\n`, "line 3: atMs is 0; expected is a number of ms, not less than 1 of the event before."],
    [`${HEADER}\n${event({ event: 5 })}\n`, "line 2: event is 5; expected is an event, or null."],
    [`${HEADER}\n{"atMs":1,"session":"s","closed":{}}\n`, "line 2: closed is {}; expected are a close code from 1000 to 4999 and a reason."],
    [`${HEADER}\n{"atMs":1,"session":"s","closed":{"code":99999,"reason":""}}\n`, 'line 2: closed is {"code":99999,"reason":""}; expected are a close code'],
    [`${HEADER}\n{"atMs":1,"session":"s","closed":{"code":1000,"reason":""}}\n${event({})}\n`, "line 3: The session s has ended before this line."],
  ])("says what is wrong with %j", (text, message) => {
    expect(() => parseRecording(text)).toThrow(message);
  });

  it("says which file cannot be read", async () => {
    await expect(readRecording(join(folder, "none.jsonl"))).rejects.toThrow(/The recording .*none\.jsonl cannot be read: ENOENT/);
    writeFileSync(join(folder, "wrong.jsonl"), "x\n");
    await expect(readRecording(join(folder, "wrong.jsonl"))).rejects.toThrow(/wrong\.jsonl, line 1: Not JSON/);
  });
});

describe("the option record", () => {
  it.each([
    ["", 'record is ""; allowed are a folder, { directory, audio } and { writer }.'],
    [{ directory: 5 }, "record.directory is 5; allowed is the path of a folder."],
    [{ directory: "x", audio: "mp3" }, 'record.audio is "mp3"; allowed are "inline" and "wav".'],
    [{ writer: {} }, "record.writer is {}; allowed is an object with write()."],
    [{ file: "x" }, 'record has an unknown property "file"'],
  ])("%j is refused", (option, message) => {
    expect(() => recordOption(option as never)).toThrow(message);
  });
});
