/** OpenAI's own clients of the Live API, unmodified, against the emulator: a conversation with an interruption, delegation, and a sideband. */
import { type Emulator, toneClip, type Voice } from "@sidetone/emulator";
import OpenAI from "openai";
import type { ServerEvent } from "openai/resources/live/live";
import { SidebandWS } from "openai/resources/live/sideband/ws";
import { LiveWS } from "openai/resources/live/ws";
import { afterEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../support/checked-emulator.ts";
import { fastClock } from "../support/fast-clock.ts";
import { speech } from "../support/speech.ts";

const SPEED = 10;

describe("the official clients of the Live API", () => {
  let emulator: Emulator;
  const sockets: { close(): void }[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.close();
    await emulator.close();
  });

  /** Answers the first speech with a long tone and a call to a function, and says what the function gave. */
  const voice: Voice = {
    reply: ({ items, userAudio, rate }) => {
      const last = items.at(-1);
      if (last?.type === "function_call_output") return [{ type: "message", text: `It is ${last.output}.`, audio: toneClip(400, rate) }];
      if (userAudio === null || items.some(({ type }) => type === "function_call")) return [];
      return [
        { type: "message", text: "Let me look.", audio: toneClip(30_000, rate) },
        { type: "function_call", name: "look", arguments: "{}" },
      ];
    },
  };

  const client = () => new OpenAI({ apiKey: "sk-test", baseURL: `${emulator.httpUrl}/v1` });

  /** A connection and the events that come on it. */
  function watch<S extends LiveWS | SidebandWS>(socket: S): { socket: S; events: ServerEvent[]; next(type: string): Promise<ServerEvent> } {
    const events: ServerEvent[] = [];
    const waiting = new Set<() => void>();
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("event", (event: ServerEvent) => {
      events.push(event);
      for (const wake of waiting) wake();
    });
    const next = async (type: string) => {
      for (;;) {
        const found = events.find((event) => event.type === type);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => waiting.add(resolve));
      }
    };
    return { socket, events, next };
  }

  const append = (socket: LiveWS, samples: Int16Array) => {
    for (let at = 0; at < samples.length; at += 2400) {
      const piece = samples.subarray(at, at + 2400);
      socket.send({ type: "session.input_audio.append", audio: Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString("base64") });
    }
  };

  it("converse, are interrupted, delegate and close", async () => {
    emulator = await checkedEmulator({ voice, clock: fastClock(SPEED), apiKeys: ["sk-test"], seed: 7 });
    const main = watch(new LiveWS(client()));
    main.socket.send({
      type: "session.start",
      event_id: "start",
      session: { model: "gpt-live-1", instructions: "Be brief.", audio: { output: { voice: "cedar" } } },
    });
    const started = await main.next("session.started");
    if (started.type !== "session.started") throw new Error(started.type);
    expect(started.session.audio).toEqual({ format: { type: "audio/pcm", rate: 24000 }, output: { voice: "cedar" } });

    const side = watch(new SidebandWS(client(), { session_id: started.session.id }));
    await side.next("session.started");

    append(main.socket, speechPcm16("speech-b"));
    append(main.socket, new Int16Array(24_000 * 2));
    const created = await main.next("session.delegation.created");
    if (created.type !== "session.delegation.created") throw new Error(created.type);
    expect(created.delegation.target).toBe("client");

    // Speaks over the tone, which fades, and gives the delegated result, which is spoken.
    append(main.socket, speechPcm16("speech-a"));
    append(main.socket, new Int16Array(24_000));
    const record = emulator.liveSessions[0];
    await until(() => record !== undefined && record.input.durationMs > 5000 && record.timelineMs > record.input.durationMs - 80);
    expect(
      record?.output
        .samples24k()
        .subarray(-12_000)
        .every((sample) => sample === 0),
    ).toBe(true);
    side.socket.send({ type: "session.commentary.append", event_id: "c1", content: "blue", delegation_id: created.delegation.id });
    expect(await main.next("session.commentary.appended")).toMatchObject({ client_event_id: "c1" });
    append(main.socket, new Int16Array(24_000 * 3));
    await until(() => said(main.events).includes("It is blue."));
    expect(said(side.events)).toBe(said(main.events));

    main.socket.send({ type: "session.close", event_id: "bye" });
    expect(await main.next("session.closed")).toMatchObject({ reason: "close_requested", client_event_id: "bye", usage: { seconds: expect.any(Number) } });
    await side.next("session.closed");
    expect(main.events.filter(({ type }) => type === "error")).toEqual([]);
    expect(side.events.some((event) => event.type === "session.input_audio.append")).toBe(true);
    const reflected = side.events.filter((event) => event.type === "session.output_audio.delta");
    expect(reflected.every((event) => event.type === "session.output_audio.delta" && (event.end_ms ?? 0) - (event.start_ms ?? 0) === 80)).toBe(true);
  });

  it("are told what they do wrong, and refused without a key", async () => {
    emulator = await checkedEmulator({ clock: fastClock(SPEED), apiKeys: ["sk-test"] });
    const main = watch(new LiveWS(client()));
    main.socket.send({ type: "session.start", session: { model: "gpt-live-1", audio: { format: { type: "audio/pcm", rate: 48_000 as 24_000 } } } });
    expect(await main.next("error")).toMatchObject({ error: { param: "session.audio.format.rate", code: "invalid_value" } });
    const stranger = watch(new LiveWS(new OpenAI({ apiKey: "sk-wrong", baseURL: `${emulator.httpUrl}/v1` })));
    const refused = await new Promise<Error>((resolve) => stranger.socket.on("error", resolve));
    expect(refused.message).toContain("401");
  });

  const said = (events: readonly ServerEvent[]) => events.map((event) => (event.type === "session.output_transcript.delta" ? event.delta : "")).join("");
});

function speechPcm16(name: "speech-a" | "speech-b"): Int16Array {
  return Int16Array.from(speech(name, 24_000), (sample) => Math.round(sample * 32_767));
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
