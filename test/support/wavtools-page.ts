/** Drives the test page `wavtools.ts` from a test. */
import type { Page } from "playwright-core";
import type { WavtoolsPage } from "../browser/pages/wavtools.ts";

/** Calls one function of the test page. */
export function call<Name extends keyof WavtoolsPage>(
  page: Page,
  name: Name,
  ...args: Parameters<WavtoolsPage[Name]>
): Promise<Awaited<ReturnType<WavtoolsPage[Name]>>> {
  return page.evaluate(
    // biome-ignore lint/suspicious/noExplicitAny: runs in the page, where names are all there is.
    ([functionName, values]) => (globalThis as any).wavtools[functionName](...values),
    [name, args] as [string, unknown[]],
  );
}

/** What the page sent as base64. */
export const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, "base64"));
