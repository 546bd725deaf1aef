/** The published packages as users get them: packed, and unpacked into the node_modules of a project outside this repository. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { publishedPackages, read, root } from "./repository.ts";

const exec = promisify(execFile);

/** A packed package. */
export interface Packed {
  readonly name: string;
  /** Path of the tarball. */
  readonly tarball: string;
  /** Folder in this repository. */
  readonly folder: string;
}

/** A project that has the packed packages installed; `close` removes it. */
export interface Consumer {
  readonly folder: string;
  readonly packed: readonly Packed[];
  close(): void;
}

/** Packs with the pnpm that package.json names, from the cache that the set-up filled; pnpm is what writes real versions in place of `workspace:`. */
async function pack(folder: string, destination: string): Promise<string> {
  const { packageManager } = JSON.parse(read("package.json")) as { packageManager: string };
  const into = mkdtempSync(join(destination, "pack-"));
  await exec("npx", ["--prefer-offline", "-y", packageManager, "pack", "--pack-destination", into], {
    cwd: join(root, folder),
    shell: process.platform === "win32",
  });
  const name = readdirSync(into).find((file) => file.endsWith(".tgz"));
  if (name === undefined) throw new Error(`Packing ${folder} made no tarball.`);
  return join(into, name);
}

/** Third parties come from this repository's own installation; what the packages need at run time is theirs to declare. */
function linkDependencies(folder: string, modules: string): void {
  const { dependencies = {} } = JSON.parse(read(`${folder}/package.json`)) as { dependencies?: Record<string, string> };
  for (const [name, range] of Object.entries(dependencies)) {
    if (range.startsWith("workspace:")) continue;
    // Not every package exports its package.json, so it is not asked for by resolving.
    link(realpathSync(join(root, folder, "node_modules", name, "package.json")), name, modules);
  }
}

function link(manifest: string, name: string, modules: string): void {
  const target = join(modules, name);
  mkdirSync(dirname(target), { recursive: true });
  rmSync(target, { recursive: true, force: true });
  symlinkSync(dirname(manifest), target, "junction");
}

/** Packs every published package and installs the tarballs, with `extra` packages of the root, into a new project. */
export async function createConsumer(extra: readonly string[]): Promise<Consumer> {
  const folder = mkdtempSync(join(tmpdir(), "sidetone-consumer-"));
  const modules = join(folder, "node_modules");
  const packed: Packed[] = [];
  for (const { folder: source, manifest } of publishedPackages()) {
    const tarball = await pack(source, folder);
    const target = join(modules, manifest.name);
    mkdirSync(dirname(target), { recursive: true });
    await exec("tar", ["-xzf", tarball, "-C", dirname(tarball)]);
    renameSync(join(dirname(tarball), "package"), target);
    linkDependencies(source, modules);
    packed.push({ name: manifest.name, tarball, folder: source });
  }
  for (const name of extra) link(createRequire(join(root, "package.json")).resolve(`${name}/package.json`), name, modules);
  return { folder, packed, close: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Copies a file of the repository into the consumer. */
export function copyInto(consumer: Consumer, path: string, name: string): void {
  cpSync(join(root, path), join(consumer.folder, name));
}
