/** The repository as data, for the gates: its files, its packages and what they publish. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder, without a slash at the end. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

/** What the gates read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A package of the workspace; `folder` is relative to the repository. */
export interface WorkspacePackage {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Whether a file of the repository exists. */
export function exists(path: string): boolean {
  return existsSync(join(root, path));
}

/** Every file that is committed or about to be, with forward slashes; ignored and deleted files left out. */
export function repositoryFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" });
  return [...new Set(listed.split("\0"))].filter((path) => path !== "" && exists(path)).sort();
}

/** TypeScript sources of the packages, the worklets and the examples. */
export function sourceFiles(): string[] {
  return repositoryFiles().filter((path) => /^(packages|worklets|examples)\/.*\.ts$/.test(path) && !path.endsWith(".config.ts") && !path.endsWith(".d.ts"));
}

function packagesIn(parent: string): WorkspacePackage[] {
  return readdirSync(join(root, parent))
    .map((name) => `${parent}/${name}`)
    .filter((folder) => exists(`${folder}/package.json`))
    .map(readPackage);
}

function readPackage(folder: string): WorkspacePackage {
  return { folder, manifest: JSON.parse(read(`${folder}/package.json`)) };
}

/** Every package of the workspace but the root. */
export function workspacePackages(): WorkspacePackage[] {
  return [...packagesIn("packages"), readPackage("worklets"), readPackage("test"), ...packagesIn("examples")];
}

/** Packages that go to the registry. */
export function publishedPackages(): WorkspacePackage[] {
  return workspacePackages().filter(({ manifest }) => manifest.private !== true);
}

/** Entry points with types of a package: the specifier that users write, and the declaration file behind it. */
export function typedEntries({ folder, manifest }: WorkspacePackage): { specifier: string; types: string }[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
    if (typeof target === "string" || target.types === undefined) return [];
    return [{ specifier: manifest.name + subpath.slice(1), types: `${folder}/${target.types.slice(2)}` }];
  });
}
