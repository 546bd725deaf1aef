/** What the server says and does about speech that it plays itself; orders and values are those of recorded sessions. */
import { afterEach, describe, expect, it } from "vitest";
import { TrackSession } from "../../test/track-session.ts";
import type { Event } from "../../test/wire-client.ts";
import { type EmulatorOptions, type SpokenItem, toneClip, type VoiceReply } from "../index.ts";
import { TRACK_RATE } from "./audio-codec.ts";

const message = (durationMs: number, text = "one two three four five six seven eight nine ten"): SpokenItem => ({
  type: "message",
  text,
  audio: toneClip(durationMs, TRACK_RATE),
});

/** A session whose model says these replies, one after the other. */
function session(replies: readonly VoiceReply[], options: EmulatorOptions = {}): TrackSession {
  const left = [...replies];
  track = new TrackSession({ voice: { reply: () => left.shift() ?? [message(1000)] }, ...options });
  return track;
}

let track: TrackSession;

/** Rules that do not hold where a test makes something that was never recorded. */
let unrecorded: string[] = [];

afterEach(() => {
  expect(track.violations(unrecorded)).toEqual([]);
  unrecorded = [];
});

const framesOf = (ms: number) => (ms * TRACK_RATE) / 1000;

/** First sample that was played which is not silence. */
const firstSound = (samples: Int16Array) => samples.findIndex((sample) => sample !== 0);

/** Where the tone's own first sound is. */
const toneStart = firstSound(toneClip(2000, TRACK_RATE).samples);

/** `audio_end_ms` of the only truncation, after checking that exactly so much was played. */
function truncatedAt(track: TrackSession, spokenMs: number): number {
  expect(track.all("conversation.item.truncated")).toHaveLength(1);
  const { audio_end_ms } = track.all("conversation.item.truncated")[0] as Event;
  const { heard } = track;
  const start = firstSound(heard) - toneStart;
  const wanted = new Int16Array(heard.length);
  if (start >= 0) wanted.set(toneClip(spokenMs, TRACK_RATE).samples.subarray(0, framesOf(audio_end_ms)), start);
  expect(heard).toEqual(wanted);
  return audio_end_ms;
}

describe("playing", () => {
  it("is in real time, whole, and told about in the recorded order", () => {
    const track = session([[message(2000)]]);
    track.send({ type: "response.create" });
    const done = track.until("response.done");
    const stopped = track.until("output_audio_buffer.stopped");
    const started = track.all("output_audio_buffer.started")[0];
    expect(track.all("response.output_audio.delta")).toEqual([]);
    const order = track.events.map(({ type }) => type);
    expect(order.indexOf("output_audio_buffer.started")).toBeGreaterThan(order.indexOf("response.output_audio_transcript.delta"));
    expect(order.indexOf("output_audio_buffer.started")).toBeLessThan(order.indexOf("response.output_audio.done"));
    expect(order.slice(-3)).toEqual(["response.done", "rate_limits.updated", "output_audio_buffer.stopped"]);
    expect([started.response_id, stopped.response_id]).toEqual([done.response.id, done.response.id]);
    expect(stopped.sentMs - started.sentMs).toBe(2000);
    expect(done.sentMs).toBeLessThan(stopped.sentMs - 1000);
    const at = framesOf(started.sentMs);
    expect(track.heard.subarray(at, at + framesOf(2000))).toEqual(toneClip(2000, TRACK_RATE).samples);
    expect(firstSound(track.heard)).toBe(at + toneStart);
  });

  it("goes on for one response after the other, each told about by itself", () => {
    const track = session([[message(1500)], [message(1000)]]);
    track.send({ type: "response.create" });
    track.until("response.done");
    track.send({ type: "response.create" });
    track.until("output_audio_buffer.stopped", 2);
    const ids = track.all("response.done").map(({ response }) => response.id);
    const told = track.events.filter(({ type }) => type.startsWith("output_audio_buffer."));
    expect(told.map(({ type, response_id }) => [type, response_id])).toEqual([
      ["output_audio_buffer.started", ids[0]],
      ["output_audio_buffer.stopped", ids[0]],
      ["output_audio_buffer.started", ids[1]],
      ["output_audio_buffer.stopped", ids[1]],
    ]);
    expect(told[3].sentMs - told[0].sentMs).toBe(2500);
  });

  it("joins the items of a response without a gap", () => {
    const track = session([[message(510), message(700)]]);
    track.send({ type: "response.create" });
    const { sentMs } = track.until("output_audio_buffer.started");
    track.until("output_audio_buffer.stopped");
    const at = framesOf(sentMs);
    expect(track.heard.subarray(at, at + framesOf(510))).toEqual(toneClip(510, TRACK_RATE).samples);
    expect(track.heard.subarray(at + framesOf(510), at + framesOf(1210))).toEqual(toneClip(700, TRACK_RATE).samples);
    expect(track.all("output_audio_buffer.started")).toHaveLength(1);
  });

  it("waits, silent and without events, for a model that is slower than speech", () => {
    const track = session([[message(1000)]], { profile: { speedUp: 0.5 } });
    track.send({ type: "response.create" });
    track.until("output_audio_buffer.stopped");
    expect(track.types().filter((type) => type.startsWith("output_audio_buffer."))).toEqual(["output_audio_buffer.started", "output_audio_buffer.stopped"]);
    const sounding = track.heard.filter((sample) => sample !== 0);
    expect(sounding).toEqual(toneClip(1000, TRACK_RATE).samples.filter((sample) => sample !== 0));
  });

  it("says nothing about a response without sound", () => {
    const track = session([[{ type: "message", text: "Hm." }], [{ type: "function_call", name: "f", arguments: "{}" }]]);
    for (let count = 1; count <= 2; count++) {
      track.send({ type: "response.create", response: { output_modalities: ["text"] } });
      track.until("response.done", count);
    }
    track.wait(1000);
    expect(track.types().filter((type) => type.startsWith("output_audio_buffer."))).toEqual([]);
  });
});

