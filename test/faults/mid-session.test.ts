/** Sessions that go wrong while they run: what ends them ends them once, and what does not leaves the reply whole. */
import { afterEach, expect, test } from "vitest";
import type { Peer, ScriptedServer } from "../contract/scripted-server.ts";
import { type Bench, beginReply, bench, endReply, eventually, findWhole, RATE, sendDelta, sessionServer, settle, speech, toBytes } from "./support.ts";

const servers: ScriptedServer[] = [];
const benches: Bench[] = [];
afterEach(async () => {
  for (const { pipeline } of benches.splice(0)) await pipeline.close();
  for (const server of servers.splice(0)) await server.close();
});

async function open(): Promise<Bench & { server: ScriptedServer; peer: Peer }> {
  const server = await sessionServer();
  servers.push(server);
  const opened = bench(server.url);
  benches.push(opened);
  await opened.pipeline.start();
  return { ...opened, server, peer: await server.peer() };
}

/** Waits until everything sent so far has arrived. */
async function caughtUp({ peer, events }: { peer: Peer; events: { type: string }[] }): Promise<void> {
  const marker = `vendor.marker.${events.length}.${Math.random()}`;
  peer.send({ type: marker });
  await eventually(() => events.some(({ type }) => type === marker));
}

test.each([
  ["a close with a code", (peer: Peer) => peer.close(1001, "Your session hit the maximum duration of 60 minutes."), /1001, Your session hit/],
  ["a close without one", (peer: Peer) => peer.close(1000), /1000/],
  ["a dropped connection", (peer: Peer) => peer.vanish(), /1006/],
  ["bytes that are no frame", (peer: Peer) => peer.sendRaw(new Uint8Array([0xff, 0xff, 0xff])), /1006|1002/],
])("%s: connection-lost once, everything freed, another session works", async (_name, end, message) => {
  const { pipeline, server, peer, errors, states, closed } = await open();
  end(peer);
  await eventually(() => pipeline.getSnapshot().state === "failed");
  await eventually(() => closed.source > 0 && closed.sink > 0 && server.openConnections === 0);
  expect(errors).toMatchObject([{ code: "connection-lost", fatal: true, message: expect.stringMatching(message) }]);
  expect(pipeline.getSnapshot()).toMatchObject({ error: { code: "connection-lost" }, userSpeaking: false, agentSpeaking: false });
  expect(states).toEqual(["connecting", "open", "failed"]);
  await pipeline.close();
  await settle();
  expect(states).toEqual(["connecting", "open", "failed"]);
  expect(closed).toEqual({ source: 1, sink: 1 });
  pipeline.send({ type: "input_audio_buffer.commit" });
  await expect(pipeline.start()).rejects.toMatchObject({ code: "closed" });
  const another = await open();
  expect(another.pipeline.getSnapshot().state).toBe("open");
});

test("an expired session: its error event first, then the end", async () => {
  const { pipeline, peer, errors } = await open();
  peer.send({
    type: "error",
    error: { type: "invalid_request_error", code: "session_expired", message: "Your session hit the maximum duration of 60 minutes." },
  });
  peer.close(1001, "Your session hit the maximum duration of 60 minutes.");
  await eventually(() => pipeline.getSnapshot().state === "failed");
  expect(errors.map(({ code, fatal }) => [code, fatal])).toEqual([["server-error", true]]);
});

test("a connection lost while a reply plays: it fades out, and interrupt() still answers", async () => {
  const { pipeline, peer, pull } = await open();
  beginReply(peer, { responseId: "r1", itemId: "i1" });
  sendDelta(peer, { responseId: "r1", itemId: "i1" }, toBytes(speech(500)));
  await eventually(() => pull(1).some((sample) => sample !== 0));
  peer.vanish();
  await eventually(() => pipeline.getSnapshot().state === "failed");
  await settle();
  const heard = pull(200);
  expect(heard[0]).not.toBe(0);
  expect(heard.subarray((40 * RATE) / 1000).every((sample) => sample === 0)).toBe(true);
  expect(await pipeline.interrupt()).toEqual({ reason: "interrupt", items: [] });
});

test("errors of the server are told and end nothing", async () => {
  const opened = await open();
  const { pipeline, peer, errors } = opened;
  peer.send({ type: "error", error: { type: "invalid_request_error", code: "invalid_value", message: "Invalid value: 'bob'." } });
  await caughtUp(opened);
  expect(errors).toMatchObject([{ code: "server-error", fatal: false, message: "The server says: Invalid value: 'bob'." }]);
  expect(pipeline.getSnapshot()).toMatchObject({ state: "open", error: { code: "server-error" } });
});

