/** Scripts and the chirp in sessions: what a client gets of them. */
import { afterEach, describe, expect, it } from "vitest";
import { deltaBytes, pcmBytes, speech, WireClient } from "../../test/wire-client.ts";
import { decodeWire } from "../audio.ts";
import { checkConformance, describeViolation } from "../conformance/checker.ts";
import type { EmulatorOptions } from "../options.ts";
import { createEmulator, type Emulator } from "../server/server.ts";
import { chirpClip } from "./chirp.ts";
import { locateChirp, traceChirp } from "./chirp-locate.ts";
import { defineScript } from "./script-types.ts";

const open: Emulator[] = [];
afterEach(async () => {
  for (const emulator of open.splice(0)) {
    await emulator.close();
    expect(checkConformance(emulator, { complete: true }).map(describeViolation)).toEqual([]);
  }
});

const QUICK = { firstAudioDelayMs: 10, transcriptLeadMs: 5, speedUp: 200, transcriptionDelayMs: 5 };

async function client(options: EmulatorOptions): Promise<WireClient> {
  const emulator = await createEmulator({ profile: QUICK, ...options });
  open.push(emulator);
  const made = new WireClient(emulator.url);
  await made.next("session.created");
  return made;
}

const written = (text: string) => ({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text }] } });
const words = (wire: WireClient, type: string) =>
  wire
    .all(type)
    .map(({ delta }) => delta)
    .join("");

describe("a script in a session", () => {
  it("says, calls, hears and fails as it is written", async () => {
    const script = defineScript({
      turns: [
        {
          heard: { text: "What is the weather in Bonn?", streaming: true },
          when: { text: "weather", spoken: true },
          items: [{ type: "function_call", name: "weather", arguments: { city: "Bonn" } }],
        },
        { when: { functionOutput: { name: "weather", holds: "rain" } }, say: "It will rain.", audio: { chirp: 900 } },
        { when: { text: "again" }, fail: { code: "rate_limit_exceeded", message: "Slow down." } },
        {
          items: [
            { type: "message", text: "A thought.", audio: { silence: 200 }, phase: "commentary" },
            { type: "message", text: "Beside it.", audio: { silence: 200 }, follows: "start" },
          ],
        },
      ],
    });
    const wire = await client({ voice: { script } });
    wire.send({ type: "session.update", session: { type: "realtime", audio: { input: { transcription: { model: "gpt-realtime-whisper" } } } } });
    wire.append(pcmBytes(speech("speech-a", 24000), 1500));

    const call = await wire.next("response.function_call_arguments.done");
    expect(call).toMatchObject({ name: "weather", arguments: '{"city":"Bonn"}' });
    const transcript = "conversation.item.input_audio_transcription";
    expect((await wire.next(`${transcript}.completed`)).transcript).toBe("What is the weather in Bonn?");
    expect(words(wire, `${transcript}.delta`)).toBe("What is the weather in Bonn?");
    expect(wire.types.indexOf(`${transcript}.delta`)).toBeLessThan(wire.types.indexOf("input_audio_buffer.speech_stopped"));
    await wire.next("response.done");

    wire.send({ type: "conversation.item.create", item: { type: "function_call_output", call_id: call.call_id, output: "rain" } });
    wire.send({ type: "response.create" });
    await wire.next("response.done", 2);
    expect(words(wire, "response.output_audio_transcript.delta")).toBe("It will rain.");
    expect(decodeWire(deltaBytes(wire.events), { type: "audio/pcm", rate: 24000 })).toEqual(chirpClip(900, 24000).samples);

    wire.send(written("Once again"));
    wire.send({ type: "response.create" });
    expect((await wire.next("response.done", 3)).response).toMatchObject({
      status: "failed",
      status_details: { error: { code: "rate_limit_exceeded", message: "Slow down." } },
    });

    wire.send(written("Think"));
    wire.send({ type: "response.create" });
    const { response } = await wire.next("response.done", 4);
    expect(response.output.map(({ phase }: { phase: string }) => phase)).toEqual(["commentary", "final_answer"]);
    const [first, second] = response.output.map(({ id }: { id: string }) => id);
    const at = (type: string, id: string) => wire.events.findIndex((event) => event.type === type && (event.item?.id ?? event.item_id) === id);
    expect(at("response.output_item.added", second)).toBeLessThan(at("response.output_audio.delta", first));

    wire.send({ type: "response.create" });
    expect((await wire.next("response.done", 5)).response.status_details.error.message).toMatch(/The script has no turn left that fits response 5/);
  });

  it("begins anew for the next client", async () => {
    const emulator = await createEmulator({ profile: QUICK, voice: { script: { turns: [{ say: "First." }, { say: "Second." }] } } });
    open.push(emulator);
    for (let i = 0; i < 2; i++) {
      const wire = new WireClient(emulator.url);
      await wire.next("session.created");
      wire.send({ type: "response.create" });
      await wire.next("response.done");
      expect(words(wire, "response.output_audio_transcript.delta")).toBe("First.");
    }
  });

  it("answers to words that only it knows, also where nothing is transcribed", async () => {
    const wire = await client({ voice: { script: { turns: [{ when: { text: "light" }, heard: "Turn on the light.", say: "Done." }], otherwise: "fail" } } });
    wire.append(pcmBytes(speech("speech-a", 24000), 1500));
    expect((await wire.next("response.done")).response.status).toBe("completed");
    expect(wire.types).not.toContain("conversation.item.input_audio_transcription.completed");
  });
});

describe("the chirp in a session", () => {
  it("tells of any piece of what came where it belongs, in G.711 too", async () => {
    const wire = await client({ voice: { chirp: { durationMs: 2000 } } });
    wire.send({ type: "session.update", session: { type: "realtime", audio: { output: { format: { type: "audio/pcmu" } } } } });
    wire.send({ type: "response.create" });
    await wire.next("response.done");
    const samples = decodeWire(deltaBytes(wire.events), { type: "audio/pcmu" });
    expect(samples).toHaveLength(16_000);
    for (const offset of [0, 1234, 15_000]) expect(locateChirp(samples.slice(offset, offset + 800), 8000)?.offsetFrames).toBe(offset);
    expect(traceChirp(samples, 8000)).toEqual([{ fromFrame: 0, toFrame: 16_000, offsetFrames: 0 }]);
  });
});
