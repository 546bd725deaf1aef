/** The imports of a source file, found by TypeScript's own scanner: static, type-only, dynamic, re-exports. */
import { posix } from "node:path";
import ts from "typescript-5";
import { read } from "./repository.ts";

/** One import: who writes it, what is written, and, for a relative one, the file meant. */
export interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Path in the repository of a relative import; undefined for a bare one. */
  readonly target: string | undefined;
}

/** All imports of `path`. */
export function importsOf(path: string, text: string = read(path)): Import[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName: specifier }) => ({
    from: path,
    specifier,
    target: specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined,
  }));
}

/** Package part of a bare specifier: `@a/b/c` -> `@a/b`, `a/b` -> `a`. */
export function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
