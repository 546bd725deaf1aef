/** Reply audio as no server should send it, and as real servers do: cut anywhere, late, overlapping. What is audio plays to the last frame. */
import { encodeBase64 } from "@sidetone/core/dsp";
import { afterEach, describe, expect, test } from "vitest";
import type { Peer, ScriptedServer } from "../contract/scripted-server.ts";
import { type Bench, beginReply, bench, endReply, eventually, findWhole, sendDelta, sessionServer, speech, toBytes } from "./support.ts";

type Opened = Bench & { peer: Peer };

const servers: ScriptedServer[] = [];
const benches: Bench[] = [];
afterEach(async () => {
  for (const { pipeline } of benches.splice(0)) await pipeline.close();
  for (const server of servers.splice(0)) await server.close();
});

async function open(): Promise<Opened> {
  const server = await sessionServer();
  servers.push(server);
  const opened = bench(server.url);
  benches.push(opened);
  await opened.pipeline.start();
  return { ...opened, peer: await server.peer() };
}

let markers = 0;

/** Waits until everything sent so far has arrived. */
async function caughtUp({ peer, events }: Opened): Promise<void> {
  const marker = `vendor.marker.${++markers}`;
  peer.send({ type: marker });
  await eventually(() => events.some(({ type }) => type === marker));
}

const REPLY = { responseId: "r1", itemId: "i1" };

describe("a reply plays whole", () => {
  test.each([
    ["odd bytes: 1, 3, 5, ...", (index: number) => 2 * index + 1],
    ["one byte each", () => 1],
    ["997 bytes each", () => 997],
    ["everything at once", () => 1 << 20],
  ])("split at %s", async (_name, size) => {
    const opened = await open();
    const sent = speech(120);
    const bytes = toBytes(sent);
    beginReply(opened.peer, REPLY);
    for (let at = 0, index = 0; at < bytes.length; index++) {
      const length = size(index);
      sendDelta(opened.peer, REPLY, bytes.subarray(at, at + length));
      at += length;
    }
    endReply(opened.peer, REPLY);
    await caughtUp(opened);
    expect(findWhole(opened.pull(300), sent)).toBeGreaterThanOrEqual(0);
    expect(opened.errors).toEqual([]);
  });

  test("with empty deltas in between", async () => {
    const opened = await open();
    const sent = speech(200);
    beginReply(opened.peer, REPLY);
    for (let at = 0; at < sent.length; at += 480) {
      sendDelta(opened.peer, REPLY, "");
      sendDelta(opened.peer, REPLY, toBytes(sent.slice(at, at + 480)));
    }
    endReply(opened.peer, REPLY);
    await caughtUp(opened);
    expect(findWhole(opened.pull(400), sent)).toBeGreaterThanOrEqual(0);
    expect(opened.errors).toEqual([]);
  });

  test("of nothing but empty deltas: silence, and the next one plays", async () => {
    const opened = await open();
    beginReply(opened.peer, REPLY);
    sendDelta(opened.peer, REPLY, "");
    endReply(opened.peer, REPLY);
    const next = { responseId: "r2", itemId: "i2" };
    const sent = speech(200);
    beginReply(opened.peer, next);
    sendDelta(opened.peer, next, toBytes(sent));
    endReply(opened.peer, next);
    await caughtUp(opened);
    expect(findWhole(opened.pull(400), sent)).toBeGreaterThanOrEqual(0);
  });

  test("shorter than what playback waits for", async () => {
    const opened = await open();
    const sent = speech(15);
    beginReply(opened.peer, REPLY);
    sendDelta(opened.peer, REPLY, toBytes(sent));
    endReply(opened.peer, REPLY);
    await caughtUp(opened);
    expect(findWhole(opened.pull(200), sent)).toBeGreaterThanOrEqual(0);
  });

  test("when the response ends without the part's own done event", async () => {
    const opened = await open();
    const sent = speech(15);
    beginReply(opened.peer, REPLY);
    sendDelta(opened.peer, REPLY, toBytes(sent));
    const item = { id: "i1", type: "message", role: "assistant", status: "completed", content: [{ type: "output_audio", transcript: "" }] };
    opened.peer.send({ type: "response.done", response: { id: "r1", status: "completed", output: [item] } });
    await caughtUp(opened);
    expect(findWhole(opened.pull(200), sent)).toBeGreaterThanOrEqual(0);
  });

  test("two queued responses, the second's audio before the first's has been pulled: one after the other, no gap", async () => {
    const opened = await open();
    const second = { responseId: "r2", itemId: "i2" };
    const a = speech(200, 1);
    const b = speech(200, 2);
    beginReply(opened.peer, REPLY);
    sendDelta(opened.peer, REPLY, toBytes(a));
    endReply(opened.peer, REPLY);
    beginReply(opened.peer, second);
    sendDelta(opened.peer, second, toBytes(b));
    endReply(opened.peer, second);
    await caughtUp(opened);
    const heard = opened.pull(600);
    expect(findWhole(heard, b) - findWhole(heard, a)).toBe(a.length);
  });

  test("two items of one response whose deltas are interleaved: each whole, in the order in which they began", async () => {
    const opened = await open();
    const second = { responseId: "r1", itemId: "i2" };
    const a = speech(200, 1);
    const b = speech(200, 2);
    beginReply(opened.peer, REPLY);
    for (let at = 0; at < a.length; at += 1200) {
      sendDelta(opened.peer, REPLY, toBytes(a.slice(at, at + 1200)));
      sendDelta(opened.peer, second, toBytes(b.slice(at, at + 1200)));
    }
    endReply(opened.peer, REPLY);
    endReply(opened.peer, second);
    await caughtUp(opened);
    const heard = opened.pull(600);
    expect(findWhole(heard, b) - findWhole(heard, a)).toBe(a.length);
  });
});

