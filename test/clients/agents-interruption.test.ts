/** `@openai/agents-realtime` is interrupted: it stops, tells what was heard, and the emulator believes it. What was heard is the client's own estimate by the clock. */
import { RealtimeAgent, type RealtimeItem } from "@openai/agents-realtime";
import { afterEach, describe, expect, test } from "vitest";
import { AgentCall, type AgentCallOptions, joined, until } from "./support/agents.ts";
import { utterance } from "./support/speaking.ts";
import { QUICK, ScriptedVoice, saying } from "./support/voices.ts";

/** So much speech that it is still being sent when the user cuts in: 30 s of it take 15. */
const SLOW = { ...QUICK, speedUp: 2 };
const LONG_WORDS = "This is a long answer, which goes on and on until somebody says a word";

const open: AgentCall[] = [];

async function call(options?: AgentCallOptions): Promise<AgentCall> {
  const made = await AgentCall.open(options);
  open.push(made);
  return made;
}

afterEach(() => Promise.all(open.splice(0).map((made) => made.close())));

function answerMs(it: AgentCall): number {
  return joined(it.heard).length / 48;
}

/** Begins an answer, and waits until `count` pieces of it have come; returns when the first one came, which is before the client looks at its clock. */
async function beginAnswer(it: AgentCall, count: number): Promise<number> {
  let firstAtMs = 0;
  it.session.on("transport_event", ({ type }) => {
    if (type === "response.output_audio.delta" && firstAtMs === 0) firstAtMs = Date.now();
  });
  it.session.sendMessage("Talk to me.");
  await until(() => it.heard.length >= count);
  return firstAtMs;
}

function assistant(it: AgentCall): Extract<RealtimeItem, { role: "assistant" }> {
  const item = it.session.history.find((entry) => entry.type === "message" && entry.role === "assistant");
  if (item?.type !== "message" || item.role !== "assistant") throw new Error("The model has said nothing.");
  return item;
}

describe("speech over an answer that is still being generated", () => {
  test("ends it: the server cancels, the client stops and truncates to what was heard", async () => {
    const it = await call({ emulator: { profile: SLOW, voice: new ScriptedVoice([saying(LONG_WORDS, 30_000)], [saying("Yes?")]) } });
    const { session, record, errors } = it;
    const firstAtMs = await beginAnswer(it, 3);
    it.speak();
    const truncation = await until(() => record.truncations[0]);
    const untilMs = Date.now() - firstAtMs;
    const done = await it.next("response.done");
    expect(done.response).toMatchObject({ status: "cancelled", status_details: { type: "cancelled", reason: "turn_detected" } });
    expect(record.log.of("response.cancel", "in")).toEqual([]);
    expect(it.told).toContain("audio_interrupted");
    expect(truncation).toMatchObject({ itemId: assistant(it).itemId, contentIndex: 0 });
    expect(truncation.audioEndMs).toBeGreaterThan(0);
    expect(truncation.audioEndMs).toBeLessThanOrEqual(untilMs);
    expect(truncation.audioEndMs).toBeLessThanOrEqual(answerMs(it));
    expect(record.items.find(({ wire }) => wire.id === truncation.itemId)?.spoken?.keptMs).toBe(truncation.audioEndMs);
    // The client asks for the item as it is now: shorter, without its words; it keeps those that it has shown.
    const retrieved = await until(() => it.of("conversation.item.retrieved").find(({ item }) => (item as { role: string }).role === "assistant"));
    const [part] = (retrieved.item as { content: { audio: string; transcript?: string }[] }).content;
    expect(Buffer.from(part?.audio ?? "", "base64").length).toBe(truncation.audioEndMs * 48);
    expect(part).not.toHaveProperty("transcript");
    const [shown] = assistant(it).content;
    expect(shown?.type === "output_audio" && LONG_WORDS.startsWith(shown.transcript ?? "?")).toBe(true);
    expect(assistant(it).status).toBe("incomplete");
    // The turn that cut in is answered in its place.
    await it.next("response.done", 2);
    await until(() => session.history.length === 4);
    expect(session.history.map((item) => item.type === "message" && item.role)).toEqual(["user", "assistant", "user", "assistant"]);
    expect(errors).toEqual([]);
  });

  test("ends it on the client's word when the server may not interrupt", async () => {
    const turnDetection = { type: "server_vad", silenceDurationMs: 500, createResponse: false, interruptResponse: false } as const;
    const it = await call({
      emulator: { profile: SLOW, voice: new ScriptedVoice([saying(LONG_WORDS, 30_000)]) },
      session: { config: { audio: { input: { turnDetection } } } },
    });
    await beginAnswer(it, 3);
    it.speak();
    const done = await it.next("response.done");
    expect(done.response).toMatchObject({ status: "cancelled", status_details: { reason: "client_cancelled" } });
    await until(() => it.record.truncations[0]);
    expect(it.record.truncations[0]?.audioEndMs).toBeLessThanOrEqual(answerMs(it));
    const inward = it.record.log.entries.filter(({ direction, type }) => direction === "in" && /cancel|truncate/.test(type));
    expect(inward.map(({ type }) => type)).toEqual(["response.cancel", "conversation.item.truncate"]);
    expect(it.errors).toEqual([]);
  });

  test("is the same when the application presses a button", async () => {
    const it = await call({ emulator: { profile: SLOW, voice: new ScriptedVoice([saying(LONG_WORDS, 30_000)], [saying("Again.")]) } });
    await beginAnswer(it, 3);
    it.session.interrupt();
    it.session.interrupt();
    await until(() => it.record.truncations[0]);
    await it.next("response.done");
    it.session.sendMessage("Go on.");
    expect((await it.next("response.done", 2)).response).toMatchObject({ status: "completed" });
    expect(it.record.truncations).toHaveLength(1);
    expect(it.errors).toEqual([]);
  });

  test("has no say over an answer beside the conversation", async () => {
    const it = await call({ emulator: { profile: SLOW, voice: new ScriptedVoice([saying(LONG_WORDS)], [saying("Yes?")]) } });
    it.session.transport.requestResponse?.({ conversation: "none", output_modalities: ["text"], metadata: { purpose: "aside" } });
    await it.next("response.created");
    it.speak();
    await it.next("response.done", 2);
    const aside = it.of("response.done").find(({ response }) => (response as { metadata: object | null }).metadata !== null);
    expect(aside?.response).toMatchObject({ status: "completed", metadata: { purpose: "aside" } });
    expect(it.record.truncations).toEqual([]);
    expect(it.errors).toEqual([]);
  });
});

