/** What a replay shows: a table of what happened, and a picture. Also what `sidetone replay` shows, so nothing here reads the repository's files. */
import { parsePlayoutLog, type StandIn } from "@sidetone/core/playout";
import { textTable } from "../report/table.ts";
import { replay } from "./replay.ts";
import { timelineChart } from "./timeline-chart.ts";

/** A replayed session, for people. */
export interface ReplayReport {
  /** A table. */
  readonly text: string;
  /** The picture. */
  readonly svg: string;
  /** What was heard, mono. */
  readonly output: Float32Array;
  /** Its rate, in Hz. */
  readonly rate: number;
}

/** Plays the log `text` again; `name` is what the picture calls it, `width` that of the terminal. @throws {SyntaxError} with the line that is wrong. */
export function reportReplay(text: string, name: string, width: number, standIn?: StandIn): ReplayReport {
  const log = parsePlayoutLog(text, standIn);
  const { timeline, flushes, stats, output } = replay(log);
  const ms = timeline.levelMs.length * timeline.stepMs;
  const gapMs = timeline.gapsMs.reduce((sum, [from, to]) => sum + to - from, 0);
  const rows = [
    ["", "", ""],
    ["seconds", (ms / 1000).toFixed(1), "from the first audio on"],
    ["silences", String(timeline.gapsMs.length), `${gapMs.toFixed(0)} ms in all, between the first sound and the last`],
    ...Object.entries(stats).map(([key, value]) => [key, String(value), ""]),
    ...flushes.map(({ atMs, items }) => [
      "flush",
      `${(atMs / 1000).toFixed(3)} s`,
      items.map(({ itemId, heardMs, totalMs }) => `${itemId}: ${heardMs} of ${totalMs} ms`).join(", ") || "nothing queued",
    ]),
  ];
  const trail = { label: "gone to the device, or cut", className: "sidetone", timeline };
  const svg = timelineChart(`Replay of ${name}`, "ms ahead of immediate playback (above 0) or behind it (below); red bands: silence", [trail], 0, ms);
  return { text: `${textTable(rows, width)}\n`, svg, output, rate: log.rate };
}
