/** What crosses on the way: cancels that everything else overtakes, settings that change while somebody speaks, ids that are taken. On a virtual clock, to the millisecond. */
import { afterEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import type { Event } from "../../test/wire-client.ts";
import { type Emulator, type EmulatorOptions, type InProcessClient, type SpokenItem, toneClip, type VirtualClock, type Voice, virtualClock } from "../index.ts";

const LOUD = toneClip(400, 24_000);
const QUIET = { samples: new Int16Array(9_600), rate: 24_000 };

/** Hears every sample that is not zero. */
const loudness = () => ({ process: (frame: Float32Array) => (frame.some((sample) => Math.abs(sample) > 0.01) ? 0.99 : 0), reset: () => {} });
const says = (...items: SpokenItem[]): Voice => ({ reply: () => items });
const input = (settings: object) => ({ type: "session.update", session: { type: "realtime", audio: { input: settings } } });
const userItem = (id: string) => ({
  type: "conversation.item.create",
  item: { id, type: "message", role: "user", content: [{ type: "input_text", text: "x" }] },
});

let emulator: Emulator;
let clock: VirtualClock;

async function connect(options: EmulatorOptions = {}): Promise<InProcessClient> {
  clock = virtualClock();
  emulator = await checkedEmulator({ clock, seed: 1, vad: loudness, ...options });
  return emulator.connect();
}

const last = (client: InProcessClient, type: string): Event => client.all(type).at(-1);

afterEach(() => emulator.close());

describe("a cancel that was accepted", () => {
  it("ends the response as cancelled, also where all of it was said before it took effect", async () => {
    const client = await connect({ voice: says({ type: "message", text: "Hi", audio: toneClip(200, 24_000) }) });
    client.send({ type: "response.create" });
    await client.next("response.output_audio.delta");
    client.send({ type: "response.cancel" });
    const { response } = (await client.next("response.done")) as Event;
    expect(response).toMatchObject({
      status: "cancelled",
      status_details: { type: "cancelled", reason: "client_cancelled" },
      output: [{ status: "completed" }],
    });
    await clock.advance(1000);
    expect(client.all("response.done")).toHaveLength(1);
  });

  it("is the reason, also where the user's speech takes effect first", async () => {
    const client = await connect({ voice: says({ type: "message", text: "Hello", audio: toneClip(5000, 24_000) }) });
    client.send({ type: "response.create" });
    await client.next("response.output_audio.delta");
    client.send({ type: "response.cancel" });
    client.append(LOUD);
    expect(last(client, "response.done").response).toMatchObject({ status: "cancelled", status_details: { reason: "client_cancelled" } });
    expect(clock.nowMs()).toBe(400);
    await clock.advance(1000);
    expect(client.all("response.done")).toHaveLength(1);
  });

  it.each([
    ["the client", "client_cancelled", null],
    ["speech", "turn_detected", "first"],
  ])("by %s tells as little of the item's place as the service does", async (_, reason, previous) => {
    const client = await connect({ voice: says({ type: "message", text: "Hello", audio: toneClip(5000, 24_000) }) });
    client.send({ type: "response.create" });
    await client.next("response.done");
    for (const { item } of client.all("conversation.item.added") as Event[]) client.send({ type: "conversation.item.delete", item_id: item.id });
    client.send(userItem("first"));
    client.send({ type: "response.create" });
    await client.next("response.content_part.added", 2);
    if (reason === "turn_detected") client.append(LOUD);
    else client.send({ type: "response.cancel" });
    await client.next("response.done", 2);
    expect(last(client, "response.done").response.status_details.reason).toBe(reason);
    expect(last(client, "conversation.item.done").previous_item_id).toBe(previous);
  });

  it("does not hide that the response failed", async () => {
    const client = await connect({ voice: { reply: () => Promise.reject(new Error("no words")) } });
    client.send({ type: "response.create" });
    client.send({ type: "response.cancel" });
    expect(((await client.next("response.done")) as Event).response.status).toBe("failed");
  });

  it("takes back a request for consent that came before it took effect", async () => {
    const held: SpokenItem = { type: "mcp_call", server_label: "s", name: "t", arguments: "{}", approval: true };
    const client = await connect({ voice: says(held), profile: { cancelDelayMs: 1000 } });
    client.send({ type: "response.create" });
    client.send({ type: "response.cancel" });
    const { response } = (await client.next("response.done")) as Event;
    expect(response).toMatchObject({ status: "cancelled", output: [{ type: "mcp_approval_request" }] });
    const answer = { type: "mcp_approval_response", approval_request_id: response.output[0].id, approve: true };
    client.send({ type: "conversation.item.create", item: answer });
    expect(last(client, "error").error.param).toBe("item.approval_request_id");
  });

  it("cuts a call of a tool while the tool is at work", async () => {
    const client = await connect({
      voice: says({ type: "mcp_call", server_label: "s", name: "t", arguments: "{}", output: "done" }),
      profile: { mcpCallMs: 1000 },
    });
    client.send({ type: "response.create" });
    await client.next("response.mcp_call.in_progress");
    client.append(LOUD);
    expect(last(client, "response.output_item.done").item).toMatchObject({ output: null, error: null });
    await clock.advance(2000);
    expect(client.all("response.mcp_call.completed")).toEqual([]);
  });
});

describe("what the user says while the model begins to answer", () => {
  it("is answered by the next response, although it stands before the first", async () => {
    const heard: string[] = [];
    const answer = (text: string): SpokenItem[] => {
      heard.push(text);
      return [{ type: "message", text: "Yes" }];
    };
    const client = await connect({ voice: { reply: ({ userText }) => answer(userText) } });
    client.send(userItem("before"));
    client.send({ type: "response.create" });
    client.send({ ...userItem("meanwhile"), item: { ...userItem("meanwhile").item, content: [{ type: "input_text", text: "and this" }] } });
    await client.next("response.done");
    expect(client.session.conversation.items.map(({ wire }) => (wire.type === "message" ? wire.role : ""))).toEqual(["user", "user", "assistant"]);
    client.send({ type: "response.create" });
    await client.next("response.done", 2);
    expect(heard).toEqual(["x", "and this"]);
  });
});

describe("settings that change while the user speaks", () => {
  const transcribes: Voice = { ...says(), transcript: () => ({ text: "one two three four five six", streaming: true }) };

  it.each([
    ["another format", { format: { type: "audio/pcmu" } }],
    ["no turn detection", { turn_detection: null }],
  ])("with %s, drop what was said, and nothing more is told of it", async (_, settings) => {
    const client = await connect({ voice: transcribes });
    client.send(input({ transcription: { model: "gpt-realtime-whisper" } }));
    client.append(LOUD);
    const { item_id } = last(client, "input_audio_buffer.speech_started");
    const told = () => client.all("conversation.item.input_audio_transcription.delta").filter((event: Event) => event.item_id === item_id).length;
    const before = told();
    expect(before).toBeGreaterThan(0);
    client.send(input(settings));
    client.append(QUIET);
    client.append(QUIET);
    expect(told()).toBe(before);
    expect(client.all("input_audio_buffer.committed")).toEqual([]);
  });

  it("begin a turn of its own where turns are found from now on", async () => {
    const client = await connect({ voice: transcribes });
    client.send(input({ turn_detection: null, transcription: { model: "gpt-realtime-whisper" } }));
    client.append(LOUD);
    const [{ item_id }] = client.all("conversation.item.input_audio_transcription.delta") as Event[];
    client.send(input({ turn_detection: { type: "server_vad" }, format: { type: "audio/pcmu" } }));
    client.append(QUIET);
    client.send({ type: "input_audio_buffer.commit" });
    expect(last(client, "input_audio_buffer.committed").item_id).not.toBe(item_id);
  });
});

describe("a commit by hand where turns are found", () => {
  it("takes the turn alone, which must be long enough", async () => {
    const client = await connect({ voice: says() });
    client.send(input({ turn_detection: { type: "server_vad", prefix_padding_ms: 0 } }));
    client.append(QUIET);
    client.append({ samples: LOUD.samples.subarray(0, 1500), rate: 24_000 });
    expect(client.all("input_audio_buffer.speech_started")).toHaveLength(1);
    client.send({ type: "input_audio_buffer.commit" });
    expect(last(client, "error").error.message).toMatch(/buffer only has [4-7]\d\.\d\dms of audio/);
  });

  it("takes no more than a minute of silence", async () => {
    const client = await connect({ voice: says() });
    for (let i = 0; i < 7; i++) client.append({ samples: new Int16Array(240_000), rate: 24_000 });
    client.send({ type: "input_audio_buffer.commit" });
    expect(client.session.items.at(-1)?.heard.get(0)?.samples).toHaveLength(24_000 * 60);
  });
});

describe("an id", () => {
  it("belongs to a turn as soon as it was told, and no item of the client may have it", async () => {
    const client = await connect({ voice: says() });
    client.append(LOUD);
    const { item_id } = last(client, "input_audio_buffer.speech_started");
    client.send(userItem(item_id));
    expect(last(client, "error").error).toMatchObject({ code: "item_create_duplicate_item_id", param: "item.id" });
    await client.silence(1000);
    expect(last(client, "input_audio_buffer.committed").item_id).toBe(item_id);
    expect(client.all("response.done")).toHaveLength(1);
  });

  it("belongs to an item as long as that is being made, also beside the conversation, or when it was deleted", async () => {
    const client = await connect({ voice: says({ type: "message", text: "Hi", audio: toneClip(2000, 24_000) }) });
    client.send({ type: "response.create", response: { conversation: "none" } });
    client.send({ type: "response.create" });
    await client.next("response.output_audio.delta", 2);
    const [beside, inside] = client.all("response.output_item.added").map(({ item }: Event) => item.id);
    client.send({ type: "conversation.item.delete", item_id: inside });
    for (const id of [beside, inside]) client.send(userItem(id));
    expect(client.all("error").map(({ error }: Event) => error.code)).toEqual(["item_create_duplicate_item_id", "item_create_duplicate_item_id"]);
    await client.next("response.done", 2);
    for (const id of [beside, inside]) client.send(userItem(id));
    expect(client.all("error")).toHaveLength(2);
  });

  it("belongs to a list of tools until that is imported", async () => {
    const client = await connect({ voice: says(), mcpServers: { docs: { tools: [] } } });
    client.send({ type: "session.update", session: { type: "realtime", tools: [{ type: "mcp", server_label: "docs", server_url: "https://docs.example" }] } });
    const { id } = last(client, "conversation.item.added").item;
    client.send({ type: "conversation.item.delete", item_id: id });
    client.send(userItem(id));
    expect(last(client, "error").error.code).toBe("item_create_duplicate_item_id");
    await clock.advance(1000);
    client.send(userItem(id));
    expect(client.all("error")).toHaveLength(1);
  });

  it("belongs to what was said until that is transcribed", async () => {
    const client = await connect({ voice: says() });
    client.send(input({ turn_detection: null, transcription: { model: "whisper-1" } }));
    client.append(LOUD);
    client.send({ type: "input_audio_buffer.commit" });
    const { item_id } = last(client, "input_audio_buffer.committed");
    client.send({ type: "conversation.item.delete", item_id });
    client.send(userItem(item_id));
    expect(last(client, "error").error.code).toBe("item_create_duplicate_item_id");
    await client.next("conversation.item.input_audio_transcription.completed");
    client.send(userItem(item_id));
    expect(client.all("error")).toHaveLength(1);
  });

  it("of an item that was deleted, or is beside the conversation, may be used again", async () => {
    const client = await connect({ voice: says({ type: "message", text: "Hi" }) });
    client.send({ type: "response.create", response: { conversation: "none" } });
    const beside = ((await client.next("response.done")) as Event).response.output[0].id;
    client.send({ type: "response.create" });
    const { id } = ((await client.next("response.done", 2)) as Event).response.output[0];
    client.send({ type: "conversation.item.delete", item_id: id });
    for (const again of [beside, id]) client.send(userItem(again));
    expect(client.all("error")).toEqual([]);
    expect(client.session.conversation.items.map(({ wire }) => wire.id)).toEqual([beside, id]);
  });
});

describe("a list of tools that is being imported", () => {
  it("tells in the end where it stands by then", async () => {
    const client = await connect({ voice: says(), mcpServers: { docs: { tools: [] } } });
    client.send(userItem("first"));
    client.send({ type: "session.update", session: { type: "realtime", tools: [{ type: "mcp", server_label: "docs", server_url: "https://docs.example" }] } });
    client.send({ ...userItem("between"), previous_item_id: "first" });
    await clock.advance(1000);
    expect(last(client, "conversation.item.done")).toMatchObject({ previous_item_id: "between", item: { type: "mcp_list_tools" } });
  });
});

describe("a user who stays silent", () => {
  it("is not asked where the client makes all responses", async () => {
    const client = await connect({ voice: says() });
    client.send(input({ turn_detection: { type: "server_vad", idle_timeout_ms: 5000, create_response: false } }));
    client.send({ type: "response.create" });
    await client.next("response.done");
    await client.silence(6000);
    expect(client.all("input_audio_buffer.timeout_triggered")).toHaveLength(1);
    expect(client.all("response.created")).toHaveLength(1);
  });
});

describe("a voice that does not know what it transcribes", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("no ears");
      },
    ],
    ["gives what is no transcript", () => ({ words: [] }) as never],
    ["promises", () => Promise.resolve({ text: "late" }) as never],
  ])("fails the transcription when it %s, and loses no audio", async (_, transcript) => {
    const client = await connect({ voice: { ...says(), transcript } });
    client.send(input({ transcription: { model: "gpt-transcribe" } }));
    await client.speak(LOUD, { thenSilenceMs: 1000 });
    await clock.advance(1000);
    expect(client.all("error")).toEqual([]);
    expect(last(client, "conversation.item.input_audio_transcription.failed").error.code).toBe("voice_failed");
    expect(client.session.mediaMs).toBe(1400);
    expect(client.session.input.durationMs).toBe(1400);
  });
});