describe("an interruption", () => {
  it("while the response is generated", () => {
    const track = session([[message(8000)]]);
    track.send({ type: "response.create" });
    track.until("output_audio_buffer.started");
    track.wait(470);
    const from = track.events.length;
    track.speak();
    expect(track.types(from)).toEqual([
      "input_audio_buffer.speech_started",
      "output_audio_buffer.cleared",
      "response.output_audio.done",
      "response.output_audio_transcript.done",
      "response.content_part.done",
      "conversation.item.done",
      "response.output_item.done",
      "response.done",
      "conversation.item.truncated",
    ]);
    const { response } = track.all("response.done")[0];
    expect(response).toMatchObject({ status: "cancelled", status_details: { type: "cancelled", reason: "turn_detected" } });
    expect(response.output[0].status).toBe("incomplete");
    expect(track.all("output_audio_buffer.cleared")[0].response_id).toBe(response.id);
    track.wait(3000);
    expect(truncatedAt(track, 8000)).toBe(480);
    expect(track.all("output_audio_buffer.stopped")).toEqual([]);
  });

  it("when the speech is made and the response is not done", () => {
    const call: SpokenItem = { type: "function_call", name: "f", arguments: "0123456789".repeat(100), delayMs: 100 };
    const track = session([[message(2000), call]]);
    track.send({ type: "response.create" });
    track.until("response.output_item.done");
    const from = track.events.length;
    track.speak();
    const order = track.types(from);
    expect(order.slice(0, 2)).toEqual(["input_audio_buffer.speech_started", "output_audio_buffer.cleared"]);
    expect(order.slice(-2)).toEqual(["response.done", "conversation.item.truncated"]);
    expect(order).not.toContain("response.output_audio.done");
    const { response } = track.all("response.done")[0];
    expect(response.status).toBe("cancelled");
    expect(response.output[0].status).toBe("completed");
    expect(truncatedAt(track, 2000) % 20).toBe(0);
  });

  it("when the response is done and still played", () => {
    const track = session([[message(2000)]]);
    track.send({ type: "response.create" });
    track.until("response.done");
    track.wait(700);
    const from = track.events.length;
    track.speak();
    expect(track.types(from)).toEqual(["input_audio_buffer.speech_started", "output_audio_buffer.cleared", "conversation.item.truncated"]);
    expect(track.all("response.done")).toHaveLength(1);
    expect(track.all("response.done")[0].response.status).toBe("completed");
    track.wait(2000);
    expect(truncatedAt(track, 2000)).toBeGreaterThan(700);
    expect(track.all("output_audio_buffer.stopped")).toEqual([]);
  });

  it("right after response.created", () => {
    const track = session([[message(2000)]]);
    track.send({ type: "response.create" });
    const from = track.events.length;
    track.speak();
    expect(track.types(from)).toEqual(["input_audio_buffer.speech_started", "response.done"]);
    expect(track.all("response.done")[0].response).toMatchObject({ status: "cancelled", output: [] });
    track.wait(3000);
    expect(firstSound(track.heard)).toBe(-1);
  });

  it("when nothing is played changes nothing", () => {
    const track = session([[message(500)]]);
    track.send({ type: "response.create" });
    track.until("output_audio_buffer.stopped");
    const from = track.events.length;
    track.speak();
    expect(track.types(from)).toEqual(["input_audio_buffer.speech_started"]);
  });

  it("does nothing to what is played where the settings say so", () => {
    const track = session([[message(2000)]]);
    const turn_detection = { type: "server_vad", interrupt_response: false };
    track.send({ type: "session.update", session: { type: "realtime", audio: { input: { turn_detection } } } });
    track.send({ type: "response.create" });
    track.until("output_audio_buffer.started");
    track.speak();
    track.until("output_audio_buffer.stopped");
    expect(track.all("output_audio_buffer.cleared")).toEqual([]);
    expect(track.all("conversation.item.truncated")).toEqual([]);
  });

  it("leaves what is said beside the conversation alone", () => {
    unrecorded = ["interruption-clears-first"];
    const track = session([[message(1000)]]);
    track.send({ type: "response.create", response: { conversation: "none" } });
    track.until("output_audio_buffer.started");
    track.speak();
    track.until("output_audio_buffer.stopped");
    expect(track.types()).not.toContain("output_audio_buffer.cleared");
    expect(track.all("response.done")[0].response.status).toBe("completed");
  });

  it.each([
    [0, 20],
    [1, 20],
    [19, 20],
    [20, 40],
    [461, 480],
    [1999, 2000],
  ])("%i ms after the first sample truncates at %i ms", (waitMs, audioEndMs) => {
    const track = session([[message(4000)]]);
    track.send({ type: "response.create" });
    track.until("output_audio_buffer.started");
    track.wait(waitMs);
    track.speak();
    expect(truncatedAt(track, 4000)).toBe(audioEndMs);
  });

  it("between the first audio and its first frame truncates at 0", () => {
    // The first delta comes 7 ms after a frame.
    const track = session([[message(4000)]], { profile: { firstAudioDelayMs: 407 } });
    track.send({ type: "response.create" });
    track.wait(407);
    expect(track.all("output_audio_buffer.started")).toHaveLength(1);
    const from = track.events.length;
    track.speak();
    expect(track.types(from).slice(0, 2)).toEqual(["input_audio_buffer.speech_started", "output_audio_buffer.cleared"]);
    expect(truncatedAt(track, 4000)).toBe(0);
    track.wait(1000);
    expect(firstSound(track.heard)).toBe(-1);
  });

  it("truncates the item that is heard where it is, and those after it at 0", () => {
    // In recordings there is one item.
    unrecorded = ["asked-for"];
    const track = session([[message(1000), message(1000), message(1000)]]);
    track.send({ type: "response.create" });
    track.until("output_audio_buffer.started");
    track.until("response.done");
    track.wait(1500 - (track.all("response.done")[0].sentMs - track.all("output_audio_buffer.started")[0].sentMs) - 1);
    track.speak();
    const [first, second, third] = track.all("response.done")[0].response.output;
    expect(first.status).toBe("completed");
    expect(track.all("conversation.item.truncated").map(({ item_id, audio_end_ms }) => [item_id, audio_end_ms])).toEqual([
      [second.id, 500],
      [third.id, 0],
    ]);
    expect(track.all("output_audio_buffer.cleared")).toHaveLength(1);
  });

  it("truncates in steps of 20 ms also an item that began between two frames", () => {
    const track = session([[message(510), message(4000)]]);
    track.send({ type: "response.create" });
    track.until("output_audio_buffer.started");
    track.wait(590);
    track.speak();
    const second = track.all("response.output_item.added")[1].item;
    // 600 ms were played, of which 90 are of the second item.
    expect(track.all("conversation.item.truncated").map(({ item_id, audio_end_ms }) => [item_id, audio_end_ms])).toEqual([[second.id, 80]]);
  });

  it("deletes the transcript and the rest of the audio", () => {
    const track = session([[message(2000)]]);
    track.send({ type: "response.create" });
    track.until("response.done");
    track.speak();
    const { item_id, content_index, audio_end_ms } = track.all("conversation.item.truncated")[0];
    const item = track.session.conversation.items.find(({ wire }) => wire.id === item_id);
    expect(item?.wire).toMatchObject({ content: [{ type: "output_audio" }] });
    expect(item?.wire.type === "message" && item.wire.content[0]).not.toHaveProperty("transcript");
    expect([item?.spoken?.sentMs, item?.spoken?.keptMs]).toEqual([2000, audio_end_ms]);
    expect(track.session.truncations).toEqual([{ atMs: expect.any(Number), itemId: item_id, contentIndex: content_index, audioEndMs: audio_end_ms }]);
    track.send({ type: "conversation.item.retrieve", item_id });
    const audio = Buffer.from(track.all("conversation.item.retrieved")[0].item.content[0].audio, "base64");
    expect(audio.length).toBe(framesOf(audio_end_ms) * 2);
  });

  it("does not truncate what the client has deleted or cut shorter itself", () => {
    unrecorded = ["cleared-then-truncated"];
    const track = session([[message(4000)], [message(4000)]]);
    track.send({ type: "response.create" });
    track.until("response.done");
    const [item] = track.all("response.done")[0].response.output;
    track.send({ type: "conversation.item.truncate", item_id: item.id, content_index: 0, audio_end_ms: 100 });
    track.speak();
    expect(track.all("conversation.item.truncated")).toHaveLength(1);
    track.send({ type: "input_audio_buffer.clear" });
    track.send({ type: "response.create" });
    const { item: second } = track.until("response.output_item.added", 2);
    track.until("output_audio_buffer.started", 2);
    track.send({ type: "conversation.item.delete", item_id: second.id });
    track.speak();
    expect(track.all("output_audio_buffer.cleared")).toHaveLength(2);
    expect(track.all("conversation.item.truncated")).toHaveLength(1);
    expect(track.all("error")).toEqual([]);
  });
});

