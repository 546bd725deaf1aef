/** Removes what earlier builds left in a package's `dist`: chunks under old names, declarations of sources that are gone. Otherwise they would be published. */
import { existsSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";

/** Removes JavaScript older than `startedMs` and declarations without a source from `folder`/dist. Declarations may be old: tsc writes only what changed. */
export async function pruneDist(folder, startedMs) {
  const dist = join(folder, "dist");
  for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(dist, path);
    if (name.startsWith("playground")) continue;
    if (/\.js(\.map)?$/.test(name)) {
      if ((await stat(path)).mtimeMs < startedMs - 1000) await rm(path);
    } else if (/\.d\.ts(\.map)?$/.test(name)) {
      const source = join(folder, "src", name.replace(/\.d\.ts(\.map)?$/, ".ts"));
      if (!existsSync(source)) await rm(path);
    }
  }
}