describe("speech that is truncated while it is made", () => {
  it("is told whole where it was said, and without its transcript as an item", async () => {
    const client = await connect({ voice: says({ type: "message", text: "Hello there", audio: toneClip(2000, 24_000) }) });
    client.send({ type: "response.create" });
    const { item_id } = (await client.next("response.output_audio.delta")) as Event;
    client.send({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 60 });
    await client.next("response.done");
    expect(last(client, "response.output_audio_transcript.done").transcript).toBe("Hello there");
    expect(last(client, "conversation.item.done").item.content).toEqual([{ type: "output_audio" }]);
  });
});

describe("words with their times", () => {
  it("come where they are heard at the session's speed", async () => {
    const words = [
      { text: "early", atMs: 0 },
      { text: " late", atMs: 900 },
    ];
    const voice = says({ type: "message", text: "early late", words, audio: toneClip(1000, 24_000) });
    const client = await connect({ voice, profile: { transcriptLeadPieces: 0, deltaHeadMs: [], deltaBodyMs: 100, deltaLastMaxMs: 100 } });
    client.send({ type: "session.update", session: { type: "realtime", audio: { output: { speed: 0.5 } } } });
    client.send({ type: "response.create" });
    await client.next("response.done");
    const order = client.events.filter(({ type }) => /output_audio(_transcript)?\.delta$/.test(type)) as Event[];
    expect(
      order
        .slice(
          0,
          order.findIndex(({ delta }) => delta === " late"),
        )
        .filter(({ type }) => type === "response.output_audio.delta"),
    ).toHaveLength(18);
  });
});