describe("a delta that is no audio", () => {
  test.each([
    ["no base64", "$$$$"],
    ["base64 of the other alphabet", "__--"],
    ["base64 without its padding", "AAA"],
    ["base64 broken into lines", "AAAA\nAAAA"],
    ["missing", undefined],
    ["null", null],
    ["a number", 42],
    ["an array", [1, 2]],
    ["an object", { data: "AAAA" }],
  ])("(%s) is reported once and skipped, and the rest plays whole", async (_name, delta) => {
    const opened = await open();
    const sent = speech(300);
    beginReply(opened.peer, REPLY);
    sendDelta(opened.peer, REPLY, toBytes(sent.slice(0, 2000)));
    sendDelta(opened.peer, REPLY, delta);
    sendDelta(opened.peer, REPLY, toBytes(sent.slice(2000)));
    endReply(opened.peer, REPLY);
    await caughtUp(opened);
    expect(opened.errors).toMatchObject([{ code: "malformed-event", fatal: false }]);
    expect(findWhole(opened.pull(500), sent)).toBeGreaterThanOrEqual(0);
  });
});

test.each([undefined, null, 7])("item_id %s: reported, not played, and never told back to the server", async (itemId) => {
  const opened = await open();
  opened.peer.send({ type: "response.created", response: { id: "r1", conversation_id: "conv_1" } });
  opened.peer.send({ type: "response.output_audio.delta", response_id: "r1", item_id: itemId, content_index: 0, delta: encodeBase64(toBytes(speech(300))) });
  await caughtUp(opened);
  expect(opened.errors).toMatchObject([{ code: "malformed-event" }]);
  opened.pull(100);
  await opened.pipeline.interrupt();
  opened.pipeline.send({ type: "input_audio_buffer.clear" });
  await opened.peer.event("input_audio_buffer.clear");
  expect(opened.peer.events.filter(({ type }) => type.startsWith("conversation.item."))).toEqual([]);
});

describe("after a cut", () => {
  test("late deltas are dropped, also of items that begin only now, and the next response plays whole", async () => {
    const opened = await open();
    const { peer, pipeline, pull } = opened;
    beginReply(peer, REPLY);
    sendDelta(peer, REPLY, toBytes(speech(500, 1)));
    await caughtUp(opened);
    pull(100);
    const interruption = await pipeline.interrupt();
    expect(interruption.items).toMatchObject([{ itemId: "i1", contentIndex: 0, action: "truncate", totalMs: 500 }]);
    pull(100);
    sendDelta(peer, REPLY, toBytes(speech(300, 2)));
    sendDelta(peer, { responseId: "r1", itemId: "i1b" }, toBytes(speech(300, 3)));
    endReply(peer, REPLY, "cancelled");
    await caughtUp(opened);
    expect(pull(300).every((sample) => sample === 0)).toBe(true);
    const next = { responseId: "r2", itemId: "i2" };
    const sent = speech(300, 4);
    beginReply(peer, next);
    sendDelta(peer, next, toBytes(sent));
    endReply(peer, next);
    await caughtUp(opened);
    expect(findWhole(pull(500), sent)).toBeGreaterThanOrEqual(0);
    const told = peer.events.filter(({ type }) => type === "response.cancel" || type.startsWith("conversation.item."));
    expect(told).toMatchObject([
      { type: "response.cancel", response_id: "r1" },
      { type: "conversation.item.truncate", item_id: "i1", content_index: 0, audio_end_ms: interruption.items[0].heardMs },
      { type: "conversation.item.delete", item_id: "i1b" },
    ]);
  });

  test("by the person's speech: what was never heard is deleted, the one at the ear truncated to what was pulled", async () => {
    const opened = await open();
    const { peer, pull } = opened;
    const second = { responseId: "r1", itemId: "i2" };
    beginReply(peer, REPLY);
    sendDelta(peer, REPLY, toBytes(speech(500, 1)));
    sendDelta(peer, second, toBytes(speech(500, 2)));
    await caughtUp(opened);
    pull(200);
    peer.send({ type: "input_audio_buffer.speech_started", audio_start_ms: 0, item_id: "u1" });
    const truncate = await peer.event("conversation.item.truncate");
    const deletion = await peer.event("conversation.item.delete");
    expect(truncate).toMatchObject({ item_id: "i1", audio_end_ms: 200 });
    expect(deletion).toMatchObject({ item_id: "i2" });
    expect(peer.events.some(({ type }) => type === "response.cancel")).toBe(false);
  });
});
