/** What must not be committed: traces of one machine, notes to oneself, tests that are switched off. */
import { describe, expect, test } from "vitest";
import { read, repositoryFiles } from "../support/repository.ts";

const BINARY = /\.(wav|bin|png|jpg|ico|woff2?)$/;
const THIS_FILE = "test/package/names.test.ts";

const texts = repositoryFiles()
  .filter((path) => !BINARY.test(path) && path !== THIS_FILE)
  .map((path) => ({ path, text: read(path) }));

/** `file:line: text` of every line that matches. */
function findings(pattern: RegExp, where: (path: string) => boolean = () => true): string[] {
  return texts
    .filter(({ path }) => where(path))
    .flatMap(({ path, text }) => text.split("\n").flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [])));
}

test("no path of somebody's machine", () => {
  expect(findings(/(^|[\s"'`(=:])(\/(work|root|home\/\w+|Users\/\w+)\/|file:\/\/\/|[A-Z]:\\Users)/)).toEqual([]);
});

describe("the lockfile", () => {
  const isLockfile = (path: string) => path === "pnpm-lock.yaml";

  test("names no registry and no tarball address", () => {
    expect(findings(/https?:\/\/|tarball:|registry/, isLockfile)).toEqual([]);
  });

  test("is pnpm's alone", () => {
    expect(texts.map(({ path }) => path).filter((path) => /(^|\/)(package-lock\.json|yarn\.lock|npm-shrinkwrap\.json|bun\.lockb?)$/.test(path))).toEqual([]);
  });
});

test("no settings that name a registry", () => {
  expect(findings(/registry\s*=/, (path) => /(^|\/)\.npmrc$/.test(path))).toEqual([]);
});

test("no notes to oneself", () => {
  expect(findings(/\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
});

test("no test is switched off or run alone", () => {
  expect(
    findings(/\b(describe|it|test|suite)(\.\w+)*\.(only|skip|skipIf|runIf|todo|fails)\b|\b(xit|xdescribe|fdescribe|fit)\(/, (path) =>
      path.endsWith(".test.ts"),
    ),
  ).toEqual([]);
});

test("no merge conflict marker and no debugger statement", () => {
  expect(findings(/^(<{7}|>{7}) |^\s*debugger;/)).toEqual([]);
});

test("files of code are named in kebab-case", () => {
  const code = texts.map(({ path }) => path).filter((path) => /\.(ts|mjs|css|html)$/.test(path));
  expect(code.filter((path) => !/^([a-z0-9.-]+\/)*[a-z0-9.-]+$/.test(path))).toEqual([]);
});
