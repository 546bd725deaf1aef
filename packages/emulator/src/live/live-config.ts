/**
 * Settings of a Live session: what `session.start` may say, what `session.update` may change, and what is in effect. Unknown fields are refused, as on the service.
 */
import { WireError } from "../errors.ts";
import { anything, byType, type Check, flag, integer, isObject, type JsonObject, list, missing, nullable, object, oneOf, text } from "../session/validate.ts";
import { DEFAULT_LIVE_FORMAT, type LiveFormat, liveFormat } from "./live-format.ts";
import { clientConfig, type DataChannelPermissions } from "./live-permissions.ts";

/** Voices of the Live API. */
export const LIVE_VOICES = [
  ...["alloy", "ash", "ballad", "beacon", "bossa", "cedar", "cinder", "coral", "delta", "echo", "gleam", "marin", "meridian", "quartz", "ripple", "sage"],
  ...["shida", "shimmer", "stone", "tempo", "verse", "vesper", "willow"],
] as const;

/** Items of history, at most. */
const MAX_INPUT = 128;
/** Characters that stand for a token, where nobody counts them. */
const CHARACTERS_PER_TOKEN = 4;
const MAX_INSTRUCTION_TOKENS = 16_384;

/** Who does what the model delegates. */
export interface LiveDelegation {
  /** The client itself, a model of the Responses API, or a set of questions. */
  readonly type: "client" | "responses" | "decisions";
  /** Reported, without effect here. */
  readonly acknowledgement_delay_ms: number;
  readonly responses?: JsonObject;
  readonly decisions?: JsonObject & { questions: JsonObject[]; model: string };
}

/** A question set that is asked of each transcript delta of one kind. */
export interface LiveTrigger {
  readonly type: "decisions";
  readonly event_type: "session.input_transcript.delta" | "session.output_transcript.delta";
  readonly decisions: { readonly questions: JsonObject[] };
}

/** The settings in effect. */
export interface LiveConfig {
  /** The model asked for. */
  readonly model: string;
  /** How the model is to talk; empty when nothing was said. */
  readonly instructions: string;
  /** The one format of both directions on a WebSocket, and the model's voice. */
  readonly audio: { readonly format: LiveFormat; readonly output: { readonly voice: string | { id: string } } };
  /** Who does what the model delegates. */
  readonly delegation: LiveDelegation;
  /** Messages from before the session. */
  readonly input: JsonObject[];
  /** Whether the client wants the session kept; the emulator keeps none. */
  readonly store: boolean;
  /** What an untrusted frontend may do; only reported where there is none. */
  readonly client?: { readonly data_channel: DataChannelPermissions };
  /** Questions that are asked of transcripts. */
  readonly triggers: LiveTrigger[];
}

const voice: Check<string | { id?: string }> = (value, path) =>
  isObject(value) ? object({ id: text() }, ["id"])(value, path) : oneOf(...LIVE_VOICES)(value, path);

const question = byType<JsonObject>({
  predicate: object({ type: text(), name: text(), instructions: anything }, ["instructions"]),
  choice: object({ type: text(), name: text(), instructions: anything, choices: list(object({ value: anything, description: text() }, ["value"])) }, [
    "instructions",
    "choices",
  ]),
  score: object({ type: text(), name: text(), instructions: anything, levels: list(object({ label: text(), description: text() }, ["label"])) }, [
    "instructions",
    "levels",
  ]),
});

const responsesFields = {
  model: text(),
  instructions: nullable(text()),
  max_output_tokens: nullable(integer(1)),
  parallel_tool_calls: nullable(flag),
  reasoning: nullable(anything),
  service_tier: nullable(text()),
  text: nullable(anything),
  tool_choice: anything,
  tools: list(anything),
};
const decisionsFields = { model: text(), questions: list(question) };
const delay = integer(0, 60_000);

/** `delegation`, of a session that starts (`required` lists what must be there then) or is updated. */
function delegation(responses: readonly (keyof typeof responsesFields)[], decisions: readonly (keyof typeof decisionsFields)[], whole: boolean) {
  return byType<JsonObject>({
    client: object({ type: text(), acknowledgement_delay_ms: delay }),
    responses: object({ type: text(), acknowledgement_delay_ms: delay, responses: object(responsesFields, responses) }, whole ? ["responses"] : []),
    decisions: object({ type: text(), acknowledgement_delay_ms: delay, decisions: object(decisionsFields, decisions) }, whole ? ["decisions"] : []),
  });
}

