/** A session as a picture: what had arrived and what was heard, against immediate playback; below it the level of the buffer and what it aims at. */
import { box, line, path, picture, scale, text } from "../report/svg.ts";
import type { Timeline } from "./judge.ts";

const LEFT = 72;
const WIDTH = 980;
const UPPER = { top: 100, height: 250 };
const LOWER = { top: 400, height: 110 };

/** One session in the picture. */
export interface Trail {
  readonly label: string;
  /** Colour: a class of `svg.ts`. */
  readonly className: string;
  readonly timeline: Timeline;
}

/** Steps of an axis: 1, 2 or 5 times a power of ten, about `count` of them. */
function ticks(from: number, to: number, count: number): number[] {
  const raw = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
  const found: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
  return found;
}

/** The picture of `trails` from `fromMs` to `toMs`; the first one's arrivals, gaps, level and target are drawn. */
export function timelineChart(title: string, subtitle: string, trails: readonly Trail[], fromMs: number, toMs: number): string {
  const own = trails[0].timeline;
  const { stepMs } = own;
  const first = Math.floor(fromMs / stepMs);
  const last = Math.min(own.playedMs.length, Math.ceil(toMs / stepMs));
  const x = scale([fromMs, toMs], [LEFT, LEFT + WIDTH]);
  // Against immediate playback, or jitter could not be seen beside minutes of media.
  const ahead = (values: readonly number[]) => values.slice(first, last).map((value, i) => [(first + i) * stepMs, value - (first + i) * stepMs] as const);
  const lines = trails.map(({ timeline }) => ahead(timeline.playedMs));
  const arrived = ahead(own.arrivedMs);
  const all = [...lines.flat(), ...arrived].map(([, value]) => value);
  // Bursts run ahead by half a minute; what is more than 3 s ahead says nothing.
  const y = scale([Math.min(-50, ...all) * 1.05, Math.max(50, Math.min(3000, Math.max(...all))) * 1.05], [UPPER.top + UPPER.height, UPPER.top]);
  const range: readonly [number, number] = [Math.min(-50, ...all) * 1.05, Math.max(50, Math.min(3000, Math.max(...all))) * 1.05];
  const body = [box(LEFT, UPPER.top, WIDTH, UPPER.height, "band"), box(LEFT, LOWER.top, WIDTH, LOWER.height, "band")];
  for (const [start, end] of own.gapsMs) {
    if (end > fromMs && start < toMs) body.push(box(x(start), UPPER.top, Math.max(0.7, x(end) - x(start)), UPPER.height, "under"));
  }
  for (const at of ticks(range[0], range[1], 6))
    body.push(line(LEFT, y(at), LEFT + WIDTH, y(at), "grid"), text(LEFT - 8, y(at) + 4, `${at} ms`, "quiet", "end"));
  for (const at of ticks(fromMs, toMs, 10)) {
    for (const { top, height } of [UPPER, LOWER]) body.push(line(x(at), top, x(at), top + height, "grid"));
    body.push(text(x(at), LOWER.top + LOWER.height + 16, `${at / 1000} s`, "quiet", "middle"));
  }
  body.push(path(staircase(arrived).map(point(x, y)), "runtime"));
  for (const [i, points] of [...lines.entries()].reverse()) body.push(path(points.map(point(x, y)), trails[i].className));
  body.push(...lower(own, first, last, x));
  const legend = [["arrived", "runtime"] as const, ...trails.map(({ label, className }) => [label, className] as const)];
  for (const [i, [label, className]] of legend.entries())
    body.push(box(LEFT + i * 200, 74, 12, 12, `bar ${className}`), text(LEFT + i * 200 + 18, 84, label, "quiet"));
  return picture(LEFT + WIDTH + 28, LOWER.top + LOWER.height + 34, title, subtitle, body);
}

type Scale = (value: number) => number;

function point(x: Scale, y: Scale): (at: readonly [number, number]) => readonly [number, number] {
  return ([time, value]) => [x(time), y(value)];
}

/** Between two arrivals nothing comes, and the real time goes on. */
function staircase(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return points.flatMap(([time, value], i): (readonly [number, number])[] => {
    const before = points[i - 1];
    return before && value > before[1]
      ? [
          [time, before[1] - (time - before[0])],
          [time, value],
        ]
      : [[time, value]];
  });
}

function lower({ levelMs, targetMs, stepMs }: Timeline, first: number, last: number, x: Scale): string[] {
  const known = (values: readonly number[]) =>
    values.slice(first, last).flatMap((value, i) => (Number.isNaN(value) ? [] : [[(first + i) * stepMs, value] as const]));
  const level = known(levelMs);
  const target = known(targetMs);
  const top = Math.max(100, Math.min(3000, Math.max(0, ...[...level, ...target].map(([, value]) => value))));
  const y = scale([0, top], [LOWER.top + LOWER.height, LOWER.top + 6]);
  const parts = [
    text(LEFT, LOWER.top - 8, "level of the buffer (violet) and what it aims at (brown), ms", "quiet"),
    text(LEFT - 8, LOWER.top + 10, `${Math.round(top)} ms`, "quiet", "end"),
  ];
  if (level.length > 0) parts.push(path(level.map(point(x, y)), "native"));
  if (target.length > 0) parts.push(path(target.map(point(x, y)), "npm"));
  return parts;
}
