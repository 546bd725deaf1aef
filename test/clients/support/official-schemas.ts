/**
 * The schemas by which `@openai/agents-realtime` checks every event that it gets. They are no public part of the package, so they are taken out of its files; an event
 * that does not fit is passed on by the client as an unknown one, and has no effect.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** What the client makes of a message. */
export interface ParsedEvent {
  /** The event, without fields that the schema does not know; null for a message that is no event. */
  readonly data: { readonly type: string } | null;
  /** Whether the client took it for an event that it does not know. */
  readonly isGeneric: boolean;
}

interface EventSchemas {
  parseRealtimeEvent(message: { data: string }): ParsedEvent;
  readonly realtimeServerEventSchema: {
    readonly options: readonly { readonly shape: { readonly type: { readonly value: string } } }[];
    safeParse(value: unknown): { success: boolean; error?: { issues: readonly { path: PropertyKey[]; message: string }[] } };
  };
}

const main = createRequire(import.meta.url).resolve("@openai/agents-realtime");
const schemas: EventSchemas = await import(pathToFileURL(join(dirname(main), "openaiRealtimeEvents.mjs")).href);

/** The events that the client knows, by name. */
export const KNOWN_TO_AGENTS: readonly string[] = schemas.realtimeServerEventSchema.options.map((option) => option.shape.type.value);

/** What the client makes of `event`. */
export function parsedByAgents(event: object): ParsedEvent {
  return schemas.parseRealtimeEvent({ data: JSON.stringify(event) });
}

/** What the client's schemas have against `event`, as `path: reason`; empty when nothing. */
export function complaints(event: object): string[] {
  const { error } = schemas.realtimeServerEventSchema.safeParse(event);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}
