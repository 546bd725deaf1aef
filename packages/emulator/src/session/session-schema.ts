/**
 * What a client may write into `session.update`, `response.create` and the `session` of a client secret: field names, types and ranges, as the service checks them.
 */
import { type AudioFormat, PROTOCOL_LIMITS } from "@sidetone/core/protocol";
import { WireError } from "../errors.ts";
import { anything, byType, type Check, decimal, flag, integer, invalidType, isObject, list, missing, nullable, object, oneOf, text } from "./validate.ts";

/** Built-in voices. */
export const VOICES = ["alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"] as const;

/** An audio format, in the form it is reported. */
export const audioFormat: Check<AudioFormat> = (value, path) => {
  const format = byType<{ type?: string; rate?: number }>({
    "audio/pcm": object({ type: text(), rate: integer(0) }),
    "audio/pcmu": object({ type: text() }),
    "audio/pcma": object({ type: text() }),
  })(value, path);
  if (format.type === "audio/pcmu" || format.type === "audio/pcma") return { type: format.type };
  if (format.rate === undefined || format.rate === 24000) return { type: "audio/pcm", rate: 24000 };
  throw new WireError(`Invalid value: '${format.rate}'. Supported values are: 24000.`, { code: "invalid_value", param: `${path}.rate` });
};

/** A built-in voice by name, or a custom one as `{ id }`. */
export const voice: Check<string | { id?: string }> = (value, path) =>
  isObject(value) ? object({ id: text() }, ["id"])(value, path) : oneOf(...VOICES)(value, path);

/** `["audio"]` or `["text"]`; both at once is refused. */
export const outputModalities: Check<("audio" | "text")[]> = (value, path) => {
  const given = list(oneOf("audio", "text"))(value, path);
  if (given.length === 1) return given;
  const shown = given.map((modality) => `'${modality}'`).join(", ");
  throw new WireError(`Invalid modalities: [${shown}]. Supported combinations are: ['text'] and ['audio'].`, { code: "invalid_value", param: path });
};

/** 1 to 4096, or `"inf"`. */
export const maxOutputTokens: Check<number | "inf"> = (value, path) => (value === "inf" ? "inf" : integer(1, PROTOCOL_LIMITS.outputTokensMax)(value, path));

/** Up to 16 pairs of short strings. */
export const metadata: Check<Record<string, string>> = (value, path) => {
  if (!isObject(value)) throw invalidType(path, "an object", value);
  const entries = Object.entries(value);
  const { metadataPairsMax: most, metadataKeyMaxChars, metadataValueMaxChars } = PROTOCOL_LIMITS;
  if (entries.length > most) {
    const message = `Invalid '${path}': too many properties. Expected an object with at most ${most} properties, but got an object with ${entries.length} properties instead.`;
    throw new WireError(message, { code: "object_above_max_properties", param: path });
  }
  return Object.fromEntries(entries.map(([key, entry]) => [text(metadataKeyMaxChars)(key, path), text(metadataValueMaxChars)(entry, `${path}.${key}`)]));
};

const toolChoice: Check<unknown> = (value, path) =>
  isObject(value)
    ? byType<unknown>({
        function: object({ type: text(), name: text() }, ["name"]),
        mcp: object({ type: text(), server_label: text(), name: nullable(text()) }, ["server_label"]),
      })(value, path)
    : oneOf("none", "auto", "required")(value, path);

const tool = byType<unknown>({
  function: (value, path) => ({
    description: null,
    ...object({ type: text(), name: text(), description: nullable(text()), parameters: anything }, ["name"])(value, path),
  }),
  mcp: (value, path) => {
    if (!isObject(value)) return value;
    if (!("server_label" in value)) throw missing(`${path}.server_label`);
    // What opens the server's doors is taken and not kept: servers are simulated, and records and events are read by many.
    const { authorization: _, headers: __, ...rest } = value;
    return rest;
  },
});

const turnDetection = byType<unknown>({
  server_vad: object({
    type: text(),
    threshold: decimal(0, 1),
    prefix_padding_ms: integer(0, 60_000),
    silence_duration_ms: integer(0, 60_000),
    idle_timeout_ms: nullable(integer(PROTOCOL_LIMITS.idleTimeoutMinMs, PROTOCOL_LIMITS.idleTimeoutMaxMs)),
    create_response: flag,
    interrupt_response: flag,
  }),
  semantic_vad: object({
    type: text(),
    eagerness: oneOf("low", "medium", "high", "auto"),
    model_version: text(),
    create_response: flag,
    interrupt_response: flag,
  }),
});

const transcription = object({
  model: text(),
  language: nullable(text()),
  languages: list(text()),
  prompt: nullable(text()),
  keywords: list(text()),
  delay: oneOf("minimal", "low", "medium", "high", "xhigh"),
});

const tracing: Check<unknown> = (value, path) =>
  isObject(value) ? object({ workflow_name: text(), group_id: text(), metadata: anything })(value, path) : oneOf("auto")(value, path);

const truncation: Check<unknown> = (value, path) =>
  isObject(value)
    ? byType<unknown>({
        retention_ratio: object({ type: text(), retention_ratio: decimal(0, 1), token_limits: object({ post_instructions: integer(0) }) }, ["retention_ratio"]),
      })(value, path)
    : oneOf("auto", "disabled")(value, path);

const prompt = nullable(object({ id: text(), version: nullable(text()), variables: nullable(anything) }, ["id"]));
const reasoning = object({ effort: oneOf("minimal", "low", "medium", "high", "xhigh") });

/** Fields that a session and a response have in common. */
const shared = {
  instructions: text(),
  output_modalities: outputModalities,
  tools: list(tool),
  tool_choice: toolChoice,
  parallel_tool_calls: flag,
  reasoning: nullable(reasoning),
  max_output_tokens: maxOutputTokens,
  prompt,
};

const include = nullable(list(oneOf("item.input_audio_transcription.logprobs")));

const audioInput = object({
  format: audioFormat,
  noise_reduction: nullable(object({ type: oneOf("near_field", "far_field"), strength: decimal(0, 1) })),
  transcription: nullable(transcription),
  turn_detection: nullable(turnDetection),
});

/** The `session` of `session.update`. */
export const sessionUpdate = object(
  {
    ...shared,
    type: oneOf("realtime", "transcription"),
    model: text(),
    audio: object({
      input: audioInput,
      output: object({ format: audioFormat, voice, speed: decimal(PROTOCOL_LIMITS.speedMin, PROTOCOL_LIMITS.speedMax) }),
    }),
    truncation,
    tracing: nullable(tracing),
    include,
  },
  ["type"],
);

/** The same for a transcription session. */
export const transcriptionUpdate: typeof sessionUpdate = object({ type: oneOf("realtime", "transcription"), audio: object({ input: audioInput }), include }, [
  "type",
]) as typeof sessionUpdate;

/** The fields of `response.create`'s `response` but for `input`, which holds items. */
export const responseFields = {
  ...shared,
  audio: object({ output: object({ format: audioFormat, voice }) }),
  conversation: oneOf("auto", "none"),
  metadata: nullable(metadata),
};