const trigger = byType<JsonObject>({
  decisions: object(
    {
      type: text(),
      event_type: oneOf("session.input_transcript.delta", "session.output_transcript.delta"),
      decisions: object({ questions: list(question) }, ["questions"]),
    },
    ["event_type", "decisions"],
  ),
});

const triggers: Check<JsonObject[]> = (value, path) => {
  const given = list(trigger)(value, path);
  if (new Set(given.map(({ event_type }) => event_type)).size === given.length) return given;
  throw new WireError(`Invalid '${path}': at most one trigger for each event type is allowed.`, { code: "invalid_value", param: path });
};

const part = object({ type: oneOf("input_text", "text", "output_text"), text: text() }, ["text"]);
const historyItem = object(
  {
    id: nullable(text()),
    type: oneOf("message"),
    status: nullable(oneOf("completed", "incomplete")),
    role: oneOf("developer", "user", "assistant"),
    content: list(part),
  },
  ["role", "content"],
);

const history: Check<JsonObject[]> = (value, path) => {
  const items = list(historyItem)(value, path);
  if (items.length > MAX_INPUT) {
    const message = `Invalid '${path}': array too long. Expected an array with maximum length ${MAX_INPUT}, but got an array with length ${items.length} instead.`;
    throw new WireError(message, { code: "array_above_max_length", param: path });
  }
  for (const [i, { content }] of items.entries()) {
    if (content?.length === 1) continue;
    const message = `Invalid '${path}[${i}].content': exactly one text part is allowed.`;
    throw new WireError(message, { code: "invalid_value", param: `${path}[${i}].content` });
  }
  return items;
};

const startFields = {
  model: text(),
  instructions: nullable(tokens(MAX_INSTRUCTION_TOKENS)),
  audio: object({ format: liveFormat, output: object({ voice }) }),
  client: clientConfig,
  delegation: nullable(delegation(["model"], ["model", "questions"], true)),
  input: history,
  store: flag,
  triggers,
};
const start = object(startFields, ["model"]);
const update = object({ delegation: nullable(delegation([], [], false)), triggers });

/** A text of at most so many tokens, by a rough count. */
export function tokens(most: number): Check<string> {
  return text(most * CHARACTERS_PER_TOKEN);
}

/** The settings that `session.start` asks for. @throws {WireError} naming the field that is wrong, below `path`. */
export function startedConfig(value: unknown, path: string): LiveConfig {
  const given = start(value, path);
  const model = given.model as string;
  if (model === "") throw missing(`${path}.model`);
  const asked = (given.delegation ?? { type: "client" }) as unknown as LiveDelegation;
  return {
    model,
    instructions: given.instructions ?? "",
    audio: { format: given.audio?.format ?? DEFAULT_LIVE_FORMAT, output: { voice: (given.audio?.output?.voice ?? "marin") as string | { id: string } } },
    delegation: { ...asked, acknowledgement_delay_ms: asked.acknowledgement_delay_ms ?? (asked.type === "decisions" ? 400 : 0) },
    input: given.input ?? [],
    store: given.store ?? false,
    ...(given.client !== undefined && { client: given.client }),
    triggers: (given.triggers ?? []) as unknown as LiveTrigger[],
  };
}

/** `config` after a `session.update`. @throws {WireError} when it is refused; the given settings stay as they are. */
export function updatedConfig(config: LiveConfig, value: unknown): LiveConfig {
  const given = update(value, "session");
  const asked = (given.delegation ?? {}) as Partial<LiveDelegation>;
  if (asked.type !== undefined && asked.type !== config.delegation.type) {
    const message = `The delegation type cannot change: it is '${config.delegation.type}'.`;
    throw new WireError(message, { code: "invalid_value", param: "session.delegation.type" });
  }
  const merged = { ...config.delegation, ...asked } as LiveDelegation;
  const whole = {
    ...merged,
    ...(merged.responses && { responses: { ...config.delegation.responses, ...asked.responses } }),
    ...(merged.decisions && { decisions: { ...config.delegation.decisions, ...asked.decisions } }),
  } as LiveDelegation;
  return { ...config, delegation: whole, triggers: (given.triggers as unknown as LiveTrigger[] | undefined) ?? config.triggers };
}
