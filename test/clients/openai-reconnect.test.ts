/** The `openai` package's own reconnection (`reconnect: true`) against connections that the emulator ends in every way. */

import type { EmulatorOptions } from "@sidetone/emulator";
import type OpenAI from "openai";
import { OpenAIRealtimeWebSocket } from "openai/realtime/websocket";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "./support/agents.ts";
import { RealtimeCall } from "./support/openai.ts";
import { type SecureEmulator, secureEmulator } from "./support/secure.ts";
import { ScriptedVoice, saying } from "./support/voices.ts";

const RECOVERY = {
  model: "gpt-realtime-2.1",
  reconnect: true,
  reconnectInitialDelay: 20,
  reconnectMaxDelay: 50,
  maxReconnectAttempts: 3,
  maxQueueBytes: 10_000,
};

const CLIENTS = {
  OpenAIRealtimeWS: (client: OpenAI) => new OpenAIRealtimeWS(RECOVERY, client),
  OpenAIRealtimeWebSocket: (client: OpenAI) => new OpenAIRealtimeWebSocket(RECOVERY, client),
} as const;

const running: SecureEmulator[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

interface Reconnecting {
  readonly attempt: number;
  readonly closeCode: number;
}

describe.each(Object.entries(CLIENTS))("%s", (_, connect) => {
  async function call(options?: EmulatorOptions) {
    const secure = await secureEmulator(options);
    running.push(secure);
    const it = new RealtimeCall(connect(secure.client()));
    const story: string[] = [];
    const attempts: Reconnecting[] = [];
    const ends: { code: number; reason: string; unsent: unknown }[] = [];
    it.client.on("reconnecting", (event) => {
      attempts.push(event);
      story.push("reconnecting");
    });
    it.client.on("reconnected", () => story.push("reconnected"));
    it.client.on("close", (code, reason, unsent) => ends.push({ code, reason, unsent }));
    await it.next("session.created");
    return { it, secure, story, attempts, ends };
  }

  test("makes a new session when the connection breaks, and sends what was said in between when it is told to", async () => {
    const { it, secure, story, attempts, ends } = await call({ voice: new ScriptedVoice([saying("Here.")]) });
    it.client.on("reconnecting", () => it.write("Are you there?"));
    secure.emulator.sessions[0]?.drop();
    await until(() => story.includes("reconnected"));
    expect(attempts[0]).toMatchObject({ attempt: 1, closeCode: 1006 });
    const { session } = await it.next("session.created", 2);
    expect(session).toMatchObject({ id: secure.emulator.sessions[1]?.id });
    it.client.flushPending();
    expect((await it.next("response.done")).response.status).toBe("completed");
    expect(secure.emulator.sessions[1]?.items).toHaveLength(2);
    it.client.close();
    await until(() => ends.length === 1);
    expect(ends[0]).toMatchObject({ code: 1000, reason: "OK" });
    // The break itself may be reported, as it is by Node's own WebSocket; errors of the API have a code.
    expect(it.errors.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  test("makes a new session when the old one has expired", async () => {
    const { it, secure, attempts } = await call({ sessionLimitMs: 400 });
    await it.next("session.created", 2);
    expect(attempts[0]).toMatchObject({ closeCode: 1001 });
    expect(it.errors[0]).toMatchObject({ error: { code: "session_expired" } });
    expect(secure.emulator.sessions[0]?.closed).toMatchObject({ code: 1001, reason: "Your session hit the maximum duration of 60 minutes." });
    it.client.close();
  });

  test("does not come back from an end that means it", async () => {
    const { it, secure, story, ends } = await call();
    secure.emulator.sessions[0]?.close(4000, "invalid_request_error.beta_api_shape_disabled");
    await until(() => ends.length === 1);
    expect(ends[0]).toMatchObject({ code: 4000, reason: "invalid_request_error.beta_api_shape_disabled" });
    expect(story).toEqual([]);
    expect(secure.emulator.sessions).toHaveLength(1);
    expect(it.errors).toEqual([]);
  });

  test("gives up when there is nobody any more", async () => {
    const { secure, story, ends } = await call();
    await secure.close();
    await until(() => ends.length === 1);
    expect(story.filter((word) => word === "reconnecting").length).toBe(3);
    expect(story).not.toContain("reconnected");
  });
});
