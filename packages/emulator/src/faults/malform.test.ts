import { encodeBase64 } from "@sidetone/core/dsp";
import type { AudioFormat } from "@sidetone/core/protocol";
import { describe, expect, it } from "vitest";
import { encodeWire } from "../audio.ts";
import { canMalform, malform } from "./malform.ts";
import type { Malformation } from "./plan.ts";

const PCM: AudioFormat = { type: "audio/pcm", rate: 24000 };
const MULAW: AudioFormat = { type: "audio/pcmu" };

/** 100 ms of a 440 Hz tone. */
const tone = (rate: number) => Int16Array.from({ length: rate / 10 }, (_, i) => 12_000 * Math.sin((2 * Math.PI * 440 * i) / rate));
const delta = (format: AudioFormat) =>
  JSON.stringify({
    type: "response.output_audio.delta",
    event_id: "event_1",
    response_id: "resp_1",
    content_index: 0,
    delta: encodeBase64(encodeWire(tone(format === PCM ? 24_000 : 8000), format)),
  });
const spoil = (as: Malformation, format: AudioFormat = PCM) => malform(as, delta(format), format);
const deltaOf = (message: string | Uint8Array) => JSON.parse(message as string).delta as string;
const bytesOf = (message: string | Uint8Array) => Buffer.from(deltaOf(message), "base64");

describe("a malformed event", () => {
  it("breaks off", () => {
    const text = spoil("truncated") as string;
    expect(delta(PCM).startsWith(text)).toBe(true);
    expect(() => JSON.parse(text)).toThrow();
  });

  it("is an error page", () => expect(spoil("not-json")).toMatch(/^<html>[\s\S]*502/));
  it("is an array", () => expect(JSON.parse(spoil("not-object") as string)).toEqual([JSON.parse(delta(PCM))]));
  it("is empty", () => expect(spoil("empty")).toBe(""));
  it("is binary", () => expect(new TextDecoder().decode(spoil("binary") as Uint8Array)).toBe(delta(PCM)));

  it("has no type", () => {
    const { type: _, ...rest } = JSON.parse(delta(PCM));
    expect(JSON.parse(spoil("no-type") as string)).toEqual(rest);
  });

  it("has fields of the wrong types", () => {
    const event = JSON.parse(spoil("wrong-types") as string);
    expect(event).toMatchObject({ type: "response.output_audio.delta", event_id: 7, content_index: "0" });
    expect(typeof event.delta).toBe("number");
    expect(JSON.parse(malform("wrong-types", '{"type":"a","response":{"id":1},"list":[1],"flag":true}', PCM) as string)).toEqual({
      type: "a",
      response: null,
      list: null,
      flag: { value: true },
    });
  });

  it("has a type that nobody knows", () => {
    expect(JSON.parse(spoil("unknown-type") as string)).toEqual({ ...JSON.parse(delta(PCM)), type: "response.unheard_of.delta" });
  });

  it("is huge", () => {
    expect((malform("huge", delta(PCM), PCM, 5000) as string).length - delta(PCM).length).toBeGreaterThan(5000);
    expect((spoil("huge") as string).length).toBeGreaterThan(20 * 1024 * 1024);
  });

  it("has what base64 does not have", () => {
    expect(deltaOf(spoil("bad-base64"))).toMatch(/^%[\w+/=]+!$/);
  });

  it("has half a sample at the end", () => {
    expect(bytesOf(spoil("odd-bytes"))).toHaveLength(4799);
    expect(bytesOf(malform("odd-bytes", JSON.stringify({ type: "response.output_audio.delta", delta: "" }), PCM))).toHaveLength(0);
  });

  it("has no audio", () => expect(deltaOf(spoil("empty-delta"))).toBe(""));

  it("has PCM16 where G.711 was agreed, and the other way round", () => {
    // 100 ms are 4800 bytes of PCM16 at 24 kHz and 800 bytes of mu-law.
    expect(bytesOf(spoil("wrong-encoding", MULAW))).toHaveLength(4800);
    expect(bytesOf(spoil("wrong-encoding", PCM))).toHaveLength(800);
    const samples = new Int16Array(new Uint8Array(bytesOf(spoil("wrong-encoding", MULAW))).buffer);
    expect(Math.max(...samples)).toBeGreaterThan(11_000);
    expect(Math.max(...samples)).toBeLessThan(13_000);
  });

  it("is at 16 kHz", () => {
    expect(bytesOf(spoil("wrong-rate", PCM))).toHaveLength(3200);
    expect(bytesOf(spoil("wrong-rate", MULAW))).toHaveLength(1600);
  });

  it("concerns audio deltas alone where it is about audio", () => {
    expect(canMalform("odd-bytes", "response.output_audio.delta")).toBe(true);
    expect(canMalform("odd-bytes", "response.audio.delta")).toBe(true);
    expect(canMalform("odd-bytes", "response.output_audio_transcript.delta")).toBe(false);
    expect(canMalform("truncated", "response.done")).toBe(true);
  });
});
