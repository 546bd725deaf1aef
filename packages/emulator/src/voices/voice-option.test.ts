import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { messageOf } from "../../test/voice-request.ts";
import { type VoiceOption, voiceOption } from "./voice-option.ts";

const SPEECH = join(import.meta.dirname, "../../../../test/fixtures/speech-a.wav");

describe("the option voice", () => {
  it.each<[VoiceOption, string]>([
    ["echo", "(nothing to echo)"],
    ["tone", "(tone of 3.0 s)"],
    ["chirp", "(chirp of 3.0 s)"],
    [{ tone: { durationMs: 1500 } }, "(tone of 1.5 s)"],
    [{ chirp: { durationMs: 500 } }, "(chirp of 0.5 s)"],
    [{ wav: SPEECH }, "(speech-a)"],
    [{ wav: { path: [SPEECH], order: "random" } }, "(speech-a)"],
    [{ script: { turns: [{ say: "As written." }] } }, "As written."],
    [{ reply: () => [{ type: "message", text: "My own." }] }, "My own."],
  ])("%j is a voice", async (option, text) => {
    expect((await messageOf(voiceOption(option))).text).toBe(text);
  });

  it.each([
    ["sing", 'voice is "sing"; allowed are "echo", "tone", "chirp", "say", { tone }'],
    [null, "voice is null; allowed are"],
    [{}, "voice is {}; allowed are"],
    [{ song: 1 }, 'voice has an unknown property "song"; allowed are tone, chirp, say, wav, script.'],
    [{ tone: {}, chirp: {} }, 'voice is {"tone":{},"chirp":{}}; allowed are'],
    [{ tone: { durationMs: -1 } }, "durationMs is -1; allowed is 0 to 600000."],
    [{ wav: 5 }, "wav is 5; allowed is a path, a list of paths, or { path, order }."],
    [{ script: 5 }, "script is 5; allowed is an object."],
    [{ say: { answer: 5 } }, "answer is 5; allowed are a template and a function."],
  ])("%j is refused", (option, message) => {
    expect(() => voiceOption(option as never)).toThrow(message);
  });
});