describe("speech over an answer that is generated, but not played yet", () => {
  test("cancels nothing, and truncates it", async () => {
    const it = await call({ emulator: { voice: new ScriptedVoice([saying(LONG_WORDS, 20_000)], [saying("Yes?")]) } });
    const firstAtMs = await beginAnswer(it, 1);
    await it.next("response.done");
    expect(answerMs(it)).toBe(20_000);
    it.speak();
    const truncation = await until(() => it.record.truncations[0]);
    expect(truncation.audioEndMs).toBeLessThanOrEqual(Date.now() - firstAtMs);
    expect(truncation.audioEndMs).toBeGreaterThan(0);
    await it.next("response.done", 2);
    expect(it.of("response.done").map(({ response }) => (response as { status: string }).status)).toEqual(["completed", "completed"]);
    expect(it.told).toContain("audio_interrupted");
    expect(it.errors).toEqual([]);
  });

  test("leaves one alone that has been played", async () => {
    const it = await call({ emulator: { voice: new ScriptedVoice([saying("Short.", 200)], [saying("Yes?")]) } });
    const firstAtMs = await beginAnswer(it, 1);
    await it.next("response.done");
    await until(() => Date.now() - firstAtMs > 250);
    it.speak();
    await it.next("response.done", 2);
    expect(it.told).toContain("audio_interrupted");
    expect(it.record.log.of("conversation.item.truncate", "in")).toEqual([]);
    expect(it.errors).toEqual([]);
  });
});

describe("the client's own turn detection, semantic_vad", () => {
  test("interrupts as well", async () => {
    const it = await call({
      agent: new RealtimeAgent({ name: "test" }),
      emulator: { profile: SLOW, voice: new ScriptedVoice([saying(LONG_WORDS, 30_000)], [saying("Yes?")]) },
      session: { config: { audio: { input: { turnDetection: { type: "semantic_vad", eagerness: "high" } } } } },
    });
    await beginAnswer(it, 2);
    it.speak(utterance("speech-b", 6000));
    await until(() => it.record.truncations[0]);
    expect((await it.next("response.done")).response).toMatchObject({ status: "cancelled", status_details: { reason: "turn_detected" } });
    await it.next("input_audio_buffer.committed");
    expect(it.errors).toEqual([]);
  });
});