describe("speech whose rate does not divide", () => {
  it("ends in no delta without audio", async () => {
    const client = await connect({ voice: says({ type: "message", text: "Hi", audio: toneClip(100, 23_999) }), profile: { deltaLastMaxMs: 1 } });
    client.send({ type: "response.create" });
    await client.next("response.done");
    expect(client.all("response.output_audio.delta").every(({ delta }: Event) => delta.length > 0)).toBe(true);
  });
});

describe("a message that is nested without an end", () => {
  it("is refused, and the session goes on", async () => {
    const client = await connect({ voice: says() });
    const update = (depth: number) =>
      `{"type":"session.update","session":{"type":"realtime","tools":[{"type":"function","name":"f","parameters":${"[".repeat(depth)}${"]".repeat(depth)}}]}}`;
    client.send(update(10_000));
    expect(last(client, "error").error).toMatchObject({ code: "invalid_json", message: expect.stringContaining("more than 100 levels deep") });
    client.send(update(50));
    expect(client.all("session.updated")).toHaveLength(1);
  });
});

describe("a simulated MCP server", () => {
  it("that answers with what is no text fails the call", async () => {
    const docs = { tools: [{ name: "find", input_schema: {} }], call: () => ({ found: 1 }) as never };
    const client = await connect({ voice: says({ type: "mcp_call", server_label: "docs", name: "find", arguments: "{}" }), mcpServers: { docs } });
    client.send({ type: "response.create" });
    const { response } = (await client.next("response.done")) as Event;
    expect(response.output[0]).toMatchObject({ output: null, error: { type: "tool_execution_error", message: expect.stringContaining('{"found":1}') } });
    expect(client.all("response.mcp_call.failed")).toHaveLength(1);
  });
});

describe("a session that ends in the middle of a response", () => {
  it("leaves no timer, and no response begins after it", async () => {
    const held: SpokenItem = { type: "mcp_call", server_label: "s", name: "t", arguments: "{}", approval: true };
    let asked = 0;
    const client = await connect({ voice: { reply: () => (asked++ === 0 ? [held] : [{ type: "message", text: "a b c d e" }]) } });
    client.send({ type: "response.create" });
    const request = ((await client.next("response.done")) as Event).response.output[0].id;
    client.send({ type: "response.create" });
    await client.next("response.output_audio_transcript.delta", 2);
    client.send({ type: "conversation.item.create", item: { type: "mcp_approval_response", approval_request_id: request, approve: false } });
    client.on((event: Event) => event.delta === " e" && client.close());
    await clock.advance(5000);
    expect(client.closed).toMatchObject({ code: 1000 });
    expect(asked).toBe(2);
    expect(clock.pending).toBe(0);
  });
});
