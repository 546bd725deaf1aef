/** Where and with what a run was made. */
import { spawnSync } from "node:child_process";
import { arch, availableParallelism, cpus, loadavg, release, type } from "node:os";
import { findInstalled } from "./installed.ts";
import type { Contender } from "./measure/contender.ts";
import { PINNED } from "./opponents.ts";

/** First line of what a tool says about its version, or "not installed". */
export function toolVersion(command: string, args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (error) return "not installed";
  return /\d+(\.\d+)+/.exec(`${stdout}${stderr}`)?.[0] ?? "installed";
}

/** Version of a package, and of which other one the committed results speak. */
function packageVersion(name: string, folders: readonly string[]): string {
  const version = findInstalled(name, folders)?.version;
  if (version === undefined) return "not installed";
  return PINNED[name] === undefined || PINNED[name] === version ? version : `${version} (instead of ${PINNED[name]})`;
}

/** Versions of every package that takes part; Sidetone's is the one that `home` imports. */
export function versionsOf(contenders: readonly Contender[], folders: readonly string[], home: string): Record<string, string> {
  const names = [...new Set(contenders.flatMap(({ package: name }) => name ?? []))].sort();
  return { "@sidetone/core": packageVersion("@sidetone/core", [home]), ...Object.fromEntries(names.map((name) => [name, packageVersion(name, folders)])) };
}

/** The machine, without its name. */
export function machine(): { cpu: string; cores: number; os: string; load: number[] } {
  return { cpu: cpus()[0]?.model.trim() ?? "unknown CPU", cores: availableParallelism(), os: `${type()} ${release()} ${arch()}`, load: loadavg().slice(0, 2) };
}
