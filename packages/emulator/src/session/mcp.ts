/**
 * MCP servers, simulated: their lists of tools, what their tools answer, and the import of a list into the conversation, as the service does it when a session's tools
 * name a server.
 */
import type { McpError, McpToolDescription } from "@sidetone/core/protocol";
import { show } from "../option-checks.ts";
import type { SpokenMcpCall } from "../voices/voice.ts";
import { type SessionContext, snapshot } from "./context.ts";

/** An MCP server as the emulator plays it. */
export interface SimulatedMcpServer {
  /** Its tools. */
  readonly tools: readonly McpToolDescription[];
  /** Answers a call; a rejection or an exception is a failed call. Default: an empty answer. */
  call?(name: string, json: string): string | Promise<string>;
}

/** What a tool gave back. */
export type McpAnswer = { readonly output: string } | { readonly error: McpError };

/** The servers by their label. */
export type McpServers = Readonly<Record<string, SimulatedMcpServer>>;

/** What `call` comes to: the voice's own answer, or the simulated server's. */
export async function answerOf(call: SpokenMcpCall, servers: McpServers): Promise<McpAnswer> {
  if (call.error !== undefined) return { error: { type: "tool_execution_error", message: call.error } };
  if (call.output !== undefined) return { output: call.output };
  const server = Object.hasOwn(servers, call.server_label) ? servers[call.server_label] : undefined;
  if (server === undefined) return { error: { type: "http_error", code: 404, message: `There is no MCP server '${call.server_label}'.` } };
  if (!server.tools.some(({ name }) => name === call.name)) {
    return { error: { type: "protocol_error", code: -32602, message: `Unknown tool: ${call.name}` } };
  }
  try {
    const output = (await server.call?.(call.name, call.arguments)) ?? "";
    if (typeof output !== "string") throw new TypeError(`'${call.name}' answered with ${show(output)}; allowed is a string.`);
    return { output };
  } catch (error) {
    return { error: { type: "tool_execution_error", message: error instanceof Error ? error.message : String(error) } };
  }
}

/** Brings the tools of a server into the conversation; null stands for a server that cannot be reached. */
export class McpImports {
  readonly #context: SessionContext;
  readonly #servers: McpServers;
  readonly #known = new Set<string>();
  readonly #pending = new Set<() => void>();

  constructor(context: SessionContext, servers: McpServers) {
    this.#context = context;
    this.#servers = servers;
  }

  /** Imports from each server among `tools` from which nothing was imported before. */
  importAll(tools: readonly unknown[]): void {
    for (const tool of tools as readonly { type?: unknown; server_label?: unknown; allowed_tools?: unknown }[]) {
      if (tool.type !== "mcp" || typeof tool.server_label !== "string" || this.#known.has(tool.server_label)) continue;
      this.#known.add(tool.server_label);
      const server = Object.hasOwn(this.#servers, tool.server_label) ? this.#servers[tool.server_label] : undefined;
      this.import(tool.server_label, server === undefined ? null : server.tools.filter(({ name }) => allows(tool.allowed_tools, name)));
    }
  }

  /** Announces the import, and finishes it when it has taken its time. */
  import(label: string, tools: readonly McpToolDescription[] | null): void {
    const { clock, conversation, ids, profile, record, send } = this.#context;
    const wire = { id: ids.next("item"), type: "mcp_list_tools" as const, server_label: label, tools: [] as McpToolDescription[] };
    const item = { wire, heard: new Map(), spoken: null };
    const previous = conversation.lastId;
    record(item);
    conversation.add(item);
    conversation.begin(wire.id);
    send({ type: "conversation.item.added", previous_item_id: previous, item: snapshot(wire) });
    send({ type: "mcp_list_tools.in_progress", item_id: wire.id });
    const cancel = clock.after(profile.mcpCallMs, () => {
      this.#pending.delete(cancel);
      conversation.finish(wire.id);
      if (tools === null) return send({ type: "mcp_list_tools.failed", item_id: wire.id });
      wire.tools = [...tools];
      send({ type: "mcp_list_tools.completed", item_id: wire.id });
      // Where it stands by now: items may have been put before it, or taken out.
      send({ type: "conversation.item.done", previous_item_id: conversation.previousOf(wire.id), item: snapshot(wire) });
    });
    this.#pending.add(cancel);
  }

  /** The session is over. */
  close(): void {
    for (const cancel of this.#pending) cancel();
    this.#pending.clear();
  }
}

function allows(allowed: unknown, name: string): boolean {
  const names = Array.isArray(allowed) ? allowed : (allowed as { tool_names?: unknown } | null | undefined)?.tool_names;
  return !Array.isArray(names) || names.includes(name);
}
