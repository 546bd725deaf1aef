/** Drives the test page `conversation.ts` from a test. */
import type { Page } from "playwright-core";
import type { TestPage } from "../browser/pages/conversation.ts";

declare const test: TestPage;

/** Calls one function of the test page. */
export function call<Name extends keyof TestPage>(page: Page, name: Name, ...args: Parameters<TestPage[Name]>): Promise<Awaited<ReturnType<TestPage[Name]>>> {
  return page.evaluate(
    // biome-ignore lint/suspicious/noExplicitAny: runs in the page, where names are all there is.
    ([functionName, values]) => (test as any)[functionName](...values),
    [name, args] as [string, unknown[]],
  );
}

/** Waits until the page has seen `count` notes called `what`. */
export async function waitForNote(page: Page, what: string, count = 1, timeout = 30_000): Promise<void> {
  await page.waitForFunction(([name, wanted]) => test.count(name as string) >= (wanted as number), [what, count], { timeout, polling: 50 });
}

/** What the page rendered, mono, at its context's rate. */
export async function recorded(page: Page): Promise<Float32Array> {
  const bytes = Buffer.from(await call(page, "recording"), "base64");
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice();
}
