/** Where and with what a run was made. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, release, type } from "node:os";
import type { Contender } from "./measure/contender.ts";

/** Version of an installed package. Some do not export their package.json, so it is read as a file. */
function packageVersion(name: string): string {
  try {
    return JSON.parse(readFileSync(new URL(`./node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
  } catch {
    return "not installed";
  }
}

/** First line of what a tool says about its version, or "not installed". */
export function toolVersion(command: string, args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (error) return "not installed";
  return /\d+(\.\d+)+/.exec(`${stdout}${stderr}`)?.[0] ?? "installed";
}

/** Versions of everything that takes part. */
export function versionsOf(contenders: readonly Contender[]): Record<string, string> {
  const names = [...new Set(contenders.flatMap(({ package: name }) => name ?? []))].sort();
  return {
    "@sidetone/core": packageVersion("@sidetone/core"),
    node: process.versions.node,
    v8: process.versions.v8,
    ...Object.fromEntries(names.map((name) => [name, packageVersion(name)])),
  };
}

/** The machine, without its name. */
export function machine(): { cpu: string; cores: number; os: string; load: number[] } {
  return { cpu: cpus()[0]?.model.trim() ?? "unknown CPU", cores: availableParallelism(), os: `${type()} ${release()} ${arch()}`, load: loadavg().slice(0, 2) };
}
