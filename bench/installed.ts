/** Which packages there are, and where: looked for in several folders, each with its `node_modules` and those above it, as Node does. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { PINNED } from "./opponents.ts";
import manifest from "./package.json" with { type: "json" };

/** Versions that the benchmark is made with: of opponents, and of what drives a browser. */
const KNOWN: Readonly<Record<string, string>> = { ...PINNED, ...manifest.devDependencies };

/** A package that was found. */
export interface Installed {
  /** The folder of `folders` from which it can be imported. */
  readonly from: string;
  readonly version: string;
}

/** Package part of a specifier. */
export function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** `folder` and those above it, with `node_modules` at the end of each. */
export function moduleFolders(folder: string): string[] {
  const above = dirname(folder);
  return [join(folder, "node_modules"), ...(above === folder ? [] : moduleFolders(above))];
}

/** The package `name` as it is installed in the first of `folders` that has it. Some do not export their package.json, so it is read as a file. */
export function findInstalled(name: string, folders: readonly string[]): Installed | undefined {
  for (const from of folders) {
    for (const modules of moduleFolders(from)) {
      try {
        return { from, version: (JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")) as { version: string }).version };
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

/** The names of `names` that none of `folders` has. */
export function missing(names: readonly string[], folders: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => findInstalled(name, folders) === undefined).sort();
}

/** The command that installs `names`, in the versions that the benchmark is made with. */
export function installCommand(names: readonly string[]): string {
  return `npm install --no-save ${names.map((name) => `${name}@${KNOWN[name] ?? "latest"}`).join(" ")}`;
}

/** The file behind `specifier`, as CommonJS would find it. @throws {Error} with the command that installs it. */
export function resolveInstalled(specifier: string, folders: readonly string[]): string {
  const found = findInstalled(packageOf(specifier), folders);
  if (!found) throw new Error(`${packageOf(specifier)} is not installed here; \`${installCommand([packageOf(specifier)])}\` brings it.`);
  return createRequire(join(found.from, "package.json")).resolve(specifier);
}

/** The URL from which an import of `specifier` finds it. */
export function importBase(specifier: string, folders: readonly string[]): string {
  const found = findInstalled(packageOf(specifier), folders);
  if (!found) throw new Error(`${packageOf(specifier)} is not installed`);
  return pathToFileURL(join(found.from, "package.json")).href;
}
