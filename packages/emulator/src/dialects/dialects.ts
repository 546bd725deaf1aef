/**
 * All dialects by name, and the option that chooses the one of `/v1/realtime`.
 */
import { show } from "../option-checks.ts";
import { GA_CODEC } from "../wire.ts";
import { AZURE, AZURE_BETA } from "./azure.ts";
import { BETA } from "./beta.ts";
import type { Dialect, DialectName } from "./dialect.ts";
import { VOICE_LIVE } from "./voice-live.ts";

/** OpenAI's interface as it is. */
const GA: Dialect = { name: "ga", refusesBeta: true, codec: () => GA_CODEC };

/** Every dialect. */
export const DIALECTS: Readonly<Record<DialectName, Dialect>> = { ga: GA, azure: AZURE, beta: BETA, "azure-beta": AZURE_BETA, "voice-live": VOICE_LIVE };

/** The dialect of that name. @throws {TypeError} when there is none. */
export function dialectOption(name: DialectName): Dialect {
  if (typeof name === "string" && Object.hasOwn(DIALECTS, name)) return DIALECTS[name];
  const allowed = Object.keys(DIALECTS).map((known) => JSON.stringify(known));
  throw new TypeError(`dialect is ${show(name)}; allowed are ${allowed.slice(0, -1).join(", ")} and ${allowed.at(-1)}.`);
}
