/** The report of a run as Markdown. */
import type { Chart } from "./charts.ts";
import { goalRows, judgeAll } from "./goals.ts";
import { reasons } from "./reasons.ts";
import type { Results } from "./results.ts";
import { groupRows, markdownTable } from "./table.ts";

const SUITES: Readonly<Record<string, string>> = {
  kernels: "Resampling",
  pcm: "Floats and PCM16",
  g711: "G.711",
  base64: "Base64",
  messages: "Whole messages",
  ring: "Ring",
  fused: "The whole journey",
};

const REASONS_INTRODUCTION =
  "Every figure is from this run. Floors and parts took part in the rounds; profiles (of whole runs, in Node and on Chromium's main thread) were sampled after the last round and say what share of the time a function itself takes, what it calls not counted. In Node they come from processes in which the compiler does not inline functions, so that each of them shows, and small ones weigh more than they do in the time that was measured.";

/** The whole report; `charts` are linked by their file names. */
export function markdownReport(results: Results, charts: readonly Chart[]): string {
  const { info, groups } = results;
  const judgements = judgeAll(results);
  const met = judgements.filter((judgement) => judgement.met).length;
  const parts = [
    `# Benchmark results: ${info.runtime}`,
    "Written by Sidetone's benchmark. How it measures and how to read this stands in the README of `bench` in Sidetone's repository.",
    markdownTable([
      ["", ""],
      ["date", info.date],
      ["command", `\`${info.command}\``],
      ["machine", `${info.cpu}, ${info.cores} cores, ${info.os}, load ${info.load.map((load) => load.toFixed(1)).join(" / ")}`],
      ["clock", info.clock],
      ["rounds", `${info.rounds}, interleaved in random order (seed ${info.seed}), ${info.batchMs} ms each`],
      [
        "versions",
        Object.entries(info.versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(", "),
      ],
    ]),
  ];
  if (judgements.length > 0) {
    parts.push(
      "## Goals",
      `${met} of ${judgements.length} met. Ratios are medians over rounds of this run: how many times the opponent's cost is Sidetone's.`,
      "The limit is what the cost itself shall not exceed, whatever the opponent takes; it was set with prototypes on another machine.",
      markdownTable(goalRows(judgements)),
    );
    const missed = reasons(results);
    if (missed.length > 0) parts.push("### Why goals are missed", REASONS_INTRODUCTION);
    for (const { title, lines } of missed) parts.push(`**${title}**`, lines.map((line) => `- ${line}`).join("\n"));
  }
  for (const [suite, title] of Object.entries(SUITES)) {
    const inSuite = groups.filter((group) => group.suite === suite);
    if (inSuite.length === 0) continue;
    parts.push(`## ${title}`, ...charts.filter(({ name }) => belongs(name, suite)).map(({ name, title: alt }) => `![${alt}](${name})`));
    for (const group of inSuite) parts.push(`### ${group.title}`, markdownTable(groupRows(group)));
  }
  return `${parts.join("\n\n")}\n`;
}

const CHART_SUITES: readonly (readonly [RegExp, string])[] = [
  [/^(response|resampling|chunk)/, "kernels"],
  [/^journey/, "fused"],
  [/^messages/, "messages"],
  [/^samples/, "pcm"],
];

function belongs(chart: string, suite: string): boolean {
  return CHART_SUITES.some(([pattern, of]) => of === suite && pattern.test(chart));
}
