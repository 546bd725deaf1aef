import { describe, expect, it } from "vitest";
import type { Speech, SpeechOutlet } from "../session/speech-outlet.ts";
import { recordedOutlet } from "./recorded-outlet.ts";

/** An outlet that notes what is asked of it. */
function noting(byEvents: boolean): { outlet: SpeechOutlet; asked: string[] } {
  const asked: string[] = [];
  const note = (name: string) => () => void asked.push(name);
  const names = ["begin", "write", "end", "responseDone", "interrupt", "interrupted", "clear", "close"];
  return { asked, outlet: { byEvents, ...Object.fromEntries(names.map((name) => [name, note(name)])) } as unknown as SpeechOutlet };
}

describe("an outlet that is recorded", () => {
  it("passes everything on, and the speech of a track to the recorder, at 24 kHz", () => {
    const { outlet, asked } = noting(false);
    const tracks: [string, number, string | null][] = [];
    const recorder = {
      event() {},
      ended() {},
      track: (direction: "in" | "out", bytes: Uint8Array, itemId: string | null) => tracks.push([direction, bytes.length, itemId]),
    };
    const recorded = recordedOutlet(outlet, { ...recorder, track: (...given) => void recorder.track(...given) });
    const speech = (type: "audio/pcm" | "audio/pcmu") => ({ itemId: "item_1", format: type === "audio/pcm" ? { type, rate: 24000 } : { type } }) as Speech;
    recorded.begin(speech("audio/pcm"));
    recorded.write(speech("audio/pcm"), new Uint8Array(960));
    recorded.write(speech("audio/pcmu"), new Uint8Array(160));
    recorded.end(speech("audio/pcm"));
    recorded.responseDone("resp_1");
    recorded.interrupt();
    recorded.interrupted();
    recorded.clear();
    recorded.close();
    expect(asked).toEqual(["begin", "write", "write", "end", "responseDone", "interrupt", "interrupted", "clear", "close"]);
    expect(tracks).toEqual([
      ["out", 960, "item_1"],
      ["out", 960, "item_1"],
    ]);
  });

  it("is the outlet itself where nothing is to be done", () => {
    const { outlet } = noting(true);
    expect(recordedOutlet(outlet, { event() {}, track() {}, ended() {} })).toBe(outlet);
    expect(recordedOutlet(noting(false).outlet, null).byEvents).toBe(false);
  });
});
