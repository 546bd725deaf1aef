/**
 * Where the interfaces are rooted: at OpenAI's own addresses, and at Azure's, which serve the same under a prefix.
 */

/** Roots of the Realtime API. */
export const REALTIME_BASES: readonly string[] = ["/v1/realtime", "/openai/v1/realtime"];
/** Roots of the Live API. */
export const LIVE_BASES: readonly string[] = ["/v1/live", "/openai/v1/live"];
/** Roots of what only Azure has: preview versions of the Realtime API and of its key service, and Voice Live. */
export const AZURE_BASES: readonly string[] = ["/openai/realtime", "/openai/realtimeapi", "/voice-live/realtime"];

const ALL = [...REALTIME_BASES, ...LIVE_BASES, ...AZURE_BASES];

/** Matches `rest` (a part of a regular expression, such as `/calls/([^/]+)/hangup`) under each of `bases`, and nothing around it. */
export function under(bases: readonly string[], rest = ""): RegExp {
  return new RegExp(`^(?:${bases.join("|")})${rest}$`);
}

/** Whether a path lies under one of the roots. */
export function isApiPath(path: string): boolean {
  return ALL.some((base) => path === base || path.startsWith(`${base}/`));
}
