/** `npm run bench -- vad`: what a frame of voice activity detection costs, beside the ONNX runtime in the same run; a table to the terminal and, of whole runs, into bench/results/vad. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findInstalled } from "../installed.ts";
import { pairedRatio, type Spread, seededRandom, shuffled, spread } from "../measure/statistics.ts";
import { markdownTable, textTable } from "../report/table.ts";
import { machine } from "../run-info.ts";
import { recording, type VadContender, vadContenders } from "./contenders.ts";

const BENCH = fileURLToPath(new URL("..", import.meta.url));
const FRAME_US = 32_000;
/** Most by which probabilities may differ from the ONNX runtime's. */
const TOLERANCE = 1e-5;
const EFFORTS = { full: { rounds: 41, batchMs: 40 }, quick: { rounds: 9, batchMs: 15 } } as const;
const HELP = `Voice activity detection: cost of a frame of 32 ms, beside the ONNX runtime on the same models.

  npm run bench -- vad [options]

  --quick    fewer and shorter rounds; nothing is written
  --seed N   seed of the random order
`;

interface Entrant {
  readonly contender: VadContender;
  /** Most by which its probabilities are off the ONNX runtime's; null where they are not of the same input. */
  off: number | null;
  framesPerBatch: number;
  /** CPU microseconds per frame, one figure per round. */
  readonly rounds: number[];
}

/** Runs what `argv` asks for. @throws {Error} with a sentence for people. */
export async function runVad(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: { quick: { type: "boolean", default: false }, seed: { type: "string", default: "1" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return console.log(HELP);
  if (!/^\d+$/.test(values.seed)) throw new Error(`--seed is "${values.seed}"; allowed is a whole number from 0.`);
  const { rounds, batchMs } = EFFORTS[values.quick ? "quick" : "full"];
  const frames = recording();
  const random = seededRandom(Number(values.seed));
  const { cpu, cores, os, load } = machine();
  const versions = ["@sidetone/vad", "onnxruntime-web", "@ricky0123/vad-web"].map(
    (name) => `${name} ${findInstalled(name, [BENCH])?.version ?? "not installed"}`,
  );
  const head = `Node ${process.versions.node}, ${cpu}, ${cores} cores, ${os}, load ${load[0]?.toFixed(1)}; ${rounds} rounds of ${batchMs} ms; ${versions.join(", ")}`;
  console.log(`${head}\n`);
  const sections: string[] = [];
  for (const name of ["v6", "v5"] as const) {
    const rows = table(await race(await vadContenders(name, frames), frames.length, { rounds, batchMs, random }));
    console.log(`Silero ${name}\n${textTable(rows, Number.POSITIVE_INFINITY)}\n`);
    sections.push(`## Silero ${name}\n\n${markdownTable(rows)}\n`);
  }
  if (values.quick) return;
  const folder = join(BENCH, "results", "vad");
  await mkdir(folder, { recursive: true });
  const intro = "Written by Sidetone's benchmark. How it measures stands in the README of `bench/vad`.";
  const made = `${new Date().toISOString().slice(0, 10)}, \`${["npm run bench -- vad", ...argv].join(" ")}\`, ${head}.`;
  await writeFile(join(folder, "report.md"), `# Voice activity detection\n\n${intro}\n\n${made}\n\n${sections.join("\n")}`);
  console.log(`report.md in ${relative(process.cwd(), folder) || "."}.`);
}

async function race(
  contenders: readonly VadContender[],
  frameCount: number,
  { rounds, batchMs, random }: { rounds: number; batchMs: number; random: () => number },
): Promise<Entrant[]> {
  const reference = (await contenders.find(({ id }) => id === "onnxruntime-web")?.probabilities()) ?? [];
  if (reference.length !== frameCount) throw new Error("The ONNX runtime gave no probabilities to compare with.");
  const entrants: Entrant[] = [];
  for (const contender of contenders) {
    const found = await contender.probabilities();
    const off = found === null ? null : Math.max(...found.map((p, k) => Math.abs(p - (reference[k] as number))));
    if (off !== null && !(off <= TOLERANCE)) throw new Error(`${contender.label} is off by ${off}, so it is not timed.`);
    // Longer than the last compiler waits, and long enough to know how many frames fill a batch.
    const start = performance.now();
    let warm = 0;
    while (performance.now() - start < 500) {
      await contender.run(50);
      warm += 50;
    }
    const framesPerBatch = Math.max(20, Math.round((warm * batchMs) / (performance.now() - start)));
    entrants.push({ contender, off, framesPerBatch, rounds: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { contender, framesPerBatch, rounds: figures } of shuffled(entrants, random)) {
      // Caches are cold after the others' turns.
      await contender.run(Math.ceil(framesPerBatch / 6));
      const before = process.cpuUsage();
      await contender.run(framesPerBatch);
      const { user, system } = process.cpuUsage(before);
      figures.push((user + system) / framesPerBatch);
    }
  }
  return entrants;
}

function table(entrants: readonly Entrant[]): string[][] {
  const base = entrants.find(({ contender }) => contender.id === "wasm")?.rounds ?? [];
  const whole = ({ median, p25, p75 }: Spread, show: (value: number) => string) => [show(median), `${show(p25)}–${show(p75)}`];
  const heading = ["contender", "µs per frame", "middle half", "x sidetone", "middle half", "sessions per core", "off the ONNX runtime"];
  const rows = [...entrants]
    .sort((a, b) => spread(a.rounds).median - spread(b.rounds).median)
    .map(({ contender, off, rounds }) => {
      const cost = spread(rounds);
      return [
        contender.label,
        ...whole(cost, (us) => us.toFixed(1)),
        ...whole(pairedRatio(rounds, base), (ratio) => ratio.toFixed(2)),
        String(Math.floor(FRAME_US / cost.median)),
        contender.id === "onnxruntime-web" || off === null ? "–" : off.toExponential(1),
      ];
    });
  return [heading, ...rows];
}