test("harmless races of an interruption are no errors", async () => {
  const opened = await open();
  opened.peer.send({ type: "error", error: { type: "invalid_request_error", code: "response_cancel_not_active", message: "Cancellation failed" } });
  opened.peer.send({ type: "error", error: { type: "e", code: "invalid_value", message: "Audio content of 3700ms is already shorter than 3760ms" } });
  await caughtUp(opened);
  expect(opened.errors).toEqual([]);
});

test("garbage in the middle of a reply: one error each, and the reply is whole", async () => {
  const opened = await open();
  const { peer, errors, pull } = opened;
  const reply = { responseId: "r1", itemId: "i1" };
  const sent = speech(600);
  const garbage = ["", "{", "[]", "null", '{"type":null}', new Uint8Array([1, 2, 3])];
  beginReply(peer, reply);
  for (const [index, junk] of garbage.entries()) {
    sendDelta(peer, reply, toBytes(sent.slice(index * 2400, (index + 1) * 2400)));
    peer.send(junk);
  }
  endReply(peer, reply);
  await caughtUp(opened);
  expect(errors.map(({ code, fatal }) => [code, fatal])).toEqual(Array(garbage.length).fill(["malformed-event", false]));
  expect(findWhole(pull(800), sent)).toBeGreaterThanOrEqual(0);
});

/** Events with a known name that lack or bend what their type promises. */
const BENT: object[] = [
  { type: "response.created" },
  { type: "response.created", response: null },
  { type: "response.done" },
  { type: "response.done", response: { output: [null] } },
  { type: "response.done", response: { id: "x", output: [{ type: "message", id: "y" }] } },
  { type: "session.updated" },
  { type: "session.updated", session: { audio: 7 } },
  { type: "error" },
  { type: "error", error: "text" },
  { type: "conversation.item.added" },
  { type: "conversation.item.added", item: { type: "message", id: "bent-1", role: "user" } },
  { type: "conversation.item.added", item: { type: "message", id: "bent-2", role: "user", content: [null] } },
  { type: "conversation.item.added", item: { type: "message", id: 7, role: "user", content: [] } },
  { type: "conversation.item.done" },
  { type: "conversation.item.deleted" },
  { type: "conversation.item.input_audio_transcription.completed", item_id: "i1" },
  { type: "conversation.item.input_audio_transcription.delta", item_id: "i1", delta: 7 },
  { type: "response.output_audio_transcript.delta", item_id: "i1" },
  { type: "response.output_audio_transcript.delta", item_id: "i1", delta: { text: "x" } },
  { type: "response.output_audio_transcript.done", item_id: "i1" },
  { type: "response.output_text.done", item_id: "i1", text: null },
  { type: "response.output_audio.done" },
  { type: "input_audio_buffer.speech_stopped" },
];

test.each(BENT.map((event) => [JSON.stringify(event), event]))("a bent event is no end, and bends no text: %s", async (_text, event) => {
  const opened = await open();
  const { pipeline, peer, errors, pull } = opened;
  const reply = { responseId: "r1", itemId: "i1" };
  const sent = speech(300);
  beginReply(peer, reply);
  peer.send({ type: "response.output_audio_transcript.delta", response_id: "r1", item_id: "i1", output_index: 0, content_index: 0, delta: "Hello" });
  sendDelta(peer, reply, toBytes(sent.slice(0, 3600)));
  peer.send(event);
  sendDelta(peer, reply, toBytes(sent.slice(3600)));
  endReply(peer, reply);
  await caughtUp(opened);
  expect(errors.filter(({ code, fatal }) => fatal || (code !== "malformed-event" && code !== "server-error"))).toEqual([]);
  expect(pipeline.getSnapshot().state).toBe("open");
  for (const entry of pipeline.getSnapshot().conversation) {
    expect([typeof entry.id, typeof entry.text]).toEqual(["string", "string"]);
  }
  expect(pipeline.getSnapshot().conversation.find(({ id }) => id === "i1")?.text).toBe("Hello");
  expect(findWhole(pull(500), sent)).toBeGreaterThanOrEqual(0);
});

test("unknown events reach on(event) untouched, in their place", async () => {
  const opened = await open();
  const seen: object[] = [];
  opened.pipeline.on("event", (event) => seen.push(event));
  const odd = [
    { type: "vendor.thing", nested: { a: [1, null, "ü"] } },
    { type: "response.audio.delta", delta: "AAAA" },
    { type: "toString" },
    { type: "__proto__" },
  ];
  for (const event of odd) opened.peer.send(event);
  await caughtUp(opened);
  expect(seen.slice(0, odd.length)).toEqual(odd);
  expect(opened.errors).toEqual([]);
});
