/** The orders that were recorded in calls, reproduced by sessions on a track: every one of them is shown here. */
import { afterEach, expect, it } from "vitest";
import { TrackSession } from "../../test/track-session.ts";
import { RECORDED_SEQUENCES } from "../conformance/recorded-sequences.ts";
import { expectSequence } from "../conformance/sequence.ts";
import type { EmulatorOptions, SpokenItem } from "../index.ts";
import { toneClip } from "../voices/tone.ts";

const speech = (durationMs: number): SpokenItem => ({ type: "message", text: "one two three four five", audio: toneClip(durationMs, 24_000) });
const later: SpokenItem = { type: "function_call", name: "f", arguments: "{}", delayMs: 100 };

/** How each order comes about: a session that has asked for a response, up to its end. */
const SCENES: Readonly<Record<string, { items: SpokenItem[]; profile?: EmulatorOptions["profile"]; play(track: TrackSession): void }>> = {
  "call-playback": { items: [speech(1000)], play: (track) => track.until("output_audio_buffer.stopped") },
  "call-interrupted-generating": {
    items: [speech(8000)],
    play(track) {
      track.until("output_audio_buffer.started");
      track.wait(300);
      track.speak();
    },
  },
  "call-interrupted-items-done": {
    items: [speech(1000), later],
    profile: { overlappingItems: false },
    play(track) {
      track.until("response.output_item.done");
      track.speak();
    },
  },
  "call-interrupted-playing": {
    items: [speech(2000)],
    play(track) {
      track.until("response.done");
      track.wait(200);
      track.speak();
    },
  },
  "call-interrupted-at-once": { items: [speech(1000)], play: (track) => track.speak() },
  "call-client-cancel": {
    items: [speech(8000)],
    play(track) {
      track.until("output_audio_buffer.started");
      track.wait(300);
      track.send({ type: "response.cancel" });
      track.send({ type: "output_audio_buffer.clear" });
      track.wait(1000);
    },
  },
};

let track: TrackSession;

afterEach(() => expect(track.violations()).toEqual([]));

const inCalls = RECORDED_SEQUENCES.filter(({ transport }) => transport === "webrtc");

it.each(inCalls)("$id: $title", (sequence) => {
  const scene = SCENES[sequence.id];
  track = new TrackSession({ voice: { reply: () => scene?.items ?? [] }, ...(scene?.profile === undefined ? {} : { profile: scene.profile }) });
  track.send({ type: "response.create" });
  scene?.play(track);
  expect(expectSequence(track.session.log.entries, sequence)).toBeNull();
});
