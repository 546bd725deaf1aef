/** `npm run bench -- playout quality`: how speech sounds after stretching and concealing, here and elsewhere. */
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { textTable } from "../../report/table.ts";
import { machine } from "../../run-info.ts";
import { measurePlayed, type PlayedFigures, playedBy, playedTraces } from "./as-played.ts";
import { CASES, type ConcealFigures, measureConcealment, SEEDS } from "./conceal-table.ts";
import { concealGoals, stretchGoals } from "./goals.ts";
import { CHANNELS } from "./loss.ts";
import { type QualityResults, sections, writeQuality } from "./report.ts";
import { measureStretch, SPEEDS, type StretchFigures, TAKES } from "./stretch-table.ts";
import { STRETCHERS } from "./stretchers.ts";

const BENCH = fileURLToPath(new URL("../..", import.meta.url));

const HELP = `Quality of stretched and concealed speech.

  npm run bench -- playout quality [options]

  --quick      fewer takes and patterns; seconds
  --out DIR    where quality.json and quality.md go; default: bench/results/playout for whole runs, .sidetone/bench/playout for others
`;

/** Runs what `argv` asks for. @throws {Error} with a sentence for people. */
export async function runQuality(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean", default: false },
      out: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
      // Handled before this process starts.
      node: { type: "string" },
    },
  });
  if (values.help) return console.log(HELP);
  const [takes, seeds] = values.quick ? [1, 4] : [TAKES, SEEDS];
  const { stretchers, stretch } = await stretchAll(takes);
  const conceal = concealAll(seeds);
  const played = await playAll();
  const soundtouch = (speed: number) => stretch.find((one) => one.id === "soundtouch" && one.speed === speed)?.nsim;
  const results: QualityResults = {
    meta: {
      date: new Date().toISOString(),
      command: ["npm run bench -- playout quality", ...argv].join(" "),
      runtime: `Node ${process.versions.node}`,
      cpu: machine().cpu,
      takes,
      seeds,
    },
    stretchers,
    stretch,
    conceal,
    played,
    goals: [...stretchGoals(stretch, soundtouch), ...concealGoals(conceal)],
  };
  const width = process.stdout.columns || Number.POSITIVE_INFINITY;
  for (const { title, text, rows } of sections(results)) console.log(`${title}\n${text}\n${textTable(rows, width)}\n`);
  const user = process.env.INIT_CWD ?? process.cwd();
  const folder = values.out ? resolve(user, values.out) : values.quick ? join(BENCH, "..", ".sidetone", "bench", "playout") : join(BENCH, "results", "playout");
  const files = await writeQuality(results, folder);
  console.log(`${files.join(", ")} in ${relative(user, folder) || "."}`);
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

async function stretchAll(takes: number): Promise<Pick<QualityResults, "stretchers" | "stretch">> {
  const stretchers: QualityResults["stretchers"][number][] = [];
  const stretch: StretchFigures[] = [];
  for (const stretcher of STRETCHERS) {
    const { id, label, note } = stretcher;
    const skipped = stretcher.unavailable();
    stretchers.push({ id, label, note, version: skipped ? "" : stretcher.version(), ...(skipped ? { skipped } : {}) });
    for (const { speed } of skipped ? [] : SPEEDS) {
      progress(`stretch: ${label} at ${speed}`);
      stretch.push(await measureStretch(stretcher, speed, takes));
    }
  }
  progress("");
  return { stretchers, stretch };
}

function concealAll(seeds: number): ConcealFigures[] {
  return CASES.flatMap(({ rate, packetMs }) =>
    CHANNELS.flatMap((channel) => {
      progress(`concealment: ${rate} Hz, ${packetMs} ms, ${channel.title}`);
      return measureConcealment(channel, rate, packetMs, seeds);
    }),
  );
}

async function playAll(): Promise<PlayedFigures[]> {
  const played: PlayedFigures[] = [];
  for (const trace of playedTraces()) {
    for (const kind of playedBy()) {
      progress(`as played: ${trace.id} by ${kind.label}`);
      played.push(await measurePlayed(trace, kind));
    }
  }
  progress("");
  return played;
}
