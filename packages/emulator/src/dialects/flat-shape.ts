/**
 * Settings between the flat shape and the GA shape. What the flat shape has and GA has not (a temperature, an avatar) never reaches the session: it comes back as
 * `extras`, for the dialect to keep and to report.
 */
import type { AudioFormat, RealtimeResponse } from "@sidetone/core/protocol";
import { WireError } from "../errors.ts";
import type { EffectiveSession } from "../session/session-config.ts";
import { type Check, invalidType, isObject, type JsonObject } from "../session/validate.ts";
import type { Places } from "./flat-paths.ts";
import { formatToFlat, formatToGa, itemToFlat, itemToGa, modalitiesToFlat, modalitiesToGa } from "./flat-values.ts";

/** Settings that GA does not have, by flat name, with their checks. */
export type ExtraFields = Readonly<Record<string, Check<unknown>>>;

/** What a flat object says. */
export interface GaSettings {
  /** The part that GA knows, in its shape. */
  readonly settings: JsonObject;
  /** The rest, checked. */
  readonly extras: JsonObject;
}

/** Values whose form changes, by flat name. */
const CONVERSIONS: Readonly<Record<string, Check<unknown>>> = {
  modalities: modalitiesToGa,
  input_audio_format: formatToGa,
  output_audio_format: formatToGa,
  input: (value) => (Array.isArray(value) ? value.map(itemToGa) : value),
};

/** A flat `session` or `response` in the GA shape; `path` is its name. @throws {WireError} for a field that the flat shape does not have, or a value without a GA form. */
export function toGa(flat: unknown, path: string, places: Places, extraFields: ExtraFields): GaSettings {
  if (!isObject(flat)) throw invalidType(path, "an object", flat);
  const settings: JsonObject = {};
  const extras: JsonObject = {};
  for (const [name, value] of Object.entries(flat)) {
    const place = Object.hasOwn(places, name) ? places[name] : undefined;
    const extra = Object.hasOwn(extraFields, name) ? extraFields[name] : undefined;
    const at = `${path}.${name}`;
    if (place !== undefined) put(settings, place, CONVERSIONS[name]?.(value, at) ?? value);
    else if (extra !== undefined) extras[name] = extra(value, at);
    else throw new WireError(`Unknown parameter: '${at}'.`, { code: "unknown_parameter", param: at });
  }
  return { settings, extras };
}

/** A session in the flat shape. */
export function sessionToFlat(session: EffectiveSession): JsonObject {
  const { input, output } = session.audio;
  return {
    id: session.id,
    object: "realtime.session",
    expires_at: session.expires_at,
    input_audio_noise_reduction: input.noise_reduction,
    turn_detection: turnDetectionToFlat(input.turn_detection),
    input_audio_format: formatToFlat(input.format),
    input_audio_transcription: input.transcription,
    client_secret: null,
    include: session.include,
    model: session.model,
    modalities: modalitiesToFlat(session.output_modalities),
    instructions: session.instructions,
    voice: output.voice,
    output_audio_format: formatToFlat(output.format),
    tool_choice: session.tool_choice,
    max_response_output_tokens: session.max_output_tokens,
    speed: output.speed,
    tracing: session.tracing,
    prompt: session.prompt,
    tools: session.tools,
  };
}

/** A transcription session in the flat shape. */
export function transcriptionToFlat(session: EffectiveSession): JsonObject {
  const { input } = session.audio;
  return {
    id: session.id,
    object: "realtime.transcription_session",
    expires_at: session.expires_at,
    input_audio_noise_reduction: input.noise_reduction,
    turn_detection: turnDetectionToFlat(input.turn_detection),
    input_audio_format: formatToFlat(input.format),
    input_audio_transcription: input.transcription,
    client_secret: null,
    include: session.include,
  };
}

/** A response in the flat shape. */
export function responseToFlat(response: RealtimeResponse, extras: JsonObject): JsonObject {
  const { output_modalities, audio, output, usage, ...rest } = response;
  return {
    ...rest,
    output: (output ?? []).map(itemToFlat),
    modalities: modalitiesToFlat(output_modalities ?? []),
    voice: audio?.output?.voice,
    output_audio_format: audio?.output?.format === undefined ? "pcm16" : formatToFlat(audio.output.format as AudioFormat),
    usage: usage == null ? null : withoutImages(usage),
    ...extras,
  };
}

function turnDetectionToFlat(config: EffectiveSession["audio"]["input"]["turn_detection"]): JsonObject | null {
  if (config === null) return null;
  const { idle_timeout_ms, ...flat } = config as typeof config & { idle_timeout_ms?: number | null };
  return idle_timeout_ms == null ? flat : { ...flat, idle_timeout_ms };
}

/** Usage as it was before the models saw images. */
function withoutImages(usage: NonNullable<RealtimeResponse["usage"]>): JsonObject {
  const { image_tokens: _, cached_tokens_details, ...input } = usage.input_token_details ?? {};
  const { image_tokens: __, ...cached } = cached_tokens_details ?? {};
  return { ...usage, input_token_details: { ...input, cached_tokens_details: cached } };
}

function put(target: JsonObject, place: readonly string[], value: unknown): void {
  const last = place.length - 1;
  let node = target;
  for (const name of place.slice(0, last)) node = (node[name] ??= {}) as JsonObject;
  node[place[last] as string] = value;
}
