/** Which records are kept: all that run, and of those that have ended, the newest few. */
import type { CloseRecord } from "./record.ts";

/** `sessions`, oldest first, with `added` at their end and without all but the newest `keepEnded` of those that have ended before. */
export function withNewest<S extends { readonly closed: CloseRecord | null }>(sessions: readonly S[], added: S, keepEnded: number): S[] {
  const ended = sessions.filter((session) => session.closed !== null);
  const surplus = new Set(ended.slice(0, Math.max(0, ended.length - keepEnded)));
  return [...sessions.filter((session) => !surplus.has(session)), added];
}
