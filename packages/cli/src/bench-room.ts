/** The benchmark as this command finds it: built into `dist/bench` from a room of the repository that is no package. Everything known about it here is this interface. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CliError } from "./failure.ts";
import type { Output } from "./io.ts";

/** What can be measured. */
export const SUITES = ["kernels", "pcm", "g711", "base64", "messages", "ring", "fused"] as const;

/** One of {@link SUITES}. */
export type Suite = (typeof SUITES)[number];

/** What is to be run, and for whom. */
export interface BenchRequest {
  readonly suites: readonly Suite[];
  readonly quick: boolean;
  readonly chromium: boolean;
  /** Undefined: as many as a run of its kind has. */
  readonly rounds: number | undefined;
  readonly seed: number;
  /** Folder for the report; undefined: no files. */
  readonly out: string | undefined;
  /** Folder whose `node_modules` (and those above it) may hold opponents. */
  readonly folder: string;
  /** The command line, for the report. */
  readonly command: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly signal: AbortSignal;
}

/** The built benchmark. */
export interface BenchRoom {
  /** Runs it. Rejects with an error named `BenchError` when its message is for people, and with the signal's reason when that aborts. */
  run(request: BenchRequest): Promise<void>;
}

/** The built replay of playout logs; it is a part of the benchmark. */
export interface ReplayRoom {
  /** Plays the log `text` again. Throws an error whose message is for people when it is none. */
  reportReplay(
    text: string,
    name: string,
    width: number,
  ): { readonly text: string; readonly svg: string; readonly output: Float32Array; readonly rate: number };
}

/** Loads the replay from `folder`. @throws {CliError} when it is not built. */
export async function openReplayRoom(folder: string): Promise<ReplayRoom> {
  return (await load(folder, "replay.js")) as ReplayRoom;
}

/** Loads the benchmark from `folder`. @throws {CliError} when it is not built. */
export async function openBenchRoom(folder: string): Promise<BenchRoom> {
  return (await load(folder, "room.js")) as BenchRoom;
}

function load(folder: string, name: string): Promise<unknown> {
  const file = join(folder, name);
  if (!existsSync(file)) throw new CliError("not-built", "The benchmark is not built yet; run `npm run build` and try again.");
  return import(pathToFileURL(file).href);
}
