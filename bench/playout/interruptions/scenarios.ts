/**
 * Interruptions as scripts: who sends what when, and when the user speaks. What a server had sent by then goes on coming for 120 ms after the cut, as from a server that learns of it one
 * round trip later.
 */
import { RATE } from "../players/player.ts";
import type { Link } from "../traces/links.ts";
import { blackouts, ideal, lossyTcp, wifi } from "../traces/links.ts";
import { SeededRandom } from "../traces/random.ts";

/** Something that happens to a player. Frames are of the item. */
export type ScriptEvent =
  | { readonly atMs: number; readonly do: "delta"; readonly itemId: string; readonly startFrame: number; readonly frames: number }
  | { readonly atMs: number; readonly do: "done"; readonly itemId: string }
  | { readonly atMs: number; readonly do: "pause" | "cut" };

/** One interruption. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** In the order of time; exactly one of them is the cut. */
  readonly events: readonly ScriptEvent[];
  /** Items in the order of their first delta, with their lengths. The one called "next" answers the interruption. */
  readonly items: readonly { readonly itemId: string; readonly frames: number }[];
}

/** How long what was cut goes on arriving. */
const LATE_MS = 120;
const BURST_MS = [100, 150, 250, 250, 250, 250, 700];

interface Reply {
  readonly itemId: string;
  readonly seconds: number;
  readonly fromMs: number;
  /** Chunk lengths in ms, cycled, and how many times as fast as it sounds they come. */
  readonly chunksMs: readonly number[];
  readonly speed: number;
  readonly link?: Link;
}

function delivered({ itemId, seconds, fromMs, chunksMs, speed, link = ideal }: Reply): ScriptEvent[] {
  const total = seconds * RATE;
  const pieces: { startFrame: number; frames: number; sendMs: number }[] = [];
  for (let start = 0, i = 0; start < total; i++) {
    const frames = Math.min((chunksMs[i % chunksMs.length] * RATE) / 1000, total - start);
    pieces.push({ startFrame: start, frames, sendMs: (((start + frames) * 1000) / RATE - chunksMs[0]) / speed });
    start += frames;
  }
  const times = link(pieces, new SeededRandom(`${itemId}${chunksMs[0]}${speed}`));
  const events: ScriptEvent[] = pieces.map(({ startFrame, frames }, i) => ({ atMs: fromMs + times[i], do: "delta", itemId, startFrame, frames }));
  return [...events, { atMs: fromMs + times[times.length - 1], do: "done", itemId }];
}

function scenario(id: string, title: string, cutMs: number, replies: readonly Reply[], more: readonly ScriptEvent[] = []): Scenario {
  const events = replies.flatMap((reply) => delivered(reply).filter(({ atMs }) => reply.itemId === "next" || atMs <= cutMs + LATE_MS));
  const all: ScriptEvent[] = [...events, ...more, { atMs: cutMs, do: "cut" }];
  const items = replies.map(({ itemId, seconds }) => ({ itemId, frames: seconds * RATE }));
  return { id, title, items, events: all.sort((a, b) => a.atMs - b.atMs) };
}

function burst(seconds: number, fromMs = 0, itemId = "a", link: Link = ideal): Reply {
  return { itemId, seconds, fromMs, chunksMs: BURST_MS, speed: 3, link };
}

function paced(seconds: number, chunkMs: number, link: Link = ideal, speed = 1): Reply {
  return { itemId: "a", seconds, fromMs: 0, chunksMs: [chunkMs], speed, link };
}

const next = (cutMs: number) => burst(2, cutMs + 40, "next");

/** Every interruption. */
export const SCENARIOS: readonly Scenario[] = [
  scenario("burst-early", "burst, cut after 0.7 s", 700, [burst(12)]),
  scenario("burst-middle", "burst, cut while it arrives", 3013, [burst(12)]),
  scenario("burst-received", "burst, cut when all has been received", 8117, [burst(12)]),
  scenario("blackout-silent", "burst, cut in the silence of a black-out", 1650, [burst(12, 0, "a", blackouts([500, 1500]))]),
  scenario("blackout-after", "burst, cut after a black-out", 5009, [burst(12, 0, "a", blackouts([500, 1500]))]),
  scenario("paced40", "40 ms just in time", 3011, [paced(12, 40)]),
  scenario("paced100-wifi", "100 ms just in time over Wi-Fi", 6041, [paced(12, 100, wifi)]),
  scenario("paced40-loss", "40 ms just in time, TCP with 2 % loss", 8023, [paced(12, 40, lossyTcp(0.02, 120))]),
  scenario("stall-silent", "40 ms just in time, cut in the silence of a stall", 3330, [paced(12, 40, blackouts([3000, 400]))]),
  scenario("stall-after", "40 ms just in time, cut after a stall", 5021, [paced(12, 40, blackouts([3000, 400]))]),
  scenario("slow95", "0.95x, 100 ms chunks", 9031, [paced(12, 100, ideal, 0.95)]),
  scenario("slow-cadence", "480 ms every 502 ms", 9057, [paced(12, 480, ideal, 480 / 502)]),
  scenario("queued-first", "two items queued, cut in the first", 2503, [burst(4), burst(4, 1400, "b")]),
  scenario("queued-second", "two items queued, cut in the second", 5503, [burst(4), burst(4, 1400, "b")]),
  scenario("next-burst", "burst, the next response 40 ms after the cut", 3013, [burst(12), next(3013)]),
  scenario("next-paced", "40 ms just in time, the next response 40 ms after the cut", 3011, [paced(12, 40), next(3011)]),
  scenario("underrun-next", "cut in the silence of a stall, the next response 40 ms after", 3330, [paced(12, 40, blackouts([3000, 400])), next(3330)]),
  scenario("paused", "burst, paused for 400 ms, then cut", 3413, [burst(12)], [{ atMs: 3013, do: "pause" }]),
];
