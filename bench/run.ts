/** Runs the benchmark: groups one after the other, a table after each, files at the end. Knows neither where it is installed nor who called it. */
import { join, relative } from "node:path";
import type { RunOptions } from "./args.ts";
import { installCommand, missing } from "./installed.ts";
import type { Group } from "./measure/contender.ts";
import { type Outcome, race } from "./measure/race.ts";
import { PINNED } from "./opponents.ts";
import { clock } from "./report/format.ts";
import { goalRows, judgeAll, judgeGroup } from "./report/goals.ts";
import { Progress, type ProgressOutput } from "./report/progress.ts";
import { reasons } from "./report/reasons.ts";
import type { GroupResult, Results } from "./report/results.ts";
import { groupRows, textTable } from "./report/table.ts";
import { writeReports } from "./report/write.ts";
import { machine, versionsOf } from "./run-info.ts";
import { chromiumVenues, nodeVenue, type Venue, type VenuePlaces } from "./venues.ts";

const EFFORTS = {
  quick: { rounds: 9, batchMs: 3 },
  full: { rounds: 41, batchMs: 8 },
} as const;

/** What checking and warming up counts as in the estimate of time, in contenders: tones through a resampler take longer than a look at some bytes. */
const WEIGHT_WITH_QUALITY = 2.5;

/** Who runs the benchmark, and from where. */
export interface Surroundings extends VenuePlaces {
  /** Tables. */
  readonly stdout: ProgressOutput;
  /** Progress. */
  readonly stderr: ProgressOutput;
  /** Ends the run; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** The command as it was typed, for the report. */
  readonly command: string;
  /** Folder of a venue's files; undefined: none are written. */
  folderOf(venue: string): string | undefined;
  /** Folder from which `@sidetone/core` is imported. */
  readonly home: string;
}

/** Runs everything that is asked for. @throws {Error} with a sentence for people. */
export async function runBench(options: RunOptions, surroundings: Surroundings): Promise<void> {
  const venues = options.chromium ? await chromiumVenues(surroundings) : [await nodeVenue(surroundings)];
  try {
    for (const venue of venues) await runVenue(options, venue, surroundings);
  } finally {
    for (const venue of venues) await venue.close?.();
  }
}

/** The groups that run, with a reason for each contender whose package is not there. */
function chosenGroups({ groups, here }: Venue, options: RunOptions, folders: readonly string[]): Group[] {
  return groups
    .filter((group) => options.suites.includes(group.suite) && !(options.quick && group.fullOnly))
    .map((group) => ({
      ...group,
      contenders: group.contenders
        .filter(({ fullOnly }) => !(options.quick && fullOnly))
        .map((contender) => {
          const absent = missing(contender.package === undefined ? [] : [contender.package], folders);
          if (absent.length > 0) return { ...contender, unavailable: () => `${absent[0]} is not installed` };
          return here ? contender : { ...contender, unavailable: undefined };
        }),
    }));
}

function weight({ contenders, figures }: Group): number {
  return contenders.length * (figures ? WEIGHT_WITH_QUALITY : 1);
}

async function runVenue(options: RunOptions, venue: Venue, surroundings: Surroundings): Promise<void> {
  const { stdout, stderr, signal, folders } = surroundings;
  const say = (text: string) => void stdout.write(`${text}\n`);
  const width = stdout.columns || Number.POSITIVE_INFINITY;
  const effort = options.quick ? "quick" : "full";
  const { rounds, batchMs } = { ...EFFORTS[effort], ...(options.rounds ? { rounds: options.rounds } : {}) };
  const chosen = chosenGroups(venue, options, folders);
  const contenders = chosen.flatMap((group) => group.contenders);
  const info = {
    date: new Date().toISOString(),
    command: surroundings.command,
    runtime: venue.runtime,
    ...machine(),
    clock: venue.clock,
    rounds,
    batchMs,
    seed: options.seed,
    versions: { ...venue.versions, ...versionsOf(contenders, folders, surroundings.home) },
  };
  say(`${info.runtime}, ${info.cpu}, ${info.cores} cores, load ${info.load[0].toFixed(1)}; ${rounds} rounds of ${batchMs} ms`);
  const absent = missing(
    contenders.flatMap(({ package: name }) => (name !== undefined && PINNED[name] !== undefined ? [name] : [])),
    folders,
  );
  const hint =
    absent.length === 0 ? "" : `Not installed here, so not measured: ${absent.join(", ")}. In this folder,\n  ${installCommand(absent)}\nbrings them.\n`;
  say(hint);
  const progress = new Progress(stderr);
  const total = chosen.reduce((sum, group) => sum + weight(group), 0);
  let before = 0;
  const finished: GroupResult[] = [];
  for (const group of chosen) {
    progress.group(before / total, group.title);
    const outcomes = await race(group, venue.openLane, {
      effort,
      rounds,
      batchMs,
      seed: options.seed,
      signal,
      profileOf: (timed) => (options.quick ? [] : wanted(resultOf(group, timed))),
      onProgress: (done, what) => progress.update((before + done * weight(group)) / total, `${group.title}: ${what}`),
    });
    before += weight(group);
    const result = resultOf(group, outcomes);
    finished.push(result);
    progress.clear();
    say(`${result.title}\n${textTable(groupRows(result), width)}\n`);
  }
  const results: Results = { info, groups: finished };
  const judgements = judgeAll(results);
  if (judgements.length > 0) say(`Goals\n${textTable(goalRows(judgements), width)}\n`);
  for (const { title, lines } of reasons(results)) say(`${title}\n${lines.map((line) => `  ${line}`).join("\n")}\n`);
  if (hint !== "") say(hint);
  const met = judgements.length === 0 ? "" : `${judgements.filter((judgement) => judgement.met).length} of ${judgements.length} goals met. `;
  say(`${met}${clock(progress.elapsedMs)}.`);
  const folder = surroundings.folderOf(venue.name);
  if (folder === undefined) return;
  const files = await writeReports(results, folder);
  say(`${files.length} files in ${relative(process.cwd(), folder) || "."}: ${files.join(", ")}.\n`);
}

function resultOf({ id, suite, title, unit, figures }: Group, outcomes: readonly Outcome[]): GroupResult {
  return { id, suite, title, unit, figures: (figures ?? []).filter((name) => outcomes.some(({ quality }) => quality?.figures[name] !== undefined)), outcomes };
}

/** A goal that was missed is explained by two profiles, Sidetone's and that of the opponent it was measured against. Quick runs have no time for them. */
function wanted(group: GroupResult): string[] {
  return judgeGroup(group).flatMap(({ met, fast, slow }) => (met ? [] : [fast.id, ...(slow ? [slow.id] : [])]));
}

/** The folder for a run's files below `root`: one per venue. */
export function venueFolder(root: string, venue: string, options: RunOptions): string {
  return options.chromium ? join(root, venue) : root;
}
