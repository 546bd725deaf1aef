/**
 * A phone call the way the official clients take it: `openai` accepts it with the settings that `@openai/agents-realtime` works out, an agent sits beside it, and the
 * caller talks to the model, cuts in, presses keys, and is hung up on. The line is real time, the agent's connection a sideband.
 */
import { OpenAIRealtimeSIP, RealtimeAgent, RealtimeSession, tool } from "@openai/agents-realtime";
import type { EmulatorOptions, SimulatedCall } from "@sidetone/emulator";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { PATIENCE_MS, type RawEvent, SERVER_VAD, until } from "./support/agents.ts";
import { RealtimeCall } from "./support/openai.ts";
import { type SecureEmulator, secureEmulator } from "./support/secure.ts";
import { utterance, WIRE_RATE } from "./support/speaking.ts";
import { calling, QUICK, ScriptedVoice, saying } from "./support/voices.ts";

const running: { close(): void | Promise<void> }[] = [];

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close();
});

const weather = tool({ name: "weather", description: "Tells the weather.", parameters: z.object({}), execute: async () => "Rain." });

/** Takes a call of `caller` for an agent that answers. */
async function take(
  options: EmulatorOptions,
): Promise<{ secure: SecureEmulator; phone: SimulatedCall; beside: RealtimeSession; events: RawEvent[]; errors: unknown[] }> {
  const secure = await secureEmulator({ apiKeys: ["sk-test"], ...options });
  running.push(secure);
  const phone = secure.emulator.sip.call({ codec: "none" });
  const agent = new RealtimeAgent({ name: "desk", instructions: "You are at the desk.", voice: "cedar", tools: [weather] });
  await secure.client().realtime.calls.accept(phone.id, await OpenAIRealtimeSIP.buildInitialConfig(agent, { model: "gpt-realtime-2.1" }));
  const session = await phone.answered;
  // The service knows everything about the session before anybody sits beside it.
  expect(session.config).toMatchObject({ instructions: "You are at the desk.", audio: { output: { voice: "cedar" } }, tools: [{ name: "weather" }] });
  const beside = new RealtimeSession(agent, { transport: new OpenAIRealtimeSIP(), config: { audio: { input: { turnDetection: SERVER_VAD } } } });
  const events: RawEvent[] = [];
  const errors: unknown[] = [];
  beside.on("transport_event", (event) => events.push(event as RawEvent));
  beside.on("error", ({ error }) => errors.push(error));
  await beside.connect({ apiKey: "sk-test", callId: phone.id, url: `${secure.baseURL.replace(/^https/, "wss")}/realtime?call_id=${phone.id}` });
  running.push(beside);
  await until(() => events.find(({ type }) => type === "session.updated"));
  return { secure, phone, beside, events, errors };
}

describe("a phone call taken by the official clients", () => {
  test(
    "is talked through: tools, keys, an interruption that the server truncates, and the end",
    async () => {
      const voice = new ScriptedVoice(
        [calling("weather", {})],
        [saying("It rains, and it will go on raining for a long time.", 20_000)],
        [saying("Yes?", 300)],
      );
      const { secure, phone, beside, events, errors } = await take({ voice, profile: QUICK });
      const of = (type: string) => events.filter((event) => event.type === type);
      beside.sendMessage("The caller wants to know about the weather.");
      await until(() => of("output_audio_buffer.started")[0]);
      expect(voice.requests[1]?.items.at(-1)).toMatchObject({ type: "function_call_output", output: "Rain." });
      phone.press("5");
      await until(() => of("input_audio_buffer.dtmf_event_received")[0]);
      await until(() => phone.heardMs > 1000);
      // The caller cuts in with a second of speech.
      const words = utterance("speech-b", 0).subarray(0, 1.2 * WIRE_RATE);
      await phone.say({ samples: words, rate: WIRE_RATE });
      const truncated = await until(() => of("conversation.item.truncated")[0]);
      expect((truncated.audio_end_ms as number) % 20).toBe(0);
      expect(of("output_audio_buffer.cleared")).toHaveLength(1);
      await until(() => of("output_audio_buffer.stopped")[0]);
      expect(of("response.output_audio.delta")).toEqual([]);
      expect(beside.history.map(({ type }) => type)).toEqual(["message", "function_call", "message", "message", "message"]);
      expect(errors).toEqual([]);
      await secure.client().realtime.calls.hangup(phone.id);
      expect(await phone.ended).toEqual({ kind: "hung-up", by: "server" });
      await until(() => beside.transport.status === "disconnected");
    },
    2 * PATIENCE_MS,
  );

  test("may have two beside it, and ends for both when the caller hangs up", async () => {
    const { secure, phone, beside, errors } = await take({ voice: new ScriptedVoice([saying("Hello.", 300)]), profile: QUICK });
    const watching = new RealtimeCall(new OpenAIRealtimeWS({ callID: phone.id }, secure.client()));
    await until(() => watching.client.socket.readyState === 1);
    beside.sendMessage("Say hello.");
    await watching.next("output_audio_buffer.stopped");
    expect(watching.of("session.created")).toEqual([]);
    expect(watching.of("response.done")[0]?.response).toMatchObject({ status: "completed" });
    phone.hangUp();
    await until(() => watching.closed);
    await until(() => beside.transport.status === "disconnected");
    expect(watching.errors).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("cannot be joined when there is none, and not with a client secret", async () => {
    const { secure, phone } = await take({ voice: new ScriptedVoice() });
    const { value } = await secure.client().realtime.clientSecrets.create({});
    for (const [callID, key] of [
      ["rtc_u2_unknown", "sk-test"],
      [phone.id, value],
    ] as const) {
      const refused = new RealtimeCall(new OpenAIRealtimeWS({ callID }, secure.client(key)));
      await until(() => refused.closed);
      expect(refused.errors.length).toBeGreaterThan(0);
      expect(refused.events).toEqual([]);
    }
  });
});
