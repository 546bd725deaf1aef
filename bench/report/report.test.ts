import { describe, expect, test } from "vitest";
import type { Outcome } from "../measure/race.ts";
import { spread } from "../measure/statistics.ts";
import { charts } from "./charts.ts";
import { clock, cost, figure, streams } from "./format.ts";
import { GOALS, goalRows, judge, judgeAll } from "./goals.ts";
import { markdownReport } from "./markdown.ts";
import { reasons } from "./reasons.ts";
import type { GroupResult, Results } from "./results.ts";
import { groupRows, markdownTable, textTable } from "./table.ts";

function outcome(id: string, origin: Outcome["origin"], rounds: number[], more: Partial<Outcome> = {}): Outcome {
  return {
    id,
    label: `${id} <label>`,
    origin,
    verdict: { status: "right", text: "" },
    bytesPerCall: 12,
    nsPerUnit: rounds.length > 0 ? spread(rounds) : null,
    rounds,
    ...more,
  };
}

const curves = {
  response: [
    [0.1, 0],
    [0.9, -3],
  ],
  alias: [
    [1.1, -100],
    [2, -120],
  ],
} as const;

const resampling: GroupResult = {
  id: "kernels/resample-48-24",
  suite: "kernels",
  title: "Resampling 48 > 24 kHz, 128-frame quanta",
  unit: "output sample",
  figures: ["SNR 997 Hz (dB)"],
  outcomes: [
    outcome("low-latency", "sidetone", [4, 4, 4], { quality: { figures: { "SNR 997 Hz (dB)": 151.98 }, curves } }),
    outcome("speex-q5", "npm", [40, 36, 44]),
    outcome("lsr-fastest", "npm", [], { verdict: { status: "wrong", text: "only silence" }, bytesPerCall: null }),
  ],
};

const journey: GroupResult = {
  id: "fused/up",
  suite: "fused",
  title: "Up",
  unit: "second of audio",
  figures: [],
  outcomes: [outcome("sidetone", "sidetone", [200_000]), outcome("vercel", "client", [900_000]), outcome("google", "client", [600_000])],
};

const results: Results = {
  info: {
    date: "2026-01-02T03:04:05.000Z",
    command: "npm run bench",
    runtime: "Node 24.0.0",
    cpu: "A CPU",
    cores: 2,
    os: "Linux",
    load: [0.5, 0.4],
    clock: "CPU time",
    rounds: 3,
    batchMs: 1,
    seed: 1,
    versions: { "speex-wasm": "0.3.0" },
  },
  groups: [resampling, journey],
};

describe("numbers", () => {
  test("have as many digits as a run knows", () => {
    expect([figure(1234.5), figure(12.345), figure(1.2345), figure(0.0123), figure(0), figure(Number.NaN), figure(null)]).toEqual([
      "1235",
      "12.3",
      "1.23",
      "0.012",
      "0",
      "–",
      "–",
    ]);
    expect(cost(150_000, "second of audio")).toBe("150");
    expect(streams(125_000)).toBe(8000);
    expect([clock(59_400), clock(61_000)]).toEqual(["59 s", "1 min 1 s"]);
  });
});

describe("a group's table", () => {
  const rows = groupRows(resampling);

  test("has the fastest first and what was not timed last, with the reason", () => {
    expect(rows.slice(1).map(([label]) => label)).toEqual(["low-latency <label>", "speex-q5 <label>", "lsr-fastest <label>"]);
    expect(rows[3].at(-1)).toBe("only silence");
    expect(rows[3][1]).toBe("–");
  });

  test("has spread, ratio, bytes and quality in one row", () => {
    expect(rows[1]).toEqual(["low-latency <label>", "4.00", "4.00–4.00", "1.00", "12", "152.0", ""]);
    expect(rows[2].slice(1, 4)).toEqual(["40.0", "38.0–42.0", "10.0"]);
  });

  test("counts a journey in streams", () => {
    expect(groupRows(journey)[1]).toContain("5000");
  });

  test("is rectangular in Markdown and cut to the terminal in text", () => {
    const lines = markdownTable(rows).split("\n");
    expect(new Set(lines.map((line) => line.split("|").length)).size).toBe(1);
    for (const line of textTable(rows, 60).split("\n")) expect(line.length).toBeLessThanOrEqual(60);
  });
});

describe("goals", () => {
  const goal = (text: string) => GOALS.find((candidate) => candidate.text === text) as (typeof GOALS)[number];

  test("are met or missed by a ratio", () => {
    expect(judge(goal("48 > 24 kHz low-latency against speex q5"), resampling)).toMatchObject({ measured: 10, met: true });
  });

  test("are measured against the best peer, and say how far off they are", () => {
    const judgement = judge(goal("up against the best peer"), journey);
    expect(judgement).toMatchObject({ measured: 3, met: false });
    expect(goalRows(judgement ? [judgement] : [])[1].at(-1)).toBe("missed: 1.67 times the cost allowed");
  });

  test("are left out where nothing was timed", () => {
    expect(judge(goal("48 > 24 kHz low-latency against libsamplerate-js fastest"), resampling)).toBeUndefined();
    expect(judgeAll({ ...results, groups: [] })).toEqual([]);
  });

  test("name groups once each", () => {
    expect(new Set(GOALS.map(({ text }) => text)).size).toBe(GOALS.length);
  });
});

