/**
 * Every event that the emulator sends, in every scenario, is one that the official client takes; and every event of the API is sent in some scenario, or stands in the
 * list of those that are not sent.
 */
import { SERVER_EVENT_TYPES, type ServerEvent, type ServerEventType } from "@sidetone/core/protocol";
import { beforeAll, describe, expect, test } from "vitest";
import { checkedEmulator } from "../support/checked-emulator.ts";
import { complaints, KNOWN_TO_AGENTS, parsedByAgents } from "./support/official-schemas.ts";
import { SCENARIOS, type Scenario, scenarioOptions } from "./support/scenarios.ts";
import { Wire } from "./support/wire.ts";

type ScenarioName = keyof typeof SCENARIOS;

/** Where each event is seen; a string in brackets says why it is nowhere. */
const SEEN_IN: Readonly<Record<ServerEventType, ScenarioName | `(${string})`>> = {
  error: "a mistake",
  "session.created": "a spoken turn",
  "session.updated": "a spoken turn",
  "conversation.created": "(of the beta interface)",
  "conversation.item.added": "a spoken turn",
  "conversation.item.done": "a spoken turn",
  "conversation.item.created": "(of the beta interface)",
  "conversation.item.retrieved": "an interruption",
  "conversation.item.deleted": "every kind of item that a client makes",
  "conversation.item.truncated": "an interruption",
  "conversation.item.input_audio_transcription.delta": "a spoken turn",
  "conversation.item.input_audio_transcription.completed": "a spoken turn",
  "conversation.item.input_audio_transcription.failed": "a transcription that fails",
  "conversation.item.input_audio_transcription.segment": "a transcription by speaker",
  "input_audio_buffer.committed": "a spoken turn",
  "input_audio_buffer.cleared": "every kind of item that a client makes",
  "input_audio_buffer.speech_started": "a spoken turn",
  "input_audio_buffer.speech_stopped": "a spoken turn",
  "input_audio_buffer.timeout_triggered": "a silence",
  "input_audio_buffer.dtmf_event_received": "a phone call",
  "output_audio_buffer.started": "a phone call",
  "output_audio_buffer.stopped": "a phone call",
  "output_audio_buffer.cleared": "a phone call",
  "response.created": "a spoken turn",
  "response.done": "a spoken turn",
  "response.output_item.added": "a spoken turn",
  "response.output_item.done": "a spoken turn",
  "response.content_part.added": "a spoken turn",
  "response.content_part.done": "a spoken turn",
  "response.output_text.delta": "a turn in writing",
  "response.output_text.done": "a turn in writing",
  "response.output_audio.delta": "a spoken turn",
  "response.output_audio.done": "a spoken turn",
  "response.output_audio_transcript.delta": "a spoken turn",
  "response.output_audio_transcript.done": "a spoken turn",
  "response.function_call_arguments.delta": "a function call",
  "response.function_call_arguments.done": "a function call",
  "response.mcp_call_arguments.delta": "tools of MCP servers",
  "response.mcp_call_arguments.done": "tools of MCP servers",
  "response.mcp_call.in_progress": "tools of MCP servers",
  "response.mcp_call.completed": "tools of MCP servers",
  "response.mcp_call.failed": "tools of MCP servers",
  "mcp_list_tools.in_progress": "tools of MCP servers",
  "mcp_list_tools.completed": "tools of MCP servers",
  "mcp_list_tools.failed": "tools of MCP servers",
  "rate_limits.updated": "a spoken turn",
};

/** What the client's schemas refuse although the service sends it so: `event, path: complaint`, and why it is so all the same. */
const STRICTER_THAN_THE_SERVICE: Readonly<Record<string, string>> = {
  "conversation.item.input_audio_transcription.failed error.param: Invalid input: expected string, received null": "so in the service's own reference",
  "conversation.item.added item.content.0.type: Invalid input": "the client knows no pictures in items, though it sends them",
  "conversation.item.done item.content.0.type: Invalid input": "the client knows no pictures in items, though it sends them",
};

