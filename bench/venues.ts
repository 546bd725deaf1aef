/** Where a benchmark runs: this Node, or Chromium's main thread and a worker in it. */
import { BenchError } from "./args.ts";
import { installCommand, missing } from "./installed.ts";
import type { Group } from "./measure/contender.ts";
import { processLanes } from "./measure/process-lane.ts";
import type { OpenLane } from "./measure/race.ts";
import { TOOLS } from "./native/tool.ts";
import { toolVersion } from "./run-info.ts";

/** One way to run: one report. */
export interface Venue {
  /** Name of its folder of results. */
  readonly name: string;
  readonly runtime: string;
  readonly clock: string;
  readonly groups: readonly Group[];
  /** Versions of what is not a package. */
  readonly versions: Readonly<Record<string, string>>;
  readonly openLane: OpenLane;
  /** Whether contenders run in this runtime. If not, what they say about it is asked where they run. */
  readonly here: boolean;
  close?(): Promise<void>;
}

/** Files and folders that a venue needs. */
export interface VenuePlaces {
  /** Folders in which packages are looked for. */
  readonly folders: readonly string[];
  /** measure/worker.ts, or its build. */
  readonly workerFile: string;
  /** chromium/page.ts, or its build. */
  readonly pageFile: string;
}

/** What drives Chromium. */
const DRIVERS = ["esbuild", "playwright-core"];

/** This Node. */
export async function nodeVenue({ folders, workerFile }: VenuePlaces): Promise<Venue> {
  const { groups } = await import("./kernels/index.ts");
  const { node, v8 } = process.versions;
  return {
    name: `node-${node.split(".")[0]}`,
    runtime: `Node ${node}`,
    clock: "CPU time of a process of its own for each contender, garbage collection included",
    groups,
    versions: { node, v8, ...Object.fromEntries(TOOLS.map(({ command, version }) => [command, toolVersion(command, version)])) },
    openLane: processLanes(workerFile, folders),
    here: true,
  };
}

/** An installed Chromium, twice. @throws {Error} that says what is not installed. */
export async function chromiumVenues({ folders, pageFile }: VenuePlaces): Promise<Venue[]> {
  const absent = missing(DRIVERS, folders);
  if (absent.length > 0)
    throw new BenchError(`--chromium needs ${absent.join(" and ")}, which is not installed here; \`${installCommand(absent)}\` brings it.`);
  const { startChromium } = await import("./chromium/browser-lane.ts");
  const { groups } = await import("./kernels/browser.ts");
  const chromium = await startChromium(pageFile, folders);
  return (["main", "worker"] as const).map((thread) => ({
    name: `chromium-${thread}`,
    runtime: `Chromium ${chromium.version}, ${thread === "main" ? "main thread" : "worker"}`,
    clock: `wall time in a page${thread === "main" ? "" : "'s worker"} of its own for each contender; browsers tell no CPU time`,
    groups,
    versions: { chromium: chromium.version, v8: chromium.v8 },
    openLane: chromium.lanes(thread),
    here: false,
    ...(thread === "worker" ? { close: chromium.close } : {}),
  }));
}
