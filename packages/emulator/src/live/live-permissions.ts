/**
 * What an untrusted frontend may send and receive on the data channel of a Live session. Connections with an API key are not restricted.
 */
import { type Check, isObject, list, object, text } from "../session/validate.ts";
import type { LiveServerEvent } from "./live-events.ts";

/** Permissions of data channels; what is left out is allowed. */
export interface DataChannelPermissions {
  readonly allowed_client_events?: "all" | string[];
  readonly allowed_server_events?: "all" | { type: string; response_event?: string }[];
}

/** Everything is allowed. */
export const ALL_ALLOWED: DataChannelPermissions = Object.freeze({});

const selector = object({ type: text(), response_event: text() }, ["type"]);

/** The `client` of a session's settings. */
export const clientConfig: Check<{ data_channel: DataChannelPermissions }> = (value, path) =>
  object({ data_channel: object({ allowed_client_events: allOr(list(text())), allowed_server_events: allOr(list(selector)) }) }, ["data_channel"])(
    value,
    path,
  ) as { data_channel: DataChannelPermissions };

/** Whether a client event of that type may come over a data channel. */
export function allowsClientEvent({ allowed_client_events: allowed = "all" }: DataChannelPermissions, type: string): boolean {
  return allowed === "all" || allowed.includes(type);
}

/** Whether `event` may go over a data channel. */
export function allowsServerEvent({ allowed_server_events: allowed = "all" }: DataChannelPermissions, event: LiveServerEvent): boolean {
  if (allowed === "all") return true;
  const nested = event.type === "response.event" && isObject(event.event) ? event.event.type : undefined;
  return allowed.some(({ type, response_event }) => type === event.type && response_event === nested);
}

function allOr<T>(check: Check<T>): Check<T | "all"> {
  return (value, path) => (value === "all" ? "all" : check(value, path));
}
