/** A group as rows of text, for the terminal and for Markdown. */
import type { Outcome } from "../measure/race.ts";
import { pairedRatio } from "../measure/statistics.ts";
import { cost, costUnit, figure, isJourney, streams } from "./format.ts";
import type { GroupResult } from "./results.ts";

/** Rows of cells; the first is the heading. */
export type Rows = readonly (readonly string[])[];

/** The contender that ratios refer to: the first of Sidetone's that was timed. */
export function baseline(group: GroupResult): Outcome | undefined {
  return group.outcomes.find(({ origin, nsPerUnit }) => origin === "sidetone" && nsPerUnit !== null);
}

/** Fastest first; what was not timed comes last. */
function bySpeed(a: Outcome, b: Outcome): number {
  return (a.nsPerUnit?.median ?? Number.POSITIVE_INFINITY) - (b.nsPerUnit?.median ?? Number.POSITIVE_INFINITY);
}

/** What a row says about its contender. */
function remarks(outcome: Outcome): string {
  if (outcome.verdict.status === "wrong") return outcome.verdict.text;
  const parts = outcome.verdict.status === "flawed" ? [outcome.verdict.text] : [];
  if (outcome.note) parts.push(outcome.note);
  return parts.join("; ");
}

/** All of a group: cost with its spread, ratio, bytes, quality, remarks. */
export function groupRows(group: GroupResult): Rows {
  const base = baseline(group);
  const heading = [
    "contender",
    costUnit(group.unit),
    "middle half",
    `x ${base?.label ?? ""}`.trim(),
    ...(isJourney(group.unit) ? ["streams per core"] : []),
    "bytes per call",
    ...group.figures,
    "remarks",
  ];
  const rows = [...group.outcomes].sort(bySpeed).map((outcome) => {
    const time = outcome.nsPerUnit;
    const ratio = time && base ? pairedRatio(outcome.rounds, base.rounds).median : Number.NaN;
    return [
      outcome.label,
      time ? cost(time.median, group.unit) : "–",
      time ? `${cost(time.p25, group.unit)}–${cost(time.p75, group.unit)}` : "–",
      figure(ratio),
      ...(isJourney(group.unit) ? [time ? String(streams(time.median)) : "–"] : []),
      outcome.bytesPerCall === null ? "–" : String(outcome.bytesPerCall),
      ...group.figures.map((name) => qualityFigure(name, outcome.quality?.figures[name])),
      remarks(outcome),
    ];
  });
  return [heading, ...rows];
}

/** An edge needs three decimals, decibels one. */
function qualityFigure(name: string, value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "–";
  return name.includes("dB)") ? value.toFixed(1) : value.toFixed(name.includes("edge") ? 3 : 2);
}

/** Rows as a Markdown table; the first and the last column are text, the others numbers. */
export function markdownTable(rows: Rows): string {
  const [heading, ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = heading.map((_, i) => (i === 0 || i === heading.length - 1 ? "---" : "---:"));
  return [line(heading), line(rule), ...body.map(line)].join("\n");
}

/** Rows as columns of plain text. Headings are cut to what their column needs, since terminals are narrow. */
export function textTable(rows: Rows, width: number): string {
  const [heading, ...body] = rows;
  const short = heading.map((cell, i) => (i === 0 || i === heading.length - 1 ? cell : shortHeading(cell)));
  const widths = short.map((cell, i) => Math.max(cell.length, ...body.map((row) => row[i].length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 || i === cells.length - 1 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .slice(0, width)
      .trimEnd();
  return [line(short), ...body.map(line)].join("\n");
}

function shortHeading(cell: string): string {
  if (cell.startsWith("x ")) return "ratio";
  if (cell.startsWith("ns per")) return "ns";
  if (cell.startsWith("us per")) return "us";
  return cell
    .replace(" (x Nyquist)", "")
    .replace(" Nyquist (dB)", "Nyq")
    .replace(" (dB)", "")
    .replace("bytes per call", "B/call")
    .replace("streams per core", "streams")
    .replace("latency (ms)", "ms");
}
