/**
 * Short sessions on the bare wire which together make the emulator send every event that it can. Each plays its part to the end and leaves the events in the client.
 */
import type { Emulator, EmulatorOptions, SimulatedCall, SpokenMcpCall } from "@sidetone/emulator";
import { base64Pieces, utterance, WIRE_RATE } from "./speaking.ts";
import { calling, QUICK, ScriptedVoice, saying } from "./voices.ts";
import type { Wire } from "./wire.ts";

/** A session to play. */
export interface Scenario {
  /** Options of the emulator besides the profile. */
  readonly options?: () => EmulatorOptions;
  /** What follows the emulator's address. Default: a model. */
  readonly query?: string | ((emulator: Emulator) => Promise<string>);
  /** Plays it; resolves when all of its events have come. */
  play(wire: Wire, emulator: Emulator): Promise<void>;
}

function speak(wire: Wire): void {
  for (const audio of base64Pieces(utterance())) wire.send({ type: "input_audio_buffer.append", audio });
}

function write(wire: Wire, text: string, response: object = {}): void {
  wire.send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text }] } });
  wire.send({ type: "response.create", response });
}

/** A call to the simulated MCP server `almanac`. */
function asking(name: string, more: Partial<SpokenMcpCall> = {}): SpokenMcpCall {
  return { type: "mcp_call", server_label: "almanac", name, arguments: '{"city":"Lübeck"}', ...more };
}

/** The item of the first event of `type`. */
async function itemOf(wire: Wire, type: string): Promise<string> {
  const event = (await wire.next(type)) as unknown as { item: { id: string } };
  return event.item.id;
}

/** The caller of each emulator that is called. */
const phones = new WeakMap<Emulator, SimulatedCall>();

