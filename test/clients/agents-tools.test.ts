/** `@openai/agents-realtime` works for the model: tools, approvals, hand-offs and guardrails, in the order that the service wants. */
import { backgroundResult, RealtimeAgent, type RealtimeOutputGuardrail, tool } from "@openai/agents-realtime";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { AgentCall, type AgentCallOptions, until } from "./support/agents.ts";
import { calling, QUICK, ScriptedVoice, saying } from "./support/voices.ts";

const open: AgentCall[] = [];

async function call(options?: AgentCallOptions): Promise<AgentCall> {
  const made = await AgentCall.open(options);
  open.push(made);
  return made;
}

afterEach(() => Promise.all(open.splice(0).map((made) => made.close())));

const city = z.object({ city: z.string() });
const weather = tool({
  name: "weather",
  description: "Tells the weather.",
  parameters: city,
  execute: async ({ city: name }) => `Rain in ${name}.`,
});

/** Outputs of functions as the emulator's conversation has them. */
function outputs(it: AgentCall): unknown[] {
  return it.record.conversation.items.flatMap(({ wire }) => (wire.type === "function_call_output" ? [wire.output] : []));
}

/** The session's events about calls and responses, both ways, in the order in which the emulator had them. */
function order(it: AgentCall): string[] {
  const told = /^(response\.(create|created|done|function_call_arguments\.done)|conversation\.item\.create)$/;
  return it.record.log.entries.filter(({ type }) => told.test(type)).map(({ type }) => type);
}

describe("a function call", () => {
  test("is carried out, answered, and followed by a response that knows the output", async () => {
    const voice = new ScriptedVoice([calling("weather", { city: "Lübeck" })], [saying("It rains in Lübeck.")]);
    const it = await call({ emulator: { voice }, agent: new RealtimeAgent({ name: "test", tools: [weather] }) });
    expect(it.record.config.tools).toMatchObject([
      { type: "function", name: "weather", description: "Tells the weather.", parameters: { type: "object", properties: { city: { type: "string" } } } },
    ]);
    it.session.sendMessage("How is the weather?");
    await it.next("response.done", 2);
    expect(outputs(it)).toEqual(["Rain in Lübeck."]);
    const [, asked, answered] = voice.requests[1]?.items ?? [];
    expect(asked).toMatchObject({ type: "function_call", name: "weather", arguments: '{"city":"Lübeck"}' });
    expect(answered).toMatchObject({ type: "function_call_output", call_id: (asked as { call_id: string }).call_id, output: "Rain in Lübeck." });
    expect(order(it)).toEqual([
      "conversation.item.create",
      "response.create",
      "response.created",
      "response.function_call_arguments.done",
      "response.done",
      "conversation.item.create",
      "response.create",
      "response.created",
      "response.done",
    ]);
    expect(it.told.filter((name) => name.startsWith("agent_tool"))).toEqual(["agent_tool_start", "agent_tool_end"]);
    expect(it.session.history.find(({ type }) => type === "function_call")).toMatchObject({
      status: "completed",
      name: "weather",
      arguments: '{"city":"Lübeck"}',
      output: "Rain in Lübeck.",
    });
    expect(it.errors).toEqual([]);
  });

  test("may come after a spoken remark, and beside another one", async () => {
    const both = [saying("One moment."), calling("weather", { city: "Kiel" }), calling("weather", { city: "Husum" })];
    const it = await call({
      emulator: { voice: new ScriptedVoice(both, [saying("Rain everywhere.")], [saying("As I said.")]) },
      agent: new RealtimeAgent({ name: "test", tools: [weather] }),
    });
    it.session.sendMessage("How is the weather on the coast?");
    await it.next("response.done", 2);
    await until(() => outputs(it).length === 2);
    expect(outputs(it).sort()).toEqual(["Rain in Husum.", "Rain in Kiel."]);
    expect(new Set(it.record.items.flatMap(({ wire }) => (wire.type === "function_call" ? [wire.call_id] : []))).size).toBe(2);
    expect(it.errors).toEqual([]);
  });

  test("waits for the end of its response when the tool is faster than that", async () => {
    // The remark after the call keeps the response open while the tool has long answered.
    const reply = [calling("weather", { city: "Kiel" }), saying("I am looking it up, which takes a while.", 3000)];
    const it = await call({
      emulator: { profile: { ...QUICK, speedUp: 6 }, voice: new ScriptedVoice(reply, [saying("Rain.")]) },
      agent: new RealtimeAgent({ name: "test", tools: [weather] }),
    });
    it.session.sendMessage("How is the weather?");
    await it.next("response.done", 2);
    const sequence = order(it).slice(3);
    expect(sequence).toEqual([
      "response.function_call_arguments.done",
      "conversation.item.create",
      "response.done",
      "response.create",
      "response.created",
      "response.done",
    ]);
    expect(it.errors).toEqual([]);
  });

  test("is answered with the failure of its tool, and one without a tool with that", async () => {
    const broken = tool({
      name: "broken",
      description: "Fails.",
      parameters: z.object({}),
      execute: async () => {
        throw new Error("no luck");
      },
    });
    const it = await call({
      emulator: { voice: new ScriptedVoice([calling("broken", {})], [calling("unheard_of", {})]) },
      agent: new RealtimeAgent({ name: "test", tools: [broken] }),
    });
    it.session.sendMessage("Try.");
    await until(() => outputs(it).length === 2);
    expect(outputs(it)).toEqual(["An error occurred while running the tool. Please try again.", "Tool unheard_of not found"]);
    expect(it.errors).toMatchObject([{ message: "Tool unheard_of not found" }]);
  });

  test("may be answered without a word", async () => {
    const quiet = tool({ name: "note", description: "Notes.", parameters: z.object({}), execute: async () => backgroundResult("Noted.") });
    const it = await call({ emulator: { voice: new ScriptedVoice([calling("note", {})]) }, agent: new RealtimeAgent({ name: "test", tools: [quiet] }) });
    it.session.sendMessage("Note this.");
    await until(() => outputs(it).length === 1);
    await it.next("response.done");
    expect(it.record.log.of("response.create", "in")).toHaveLength(1);
    expect(it.errors).toEqual([]);
  });

  test.each(["approve", "reject"] as const)("waits for the user where it needs approval: %s", async (decision) => {
    const careful = tool({ name: "pay", description: "Pays.", parameters: z.object({}), needsApproval: true, execute: async () => "Paid." });
    const it = await call({
      emulator: { voice: new ScriptedVoice([calling("pay", {})], [saying("Well.")]) },
      agent: new RealtimeAgent({ name: "test", tools: [careful] }),
    });
    it.session.on("tool_approval_requested", (_context, _agent, { approvalItem }) => void it.session[decision](approvalItem));
    it.session.sendMessage("Pay.");
    await it.next("response.done", 2);
    expect(outputs(it)).toEqual([decision === "approve" ? "Paid." : "Tool execution was not approved."]);
    expect(it.errors).toEqual([]);
  });
});

