/** `sidetone replay`: a playout log, as `talk --playout-log` and the pipeline's `playoutLog` event write it, once more: a table, a picture, and what was heard. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { writeWav } from "@sidetone/core/dsp";
import type { Args, Command } from "../args.ts";
import { openReplayRoom } from "../bench-room.ts";
import { CliError } from "../failure.ts";
import type { Io } from "../io.ts";
import { OutputFile } from "../talk/output-file.ts";
import { nonEmpty } from "../values.ts";

/** The command. */
export const replay: Command = {
  name: "replay",
  operands: "<log.jsonl>",
  operandCount: 1,
  summary: "Play a playout log again: what arrived, what was heard, what the buffer made of it.",
  flags: {
    out: { value: "<file.svg>", help: "Where the picture goes: arrivals, level, target, playhead, silences. Default: nowhere." },
    wav: { value: "<file.wav>", help: "Where what was heard goes: mono PCM16, from the start of playback. Default: nowhere." },
  },
  details:
    "A log holds what was put into the jitter buffer and when, so that a replay is exact, to the sample. `sidetone talk --playout-log` writes one;\n" +
    'an app gets its lines with `playout: { log: "inputs" }` and the event `playoutLog` of its pipeline. Where the audio was taken out, silence\n' +
    "stands in. Exit codes: 0 played, 1 not, 2 the command line is wrong.",
  run: runReplay,
};

async function runReplay(args: Args, io: Io): Promise<number> {
  const path = args.operands[0] as string;
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new CliError("unreadable", `${path} cannot be read (${(cause as Error).message}).`, { cause });
  });
  const room = await openReplayRoom(io.benchFolder);
  const files: OutputFile[] = [];
  const open = async (flag: "out" | "wav"): Promise<OutputFile | null> => {
    const given = args.text(flag);
    if (given === undefined) return null;
    const file = await OutputFile.open(flag, nonEmpty(flag, given), path, files[0]);
    files.push(file);
    return file;
  };
  try {
    const [picture, wav] = [await open("out"), await open("wav")];
    const report = play(room.reportReplay, text, path, io);
    io.stdout.write(report.text);
    await picture?.write(new TextEncoder().encode(report.svg));
    await wav?.write(writeWav({ rate: report.rate, samples: report.output }));
    return 0;
  } finally {
    for (const file of files) await file.discard();
  }
}

function play(reportReplay: Awaited<ReturnType<typeof openReplayRoom>>["reportReplay"], text: string, path: string, io: Io) {
  try {
    return reportReplay(text, basename(path).replace(/\.[^.]+$/, ""), io.stdout.columns || Number.POSITIVE_INFINITY);
  } catch (cause) {
    // Whatever is wrong with a log is a sentence that names the line or the option.
    throw new CliError("no-log", `${path}: ${(cause as Error).message}`, { cause });
  }
}
