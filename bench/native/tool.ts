/** Resamplers that are programs: anchors from outside JavaScript. They get a whole file at once, so they pay for no quanta and no calls. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A program that turns a file of raw mono floats into another. */
export interface Tool {
  readonly id: string;
  readonly label: string;
  readonly command: string;
  /** How it is asked for its version. */
  readonly version: readonly string[];
  args(inRate: number, outRate: number, inFile: string, outFile: string): string[];
}

const RAW = ["-t", "raw", "-e", "floating-point", "-b", "32", "-c", "1"];

/** Every program that is asked for. */
export const TOOLS: readonly Tool[] = [
  ...["-h", "-v"].map((quality) => ({
    id: `sox${quality}`,
    label: `sox rate ${quality}, whole file`,
    command: "sox",
    version: ["--version"],
    args: (inRate: number, outRate: number, inFile: string, outFile: string) => [
      ...["-D", ...RAW, "-r", String(inRate), inFile, ...RAW, outFile],
      ...["rate", quality, String(outRate)],
    ],
  })),
  ...["swr", "soxr"].map((engine) => ({
    id: `ffmpeg-${engine}`,
    label: `ffmpeg ${engine}, whole file`,
    command: "ffmpeg",
    version: ["-version"],
    args: (inRate: number, outRate: number, inFile: string, outFile: string) => [
      ...["-v", "error", "-y", "-threads", "1", "-f", "f32le", "-ar", String(inRate), "-ac", "1", "-i", inFile],
      ...["-af", `aresample=${outRate}:resampler=${engine}`, "-f", "f32le", outFile],
    ],
  })),
];

/** Whether a program answers, and the shell that takes its time. */
export function isInstalled(tool: Tool): boolean {
  const answers = (command: string, args: readonly string[]) => spawnSync(command, args, { stdio: "ignore" }).error === undefined;
  return answers("bash", ["--version"]) && answers(tool.command, tool.version);
}

/** Sends samples through the program. */
export function through(tool: Tool, inRate: number, outRate: number, input: Float32Array): Float32Array {
  return inFolder((inFile, outFile) => {
    writeFileSync(inFile, input);
    const { status, stderr, error } = spawnSync(tool.command, tool.args(inRate, outRate, inFile, outFile), { encoding: "utf8" });
    if (status !== 0) throw new Error(error?.message ?? stderr.trim().split("\n")[0]);
    const bytes = readFileSync(outFile);
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  });
}

/** CPU seconds of the program on `input`, as the shell's `time` counts them (to the millisecond, where the POSIX `times` has clock ticks). */
export function cpuSeconds(tool: Tool, inRate: number, outRate: number, input: Float32Array): number {
  return inFolder((inFile, outFile) => {
    writeFileSync(inFile, input);
    const script = 'TIMEFORMAT="%3U %3S"; time "$@"';
    const { stderr } = spawnSync("bash", ["-c", script, "bash", tool.command, ...tool.args(inRate, outRate, inFile, outFile)], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
    });
    const [user, system] = (stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
    return user + system;
  });
}

function inFolder<T>(use: (inFile: string, outFile: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "sidetone-bench-"));
  try {
    return use(join(folder, "in.raw"), join(folder, "out.raw"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
