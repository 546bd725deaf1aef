import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { VERSION } from "./version.ts";

const packages = new URL("../../", import.meta.url);

const published = readdirSync(packages)
  .map((folder) => new URL(`${folder}/package.json`, packages))
  .filter((file) => existsSync(file))
  .map((file) => JSON.parse(readFileSync(file, "utf8")) as { name: string; version: string; private?: boolean })
  .filter((manifest) => manifest.private !== true);

describe("VERSION", () => {
  test("there are packages to compare it with", () => {
    expect(published.map(({ name }) => name)).toEqual(expect.arrayContaining(["@sidetone/core", "@sidetone/emulator", "sidetone"]));
  });

  test.each(published)("is the version of $name", ({ version }) => {
    expect(VERSION).toBe(version);
  });
});
