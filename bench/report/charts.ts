/** The pictures of a run. */

import { FLOOR } from "../kernels/floor.ts";
import { QUALITY_FIGURES } from "../kernels/resampler-quality.ts";
import type { Outcome } from "../measure/race.ts";
import { cost, costUnit, figure } from "./format.ts";
import type { GroupResult, Results } from "./results.ts";
import { area, box, line, logScale, path, picture, scale, text } from "./svg.ts";

/** A file name and its content. */
export interface Chart {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** The figure that stands beside the bars. */
const ALIAS = QUALITY_FIGURES[2];

const COLUMNS = 3;
const PANEL = { width: 330, height: 190, gapX: 30, gapY: 44, left: 62, top: 108 };

function provenance(results: Results): string {
  const { runtime, cpu, date, rounds, clock } = results.info;
  return `${clock.startsWith("CPU") ? "CPU" : "Wall"} time; ${runtime}, ${cpu}, ${date.slice(0, 10)}, ${rounds} rounds`;
}

/** Runs of points below and above Nyquist, in panels: what a resampler keeps, and what it lets fold back. */
function responseChart(group: GroupResult, results: Results): Chart | undefined {
  const shown = group.outcomes.filter(({ quality }) => quality?.curves !== undefined);
  if (shown.length === 0) return undefined;
  const rows = Math.ceil(shown.length / COLUMNS);
  const width = PANEL.left + COLUMNS * (PANEL.width + PANEL.gapX) + 4;
  const height = PANEL.top + rows * (PANEL.height + PANEL.gapY) + 26;
  const body: string[] = [];
  for (const [i, outcome] of shown.entries()) {
    const left = PANEL.left + (i % COLUMNS) * (PANEL.width + PANEL.gapX);
    const top = PANEL.top + Math.floor(i / COLUMNS) * (PANEL.height + PANEL.gapY);
    body.push(...responsePanel(outcome, group, left, top, i % COLUMNS === 0));
  }
  const what = group.title.replace(/,.*/, "");
  return {
    name: `response-${group.id.replace("kernels/resample-", "")}.svg`,
    title: `${what}: what every resampler keeps and what it lets through`,
    svg: picture(
      width,
      height,
      `${what}: what every resampler keeps, and what it lets through`,
      "Blue: level of tones below the lower Nyquist frequency. Red: what is left of tones (or images) above it, which should be nothing. dB over frequency / Nyquist.",
      [text(24, 70, provenance(results), "quiet"), ...body],
    ),
  };
}

function responsePanel(outcome: Outcome, group: GroupResult, left: number, top: number, labels: boolean): string[] {
  const alias = outcome.quality?.curves?.alias ?? [];
  const response = outcome.quality?.curves?.response ?? [];
  const right = Math.max(2, ...alias.map(([f]) => f));
  const x = scale([0, right], [left, left + PANEL.width]);
  const y = scale([-160, 5], [top + PANEL.height, top]);
  const parts = [box(left, top, PANEL.width, PANEL.height, "band")];
  for (const level of [0, -40, -80, -120, -160]) {
    parts.push(line(left, y(level), left + PANEL.width, y(level), "grid"));
    if (labels) parts.push(text(left - 8, y(level) + 4, `${level} dB`, "quiet", "end"));
  }
  const stepF = right > 3 ? 1 : 0.5;
  for (let f = 0; f <= right + 0.01; f += stepF) {
    parts.push(line(x(f), top, x(f), top + PANEL.height, "grid"), text(x(f), top + PANEL.height + 14, String(f), "quiet", "middle"));
  }
  const ns = outcome.nsPerUnit ? `${cost(outcome.nsPerUnit.median, group.unit)} ns` : "not timed";
  const aliasPoints = alias.map(([f, level]) => [x(f), y(level)] as const);
  parts.push(
    area(aliasPoints, y(-160), "under"),
    path(aliasPoints, "alias"),
    path(
      response.map(([f, level]) => [x(f), y(level)] as const),
      "pass",
    ),
    text(left, top - 8, outcome.label, "strong"),
    text(left + PANEL.width, top - 8, ns, "strong", "end"),
  );
  return parts;
}

/** Bars on a logarithmic scale with the middle half as a whisker, fastest first. */
function barsChart(groups: readonly GroupResult[], name: string, title: string, results: Results): Chart | undefined {
  const timed = groups
    .map((group) => ({ ...group, outcomes: group.outcomes.filter(({ id, nsPerUnit }) => nsPerUnit && !(group.suite === "kernels" && id === FLOOR)) }))
    .filter(({ outcomes }) => outcomes.length > 0);
  if (timed.length === 0) return undefined;
  const withAlias = timed.some(({ outcomes }) => outcomes.some(({ quality }) => quality?.figures[ALIAS] !== undefined));
  const all = timed.flatMap(({ outcomes }) => outcomes.flatMap(({ nsPerUnit }) => (nsPerUnit ? [nsPerUnit.median] : [])));
  const range: readonly [number, number] = [10 ** Math.floor(Math.log10(Math.min(...all))), Math.max(...all) * 1.6];
  const width = 1080;
  const left = 372;
  const right = width - (withAlias ? 176 : 84);
  const x = logScale(range, [left, right]);
  const body: string[] = legend(24, 96, new Set(timed.flatMap(({ outcomes }) => outcomes.map(({ origin }) => origin))));
  let top = 122;
  for (const group of timed) {
    const outcomes = [...group.outcomes].sort((a, b) => (a.nsPerUnit?.median ?? 0) - (b.nsPerUnit?.median ?? 0));
    body.push(text(24, top + 12, `${group.title} (${costUnit(group.unit)})`, "strong"));
    top += 24;
    const bottom = top + outcomes.length * 20;
    for (let decade = range[0]; decade <= range[1] * 1.001; decade *= 10) {
      body.push(line(x(decade), top, x(decade), bottom, "grid"), text(x(decade), bottom + 13, cost(decade, group.unit), "quiet", "middle"));
    }
    for (const outcome of outcomes) {
      const time = outcome.nsPerUnit;
      if (!time) continue;
      body.push(
        text(left - 10, top + 14, outcome.label, outcome.origin === "sidetone" ? "strong" : "", "end"),
        box(left, top + 3, x(time.median) - left, 14, `bar ${outcome.origin}`),
        line(x(time.p25), top + 10, x(time.p75), top + 10, "whisker"),
        line(x(time.p25), top + 6, x(time.p25), top + 14, "whisker"),
        line(x(time.p75), top + 6, x(time.p75), top + 14, "whisker"),
        text(Math.max(x(time.median), x(time.p75)) + 8, top + 14, `${cost(time.median, group.unit)}${aliasText(outcome)}`, "quiet"),
      );
      top += 20;
    }
    top = bottom + 38;
  }
  return {
    name,
    title,
    svg: picture(
      width,
      top,
      title,
      `Median; whiskers hold the middle half of the rounds. Logarithmic: each line is ten times the one before.${withAlias ? " In brackets: what gets through from 1.1 times Nyquist on." : ""}`,
      [text(24, 70, provenance(results), "quiet"), ...body],
    ),
  };
}

const ORIGINS = [
  ["sidetone", "Sidetone"],
  ["npm", "npm package"],
  ["client", "voice client's loop"],
  ["runtime", "the runtime's own, floors"],
  ["native", "native program"],
] as const;

/** A fast resampler that lets everything through must look like one. */
function aliasText({ quality }: Outcome): string {
  const level = quality?.figures[ALIAS];
  return level === undefined || !Number.isFinite(level) ? "" : `  (${Math.round(level) + 0} dB)`;
}

function legend(left: number, top: number, present: ReadonlySet<string>): string[] {
  return ORIGINS.filter(([origin]) => present.has(origin)).flatMap(([className, label], i) => [
    box(left + i * 205, top - 10, 12, 12, `bar ${className}`),
    text(left + i * 205 + 18, top, label, "quiet"),
  ]);
}

/** Cost over the number of frames per call. */
function chunkChart(results: Results): Chart | undefined {
  const groups = results.groups.filter(({ id }) => id.startsWith("kernels/chunk-"));
  const base = results.groups.find(({ id }) => id === "kernels/resample-48-24");
  if (groups.length < 2 || !base) return undefined;
  const points = new Map<string, { outcome: Outcome; curve: [number, number][] }>();
  for (const group of [...groups, base]) {
    const frames = group === base ? 128 : Number(group.id.slice("kernels/chunk-".length));
    for (const outcome of group.outcomes) {
      if (!outcome.nsPerUnit || !groups[0].outcomes.some(({ id }) => id === outcome.id)) continue;
      const entry = points.get(outcome.id) ?? { outcome, curve: [] };
      entry.curve.push([frames, outcome.nsPerUnit.median]);
      points.set(outcome.id, entry);
    }
  }
  const curves = [...points.values()].map(({ outcome, curve }) => ({ outcome, curve: curve.sort((a, b) => a[0] - b[0]) }));
  const all = curves.flatMap(({ curve }) => curve.map(([, ns]) => ns));
  const frames = [...new Set(curves.flatMap(({ curve }) => curve.map(([f]) => f)))].sort((a, b) => a - b);
  if (frames.length < 2) return undefined;
  const range: readonly [number, number] = [10 ** Math.floor(Math.log10(Math.min(...all))), 10 ** Math.ceil(Math.log10(Math.max(...all)))];
  const [left, right, top, bottom] = [70, 780, 84, 460];
  const x = logScale([frames[0], frames[frames.length - 1]], [left, right]);
  const y = logScale(range, [bottom, top]);
  const body: string[] = [box(left, top, right - left, bottom - top, "band")];
  for (let decade = range[0]; decade <= range[1] * 1.001; decade *= 10) {
    for (const [step, major] of [
      [1, true],
      [2, false],
      [5, false],
    ] as const) {
      const ns = decade * step;
      if (ns > range[1] * 1.001) continue;
      body.push(line(left, y(ns), right, y(ns), "grid"));
      if (major || range[1] / range[0] < 1000) body.push(text(left - 8, y(ns) + 4, `${figure(ns)} ns`, "quiet", "end"));
    }
  }
  for (const count of frames) body.push(line(x(count), top, x(count), bottom, "grid"), text(x(count), bottom + 16, String(count), "quiet", "middle"));
  body.push(text((left + right) / 2, bottom + 36, "frames per call", "quiet", "middle"));
  // Labels at the right end, pushed apart where curves end close to each other.
  let last = Number.NEGATIVE_INFINITY;
  for (const { outcome, curve } of [...curves].sort((a, b) => y(a.curve[a.curve.length - 1][1]) - y(b.curve[b.curve.length - 1][1]))) {
    const end = curve[curve.length - 1];
    const labelY = Math.max(y(end[1]) + 4, last + 16);
    last = labelY;
    body.push(
      path(
        curve.map(([f, ns]) => [x(f), y(ns)] as const),
        outcome.origin,
      ),
      ...curve.map(([f, ns]) => `<circle cx="${x(f).toFixed(1)}" cy="${y(ns).toFixed(1)}" r="3" class="${outcome.origin}"/>`),
      text(right + 12, labelY, outcome.label, outcome.origin === "sidetone" ? "strong" : ""),
    );
  }
  const title = "48 > 24 kHz: cost against chunk size";
  return { name: "chunk-size.svg", title, svg: picture(1080, 512, title, `ns per output sample, median. ${provenance(results)}`, body) };
}

/** Whether a group's response is drawn; the other pairs of rates look alike. */
export function hasResponseChart(groupId: string): boolean {
  return /^kernels\/resample-(48-24|44\.1-24|24-48)$/.test(groupId);
}

/** Every chart that the run has material for. */
export function charts(results: Results): Chart[] {
  const of = (prefix: string) => results.groups.filter(({ id }) => id.startsWith(prefix));
  const rates = of("kernels/resample-");
  return [
    ...rates.filter(({ id }) => hasResponseChart(id)).map((group) => responseChart(group, results)),
    barsChart(rates, "resampling-cost.svg", "What resampling costs, at every pair of rates", results),
    chunkChart(results),
    barsChart(of("fused/"), "journey-cost.svg", "What a second of sound costs, from device to message and back", results),
    barsChart([...of("messages/"), ...of("base64/")], "messages-cost.svg", "What messages and base64 cost", results),
    barsChart([...of("pcm/"), ...of("g711/")], "samples-cost.svg", "What sample formats cost", results),
  ].filter((chart) => chart !== undefined);
}
