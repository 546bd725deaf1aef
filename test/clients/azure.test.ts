/** `AzureOpenAI` of the `openai` package on the emulator's Azure addresses: the key in a header of its own, the deployment as the model, and events as Azure has them. */
import type { EmulatorOptions } from "@sidetone/emulator";
import { AzureOpenAI } from "openai";
import { OpenAIRealtimeWebSocket } from "openai/realtime/websocket";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "./support/agents.ts";
import { complaints } from "./support/official-schemas.ts";
import { RealtimeCall } from "./support/openai.ts";
import { type SecureEmulator, secureEmulator } from "./support/secure.ts";
import { ScriptedVoice, saying } from "./support/voices.ts";

const CLIENTS = {
  OpenAIRealtimeWS: (client: AzureOpenAI, options?: { intent: "transcription" }) => OpenAIRealtimeWS.azure(client, options),
  OpenAIRealtimeWebSocket: (client: AzureOpenAI, options?: { intent: "transcription" }) => OpenAIRealtimeWebSocket.azure(client, options),
} as const;

const running: SecureEmulator[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

async function start(options: EmulatorOptions = {}): Promise<{ secure: SecureEmulator; client: (apiKey?: string) => AzureOpenAI }> {
  const secure = await secureEmulator({ apiKeys: ["azure-key"], ...options });
  running.push(secure);
  const endpoint = new URL(secure.baseURL).origin;
  const client = (apiKey = "azure-key") => new AzureOpenAI({ endpoint, apiKey, apiVersion: "2025-08-28", deployment: "gpt-realtime", maxRetries: 0 });
  return { secure, client };
}

describe.each(Object.entries(CLIENTS))("%s.azure", (_, connect) => {
  test("has a turn as on Azure: the part told twice, and no word about rate limits", async () => {
    const { secure, client } = await start({ voice: new ScriptedVoice([saying("From Azure.")]) });
    const it = new RealtimeCall(await connect(client()));
    expect((await it.next("session.created")).session).toMatchObject({ type: "realtime", model: "gpt-realtime", audio: { output: { voice: "alloy" } } });
    it.write("Where are you?");
    expect((await it.next("response.done")).response.status).toBe("completed");
    const [part] = it.of("response.content_part.done") as unknown as { part: object; content: object }[];
    expect(part?.content).toEqual(part?.part);
    expect(it.of("rate_limits.updated")).toEqual([]);
    expect(it.events.flatMap((event) => complaints(event))).toEqual([]);
    expect(it.errors).toEqual([]);
    expect(secure.emulator.sessions[0]?.model).toBe("gpt-realtime");
  });

  test("opens a session that only transcribes", async () => {
    const { client } = await start();
    const it = new RealtimeCall(await connect(client(), { intent: "transcription" }));
    expect((await it.next("session.created")).session).toMatchObject({ type: "transcription" });
    expect(it.errors).toEqual([]);
  });

  test("is not let in with a wrong key", async () => {
    const { secure, client } = await start();
    const it = new RealtimeCall(await connect(client("another-key")));
    await until(() => it.closed);
    expect(it.events).toEqual([]);
    expect(secure.emulator.sessions).toEqual([]);
  });
});