describe("a hand-off", () => {
  test("gives the session to another agent, with its instructions and tools", async () => {
    const billing = new RealtimeAgent({ name: "Billing", instructions: "Talk about money.", tools: [weather] });
    const front = new RealtimeAgent({ name: "Front", instructions: "Say hello.", handoffs: [billing] });
    const it = await call({
      emulator: { voice: new ScriptedVoice([saying("Hello."), calling("transfer_to_Billing", {})], [saying("Money?")]) },
      agent: front,
    });
    expect(it.record.config.tools).toMatchObject([{ name: "transfer_to_Billing" }]);
    it.session.sendMessage("I want to pay.");
    await it.next("response.done", 2);
    expect(it.session.currentAgent.name).toBe("Billing");
    expect(it.record.config).toMatchObject({ instructions: "Talk about money.", tools: [{ name: "weather" }] });
    expect(outputs(it)).toEqual(['{"assistant":"Billing"}']);
    expect(it.errors).toEqual([]);
  });

  test("to an agent with another voice is refused once the model has spoken, as on the service", async () => {
    const billing = new RealtimeAgent({ name: "Billing", voice: "cedar" });
    const it = await call({ emulator: { voice: new ScriptedVoice([saying("Hello.")]) } });
    it.session.sendMessage("Hello?");
    await it.next("response.done");
    await it.session.updateAgent(billing);
    await until(() => it.errors.length > 0);
    expect(it.errors).toMatchObject([{ error: { code: "cannot_update_voice", message: expect.stringContaining("if assistant audio is present") } }]);
  });
});

describe("a guardrail", () => {
  const guardrail: RealtimeOutputGuardrail = {
    name: "no secrets",
    policyHint: "Do not tell secrets.",
    execute: async ({ agentOutput }) => ({ tripwireTriggered: String(agentOutput).includes("secret"), outputInfo: {} }),
  };
  const WORDS = "Well, now that you ask me so kindly, the secret is this: ";

  test("cuts the model off as soon as its words show what it is up to, and tells it why", async () => {
    const it = await call({
      emulator: { profile: { ...QUICK, speedUp: 2 }, voice: new ScriptedVoice([saying(WORDS.repeat(4), 20_000)], [saying("I may not tell.")]) },
      session: { outputGuardrails: [guardrail], outputGuardrailSettings: { debounceTextLength: 20 } },
    });
    const tripped: unknown[] = [];
    it.session.on("guardrail_tripped", (...args) => tripped.push(args[2].message));
    it.session.sendMessage("Tell me.");
    const [first, second] = [await it.next("response.done"), await it.next("response.done", 2)];
    expect(first.response).toMatchObject({ status: "cancelled", status_details: { reason: "client_cancelled" } });
    expect(second.response).toMatchObject({ status: "completed" });
    expect(tripped).toEqual([expect.stringContaining("Output guardrail triggered")]);
    expect(it.record.truncations).toHaveLength(1);
    expect(it.record.conversation.items[2]?.wire).toMatchObject({ role: "user", content: [{ text: expect.stringContaining("Do not tell secrets.") }] });
    expect(it.errors).toEqual([]);
  });

  test("looks at written words too", async () => {
    const it = await call({
      emulator: { voice: new ScriptedVoice([saying(WORDS.repeat(8))], [saying("I may not write that.")]) },
      session: { config: { outputModalities: ["text"] }, outputGuardrails: [guardrail], outputGuardrailSettings: { debounceTextLength: 20 } },
    });
    it.session.sendMessage("Write it down.");
    const [first, second] = [await it.next("response.done"), await it.next("response.done", 2)];
    expect(first.response).toMatchObject({ status: "cancelled", status_details: { reason: "client_cancelled" }, output: [{ status: "incomplete" }] });
    expect(second.response).toMatchObject({ status: "completed" });
    expect(it.errors).toEqual([]);
  });
});
