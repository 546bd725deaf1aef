import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deltaBytes, pcmBytes, speech, WireClient } from "../test/wire-client.ts";
import { createEmulator, type Emulator } from "./index.ts";

describe("a server VAD turn", () => {
  let emulator: Emulator;

  beforeEach(async () => {
    emulator = await createEmulator({ seed: 1, profile: { speedUp: 100, firstAudioDelayMs: 20, transcriptLeadMs: 10 } });
  });

  afterEach(() => emulator.close());

  it("has the order of recorded sessions", async () => {
    const client = new WireClient(emulator.url);
    await client.next("session.created");
    client.append(pcmBytes(speech("speech-b", 24000), 1500));
    await client.next("rate_limits.updated");
    const once = client.types.filter((type, i, all) => all.indexOf(type) === i);
    expect(once).toEqual([
      "session.created",
      "input_audio_buffer.speech_started",
      "input_audio_buffer.speech_stopped",
      "input_audio_buffer.committed",
      "conversation.item.added",
      "conversation.item.done",
      "response.created",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_audio_transcript.delta",
      "response.output_audio.delta",
      "response.output_audio.done",
      "response.output_audio_transcript.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.done",
      "rate_limits.updated",
    ]);
    expect(deltaBytes(client.events).length).toBeGreaterThan(24000 * 2 * 2.5);
  });
});
