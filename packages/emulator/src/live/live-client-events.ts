/**
 * Messages of a Live client: from a JSON object to a checked event.
 */
import { anything, byType, type Check, invalidType, isObject, type JsonObject, nullable, object, text } from "../session/validate.ts";
import { tokens } from "./live-config.ts";

/** Tokens of appended context, at most. */
const MAX_APPEND_TOKENS = 500;

/** Kinds of context that a client appends. */
export type AppendKind = "instructions" | "thinking" | "commentary";

/** A checked message; `event_id` comes back as `client_event_id`. */
export type LiveIncoming = { event_id?: string | null } & (
  | { type: "session.start" | "session.update"; session: unknown }
  | { type: "session.input_audio.append" | "session.output_audio.fixture.play"; audio: string }
  | { type: "session.input_audio.mute" | "session.input_audio.unmute" | "session.close" | "response.create" }
  | { type: `session.${AppendKind}.append`; content: string; delegation_id: string | null }
  | { type: "response.item.create"; item: JsonObject }
  | { type: "decision.item.create"; item: JsonObject }
  | { type: "decision.item.delete"; item_id: string }
  | { type: "decision.create"; event_id: string }
  | { type: "transport.dtmf.send"; event: string }
);

const frame = { type: text(), event_id: nullable(text(512)) };
const bare = object(frame);
const append = object({ ...frame, content: tokens(MAX_APPEND_TOKENS), delegation_id: nullable(text()) }, ["content", "delegation_id"]);
/** An item of the Responses API or of a decision; what is in it is the business of whoever reads it. */
const anyItem: Check<JsonObject> = (value, path) => {
  if (isObject(value)) return value;
  throw invalidType(path, "an object", value);
};
const item = object({ ...frame, item: anyItem }, ["item"]);
const audio = object({ ...frame, audio: text() }, ["audio"]);

/** Checks a message. @throws {WireError} naming the type or field that is wrong. */
export const liveIncoming = byType<unknown>({
  "session.start": object({ ...frame, session: anything }, ["session"]),
  "session.update": object({ ...frame, session: anything }, ["session"]),
  "session.input_audio.append": audio,
  "session.input_audio.mute": bare,
  "session.input_audio.unmute": bare,
  "session.output_audio.fixture.play": audio,
  "session.instructions.append": append,
  "session.thinking.append": append,
  "session.commentary.append": append,
  "session.close": bare,
  "response.item.create": item,
  "response.create": bare,
  "decision.create": object({ ...frame, event_id: text(512) }, ["event_id"]),
  "decision.item.create": item,
  "decision.item.delete": object({ ...frame, item_id: text() }, ["item_id"]),
  "transport.dtmf.send": object({ ...frame, event: text() }, ["event"]),
}) as Check<LiveIncoming>;
