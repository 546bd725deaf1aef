/** `sidetone bench`: the benchmark as it is built into the CLI's `dist/bench`. Opponents come from the user's folder; in a checkout, from the workspace too. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunOptions } from "./args.ts";
import type { ProgressOutput } from "./report/progress.ts";
import { runBench, venueFolder } from "./run.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** What the CLI asks for. */
export interface RoomRequest extends RunOptions {
  readonly folder: string;
  readonly command: string;
  readonly stdout: ProgressOutput;
  readonly stderr: ProgressOutput;
  readonly signal: AbortSignal;
}

/** The workspace's own opponents, when the CLI runs in a checkout of the repository. */
function workspaceFolders(): string[] {
  const folder = join(HERE, "..", "..", "..", "..", "bench");
  const manifest = join(folder, "package.json");
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "@sidetone/bench" ? [folder] : [];
}

/** Runs the benchmark. */
export async function run(request: RoomRequest): Promise<void> {
  const { out } = request;
  await runBench(request, {
    stdout: request.stdout,
    stderr: request.stderr,
    signal: request.signal,
    command: request.command,
    home: HERE,
    folders: [request.folder, ...workspaceFolders()],
    workerFile: join(HERE, "worker.js"),
    pageFile: join(HERE, "page.js"),
    folderOf: (venue) => (out === undefined ? undefined : venueFolder(out, venue, request)),
  });
}
