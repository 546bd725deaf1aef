import { expect, test } from "vitest";
import { judge } from "./judge.ts";
import { PLAYERS } from "./players/index.ts";
import { timelines } from "./report.ts";
import { classRows, combined, goalRows, interruptionRows } from "./tables.ts";
import { loadTraces } from "./traces/load.ts";

const traces = loadTraces().filter(({ id }) => id === "burst3-blackout" || id === "burst3-ideal");
const players = PLAYERS.filter(({ id }) => id === "sidetone" || id === "fifo");
const runs = (await Promise.all(traces.map((trace) => Promise.all(players.map((player) => judge(trace, player)))))).flat();

test("a class's figures are means of start and lag, the longest gap and sums of the rest", () => {
  const own = runs.filter(({ player }) => player === "fifo");
  const { gapMs, longestGapMs, lagMs } = combined(own);
  expect(gapMs).toBeCloseTo(own[0].figures.gapMs + own[1].figures.gapMs, 6);
  expect(longestGapMs).toBeCloseTo(Math.max(own[0].figures.longestGapMs, own[1].figures.longestGapMs), 6);
  expect(lagMs).toBeCloseTo((own[0].figures.lagMs + own[1].figures.lagMs) / 2, 6);
  const rows = classRows(runs, traces, players, "burst");
  expect(rows).toHaveLength(1 + players.length);
  expect(rows[0][0]).toBe("2 traces");
  expect(classRows(runs, traces, players, "rtp")).toHaveLength(1);
});

test("the timeline tells of the black-out: arrivals stop, the level falls, the silence is marked", () => {
  const { timeline } = runs.find(({ trace, player }) => trace === "burst3-blackout" && player === "sidetone")!;
  const at = (ms: number) => Math.round(ms / timeline.stepMs);
  expect(timeline.arrivedMs[at(1900)]).toBe(timeline.arrivedMs[at(600)]);
  expect(timeline.levelMs[at(500)]).toBeGreaterThan(500);
  expect(timeline.levelMs[at(1900)]).toBeLessThan(200);
  expect(timeline.playedMs[at(400)]).toBeCloseTo(400, -2);
  const [chart] = timelines({
    results: { meta: { date: "", command: "", runtime: "", versions: {} }, traces: [], players: [], runs: [], interruptions: [], costs: [], goals: [] },
    traces,
    players,
    runs,
  });
  expect(chart.name).toBe("burst3-blackout.svg");
  if (timeline.gapsMs.length > 0) expect(chart.svg).toContain('class="under"');
  expect(chart.svg).not.toContain("NaN");
});

test("missed goals come first; players without sound of their own are judged by position only", () => {
  const goal = { id: "a", title: "A", value: 1, limit: 2, met: true, tolerance: 0 };
  expect(goalRows([goal, { ...goal, title: "B", met: false }]).map(([title]) => title)).toEqual(["goal", "B", "A"]);
  const cut = {
    scenario: "s",
    player: "pipecat",
    positionErrorMs: -30,
    rightItem: false,
    soundAfterMs: 5,
    oldBackMs: 0,
    nextHeardPercent: Number.NaN,
    stepRatio: 1,
  };
  const row = interruptionRows([cut], PLAYERS)[1];
  expect(row.slice(1, 6)).toEqual(["0", "1", "30.0", "30.0", "–"]);
});
