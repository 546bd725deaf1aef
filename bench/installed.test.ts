import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { findInstalled, importBase, installCommand, missing, packageOf, resolveInstalled } from "./installed.ts";
import { groups as browserGroups } from "./kernels/browser.ts";
import { groups } from "./kernels/index.ts";
import { opponent, PINNED } from "./opponents.ts";
import { PLAYERS } from "./playout/players/index.ts";

const bench = fileURLToPath(new URL(".", import.meta.url));
const user = mkdtempSync(join(tmpdir(), "sidetone-user-"));
const deep = join(user, "app", "src");
mkdirSync(deep, { recursive: true });
mkdirSync(join(user, "node_modules", "alawmulaw"), { recursive: true });
writeFileSync(join(user, "node_modules", "alawmulaw", "package.json"), '{ "version": "5.0.1", "main": "main.js" }');
writeFileSync(join(user, "node_modules", "alawmulaw", "main.js"), "");
afterAll(() => rmSync(user, { recursive: true }));

describe("a package", () => {
  test("is found in a folder or above it, and the first folder that has it counts", () => {
    expect(findInstalled("alawmulaw", [deep, bench])).toEqual({ from: deep, version: "5.0.1" });
    expect(findInstalled("alawmulaw", [bench, deep])).toEqual({ from: bench, version: PINNED.alawmulaw });
    expect(findInstalled("x-law", [deep])).toBeUndefined();
  });

  test("that is missing comes with the command that installs the version of the results", () => {
    expect(missing(["x-law", "alawmulaw", "g711", "x-law"], [deep])).toEqual(["g711", "x-law"]);
    expect(installCommand(["g711", "x-law"])).toBe("npm install --no-save g711@1.0.1 x-law@0.3.1");
    expect(() => resolveInstalled("x-law", [deep])).toThrow("x-law is not installed here; `npm install --no-save x-law@");
    expect(() => importBase("x-law", [deep])).toThrow("x-law is not installed");
  });

  test("is imported from where it was found", () => {
    expect(resolveInstalled("alawmulaw", [deep])).toBe(join(user, "node_modules", "alawmulaw", "main.js"));
    expect(importBase("alawmulaw", [deep])).toMatch(/app\/src\/package\.json$/);
  });

  test("has a name of one part, or two with a scope", () => {
    expect([packageOf("@a/b/c"), packageOf("a/b")]).toEqual(["@a/b", "a"]);
  });
});

describe("opponents", () => {
  const contenders = [...groups, ...browserGroups].flatMap((group) => group.contenders);
  const named = new Set([...contenders, ...PLAYERS].flatMap(({ package: name }) => name ?? []));

  test("are all installed here in their pinned versions, and all take part", () => {
    expect(Object.entries(PINNED).map(([name]) => findInstalled(name, [bench])?.version)).toEqual(Object.values(PINNED));
    expect([...named].sort()).toEqual(Object.keys(PINNED).sort());
    expect(Object.values(PINNED).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test("can be imported", async () => {
    expect((await opponent("alawmulaw")).default.mulaw.encode(Int16Array.of(0))).toEqual(Uint8Array.of(255));
  });
});
