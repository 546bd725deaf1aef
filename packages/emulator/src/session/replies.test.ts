/** Replies of more than one simple message: items at once, MCP, consent, ends other than completed, and what still comes after a cancel. */
import { afterEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { type Event, WireClient } from "../../test/wire-client.ts";
import { type Emulator, type EmulatorOptions, type SpokenItem, toneClip, type Voice, type VoiceReply } from "../index.ts";

const FAST = { speedUp: 1000, firstAudioDelayMs: 2, transcriptLeadMs: 1, mcpCallMs: 2 };

let emulator: Emulator | undefined;
let client: WireClient;

async function connect(options: EmulatorOptions): Promise<void> {
  emulator = await checkedEmulator({ profile: FAST, ...options });
  client = new WireClient(emulator.url);
  await client.next("session.created");
}

afterEach(() => emulator?.close());

const says = (...replies: VoiceReply[]): Voice => ({ reply: () => replies.shift() ?? [{ type: "message", text: "No more." }] });
const types = (events: Event[], from: string) => {
  const all = events.map(({ type }) => type).filter((type) => type !== "rate_limits.updated");
  return all.slice(all.indexOf(from));
};

describe("items of a reply", () => {
  it("may be made at once, their events taking turns by time", async () => {
    const first: SpokenItem = { type: "message", text: "one two three four", audio: toneClip(1200, 24_000) };
    const second: SpokenItem = {
      type: "function_call",
      name: "f",
      arguments: '{"a":"0123456789012345678901234567890123456789"}',
      follows: "start",
      delayMs: 60,
    };
    await connect({ voice: says([first, second]), profile: { ...FAST, speedUp: 4 } });
    client.send({ type: "response.create" });
    const { response } = await client.next("response.done");
    expect(response.output.map(({ status }: Event) => status)).toEqual(["completed", "completed"]);
    const order = client.events.map(({ type }) => type);
    const called = order.indexOf("response.function_call_arguments.delta");
    expect(called).toBeGreaterThan(order.indexOf("response.output_audio.delta"));
    expect(order.indexOf("response.output_audio.done")).toBeGreaterThan(called);
  });

  it("are announced after the one before is done where models do so", async () => {
    const call: SpokenItem = { type: "function_call", name: "f", arguments: "{}" };
    await connect({ voice: says([{ type: "message", text: "Hm." }, call]), profile: { ...FAST, overlappingItems: false } });
    client.send({ type: "response.create" });
    await client.next("response.done");
    const order = types(client.events, "response.created");
    expect(order.lastIndexOf("response.output_item.added")).toBeGreaterThan(order.indexOf("response.output_item.done"));
  });

  it("are commentary, but for the last", async () => {
    await connect({
      voice: says([
        { type: "message", text: "Let me see." },
        { type: "message", text: "It is four." },
      ]),
    });
    client.send({ type: "response.create" });
    const { response } = await client.next("response.done");
    expect(response.output.map(({ phase }: Event) => phase)).toEqual(["commentary", "final_answer"]);
  });

  it("begin when they are told to", async () => {
    await connect({ voice: says({ delayMs: 80, items: [{ type: "message", text: "Late." }] }) });
    client.send({ type: "response.create" });
    await client.next("response.done");
    const at = (type: string) => emulator?.log.of(type)[0]?.atMs ?? Number.NaN;
    expect(at("response.output_item.added") - at("response.created")).toBeGreaterThanOrEqual(78);
  });

  it("say their words where they are heard", async () => {
    const words = [
      { text: "early", atMs: 0 },
      { text: " late", atMs: 2000 },
    ];
    await connect({
      voice: says([{ type: "message", text: "early late", words, audio: toneClip(2500, 24_000) }]),
      profile: { ...FAST, transcriptLeadPieces: 0 },
    });
    client.send({ type: "response.create" });
    await client.next("response.done");
    const order = client.events.filter(({ type }) => type === "response.output_audio.delta" || type === "response.output_audio_transcript.delta");
    const heard = order.findIndex(({ delta }) => delta === " late");
    // 100 + 150 + 250 + 6 * 250 ms = 2000 ms are sent before; the piece that holds the word comes next.
    expect(order.slice(0, heard).filter(({ type }) => type === "response.output_audio.delta")).toHaveLength(9);
  });
});

describe("speed", () => {
  it("changes how long speech is, from the next response on", async () => {
    await connect({
      voice: says([{ type: "message", text: "x", audio: toneClip(1200, 24_000) }], [{ type: "message", text: "x", audio: toneClip(1200, 24_000) }]),
    });
    for (const [speed, ms] of [
      [1.5, 800],
      [0.5, 2400],
    ] as const) {
      client.send({ type: "session.update", session: { type: "realtime", audio: { output: { speed } } } });
      client.send({ type: "response.create" });
      await client.next("response.done", speed === 1.5 ? 1 : 2);
      expect(emulator?.sessions[0]?.items.at(-1)?.spoken?.sentMs).toBeCloseTo(ms, 1);
    }
    const error = await client.fails({ type: "session.update", session: { type: "realtime", audio: { output: { speed: 2 } } } });
    expect(error.param).toBe("session.audio.output.speed");
  });
});

describe("a reply's end", () => {
  it("may be a failure or a filter", async () => {
    await connect({
      voice: says(
        { items: [], end: { status: "failed", code: "rate_limit_exceeded", type: "tokens", message: "Too much." } },
        { items: [{ type: "message", text: "Well" }], end: { status: "incomplete", reason: "content_filter" } },
      ),
    });
    client.send({ type: "response.create" });
    expect((await client.next("response.done")).response).toMatchObject({
      status: "failed",
      status_details: { type: "failed", error: { type: "tokens", code: "rate_limit_exceeded", message: "Too much." } },
    });
    client.send({ type: "response.create" });
    expect((await client.next("response.done", 2)).response).toMatchObject({ status: "incomplete", status_details: { reason: "content_filter" } });
  });

  it("comes a moment after a client's cancel, and what is made meanwhile still comes", async () => {
    const text = "word ".repeat(400);
    await connect({ voice: says([{ type: "message", text }]), profile: { ...FAST, cancelDelayMs: 120 } });
    client.send({ type: "response.create", response: { output_modalities: ["text"] } });
    await client.next("response.output_text.delta", 3);
    client.send({ type: "response.cancel" });
    const error = await client.fails({ type: "response.cancel" });
    expect(error.code).toBe("response_cancel_not_active");
    const before = client.all("response.output_text.delta").length;
    expect((await client.fails({ type: "response.create" })).code).toBe("conversation_already_has_active_response");
    const { response } = await client.next("response.done");
    expect(response).toMatchObject({ status: "cancelled", status_details: { reason: "client_cancelled" }, output: [{ status: "incomplete" }] });
    expect(client.all("response.output_text.delta").length).toBeGreaterThan(before);
    expect(types(client.events, "response.output_text.done")).toEqual([
      "response.output_text.done",
      "response.content_part.done",
      "conversation.item.done",
      "response.output_item.done",
      "response.done",
    ]);
  });
});

describe("MCP", () => {
  const docs = { tools: [{ name: "find", input_schema: { type: "object" } }], call: (_: string, json: string) => `found ${json}` };
  const tool = { type: "mcp", server_label: "docs", server_url: "https://docs.example/mcp" };
  const call: SpokenItem = { type: "mcp_call", server_label: "docs", name: "find", arguments: '{"q":"x"}' };
  const update = (tools: object[]) => client.send({ type: "session.update", session: { type: "realtime", tools } });

  it("imports the tools of a server, once", async () => {
    await connect({ mcpServers: { docs } });
    update([tool]);
    const { item } = await client.next("conversation.item.done");
    expect(item).toMatchObject({ type: "mcp_list_tools", server_label: "docs", tools: docs.tools });
    expect(types(client.events, "session.updated")).toEqual([
      "session.updated",
      "conversation.item.added",
      "mcp_list_tools.in_progress",
      "mcp_list_tools.completed",
      "conversation.item.done",
    ]);
    update([tool]);
    await client.next("session.updated", 2);
    expect(client.all("mcp_list_tools.in_progress")).toHaveLength(1);
  });

  it("takes only the tools that are allowed, and says when a server does not answer", async () => {
    await connect({ mcpServers: { docs } });
    update([
      { ...tool, allowed_tools: ["other"] },
      { ...tool, server_label: "gone" },
    ]);
    await client.next("mcp_list_tools.failed");
    const { item } = await client.next("conversation.item.done");
    expect(item.tools).toEqual([]);
  });

  it("calls a tool and tells what came of it", async () => {
    await connect({ mcpServers: { docs }, voice: says([call, { type: "message", text: "Found." }]) });
    client.send({ type: "response.create" });
    const { response } = await client.next("response.done");
    expect(response.output[0]).toMatchObject({ type: "mcp_call", name: "find", arguments: '{"q":"x"}', output: 'found {"q":"x"}', error: null });
    expect(client.types.slice(2, 10)).toEqual([
      "response.output_item.added",
      "conversation.item.added",
      "response.mcp_call_arguments.delta",
      "response.mcp_call_arguments.done",
      "response.mcp_call.in_progress",
      "response.mcp_call.completed",
      "response.output_item.added",
      "conversation.item.added",
    ]);
  });

  it.each([
    ["a tool that fails", { docs: { ...docs, call: () => Promise.reject(new Error("broken")) } }, call, { type: "tool_execution_error", message: "broken" }],
    ["a tool that is not there", { docs }, { ...call, name: "lose" }, { type: "protocol_error" }],
    ["a server that is not there", {}, call, { type: "http_error", code: 404 }],
    ["an error of the voice", {}, { ...call, error: "no" }, { type: "tool_execution_error", message: "no" }],
  ] as const)("tells of %s", async (_, mcpServers, item, error) => {
    await connect({ mcpServers, voice: says([item as SpokenItem]) });
    client.send({ type: "response.create" });
    const { response } = await client.next("response.done");
    expect(response).toMatchObject({ status: "completed", output: [{ output: null, error }] });
    expect(client.all("response.mcp_call.failed")).toHaveLength(1);
  });

  it("asks for consent, and goes on by itself when it is given", async () => {
    const called: string[] = [];
    const watched = { ...docs, call: (name: string, json: string) => `${called.push(name) > 0 ? "found" : ""} ${json}` };
    await connect({ mcpServers: { docs: watched }, voice: says([{ ...call, approval: true } as SpokenItem, { type: "message", text: "Found." }]) });
    client.send({ type: "response.create" });
    const { response } = await client.next("response.done");
    expect(called).toEqual([]);
    expect(response.output).toMatchObject([{ type: "mcp_approval_request", server_label: "docs", name: "find", arguments: '{"q":"x"}' }]);
    const approval_request_id = response.output[0].id;
    client.send({ type: "conversation.item.create", item: { type: "mcp_approval_response", approval_request_id, approve: true } });
    const next = (await client.next("response.done", 2)).response;
    expect(next.output).toMatchObject([
      { type: "mcp_call", approval_request_id, output: 'found {"q":"x"}' },
      { type: "message", content: [{ transcript: "Found." }] },
    ]);
    expect(called).toEqual(["find"]);
    const again = await client.fails({ type: "conversation.item.create", item: { type: "mcp_approval_response", approval_request_id, approve: true } });
    expect(again).toMatchObject({ code: "invalid_value", param: "item.approval_request_id" });
  });

  it("answers to a refusal without the call", async () => {
    await connect({ mcpServers: { docs }, voice: says([{ ...call, approval: true } as SpokenItem], [{ type: "message", text: "Then not." }]) });
    client.send({ type: "response.create" });
    const { response } = await client.next("response.done");
    const approval_request_id = response.output[0].id;
    client.send({ type: "conversation.item.create", item: { type: "mcp_approval_response", approval_request_id, approve: false, reason: "no" } });
    expect((await client.next("response.done", 2)).response.output).toMatchObject([{ content: [{ transcript: "Then not." }] }]);
    expect(client.all("response.mcp_call.in_progress")).toHaveLength(0);
  });
});
