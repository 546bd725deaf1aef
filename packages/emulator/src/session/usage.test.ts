import { describe, expect, it } from "vitest";
import { SpokenAudio, type StoredItem } from "./conversation.ts";
import { usageOf } from "./usage.ts";

const plan = (...input: StoredItem[]) => ({ instructions: "12345", input });
const item = (wire: object, heardMs?: number): StoredItem => {
  const clip = { samples: new Int16Array((heardMs ?? 0) * 24), rate: 24_000 };
  return { wire: { id: "x", ...wire } as never, heard: new Map(heardMs === undefined ? [] : [[0, clip]]), spoken: null };
};
const said = (transcript: string | null, ms: number) => item({ type: "message", role: "user", content: [{ type: "input_audio", transcript }] }, ms);

function spoken(ms: number, keptMs = ms): StoredItem {
  const audio = new SpokenAudio({ type: "audio/pcm", rate: 24_000 });
  audio.append(new Uint8Array(ms * 48));
  audio.keep(keptMs);
  return { ...item({ type: "message", role: "assistant", content: [{ type: "output_audio", transcript: "Hello" }] }), spoken: audio };
}

describe("usage", () => {
  it("counts the user's audio in whole steps of 100 ms, as recorded, and no transcript of it", () => {
    const { input_token_details: first } = usageOf(plan(said(null, 2796)), []);
    expect(first).toMatchObject({ audio_tokens: 27, text_tokens: 2 });
    expect(usageOf(plan(said("What is the time in Helsinki?", 2796)), []).input_token_details).toEqual(first);
  });

  it("counts the model's audio in steps of 50 ms: all that was made, and what was kept where it is seen again", () => {
    expect(usageOf(plan(), [spoken(1210, 400)])).toMatchObject({ output_tokens: 27, output_token_details: { audio_tokens: 25, text_tokens: 2 } });
    expect(usageOf(plan(spoken(1210, 400)), []).input_token_details).toMatchObject({ audio_tokens: 8, text_tokens: 4 });
  });

  it("counts texts, calls and what comes of them by four characters", () => {
    const written = item({ type: "message", role: "user", content: [{ type: "input_text", text: "12345678" }] });
    const call = item({ type: "function_call", arguments: "123456789" });
    const output = item({ type: "function_call_output", output: "1234" });
    expect(usageOf(plan(written, call, output), [call])).toMatchObject({ input_tokens: 2 + 2 + 3 + 1, output_tokens: 3, total_tokens: 11 });
  });
});
