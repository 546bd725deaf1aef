import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileKernels, KERNELS_MODULE } from "./kernels.mjs";

test("the committed kernels are what the sources compile to", async () => {
  expect(readFileSync(KERNELS_MODULE, "utf8") === (await compileKernels("kernels-test")), "run `node scripts/build.mjs kernels` and commit the result").toBe(
    true,
  );
});
