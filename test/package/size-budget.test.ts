/**
 * What an app pays for each entry point: bundled with its dependencies by esbuild, minified, gzip level 9. The ceilings stand in size-budget.json; raising one is a line
 * of its own in the change that needs it. Measured on the built packages, as users get them.
 */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { read, root } from "../support/repository.ts";

/** A ceiling and the texts that must not occur in the bundle. */
interface Budget {
  readonly gzipBytes: number;
  readonly mustNotContain?: readonly string[];
}

const budgets: {
  readonly entries: Readonly<Record<string, Budget>>;
  readonly together: Readonly<Record<string, Budget & { readonly of: readonly string[] }>>;
  readonly files: Readonly<Record<string, Budget>>;
} = JSON.parse(read("test/package/size-budget.json"));

/** Everything that `specifiers` export, in one minified module. Builtins of Node stay imports. */
async function bundle(specifiers: readonly string[]): Promise<string> {
  const contents = specifiers.map((specifier, index) => `export * as e${index} from "${specifier}";`).join("\n");
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(root, "test"), loader: "js" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: ["node:*"],
    legalComments: "none",
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

function hold(text: string, { gzipBytes, mustNotContain = [] }: Budget): void {
  expect(mustNotContain.filter((word) => text.includes(word))).toEqual([]);
  expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(gzipBytes);
}

describe("entry points", () => {
  test.each(Object.entries(budgets.entries))("%s keeps its budget", async (specifier, budget) => {
    hold(await bundle([specifier]), budget);
  });

  test.each(Object.entries(budgets.together))("%s keep their budget", async (_label, budget) => {
    hold(await bundle(budget.of), budget);
  });
});

describe("worklet and worker scripts", () => {
  test.each(Object.entries(budgets.files))("%s keeps its budget", (file, budget) => {
    hold(read(`packages/sidetone/dist/${file}`), budget);
  });
});