/** Events of the API for which the client has no schema: it passes them on as they are. */
const UNKNOWN_TO_AGENTS = [
  "conversation.item.created",
  "conversation.item.input_audio_transcription.segment",
  "input_audio_buffer.timeout_triggered",
  "input_audio_buffer.dtmf_event_received",
  "response.mcp_call.failed",
];

const names = Object.keys(SCENARIOS) as ScenarioName[];
const seen = new Map<ScenarioName, readonly ServerEvent[]>();

/** What the client's schemas have against events that they know, each as one line. */
function refusals(events: readonly ServerEvent[]): string[] {
  const known = events.filter(({ type }) => !UNKNOWN_TO_AGENTS.includes(type));
  return known.flatMap((event) => complaints(event).map((complaint) => `${event.type} ${complaint}`));
}

async function play(scenario: Scenario): Promise<readonly ServerEvent[]> {
  const emulator = await checkedEmulator(scenarioOptions(scenario));
  try {
    const { query = "model=gpt-realtime-2.1" } = scenario;
    const wire = new Wire(`${emulator.url}?${typeof query === "string" ? query : await query(emulator)}`);
    await wire.opened;
    await scenario.play(wire, emulator);
    wire.close();
    return wire.events;
  } finally {
    await emulator.close();
  }
}

beforeAll(async () => {
  await Promise.all(names.map(async (name) => seen.set(name, await play(SCENARIOS[name]))));
});

describe("the events that the emulator sends", () => {
  test.each(names)("are all taken by the schemas of @openai/agents-realtime: %s", (name) => {
    const events = seen.get(name) ?? [];
    expect(events.length).toBeGreaterThan(0);
    expect(refusals(events).filter((line) => !(line in STRICTER_THAN_THE_SERVICE))).toEqual([]);
    const known = events.filter((event) => complaints(event).length === 0);
    expect(known.filter((event) => parsedByAgents(event).isGeneric)).toEqual([]);
    expect(known.map((event) => parsedByAgents(event).data?.type)).toEqual(known.map((event) => event.type));
  });

  test("are refused by those schemas nowhere but where they are stricter than the service", () => {
    const refused = new Set(names.flatMap((name) => refusals(seen.get(name) ?? [])));
    expect([...refused].sort()).toEqual(Object.keys(STRICTER_THAN_THE_SERVICE).sort());
  });

  test.each(Object.entries(SEEN_IN).filter(([, place]) => !place.startsWith("(")))("have among them %s, in %s", (type, name) => {
    expect(seen.get(name as ScenarioName)?.map((event) => event.type)).toContain(type);
  });

  test("are all of the API's but those that are listed as missing", () => {
    const all = new Set(names.flatMap((name) => (seen.get(name) ?? []).map((event) => event.type)));
    const missing = SERVER_EVENT_TYPES.filter((type) => !all.has(type));
    expect(missing).toEqual(SERVER_EVENT_TYPES.filter((type) => SEEN_IN[type].startsWith("(")));
    expect([...all].filter((type) => !(type in SEEN_IN))).toEqual([]);
  });
});

describe("the schemas of @openai/agents-realtime", () => {
  test("know every event of the API but a few", () => {
    expect(SERVER_EVENT_TYPES.filter((type) => !KNOWN_TO_AGENTS.includes(type))).toEqual(UNKNOWN_TO_AGENTS);
  });

  test("refuse an event of the wrong form, so that the tests above can fail", () => {
    const [delta] = (seen.get("a spoken turn") ?? []).filter((event) => event.type === "response.output_audio.delta");
    const { item_id: _, ...broken } = delta as unknown as Record<string, unknown>;
    expect(complaints(broken)).toEqual([expect.stringMatching(/^item_id: /)]);
    expect(parsedByAgents(broken).isGeneric).toBe(true);
  });
});