describe("the client's own interruption", () => {
  it("cancels, then clears: done, cleared, truncated", () => {
    const track = session([[message(8000)]], { profile: { cancelDelayMs: 0 } });
    track.send({ type: "response.create" });
    track.until("output_audio_buffer.started");
    track.wait(300);
    const from = track.events.length;
    track.send({ type: "response.cancel" });
    track.wait(0);
    track.send({ type: "output_audio_buffer.clear" });
    expect(track.types(from).slice(-3)).toEqual(["response.done", "output_audio_buffer.cleared", "conversation.item.truncated"]);
    expect(track.all("response.done")[0].response.status_details).toMatchObject({ reason: "client_cancelled" });
    track.wait(2000);
    expect(truncatedAt(track, 8000)).toBe(320);
  });

  it("clears while the model still generates: nothing more of that item is heard, also when its end comes later", () => {
    const track = session([[message(8000)]]);
    track.send({ type: "response.create" });
    track.until("output_audio_buffer.started");
    track.wait(300);
    const from = track.events.length;
    track.send({ type: "output_audio_buffer.clear" });
    expect(track.types(from)).toEqual(["output_audio_buffer.cleared", "conversation.item.truncated"]);
    track.until("response.done");
    track.wait(9000);
    expect(truncatedAt(track, 8000)).toBe(320);
    expect(track.all("output_audio_buffer.stopped")).toEqual([]);
    const { item } = track.all("conversation.item.done").at(-1);
    expect(item.content).toEqual([{ type: "output_audio" }]);
  });

  it("clears when the response is done and still played", () => {
    const track = session([[message(2000)], [message(600)]]);
    track.send({ type: "response.create" });
    track.until("response.done");
    track.send({ type: "output_audio_buffer.clear" });
    expect(track.events.slice(-2).map(({ type }) => type)).toEqual(["output_audio_buffer.cleared", "conversation.item.truncated"]);
    track.send({ type: "response.create" });
    const started = track.until("output_audio_buffer.started", 2);
    const stopped = track.until("output_audio_buffer.stopped");
    // The first delta came between two frames.
    expect(stopped.sentMs - started.sentMs).toBeGreaterThanOrEqual(600);
    expect(stopped.sentMs - started.sentMs).toBeLessThan(620);
  });

  it("cancels without clearing: what was generated is played to its end", () => {
    const track = session([[message(8000)]], { profile: { cancelDelayMs: 0 } });
    track.send({ type: "response.create" });
    track.until("output_audio_buffer.started");
    track.wait(300);
    track.send({ type: "response.cancel" });
    const { response } = track.until("response.done");
    const stopped = track.until("output_audio_buffer.stopped");
    const spoken = track.session.items.find(({ wire }) => wire.id === response.output[0].id)?.spoken;
    expect(stopped.sentMs - track.all("output_audio_buffer.started")[0].sentMs).toBe(Math.ceil((spoken?.sentMs ?? 0) / 20) * 20);
    expect(track.all("conversation.item.truncated")).toEqual([]);
  });

  it("clears nothing when nothing is played", () => {
    const track = session([[message(500)]]);
    track.send({ type: "output_audio_buffer.clear" });
    track.send({ type: "response.create" });
    track.until("output_audio_buffer.stopped");
    track.send({ type: "output_audio_buffer.clear" });
    expect(track.types().filter((type) => type === "output_audio_buffer.cleared" || type === "error")).toEqual([]);
  });
});
