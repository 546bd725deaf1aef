import { SEMANTIC_VAD_MAX_WAIT_MS } from "@sidetone/core/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { pcmBytes, speech, WireClient } from "../../test/wire-client.ts";
import type { Emulator } from "../index.ts";

describe("a turn found by semantic VAD", () => {
  let emulator: Emulator;

  afterEach(() => emulator.close());

  /** Where the turn ends that begins with the first `ms` of a recording, in ms of media time. */
  async function endMs(ms: number, eagerness: string): Promise<number> {
    emulator = await checkedEmulator({ profile: { speedUp: 1000, firstAudioDelayMs: 0, transcriptLeadMs: 0 } });
    const client = new WireClient(emulator.url);
    await client.next("session.created");
    client.send({ type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: { type: "semantic_vad", eagerness } } } } });
    client.append(pcmBytes(speech("speech-a", 24000).subarray(0, ms * 24), 9000));
    const stopped = await client.next("input_audio_buffer.speech_stopped");
    await client.next("response.done");
    expect(client.all("input_audio_buffer.speech_started")).toMatchObject([{ item_id: stopped.item_id }]);
    await emulator.close();
    return stopped.audio_end_ms;
  }

  it("ends soon after a whole sentence: an eighth of the longest wait, and what the grid adds", async () => {
    const [high, auto, medium, low] = [await endMs(7100, "high"), await endMs(7100, "auto"), await endMs(7100, "medium"), await endMs(7100, "low")];
    expect([high, auto, medium, low].every((ms) => ms % 32 === 0)).toBe(true);
    expect(auto).toBe(medium);
    // 250, 500 and 1000 ms, each rounded up to whole frames.
    expect(Math.abs(auto - high - 250)).toBeLessThanOrEqual(64);
    expect(Math.abs(low - auto - 500)).toBeLessThanOrEqual(96);
    expect(auto).toBeGreaterThan(7100);
    expect(auto).toBeLessThan(7100 + 700);
  });

  it("waits longer for words that break off, and never longer than documented", async () => {
    for (const eagerness of ["high", "auto", "low"] as const) {
      const most = SEMANTIC_VAD_MAX_WAIT_MS[eagerness];
      const waited = (await endMs(900, eagerness)) - 900;
      expect(waited).toBeGreaterThan(most / 2);
      expect(waited).toBeLessThanOrEqual(most + 100);
    }
  });
});
