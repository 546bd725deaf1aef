import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { messageOf, voiceRequest } from "../../test/voice-request.ts";
import { type AudioClip, clipMs } from "../audio.ts";
import { sayVoice } from "./say.ts";
import { findSpeechEngine } from "./speech-engine.ts";

const folder = mkdtempSync(join(tmpdir(), "sidetone-say-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A synthesiser that notes how it was called and speaks one sample of value 1000 for each character, at 16 kHz, as a WAV file whose sizes are unknown. */
const NOTES = join(folder, "notes.jsonl");
const SOURCE = `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require("node:fs");
const args = process.argv.slice(2);
const after = (flag) => args[args.indexOf(flag) + 1];
const text = args.includes("--stdin") || after("-f") === "-" ? readFileSync(0, "utf8") : readFileSync(after("-f"), "utf8");
appendFileSync(${JSON.stringify(NOTES)}, JSON.stringify({ args, text }) + "\\n");
if (text.includes("stay silent")) setInterval(() => {}, 1000);
else if (text.includes("fail") || args.includes("Samantha")) { console.error("no such voice"); process.exitCode = 3; }
else {
  const header = Buffer.alloc(44);
  header.write("RIFF"); header.writeUInt32LE(0x7ffff024, 4); header.write("WAVEfmt ", 8); header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); header.writeUInt16LE(1, 22); header.writeUInt32LE(16000, 24); header.writeUInt32LE(32000, 28);
  header.writeUInt16LE(2, 32); header.writeUInt16LE(16, 34); header.write("data", 36); header.writeUInt32LE(0x7ffff000, 40);
  const sound = Buffer.concat([header, Buffer.from(new Int16Array(text.length).fill(1000).buffer)]);
  if (args.includes("--stdout")) process.stdout.write(sound);
  else writeFileSync(after("-o"), sound);
}
`;

function fake(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, SOURCE);
  chmodSync(path, 0o755);
  return path;
}

const notes = () =>
  readFileSync(NOTES, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { args: string[]; text: string });

const espeak = fake("espeak-ng");
const flite = fake("flite");
const macSay = fake("say");
const spokenOf = (text: string): AudioClip => ({ samples: new Int16Array(text.length).fill(1000), rate: 16_000 });

describe("the say voice", () => {
  it("reads its answer aloud, in the voice that is asked for; the text is no argument", async () => {
    const text = 'You wrote: $(rm -rf /) "; -h';
    const message = await messageOf(sayVoice({ program: espeak }), { userText: '$(rm -rf /) "; -h', voice: "cedar" });
    expect(message).toEqual({ type: "message", text, audio: spokenOf(text) });
    expect(notes().at(-1)).toEqual({ args: ["--stdout", "--stdin", "-b", "1", "-s", "175", "-v", "en-us+m3", "-p", "40"], text });
  });

  it.each([
    ["flite", flite, ["-voice", "slt"]],
    ["say", macSay, ["-r", "175"]],
  ])("speaks through %s, with files that are gone afterwards", async (_, program, args) => {
    const leftovers = () => readdirSync(tmpdir()).filter((name) => /^sidetone-say-(?!test)/.test(name));
    const before = leftovers();
    expect((await messageOf(sayVoice({ program, answer: "One two." }))).audio).toEqual(spokenOf("One two."));
    expect(notes().at(-1)?.args).toEqual(expect.arrayContaining(args));
    expect(leftovers()).toEqual(before);
  });

  it("does without a voice that the machine does not have, unless it was asked for by name", async () => {
    expect((await messageOf(sayVoice({ program: macSay, answer: "Instead." }), { voice: "marin" })).audio).toEqual(spokenOf("Instead."));
    const voice = sayVoice({ program: macSay, answer: "Instead.", voices: { marin: { voice: "Samantha" } } });
    await expect(messageOf(voice, { voice: "marin" })).rejects.toThrow(/say failed \(exit code 3\): no such voice\.$/);
  });

  it("fills in a template, or asks a function", async () => {
    const heard = { userText: "{seconds}", userAudio: { samples: new Int16Array(36_000), rate: 24000 } };
    expect((await messageOf(sayVoice({ program: espeak, answer: "{seconds} s, {text}, {other}" }), heard)).text).toBe("1.5 s, {seconds}, {other}");
    expect((await messageOf(sayVoice({ program: espeak, answer: async ({ userText }) => userText.toUpperCase() }), { userText: "hi" })).text).toBe("HI");
    expect((await messageOf(sayVoice({ program: espeak }), { ...heard, userText: "" })).text).toBe("I heard 1.5 seconds of speech.");
    expect(await messageOf(sayVoice({ program: espeak }), { modality: "text" })).toEqual({ type: "message", text: "Hello." });
  });

  it("speaks the same words once only", async () => {
    const voice = sayVoice({ program: espeak, answer: "Once." });
    const before = notes().length;
    const [first, second] = [await messageOf(voice), await messageOf(voice)];
    expect(second.audio).toBe(first.audio);
    expect(notes()).toHaveLength(before + 1);
    await messageOf(voice, { voice: "ash" });
    expect(notes()).toHaveLength(before + 2);
  });

  it("runs a few programs at once, and every one in its turn", async () => {
    const voice = sayVoice({ program: espeak, answer: ({ userText }) => userText });
    const texts = Array.from({ length: 12 }, (_, i) => `Number ${"x".repeat(i)}`);
    const messages = await Promise.all(texts.map((userText) => messageOf(voice, { userText })));
    expect(messages.map(({ audio }) => audio)).toEqual(texts.map(spokenOf));
    const abort = new AbortController();
    const lost = Promise.allSettled(Array.from({ length: 6 }, (_, i) => messageOf(voice, { userText: `stay silent ${i}`, signal: abort.signal })));
    await new Promise((resolve) => setTimeout(resolve, 100));
    abort.abort();
    expect((await lost).map(({ status }) => status)).toEqual(Array(6).fill("rejected"));
    expect((await messageOf(voice, { userText: "Still there." })).audio).toEqual(spokenOf("Still there."));
  });

  it("has nothing to say where there are no words", async () => {
    expect((await messageOf(sayVoice({ program: espeak, answer: " … " }))).audio?.samples).toHaveLength(0);
  });

  it("ends the program with the request", async () => {
    const abort = new AbortController();
    const reply = sayVoice({ program: espeak, answer: "stay silent" }).reply(voiceRequest({ signal: abort.signal }));
    const before = notes().length;
    while (notes().length === before && notes().at(-1)?.text !== "stay silent") await new Promise((resolve) => setTimeout(resolve, 10));
    abort.abort(new Error("interrupted"));
    await expect(reply).rejects.toThrow("interrupted");
  });

  it("says what went wrong", async () => {
    const voice = (options: object) => () => sayVoice({ program: espeak, ...options });
    await expect(messageOf(sayVoice({ program: espeak, answer: "fail" }))).rejects.toThrow(/espeak-ng failed \(exit code 3\): no such voice\.$/);
    await expect(messageOf(sayVoice({ program: espeak, answer: "a".repeat(10_001) }))).rejects.toThrow(
      "The text has 10001 characters; at most 10000 are spoken at once.",
    );
    await expect(messageOf(sayVoice({ program: espeak, answer: () => 7 as never }))).rejects.toThrow("answer returned 7; allowed is a text.");
    expect(voice({ voices: { marin: { pitch: 100 } } })).toThrow("voices.marin.pitch is 100; allowed is 0 to 99.");
    expect(voice({ voices: { marin: { voice: "-w" } } })).toThrow('voices.marin.voice is "-w"; allowed is the name of a voice.');
    expect(voice({ speed: 1 })).toThrow('say has an unknown property "speed"');
    expect(voice({ program: join(folder, "festival") })).toThrow("allowed is the path of espeak-ng, espeak, flite, say, powershell.");
    expect(voice({ program: join(folder, "none", "flite") })).toThrow("which is no file that may be run.");
  });
});

describe("finding a synthesiser", () => {
  it("takes the system's own, then espeak-ng, then the others", () => {
    expect(findSpeechEngine(undefined, { platform: "linux", env: { PATH: `/nowhere:${folder}` } })).toMatchObject({ name: "espeak-ng", program: espeak });
    expect(findSpeechEngine(undefined, { platform: "darwin", env: { PATH: folder } })).toMatchObject({ name: "say", program: macSay });
    expect(findSpeechEngine(flite)).toMatchObject({ name: "flite" });
  });

  it("says what to install when there is none", () => {
    expect(() => findSpeechEngine(undefined, { platform: "linux", env: { PATH: "" } })).toThrow(/No speech synthesiser was found.*apt-get install espeak-ng/);
    expect(() => findSpeechEngine(undefined, { platform: "linux", env: {} })).toThrow("install espeak-ng");
  });
});

describe("a synthesiser that is installed", () => {
  // On a machine without one, the same words come from the stand-in above.
  const installed = [...new Set(["espeak-ng", "flite"].map(whereIs))];

  it.each(installed)("%s says more for a longer text", async (program) => {
    const [short, long] = [
      await messageOf(sayVoice({ program, answer: "Yes." })),
      await messageOf(sayVoice({ program, answer: "This takes a good deal longer to say." })),
    ];
    expect(clipMs(long.audio as AudioClip)).toBeGreaterThan(2 * clipMs(short.audio as AudioClip));
    expect(Math.max(...(long.audio as AudioClip).samples)).toBeGreaterThan(500);
  });
});

function whereIs(name: string): string {
  for (const entry of (process.env.PATH ?? "").split(":")) {
    try {
      return findSpeechEngine(join(entry, name)).program;
    } catch {}
  }
  return espeak;
}