/** The scenarios by name. */
export const SCENARIOS = {
  "a spoken turn": {
    async play(wire) {
      wire.send({ type: "session.update", session: { type: "realtime", audio: { input: { transcription: { model: "gpt-realtime-whisper" } } } } });
      speak(wire);
      await wire.next("response.done");
      await wire.next("conversation.item.input_audio_transcription.completed");
    },
  },
  "a turn in writing": {
    options: () => ({ voice: new ScriptedVoice([saying("Written words are answered in writing.")]) }),
    async play(wire) {
      write(wire, "Please answer in writing.", { output_modalities: ["text"], metadata: { purpose: "test" } });
      await wire.next("response.done");
    },
  },
  "a function call": {
    options: () => ({ voice: new ScriptedVoice([saying("One moment."), calling("weather", { city: "Lübeck" })], [saying("It rains.")]) }),
    async play(wire) {
      const tool = { type: "function", name: "weather", description: "Tells the weather.", parameters: { type: "object", properties: {} } };
      wire.send({ type: "session.update", session: { type: "realtime", tools: [tool], tool_choice: { type: "function", name: "weather" } } });
      write(wire, "How is the weather?");
      const done = (await wire.next("response.function_call_arguments.done")) as unknown as { call_id: string };
      await wire.next("response.done");
      wire.send({ type: "conversation.item.create", item: { type: "function_call_output", call_id: done.call_id, output: "rain" } });
      wire.send({ type: "response.create" });
      await wire.next("response.done", 2);
    },
  },
  "an interruption": {
    options: () => ({ voice: new ScriptedVoice([saying("This takes a long while to say.", 20_000)]) }),
    async play(wire) {
      wire.send({
        type: "session.update",
        session: { type: "realtime", audio: { input: { turn_detection: { type: "server_vad", create_response: false } } } },
      });
      write(wire, "Talk to me.");
      await wire.next("response.output_audio.delta", 2);
      speak(wire);
      const item_id = await itemOf(wire, "response.output_item.done");
      wire.send({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 120 });
      await wire.next("conversation.item.truncated");
      wire.send({ type: "conversation.item.retrieve", item_id });
      await wire.next("conversation.item.retrieved");
    },
  },
  "a failing model": {
    options: () => ({ voice: new ScriptedVoice() }),
    async play(wire) {
      write(wire, "Say something.");
      await wire.next("response.done");
    },
  },
  "every kind of item that a client makes": {
    async play(wire) {
      wire.send({ type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: null } } } });
      const message = (role: string, ...content: object[]) => ({ type: "message", role, content });
      const items = [
        message("system", { type: "input_text", text: "Be brief." }),
        message("user", { type: "input_text", text: "Look and listen." }, { type: "input_audio", audio: base64Pieces(utterance(), 200)[3] }),
        message("assistant", { type: "output_text", text: "I do." }),
        { type: "function_call", name: "look", call_id: "call_1", arguments: "{}" },
        { type: "function_call_output", call_id: "call_1", output: "nothing" },
      ];
      for (const item of items) wire.send({ type: "conversation.item.create", item });
      const item_id = await itemOf(wire, "conversation.item.added");
      wire.send({ type: "conversation.item.retrieve", item_id });
      wire.send({ type: "conversation.item.delete", item_id });
      wire.send({ type: "input_audio_buffer.append", audio: base64Pieces(utterance(), 200)[3] });
      wire.send({ type: "input_audio_buffer.clear" });
      await wire.next("input_audio_buffer.cleared");
    },
  },
  "a picture": {
    async play(wire) {
      const picture = { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" };
      wire.send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [picture] } });
      await wire.next("conversation.item.done");
    },
  },
  "a silence": {
    options: () => ({ voice: new ScriptedVoice([saying("Well?")], [saying("Are you still there?")]) }),
    async play(wire) {
      const turn_detection = { type: "server_vad", idle_timeout_ms: 5000 };
      wire.send({ type: "session.update", session: { type: "realtime", audio: { input: { turn_detection } } } });
      write(wire, "Ask me something.");
      await wire.next("response.done");
      for (const audio of base64Pieces(new Int16Array(7 * WIRE_RATE))) wire.send({ type: "input_audio_buffer.append", audio });
      await wire.next("input_audio_buffer.timeout_triggered");
      await wire.next("response.done", 2);
    },
  },
  "a transcription by speaker": {
    query: "intent=transcription",
    async play(wire) {
      wire.send({ type: "session.update", session: { type: "transcription", audio: { input: { transcription: { model: "gpt-4o-transcribe-diarize" } } } } });
      speak(wire);
      await wire.next("conversation.item.input_audio_transcription.segment");
      await wire.next("conversation.item.input_audio_transcription.completed");
    },
  },
  "a transcription with probabilities": {
    query: "intent=transcription",
    async play(wire) {
      const include = ["item.input_audio_transcription.logprobs"];
      wire.send({ type: "session.update", session: { type: "transcription", include, audio: { input: { transcription: { model: "gpt-transcribe" } } } } });
      speak(wire);
      await wire.next("conversation.item.input_audio_transcription.completed");
    },
  },
  "a transcription that fails": {
    options: () => ({ voice: { reply: () => [saying("Pardon?")], transcript: () => ({ text: "", failure: "audio_unintelligible" }) } }),
    async play(wire) {
      wire.send({ type: "session.update", session: { type: "realtime", audio: { input: { transcription: { model: "gpt-realtime-whisper" } } } } });
      speak(wire);
      await wire.next("conversation.item.input_audio_transcription.failed");
      await wire.next("response.done");
    },
  },
  "tools of MCP servers": {
    options: () => ({
      mcpServers: {
        almanac: {
          tools: [
            { name: "tides", description: "Tells the tides.", input_schema: { type: "object", properties: {} } },
            { name: "moon", description: "Tells the phase of the moon.", input_schema: { type: "object", properties: {} } },
          ],
          call: (name) => (name === "tides" ? "High at noon." : Promise.reject(new Error("clouds"))),
        },
      },
      voice: new ScriptedVoice([asking("tides"), asking("moon")], [asking("tides", { approval: true })]),
    }),
    async play(wire) {
      const server = (server_label: string) => ({ type: "mcp", server_label, server_url: `https://${server_label}.example` });
      wire.send({ type: "session.update", session: { type: "realtime", tools: [server("almanac"), server("nowhere")] } });
      await wire.next("mcp_list_tools.completed");
      await wire.next("mcp_list_tools.failed");
      write(wire, "When is high tide?");
      await wire.next("response.done");
      write(wire, "Sure?");
      await wire.next("response.done", 2);
      const items = wire.events.flatMap((event) => ("item" in event ? [event.item as { id: string; type: string }] : []));
      const approval_request_id = items.find(({ type }) => type === "mcp_approval_request")?.id;
      wire.send({ type: "conversation.item.create", item: { type: "mcp_approval_response", approval_request_id, approve: true } });
      await wire.next("response.done", 3);
    },
  },
  "a phone call": {
    options: () => ({ voice: new ScriptedVoice([saying("Short.", 200)], [saying("This takes a long while to say.", 20_000)]) }),
    // The application takes the call and sits beside it.
    async query(emulator) {
      const call = emulator.sip.call({ codec: "none" });
      phones.set(emulator, call);
      const body = JSON.stringify({ type: "realtime", model: "gpt-realtime-2.1" });
      await fetch(`${emulator.httpUrl}/v1/realtime/calls/${call.id}/accept`, { method: "POST", body });
      return `call_id=${call.id}`;
    },
    async play(wire, emulator) {
      wire.send({ type: "session.update", session: { type: "realtime", instructions: "Answer the phone." } });
      await wire.next("session.updated");
      write(wire, "Say hello.");
      await wire.next("output_audio_buffer.stopped");
      write(wire, "Go on.");
      await wire.next("output_audio_buffer.started", 2);
      wire.send({ type: "output_audio_buffer.clear" });
      await wire.next("output_audio_buffer.cleared");
      await wire.next("conversation.item.truncated");
      phones.get(emulator)?.press("7");
      await wire.next("input_audio_buffer.dtmf_event_received");
    },
  },
  "a voice of one's own": {
    options: () => ({ voice: new ScriptedVoice([saying("In my own voice.")]) }),
    async play(wire) {
      wire.send({ type: "session.update", session: { type: "realtime", audio: { output: { voice: { id: "voice_1" } } } } });
      write(wire, "Who is speaking?");
      await wire.next("response.done");
    },
  },
  "a mistake": {
    async play(wire) {
      wire.send({ type: "response.cancel", event_id: "mistake_1" });
      await wire.next("error");
    },
  },
} satisfies Readonly<Record<string, Scenario>>;

/** Options for the emulator that a scenario plays against. */
export function scenarioOptions(scenario: Scenario): EmulatorOptions {
  return { profile: QUICK, seed: 5, ...scenario.options?.() };
}
