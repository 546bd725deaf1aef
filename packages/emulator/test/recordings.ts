/**
 * Sessions in which everything happens that the recorded sequences and the rules are about, each the same every time: a virtual clock, a seed, a client inside the
 * process.
 */
import { createEmulator, type EmulatorOptions, type InProcessClient, type LogEntry, type SpokenItem, toneClip, virtualClock } from "../src/index.ts";
import { type Event, speech } from "./wire-client.ts";

/** What was recorded of one session. */
export interface Recording {
  readonly entries: readonly LogEntry[];
  readonly close: { readonly code: number; readonly atMs: number };
}

type Script = (client: InProcessClient) => Promise<void>;

const SPEECH = speech("speech-b", 24_000);

/** Plays `script` with a fresh emulator. */
async function record(options: EmulatorOptions, script: Script): Promise<Recording> {
  const emulator = await createEmulator({ seed: 3, clock: virtualClock(), voice: "tone", ...options });
  try {
    const client = emulator.connect();
    await script(client);
    client.close();
    const { log, closed } = client.session;
    return { entries: log.entries, close: closed ?? { code: 1000, atMs: 0 } };
  } finally {
    await emulator.close();
  }
}

const answers = (...items: SpokenItem[]): EmulatorOptions => ({ voice: { reply: () => items } });
const input = (settings: object) => ({ type: "session.update", session: { type: "realtime", audio: { input: settings } } });
const write = (client: InProcessClient, text: string) =>
  client.send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text }] } });
/** A listener's `rate_limits.updated` is the end of a response. */
const answered = (client: InProcessClient, count = 1) => client.next("rate_limits.updated", count);

/** The sessions, by what happens in them. */
export const RECORDINGS = {
  /** Two turns of the user's, transcribed, each answered by voice. */
  turns: () =>
    record({ voice: "echo" }, async (client) => {
      client.send(input({ transcription: { model: "gpt-4o-transcribe" } }));
      for (let turn = 1; turn <= 2; turn++) {
        await client.speak(SPEECH, { thenSilenceMs: 1000 });
        await answered(client, turn);
        await client.silence(4000);
      }
    }),
  /** A written answer, and another that the client cancels. */
  writing: () =>
    record(answers({ type: "message", text: "one two three four five six seven eight nine ten eleven twelve" }), async (client) => {
      client.send({ type: "session.update", session: { type: "realtime", output_modalities: ["text"] } });
      write(client, "Count.");
      client.send({ type: "response.create" });
      await answered(client);
      client.send({ type: "response.create" });
      await client.next("response.output_text.delta", 15);
      client.send({ type: "response.cancel", event_id: "cancel" });
      await answered(client, 2);
    }),
  /** Words and a call of a function, one after the other. */
  call: () =>
    record(answers({ type: "function_call", name: "look_up", arguments: '{"what":"the weather","where":"here"}' }), async (client) => {
      client.send({ type: "response.create" });
      await answered(client);
      const { call_id } = (client.all("response.function_call_arguments.done")[0] ?? {}) as Event;
      client.send({ type: "conversation.item.create", item: { type: "function_call_output", call_id, output: "sunny" } });
    }),
  /** The model says something and calls a function at once. */
  overlap: () =>
    record(
      answers(
        { type: "message", text: "let me see", audio: toneClip(1500, 24_000), phase: "commentary" },
        { type: "function_call", name: "look_up", arguments: '{"what":"the weather"}' },
      ),
      async (client) => {
        client.send({ type: "response.create" });
        await answered(client);
      },
    ),
  /** The user cuts in while the answer is made; later the client truncates what it had played of another. */
  interruption: () =>
    record({ profile: { speedUp: 0.5 } }, async (client) => {
      client.send({ type: "response.create" });
      await client.next("response.output_audio.delta", 2);
      await client.speak(SPEECH, { thenSilenceMs: 1000 });
      await answered(client, 2);
      const { item } = client.all("response.output_item.done").at(-1) as Event;
      client.send({ type: "conversation.item.truncate", item_id: item.id, content_index: 0, audio_end_ms: 900, event_id: "t1" });
      client.send({ type: "conversation.item.truncate", item_id: item.id, content_index: 0, audio_end_ms: 100_000 });
      client.send({ type: "conversation.item.truncate", item_id: item.id, content_index: 0, audio_end_ms: 400, event_id: "t2" });
      client.send({ type: "conversation.item.retrieve", item_id: item.id });
      client.send({ type: "conversation.item.delete", item_id: item.id });
    }),
  /** Push to talk, with items put in by hand, before, after and between others. */
  manual: () =>
    record({}, async (client) => {
      client.send(input({ turn_detection: null }));
      client.send({ type: "conversation.item.create", item: { id: "mine", type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] } });
      client.send({
        type: "conversation.item.create",
        previous_item_id: "root",
        item: { type: "message", role: "system", content: [{ type: "input_text", text: "Be brief" }] },
      });
      await client.speak(SPEECH.subarray(0, 24_000));
      client.send({ type: "input_audio_buffer.commit", event_id: "commit" });
      client.send({ type: "response.create" });
      await answered(client);
      await client.speak(SPEECH.subarray(0, 12_000));
      client.send({ type: "input_audio_buffer.clear" });
      client.send({ type: "input_audio_buffer.commit" });
      client.send({ type: "response.cancel" });
    }),
  /** Several responses at once, and one too many. */
  beside: () =>
    record({}, async (client) => {
      client.send({ type: "response.create" });
      client.send({ type: "response.create", event_id: "again" });
      client.send({ type: "response.create", response: { conversation: "none", metadata: { topic: "one" }, output_modalities: ["text"] } });
      client.send({ type: "response.create", response: { conversation: "none", metadata: { topic: "two" }, input: [] } });
      await answered(client, 3);
      client.send({ type: "nothing", event_id: "nothing" });
      client.send("{");
    }),
  /** Nobody speaks, and the model asks. */
  idle: () =>
    record({ voice: "tone" }, async (client) => {
      client.send(input({ turn_detection: { type: "server_vad", idle_timeout_ms: 5000 } }));
      await client.speak(SPEECH, { thenSilenceMs: 1000 });
      await answered(client);
      await client.silence(12_000);
      await answered(client, 2);
    }),
  /** The end of a session's time. */
  expiry: () =>
    record({ sessionLimitMs: 3000 }, async (client) => {
      client.send({ type: "response.create" });
      await answered(client);
      await client.next("error");
    }),
  /** A list of tools, and a call that the server makes. */
  mcp: () =>
    record(
      answers(
        { type: "mcp_list_tools", server_label: "docs", tools: [] },
        { type: "mcp_call", server_label: "docs", name: "find", arguments: '{"q":"x"}', output: "found" },
        { type: "message", text: "There it is.", audio: toneClip(600, 24_000) },
      ),
      async (client) => {
        client.send({ type: "response.create" });
        await answered(client);
      },
    ),
  /** No response, only transcripts. */
  transcription: () =>
    record({}, async (client) => {
      client.send(input({ transcription: { model: "gpt-4o-transcribe" }, turn_detection: { type: "server_vad", create_response: false } }));
      await client.speak(SPEECH, { thenSilenceMs: 3000 });
    }),
} satisfies Record<string, () => Promise<Recording>>;

/** Name of a recording. */
export type RecordingName = keyof typeof RECORDINGS;
