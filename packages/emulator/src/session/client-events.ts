/**
 * Messages of the client: from text to a checked event, or a {@link WireError}. Only the frame is checked here; sessions, items and responses are checked where they are
 * used, since what is right depends on the session.
 */
import { WireError } from "../errors.ts";
import { anything, byType, type Check, integer, isObject, nullable, object, text } from "./validate.ts";

const frame = { type: text(), event_id: nullable(text(512)) };

/** A checked message. */
export type Incoming =
  | { type: "session.update"; session: unknown }
  | { type: "input_audio_buffer.append"; audio: string }
  | { type: "input_audio_buffer.commit" | "input_audio_buffer.clear" | "output_audio_buffer.clear" }
  | { type: "conversation.item.create"; item: unknown; previous_item_id?: string | null }
  | { type: "conversation.item.retrieve" | "conversation.item.delete"; item_id: string }
  | { type: "conversation.item.truncate"; item_id: string; content_index: number; audio_end_ms: number }
  | { type: "response.create"; response?: unknown }
  | { type: "response.cancel"; response_id?: string | null };

const incoming = byType<unknown>({
  "session.update": object({ ...frame, session: anything }, ["session"]),
  "input_audio_buffer.append": object({ ...frame, audio: text() }, ["audio"]),
  "input_audio_buffer.commit": object(frame),
  "input_audio_buffer.clear": object(frame),
  "output_audio_buffer.clear": object(frame),
  "conversation.item.create": object({ ...frame, item: anything, previous_item_id: nullable(text()) }, ["item"]),
  "conversation.item.retrieve": object({ ...frame, item_id: text() }, ["item_id"]),
  "conversation.item.truncate": object({ ...frame, item_id: text(), content_index: integer(0), audio_end_ms: integer(0) }, [
    "item_id",
    "content_index",
    "audio_end_ms",
  ]),
  "conversation.item.delete": object({ ...frame, item_id: text() }, ["item_id"]),
  "response.create": object({ ...frame, response: nullable(anything) }),
  "response.cancel": object({ ...frame, response_id: nullable(text()) }),
}) as Check<Incoming>;

/** Levels of objects and arrays in a message. What is taken is copied, written and sent again, all of which runs out of stack some thousand levels down. */
const MAX_DEPTH = 100;

/** What `data` says, as JSON. @throws {WireError} when it is not a JSON object. */
export function parseMessage(data: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (error) {
    throw new WireError(`Could not parse the message as JSON: ${syntaxError(error as Error)}.`, { code: "invalid_json" });
  }
  if (isDeep(value)) throw new WireError(`Could not parse the message as JSON: it is nested more than ${MAX_DEPTH} levels deep.`, { code: "invalid_json" });
  if (isObject(value)) return value;
  throw new WireError("Expected a JSON object with a 'type'.", { code: "invalid_json" });
}

function isDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((entry) => (typeof entry === "object" && entry !== null ? Object.values(entry) : [])).filter((entry) => typeof entry === "object");
  }
  return false;
}

/** What is wrong with a text, without the piece of it that the runtime quotes: it may be a secret. */
function syntaxError({ message }: Error): string {
  return message.replace(/, (\.\.\.)?".*$/s, "").replace(/\.$/, "");
}

/** A parsed message as an event. @throws {WireError} naming the type or field that is wrong. */
export function checkMessage(message: Record<string, unknown>): Incoming {
  return incoming(message, "");
}
