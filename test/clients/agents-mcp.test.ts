/** `@openai/agents-realtime` with hosted MCP tools: the service lists and calls them, the client watches, asks its user, and asks for an answer. */
import { hostedMcpTool } from "@openai/agents-core";
import { RealtimeAgent, type RealtimeItem } from "@openai/agents-realtime";
import type { McpServers, SpokenMcpCall } from "@sidetone/emulator";
import { afterEach, describe, expect, test } from "vitest";
import { AgentCall, type AgentCallOptions, until } from "./support/agents.ts";
import { ScriptedVoice, saying } from "./support/voices.ts";

const SERVERS: McpServers = {
  almanac: {
    tools: [
      { name: "tides", description: "Tells the tides.", input_schema: { type: "object", properties: {} } },
      { name: "moon", description: "Tells the phase of the moon.", input_schema: { type: "object", properties: {} } },
    ],
    call: (name) => (name === "tides" ? "High at noon." : Promise.reject(new Error("clouds"))),
  },
};

function asking(name: string, more: Partial<SpokenMcpCall> = {}): SpokenMcpCall {
  return { type: "mcp_call", server_label: "almanac", name, arguments: "{}", ...more };
}

const open: AgentCall[] = [];

async function call(voice: ScriptedVoice, options: AgentCallOptions = {}): Promise<AgentCall> {
  const tools = [hostedMcpTool({ serverLabel: "almanac", serverUrl: "https://almanac.example" })];
  const made = await AgentCall.open({ emulator: { voice, mcpServers: SERVERS }, agent: new RealtimeAgent({ name: "test", tools }), ...options });
  open.push(made);
  return made;
}

afterEach(() => Promise.all(open.splice(0).map((made) => made.close())));

function mcpCalls(it: AgentCall): RealtimeItem[] {
  return it.session.history.filter(({ type }) => type === "mcp_call");
}

describe("hosted MCP tools", () => {
  test("are listed when the session names their server", async () => {
    const it = await call(new ScriptedVoice());
    await until(() => it.session.availableMcpTools.length > 0);
    expect(it.session.availableMcpTools.map(({ name }) => name)).toEqual(["tides", "moon"]);
    expect(it.errors).toEqual([]);
  });

  test("are called by the service, and followed by an answer that the client asks for", async () => {
    const it = await call(new ScriptedVoice([asking("tides")], [saying("The tide is high at noon.")]));
    const completed: unknown[] = [];
    it.session.on("mcp_tool_call_completed", (...args) => completed.push(args[2]));
    it.session.sendMessage("When is high tide?");
    await it.next("response.done", 2);
    expect(completed).toMatchObject([{ type: "mcp_call", name: "tides", arguments: "{}", output: "High at noon." }]);
    expect(mcpCalls(it)).toMatchObject([{ name: "tides", status: "completed", output: "High at noon." }]);
    // One response.create was the message's, the other the client's own.
    expect(it.record.log.of("response.create", "in")).toHaveLength(2);
    expect(it.errors).toEqual([]);
  });

  test("may fail, which the client shows as a call without an output", async () => {
    const it = await call(new ScriptedVoice([asking("moon")], [saying("I cannot see it.")]));
    it.session.sendMessage("How is the moon?");
    await it.next("response.done", 2);
    expect(it.of("response.mcp_call.failed")).toHaveLength(1);
    expect(mcpCalls(it)).toMatchObject([{ name: "moon", status: "completed", output: null }]);
    expect(it.record.items.find(({ wire }) => wire.type === "mcp_call")?.wire).toMatchObject({ error: { type: "tool_execution_error", message: "clouds" } });
    expect(it.errors).toEqual([]);
  });

  test("are called when the user approves", async () => {
    const voice = new ScriptedVoice([asking("tides", { approval: true })], [saying("At noon.")], [saying("At noon, as I said.")]);
    const it = await call(voice);
    it.session.on("tool_approval_requested", (_context, _agent, { approvalItem }) => void it.session.approve(approvalItem));
    it.session.sendMessage("When is high tide?");
    await until(() => mcpCalls(it).length === 1 && it.of("response.mcp_call.completed").length === 1);
    expect(it.session.history.map(({ type }) => type)).toEqual(expect.arrayContaining(["mcp_approval_request", "mcp_call"]));
    expect(it.record.items.find(({ wire }) => wire.type === "mcp_approval_response")?.wire).toMatchObject({ approve: true });
    await until(() => it.record.log.of("response.done", "out").length >= 2);
    expect(it.errors).toEqual([]);
  });

  test("are not called when the user refuses", async () => {
    const it = await call(new ScriptedVoice([asking("tides", { approval: true })], [saying("Then not.")]));
    it.session.on("tool_approval_requested", (_context, _agent, { approvalItem }) => void it.session.reject(approvalItem));
    it.session.sendMessage("When is high tide?");
    await until(() => it.record.items.find(({ wire }) => wire.type === "mcp_approval_response"));
    expect(it.record.items.find(({ wire }) => wire.type === "mcp_approval_response")?.wire).toMatchObject({ approve: false });
    await it.next("response.done");
    expect(it.of("response.mcp_call.in_progress")).toEqual([]);
    expect(it.errors).toEqual([]);
  });
});
