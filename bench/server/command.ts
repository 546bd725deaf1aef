/** `npm run bench -- server`: many sessions at once against the emulator, and thousands after one another; a table to the terminal and a report into a folder. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { EmulatorOptions } from "@sidetone/emulator";
import { textTable } from "../report/table.ts";
import { machine } from "../run-info.ts";
import { type LoadFigures, type MemoryPoint, measureLoad, measureMemory, type Percentiles } from "./measure.ts";

const BENCH = fileURLToPath(new URL("..", import.meta.url));

const HELP = `The emulator under load: sessions in real time, their events against their schedule, and memory over many sessions.

  npm run bench -- server [options]

  --sessions LIST   how many at once, with commas between (10,25,50)
  --seconds N       how long each of these runs (60)
  --total N         short sessions after one another, for memory (3000)
  --vad NAME        silero-v6, silero-v5 or energy (silero-v6)
  --quick           10 sessions for 10 s, 300 after one another; not for figures
  --out DIR         where the report goes; default: bench/results/server for whole runs, .sidetone/bench/server otherwise
`;

/** Columns of the report. */
const WIDTH = 160;
/** Bounds that the figures are held against, in ms. */
const GOAL_LATE_P99_MS = 20;

/** Runs what `argv` asks for. @throws {Error} with a sentence for people. */
export async function runServer(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      sessions: { type: "string" },
      seconds: { type: "string" },
      total: { type: "string" },
      vad: { type: "string", default: "silero-v6" },
      quick: { type: "boolean", default: false },
      out: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const counts = (values.sessions ?? (values.quick ? "10" : "10,25,50")).split(",").map((text) => count("sessions", text));
  const seconds = count("seconds", values.seconds ?? (values.quick ? "10" : "60"));
  const total = count("total", values.total ?? (values.quick ? "300" : "3000"));
  const options = { vad: values.vad } as EmulatorOptions;
  const loads: LoadFigures[] = [];
  for (const sessions of counts) {
    console.log(`${sessions} sessions for ${seconds} s ...`);
    loads.push(await measureLoad(sessions, seconds, options));
  }
  console.log(`${total} sessions after one another ...`);
  const memory = await measureMemory(total, 6, { ...options, profile: { speedUp: 1000, firstAudioDelayMs: 1, transcriptLeadMs: 0 } });
  const text = report(loads, memory);
  console.log(text);
  const whole = !values.quick && values.sessions === undefined && values.seconds === undefined && values.total === undefined && values.vad === "silero-v6";
  const folder = values.out
    ? resolve(process.env.INIT_CWD ?? process.cwd(), values.out)
    : whole
      ? join(BENCH, "results", "server")
      : join(BENCH, "..", ".sidetone", "bench", "server");
  await mkdir(folder, { recursive: true });
  const meta = {
    date: new Date().toISOString(),
    command: ["npm run bench -- server", ...argv].join(" "),
    runtime: `Node ${process.versions.node}`,
    machine: machine(),
  };
  await writeFile(join(folder, "results.json"), `${JSON.stringify({ meta, loads, memory }, null, 2)}\n`);
  await writeFile(
    join(folder, "report.md"),
    `# The emulator under load\n\n${meta.command}, ${meta.runtime}, ${meta.machine.cores} cores, ${meta.date}\n\n\`\`\`\n${text}\`\`\`\n`,
  );
  console.log(`Report in ${relative(process.cwd(), folder) || "."}.`);
}

function report(loads: readonly LoadFigures[], memory: readonly MemoryPoint[]): string {
  const rows = loads.map((load) => [
    String(load.sessions),
    String(load.replies),
    shown(load.deltaLateMs),
    shown(load.stopAfterMs),
    shown(load.sendLateMs),
    load.cpuMsPerSessionSecond.toFixed(2),
    (load.rssBytes / 2 ** 20).toFixed(0),
  ]);
  const header = ["sessions", "replies", "deltas late, ms", "turn end told after, ms", "clients late, ms", "CPU ms per session-second", "RSS MB"];
  const heap = memory.map(({ sessions, heapBytes, rssBytes }) => [String(sessions), (heapBytes / 2 ** 20).toFixed(1), (rssBytes / 2 ** 20).toFixed(0)]);
  const goals = loads.map(
    ({ sessions, deltaLateMs }) =>
      `${sessions} sessions: p99 ${deltaLateMs.p99.toFixed(1)} ms late, ${deltaLateMs.p99 <= GOAL_LATE_P99_MS ? "within" : "OVER"} ${GOAL_LATE_P99_MS} ms`,
  );
  const errors = loads.flatMap((load) => load.errors.map((error) => `error with ${load.sessions} sessions: ${error}`));
  return `${textTable([header, ...rows], WIDTH)}\n(p50 / p95 / p99 / most)\n\n${goals.join("\n")}\n\n${textTable([["sessions so far", "heap MB", "RSS MB"], ...heap], WIDTH)}\n${errors.join("\n")}`;
}

function shown({ p50, p95, p99, most }: Percentiles): string {
  return [p50, p95, p99, most].map((ms) => ms.toFixed(1)).join(" / ");
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is "${text}"; whole numbers from 1 on are allowed.`);
  return value;
}
