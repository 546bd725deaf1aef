import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeWav } from "@sidetone/core/dsp";
import type { ConversationItem } from "@sidetone/core/protocol";
import { afterAll, describe, expect, it } from "vitest";
import { messageOf, replyOf, voiceRequest } from "../../test/voice-request.ts";
import { chirpClip } from "./chirp.ts";
import { scriptVoice } from "./script.ts";
import { defineScript, type Script } from "./script-types.ts";
import { toneClip } from "./tone.ts";
import type { Voice } from "./voice.ts";

const folder = mkdtempSync(join(tmpdir(), "sidetone-script-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const user = (text: string): ConversationItem => ({ type: "message", role: "user", id: `u_${text}`, content: [{ type: "input_text", text }] });
const spoke = (id: string): ConversationItem => ({ type: "message", role: "user", id, content: [{ type: "input_audio", transcript: null }] });
const called = (name: string, call_id: string): ConversationItem => ({ type: "function_call", name, call_id, arguments: "{}" });
const output = (call_id: string, text: string): ConversationItem => ({ type: "function_call_output", call_id, output: text });

const session = (script: Script) => scriptVoice(script).open?.({ id: "s", model: "m", seed: 1 }) as Voice;
const saysTo = async (voice: Voice, ...items: ConversationItem[]) => (await messageOf(voice, { items })).text;

describe("a script", () => {
  it("is taken turn by turn, anew in each session, and then fails", async () => {
    const script = defineScript({ name: "greeting", turns: [{ say: "One." }, { say: "Two.", times: 2 }] });
    const voice = session(script);
    expect([await saysTo(voice), await saysTo(voice), await saysTo(voice)]).toEqual(["One.", "Two.", "Two."]);
    expect(() => voice.reply(voiceRequest({ items: [user("more")] }))).toThrow(
      'The script greeting has no turn left that fits response 4, where the user said "more"; it has 2 turns.',
    );
    expect(await saysTo(session(script))).toBe("One.");
  });

  it("takes the first turn that fits: by words, by number, by a function's output", async () => {
    const voice = session({
      turns: [
        { when: { functionOutput: { name: "weather", holds: "rain" } }, say: "Take an umbrella." },
        { when: { functionOutput: true }, say: "Some output." },
        { when: { text: "WEATHER" }, say: "Asking." },
        { when: { text: { matches: "^bye$" }, spoken: false }, say: "Bye." },
        { when: { response: 5 }, say: "Fifth." },
        { say: "Anything.", times: "always" },
      ],
    });
    expect(await saysTo(voice, user("hello"))).toBe("Anything.");
    expect(await saysTo(voice, user("how is the weather?"))).toBe("Asking.");
    expect(await saysTo(voice, user("weather"), called("other", "c1"), output("c1", "rain"))).toBe("Some output.");
    expect(await saysTo(voice, called("weather", "c2"), output("c2", "it will rain"))).toBe("Take an umbrella.");
    expect(await saysTo(voice, called("weather", "c2"), output("c2", "it will rain"))).toBe("Fifth.");
    expect(await saysTo(voice, user("bye"))).toBe("Bye.");
  });

  it("knows what the user is taken to have said, before it is transcribed", async () => {
    const voice = session({
      turns: [
        { heard: "Turn on the light.", when: { text: "light" }, say: "Done." },
        { heard: { text: "And the heating.", streaming: true }, say: "Done, too." },
      ],
    });
    expect(voice.transcript?.({ itemId: "a", index: 0, audio: null })).toEqual({ text: "Turn on the light." });
    expect(await saysTo(voice, spoke("a"))).toBe("Done.");
    expect(voice.transcript?.({ itemId: "b", index: 1, audio: null })).toEqual({ text: "And the heating.", streaming: true });
    expect(voice.transcript?.({ itemId: "c", index: 2, audio: null })).toBeNull();
  });

  it("becomes a whole reply: items with their timing, pace, delay and end", async () => {
    const voice = session({
      turns: [
        {
          delayMs: 250,
          pace: { speedUp: 1 },
          items: [
            {
              type: "message",
              words: [
                { text: "One", atMs: 0 },
                { text: " two", atMs: 500 },
              ],
              audio: { silence: 1000 },
              phase: "commentary",
            },
            { type: "function_call", name: "look", arguments: { city: "Bonn" }, follows: "start", delayMs: 20 },
            { type: "mcp_call", server_label: "docs", name: "find", arguments: "{", error: "down" },
            { type: "message", text: "Written.", written: true },
          ],
          fail: { code: "rate_limit_exceeded" },
        },
        { say: "Cut", audio: "none", incomplete: "content_filter" },
      ],
    });
    expect(await replyOf(voice)).toEqual({
      delayMs: 250,
      pace: { speedUp: 1 },
      items: [
        {
          type: "message",
          text: "One two",
          words: [
            { text: "One", atMs: 0 },
            { text: " two", atMs: 500 },
          ],
          phase: "commentary",
          audio: { samples: new Int16Array(24_000), rate: 24000 },
        },
        { type: "function_call", name: "look", arguments: '{"city":"Bonn"}', follows: "start", delayMs: 20 },
        { type: "mcp_call", server_label: "docs", name: "find", arguments: "{", error: "down" },
        { type: "message", text: "Written.", written: true },
      ],
      end: { status: "failed", code: "rate_limit_exceeded" },
    });
    expect(await replyOf(voice)).toEqual({ items: [{ type: "message", text: "Cut" }], end: { status: "incomplete", reason: "content_filter" } });
  });

  it("sounds as it says", async () => {
    const voice = session({
      turns: [{ say: "a", audio: { tone: 700 } }, { say: "a", audio: { chirp: 700 } }, { say: "a", audio: "echo" }, { say: "12345678901234567890" }],
    });
    const heard = { samples: toneClip(500, 24000).samples, rate: 24000 };
    const audio = async () => (await messageOf(voice, { rate: 8000, userAudio: heard })).audio;
    expect(await audio()).toEqual(toneClip(700, 8000));
    expect(await audio()).toEqual(chirpClip(700, 8000));
    expect((await audio())?.samples.length).toBeGreaterThan(10_000);
    expect(await audio()).toEqual(toneClip(1200, 8000));
    expect((await messageOf(session({ turns: [{ say: "a" }] }), { modality: "text" })).audio).toBeUndefined();
  });

  it("may be a file, whose paths start at its folder", async () => {
    mkdirSync(join(folder, "sounds"));
    writeFileSync(join(folder, "sounds", "a.wav"), writeWav({ rate: 16_000, samples: Float32Array.of(0.5) }));
    writeFileSync(join(folder, "talk.json"), JSON.stringify({ turns: [{ say: "Sound.", audio: { wav: "sounds/a.wav" } }] }));
    expect(await messageOf(scriptVoice(join(folder, "talk.json")))).toEqual({
      type: "message",
      text: "Sound.",
      audio: { samples: new Int16Array([16_384]), rate: 16_000 },
    });
    writeFileSync(join(folder, "broken.json"), "{ turns");
    expect(() => scriptVoice(join(folder, "broken.json"))).toThrow(/broken\.json is not JSON/);
    expect(() => scriptVoice(join(folder, "none.json"))).toThrow(/none\.json cannot be read/);
    writeFileSync(join(folder, "empty.json"), '{"turns":[{}]}');
    expect(() => scriptVoice(join(folder, "empty.json"))).toThrow(/empty\.json: script\.turns\[0\] says nothing/);
  });

  it("may go on with another voice when nothing fits", async () => {
    expect(await saysTo(session({ turns: [], otherwise: "tone" }))).toBe("(tone of 3.0 s)");
    expect((await messageOf(session({ turns: [], otherwise: "echo" }), { userText: "hi" })).text).toBe("(echo of “hi”)");
  });
});

describe("a wrong script", () => {
  it.each<[unknown, string]>([
    [null, "script is null; allowed is an object."],
    [{ turns: {} }, "script.turns is {}; allowed is a list of turns."],
    [{ turns: [], else: 1 }, 'script has an unknown property "else"; allowed are name, turns, otherwise.'],
    [{ turns: [], otherwise: "sing" }, 'script.otherwise is "sing"; allowed are "echo", "tone", "fail".'],
    [{ turns: [{ say: "a", times: 0 }] }, "script.turns[0].times is 0; allowed is 1 to 1000000."],
    [{ turns: [{ say: "a", items: [] }] }, "script.turns[0] has both say and items; allowed is either."],
    [{ turns: [{ items: [], audio: "none" }] }, "script.turns[0].audio is given without script.turns[0].say"],
    [{ turns: [{ say: "a", audio: { tone: 1, chirp: 1 } }] }, 'script.turns[0].audio is {"tone":1,"chirp":1}; allowed are { wav }'],
    [{ turns: [{ say: "a", audio: { chirp: 600_001 } }] }, "script.turns[0].audio.chirp is 600001; allowed is 0 to 600000."],
    [{ turns: [{ say: "a", when: { text: { matches: "(" } } }] }, "script.turns[0].when.text is no regular expression"],
    [{ turns: [{ say: "a", when: "never" }] }, 'script.turns[0].when is "never"; allowed are "any" and an object of conditions.'],
    [{ turns: [{ say: "a", heard: { text: "" } }] }, 'script.turns[0].heard.text is ""; allowed is a text that is not empty.'],
    [{ turns: [{ say: "a", pace: { speedUp: 0 } }] }, "script.turns[0].pace.speedUp is 0; allowed is 0.1 to 1000000."],
    [{ turns: [{ fail: { code: "x" }, incomplete: "content_filter" }] }, "script.turns[0] has both fail and incomplete; allowed is either."],
    [{ turns: [{ items: [{ type: "song" }] }] }, 'script.turns[0].items[0].type is "song"; allowed are "message"'],
    [{ turns: [{ items: [{ type: "message" }] }] }, "script.turns[0].items[0] has neither text nor words; allowed is either, or both."],
    [
      {
        turns: [
          {
            items: [
              {
                type: "message",
                words: [
                  { text: "b", atMs: 5 },
                  { text: "a", atMs: 4 },
                ],
              },
            ],
          },
        ],
      },
      "words[1].atMs is 4; allowed is 5 to 600000.",
    ],
    [{ turns: [{ items: [{ type: "message", text: "x", words: [{ text: "b", atMs: 5 }] }] }] }, "they must agree."],
    [{ turns: [{ items: [{ type: "function_call", name: "f", arguments: [] }] }] }, "items[0].arguments is []; allowed are JSON text and an object."],
    [{ turns: [{ items: [{ type: "mcp_call", server_label: "s", name: "f", output: "a", error: "b" }] }] }, "has both output and error"],
    [{ turns: [{ items: [{ type: "mcp_list_tools", server_label: "s", tools: [{}] }] }] }, "items[0].tools[0].name is undefined; allowed is a text"],
    [{ turns: [{ items: [{ type: "message", text: "a", follows: "never" }] }] }, 'items[0].follows is "never"; allowed are "end", "start".'],
    [{ turns: [{ say: "a", audio: { wav: join(folder, "none.wav") } }] }, "none.wav cannot be read"],
  ])("%j is refused", (script, message) => {
    expect(() => scriptVoice(script as Script)).toThrow(message);
  });
});
