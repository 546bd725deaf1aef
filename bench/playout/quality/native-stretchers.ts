/** Programs that change speed, run where they are installed. They get whole files, 16 bits deep: what all of them read. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWav, writeWav } from "@sidetone/core/dsp";
import { toolVersion } from "../../run-info.ts";
import type { Stretcher } from "./stretcher.ts";

/** A program and its arguments. */
interface Program {
  readonly id: string;
  readonly label: string;
  readonly command: string;
  readonly version: readonly string[];
  readonly note: string;
  args(speed: number, inFile: string, outFile: string): string[];
}

const PROGRAMS: readonly Program[] = [
  {
    id: "soundtouch",
    label: "SoundTouch -speech",
    command: "soundstretch",
    version: [],
    note: "Debian package soundstretch",
    args: (speed, inFile, outFile) => [inFile, outFile, `-tempo=${((speed - 1) * 100).toFixed(4)}`, "-speech"],
  },
  {
    id: "sox",
    label: "sox tempo -s",
    command: "sox",
    version: ["--version"],
    note: "",
    args: (speed, inFile, outFile) => ["-D", inFile, outFile, "tempo", "-s", String(speed)],
  },
  {
    id: "ffmpeg",
    label: "ffmpeg atempo",
    command: "ffmpeg",
    version: ["-version"],
    note: "",
    args: (speed, inFile, outFile) => ["-v", "error", "-y", "-threads", "1", "-i", inFile, "-af", `atempo=${speed}`, outFile],
  },
];

function through(program: Program, samples: Float32Array, rate: number, speed: number): Float32Array {
  const folder = mkdtempSync(join(tmpdir(), "sidetone-bench-"));
  try {
    const [inFile, outFile] = [join(folder, "in.wav"), join(folder, "out.wav")];
    writeFileSync(inFile, writeWav({ rate, channels: 1, samples, encoding: "pcm16" }));
    const { status, stderr, error } = spawnSync(program.command, program.args(speed, inFile, outFile), { encoding: "utf8" });
    if (status !== 0) throw new Error(`${program.command}: ${error?.message ?? stderr.trim().split("\n")[0]}`);
    return readWav(readFileSync(outFile)).samples;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every program that is asked for. */
export const NATIVE_STRETCHERS: readonly Stretcher[] = PROGRAMS.map((program) => ({
  id: program.id,
  label: program.label,
  inProcess: false,
  note: ["native program", program.note].filter(Boolean).join("; "),
  version: () => toolVersion(program.command, program.version),
  unavailable: () => (toolVersion(program.command, program.version) === "not installed" ? `${program.command} is not installed` : undefined),
  stretch: async (samples, rate, speed) => through(program, samples, rate, speed),
}));
