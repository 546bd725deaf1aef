import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type WavEncoding, writeWav } from "@sidetone/core/dsp";
import type { ServerEvent } from "@sidetone/core/protocol";
import { afterAll, describe, expect, test } from "vitest";
import { OutputFile } from "./output-file.ts";
import { pace } from "./pacer.ts";
import { ProgressDisplay } from "./progress-display.ts";
import { ReplyTape } from "./reply-tape.ts";
import { findSpeech } from "./speech-extent.ts";
import { readSpeech } from "./speech-file.ts";
import type { TalkProgress } from "./talk-session.ts";
import { TurnWatch } from "./turn-watch.ts";

const folder = mkdtempSync(join(tmpdir(), "sidetone-talk-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A tone with `leadMs` and `tailMs` of faint noise around it. */
function burst(rate: number, leadMs: number, toneMs: number, tailMs: number): Float32Array {
  const at = (ms: number) => Math.round((ms * rate) / 1000);
  return Float32Array.from({ length: at(leadMs + toneMs + tailMs) }, (_, i) =>
    i >= at(leadMs) && i < at(leadMs + toneMs) ? 0.3 * Math.sin((2 * Math.PI * 440 * i) / rate) : 0.001 * (((i * 7919) % 13) / 6 - 1),
  );
}

describe("findSpeech", () => {
  test.each([8000, 11_025, 44_100, 192_000])("finds the ends of a burst within 10 ms at %d Hz", (rate) => {
    const found = findSpeech(burst(rate, 400, 700, 300), rate);
    expect(Math.abs((found?.startMs ?? 0) - 400)).toBeLessThanOrEqual(10);
    expect(Math.abs((found?.endMs ?? 0) - 1100)).toBeLessThanOrEqual(10);
  });

  test("finds nothing in silence, and does not run past the end", () => {
    expect(findSpeech(new Float32Array(16_000), 16_000)).toBeNull();
    expect(findSpeech(new Float32Array(0), 16_000)).toBeNull();
    expect(findSpeech(new Float32Array(105).fill(0.5), 16_000)).toEqual({ startMs: 0, endMs: (105 * 1000) / 16_000 });
  });

  test("agrees with the ear on the fixture", async () => {
    const { samples, rate } = await readSpeech(fileURLToPath(new URL("../../../../test/fixtures/speech-b.wav", import.meta.url)));
    const found = findSpeech(samples, rate);
    expect(found?.endMs).toBeGreaterThan(2900);
    expect(found?.endMs).toBeLessThanOrEqual(3290);
  });
});

describe("readSpeech", () => {
  const cases: [WavEncoding, number, number][] = [
    ["pcm16", 8000, 1],
    ["pcm24", 44_100, 2],
    ["pcm32", 96_000, 1],
    ["float32", 48_000, 6],
    ["mulaw", 8000, 1],
    ["alaw", 16_000, 2],
    ["pcm16", 192_000, 1],
  ];
  test.each(cases)("%s at %d Hz with %d channels", async (encoding, rate, channels) => {
    const mono = burst(rate, 50, 100, 50);
    const interleaved = Float32Array.from({ length: mono.length * channels }, (_, i) => mono[Math.floor(i / channels)]);
    const path = join(folder, `${encoding}-${rate}.wav`);
    writeFileSync(path, writeWav({ rate, channels, samples: interleaved, encoding }));
    const speech = await readSpeech(path);
    expect(speech).toMatchObject({ rate, channels, encoding, durationMs: (mono.length * 1000) / rate });
    const error = speech.samples.reduce((worst, sample, i) => Math.max(worst, Math.abs(sample - mono[i])), 0);
    expect(error).toBeLessThan(encoding === "mulaw" || encoding === "alaw" ? 0.02 : 1e-4);
  });

  test("what is no number becomes silence", async () => {
    const path = join(folder, "nan.wav");
    writeFileSync(path, writeWav({ rate: 8000, samples: Float32Array.of(0.5, Number.NaN, Number.POSITIVE_INFINITY, 0.25), encoding: "float32" }));
    expect([...(await readSpeech(path)).samples]).toEqual([0.5, 0, 0, 0.25]);
  });
});

describe("OutputFile", () => {
  const input = join(folder, "input.wav");
  writeFileSync(input, "input");

  test("writes the whole content over a longer one", async () => {
    const path = join(folder, "longer.wav");
    writeFileSync(path, "what was here before");
    const file = await OutputFile.open("out", path, input);
    expect(readFileSync(path, "utf8")).toBe("what was here before");
    await file.write(Buffer.from("new"));
    await file.discard();
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  test("without a result leaves an old file alone and no new one behind", async () => {
    const path = join(folder, "kept.wav");
    writeFileSync(path, "kept");
    await (await OutputFile.open("out", path, input)).discard();
    expect(readFileSync(path, "utf8")).toBe("kept");
    const fresh = join(folder, "fresh.wav");
    await (await OutputFile.open("out", fresh, input)).discard();
    expect(existsSync(fresh)).toBe(false);
  });
});

describe("pace", () => {
  test("keeps to the grid whatever steps and timers do", async () => {
    let nowMs = 1000;
    const clock = {
      nowMs: () => nowMs,
      sleep: async (ms: number) => {
        nowMs += ms > 0 ? ms + ((nowMs * 7) % 5) - 1 : 0;
      },
    };
    const times: number[] = [];
    await pace(
      20,
      (index) => {
        times.push(nowMs - 1000);
        nowMs += index === 10 ? 130 : 3; // step 10 stalls for six and a half steps
        return index === 50 ? "stop" : "go-on";
      },
      clock,
    );
    expect(times).toHaveLength(51);
    for (const [index, time] of times.entries()) {
      expect(time).toBeGreaterThanOrEqual(index * 20);
      if (index <= 10 || index > 17) expect(time - index * 20).toBeLessThanOrEqual(5);
    }
  });
});

describe("ReplyTape", () => {
  test("knows when an item began and ended, to the sample where it can", () => {
    const tape = new ReplyTape(1000);
    tape.append(new Float32Array(50));
    tape.mark(null, 0);
    const chunk = new Float32Array(20);
    chunk.fill(0.2, 5);
    tape.append(chunk);
    tape.mark("a", 16);
    tape.append(new Float32Array(40_000).fill(0.1));
    tape.mark("a", 40_016);
    tape.append(new Float32Array(30));
    tape.mark("a", 40_016);
    expect(tape.spans).toEqual([{ itemId: "a", startMs: 55, endMs: 40_070, heardMs: 40_016 }]);
    expect(tape.durationMs).toBe(40_100);
    expect(tape.samples()).toHaveLength(40_100);
    expect(tape.firstSoundMs(0)).toBe(55);
    expect(tape.firstSoundMs(40_070)).toBeNull();
  });
});

describe("TurnWatch", () => {
  const event = (value: object) => value as ServerEvent;
  const started = event({ type: "input_audio_buffer.speech_started", item_id: "u", audio_start_ms: 100 });
  const stopped = event({ type: "input_audio_buffer.speech_stopped", item_id: "u", audio_end_ms: 900 });

  test("is busy from the first word to the end of the response", () => {
    const turns = new TurnWatch();
    const seen: boolean[] = [];
    for (const value of [
      started,
      stopped,
      event({ type: "response.created", response: { id: "r" } }),
      event({ type: "response.done", response: { id: "r" } }),
    ]) {
      turns.observe(value);
      seen.push(turns.busy);
    }
    expect(seen).toEqual([true, true, true, false]);
    expect(turns.speech.get("u")).toEqual({ startMs: 100, endMs: 900 });
  });

  test("expects no reply where the server makes none by itself", () => {
    const turns = new TurnWatch();
    turns.observe(event({ type: "session.updated", session: { audio: { input: { turn_detection: { type: "server_vad", create_response: false } } } } }));
    turns.observe(started);
    turns.observe(stopped);
    expect(turns.busy).toBe(false);
  });

  test("remembers why a response failed", () => {
    const turns = new TurnWatch();
    turns.observe(event({ type: "response.done", response: { id: "r", status: "failed", status_details: { error: { code: "overloaded" } } } }));
    expect(turns.failure).toBe("overloaded");
  });
});

describe("ProgressDisplay", () => {
  const progress = (phase: TalkProgress["phase"], elapsedMs: number): TalkProgress => ({ phase, elapsedMs, speechMs: 3000, inputRms: 0.1, outputRms: 0 });
  const shown = (style: "live" | "plain", columns = 200) => {
    let text = "";
    const output = {
      columns,
      write: (more: string) => {
        text += more;
      },
    };
    const display = new ProgressDisplay(output, style);
    for (let ms = 0; ms <= 14_980; ms += 20) display.show(progress(ms < 3000 ? "talking" : "waiting", ms));
    display.end();
    return text;
  };

  test("piped: a line for each change and one now and then, without control characters", () => {
    expect(shown("plain")).toBe("   0.0 s  talking (3.0 s of speech)\n   3.0 s  waiting for the reply\n  13.0 s  waiting for the reply\n");
  });

  test("on a terminal: one line, never wider than it, gone at the end", () => {
    const text = shown("live", 40);
    expect(text).not.toContain("\n");
    expect(text.endsWith("\r\x1b[2K")).toBe(true);
    for (const line of text.split("\r\x1b[2K")) expect(line.length).toBeLessThan(40);
    expect(text.split("\r").length).toBeLessThan(14_980 / 80 + 3);
  });
});