describe("reasons", () => {
  const floor = outcome("floor", "runtime", [30_000], { label: "floor: a copy" });
  const parts: GroupResult = {
    ...journey,
    id: "fused/up-parts",
    outcomes: [outcome("frame", "sidetone", [20_000], { label: "Framer" }), outcome("resample", "sidetone", [120_000], { label: "resample" })],
  };
  const profile = [
    { name: "convert", share: 0.75 },
    { name: "the rest", share: 0.25 },
  ];
  const [own, ...peers] = journey.outcomes;
  const up = (...more: Outcome[]): GroupResult => ({ ...journey, outcomes: [{ ...(own as Outcome), profile }, ...peers, ...more] });
  const linesOf = (...groups: GroupResult[]) => reasons({ ...results, groups }).flatMap(({ lines }) => lines);

  test("stand once for each contender that misses something, and not for what is met", () => {
    expect(reasons({ ...results, groups: [resampling] })).toEqual([]);
    expect(reasons({ ...results, groups: [resampling, up()] }).map(({ title }) => title)).toEqual(["Up: sidetone <label>, 200 us per second of audio"]);
  });

  test("say what would do, what the limit is, and whether the opponent is what the goal presumes", () => {
    expect(linesOf(up())).toEqual([
      "Wanted: 150 us at most.",
      "Wanted: 5 times as cheap as google <label>, which takes 600 us here; 120 us would do.",
      "Absolute limit 150 us: missed, 1.33 times.",
      "Ratio and limit together presume google <label> at 750 us or more; here it is 1.25 times as fast as that, so that the ratio asks for less than the limit.",
      "Profile: convert 75 %, the rest 25 %. Convert alone takes more than would do.",
    ]);
  });

  test("hold the cost against the floor and the parts of the same run", () => {
    const lines = linesOf(up(floor), parts);
    expect(lines).toContain("Floor: a copy: 30.0 us, 15 % of the cost and 25 % of what would do.");
    expect(lines).toContain("Step by step: resample 120 us; Framer 20.0 us; together 140 us, 70 % of the cost.");
    expect(linesOf(up({ ...floor, nsPerUnit: spread([130_000]) })).join(" ")).toContain("out of reach");
    expect(linesOf(up({ ...floor, nsPerUnit: spread([210_000]) })).join(" ")).not.toContain("Floor");
  });

  test("stand below the table of goals", () => {
    const text = markdownReport({ ...results, groups: [up(floor)] }, []);
    expect(text.indexOf("### Why goals are missed")).toBeGreaterThan(text.indexOf("## Goals"));
    expect(text).toContain("- Floor: a copy");
    expect(markdownReport({ ...results, groups: [resampling] }, [])).not.toContain("Why goals");
  });
});

describe("the report", () => {
  const pictures = charts(results);
  const report = markdownReport(results, pictures);

  test("carries its method: machine, versions, date, command, clock, rounds", () => {
    for (const part of ["A CPU", "speex-wasm 0.3.0", "2026-01-02", "`npm run bench`", "CPU time", "3, interleaved"]) expect(report).toContain(part);
  });

  test("links every chart it has, and only those", () => {
    const linked = [...report.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, name]) => name).sort();
    expect(linked).toEqual(pictures.map(({ name }) => name).sort());
  });

  test("draws cost over chunk size once there are two sizes with a time", () => {
    const chunk = (frames: number, rounds: number[]): GroupResult => ({
      ...resampling,
      id: `kernels/chunk-${frames}`,
      outcomes: [outcome("low-latency", "sidetone", rounds)],
    });
    const names = (...more: GroupResult[]) => charts({ ...results, groups: [resampling, ...more] }).map(({ name }) => name);
    expect(names(chunk(16, [9]), chunk(480, [3]))).toContain("chunk-size.svg");
    expect(names(chunk(16, []), chunk(480, []))).not.toContain("chunk-size.svg");
    const drawn = charts({ ...results, groups: [resampling, chunk(16, [9]), chunk(480, [3])] }).find(({ name }) => name === "chunk-size.svg");
    expect(drawn?.svg).not.toMatch(/NaN|Infinity/);
  });

  test("has charts that are well-formed, readable in the dark and hold no NaN", () => {
    expect(pictures.map(({ name }) => name)).toEqual(["response-48-24.svg", "resampling-cost.svg", "journey-cost.svg"]);
    for (const { svg } of pictures) {
      expect(svg).toContain("prefers-color-scheme: dark");
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(svg).not.toContain("<label>");
      const opened = svg.match(/<(text|svg|style)\b/g)?.length;
      expect(svg.match(/<\/(text|svg|style)>/g)?.length).toBe(opened);
    }
  });
});
