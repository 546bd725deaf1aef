/** Puts a run's files where they belong. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { charts, hasResponseChart } from "./charts.ts";
import { markdownReport } from "./markdown.ts";
import type { Results } from "./results.ts";

/** Curves that no chart shows are left out: they would be most of the file. */
function withoutUnusedCurves(results: Results): Results {
  const groups = results.groups.map((group) => {
    if (hasResponseChart(group.id)) return group;
    const outcomes = group.outcomes.map(({ quality, ...outcome }) => (quality ? { ...outcome, quality: { figures: quality.figures } } : outcome));
    return { ...group, outcomes };
  });
  return { ...results, groups };
}

/** Four significant digits are more than a run knows; the rest would only make the files long. */
function shorten(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}

/** Writes results.json, report.md and the charts into `folder`. @returns the names. */
export async function writeReports(results: Results, folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const pictures = charts(results);
  const files: [string, string][] = [
    ["results.json", `${JSON.stringify(withoutUnusedCurves(results), shorten)}\n`],
    ["report.md", markdownReport(results, pictures)],
    ...pictures.map(({ name, svg }): [string, string] => [name, svg]),
  ];
  for (const [name, content] of files) await writeFile(join(folder, name), content);
  return files.map(([name]) => name);
}
