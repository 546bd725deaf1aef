import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileKernels, KERNELS, moduleOf } from "./kernels.mjs";

test.each(KERNELS)("the committed $name are what the sources compile to", async (kernels) => {
  expect(
    readFileSync(moduleOf(kernels), "utf8") === (await compileKernels(kernels, "test")),
    "run `node scripts/build.mjs kernels` and commit the result",
  ).toBe(true);
});
