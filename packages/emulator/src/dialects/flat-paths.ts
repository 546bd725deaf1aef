/**
 * Where settings stand in the flat shape of the beta era, and where in the GA shape: one table each for sessions and responses, read in both directions, so that an error
 * about a GA field names the field that the client wrote.
 */
import type { ErrorPayload } from "../errors.ts";

/** Flat name of a setting -> its place in the GA shape. */
export type Places = Readonly<Record<string, readonly string[]>>;

/** The settings of `session.update`. */
export const SESSION_PLACES: Places = {
  model: ["model"],
  modalities: ["output_modalities"],
  instructions: ["instructions"],
  voice: ["audio", "output", "voice"],
  speed: ["audio", "output", "speed"],
  output_audio_format: ["audio", "output", "format"],
  input_audio_format: ["audio", "input", "format"],
  input_audio_transcription: ["audio", "input", "transcription"],
  input_audio_noise_reduction: ["audio", "input", "noise_reduction"],
  turn_detection: ["audio", "input", "turn_detection"],
  tools: ["tools"],
  tool_choice: ["tool_choice"],
  max_response_output_tokens: ["max_output_tokens"],
  tracing: ["tracing"],
  include: ["include"],
  prompt: ["prompt"],
};

/** The settings of `transcription_session.update`. */
export const TRANSCRIPTION_PLACES: Places = {
  input_audio_format: ["audio", "input", "format"],
  input_audio_transcription: ["audio", "input", "transcription"],
  input_audio_noise_reduction: ["audio", "input", "noise_reduction"],
  turn_detection: ["audio", "input", "turn_detection"],
  include: ["include"],
};

/** The settings of `response.create`. */
export const RESPONSE_PLACES: Places = {
  modalities: ["output_modalities"],
  instructions: ["instructions"],
  voice: ["audio", "output", "voice"],
  output_audio_format: ["audio", "output", "format"],
  tools: ["tools"],
  tool_choice: ["tool_choice"],
  max_response_output_tokens: ["max_output_tokens"],
  conversation: ["conversation"],
  metadata: ["metadata"],
  input: ["input"],
};

/** GA content types of the model's messages -> flat ones. */
export const CONTENT_TYPES: Readonly<Record<string, string>> = { output_text: "text", output_audio: "audio" };

/** GA path -> flat path, of whatever differs, longest first. */
const FLAT_PATHS: readonly (readonly [string, string])[] = [
  ...[...Object.entries(SESSION_PLACES)].map(([flat, place]) => [`session.${place.join(".")}`, `session.${flat}`] as const),
  ...[...Object.entries(RESPONSE_PLACES)].map(([flat, place]) => [`response.${place.join(".")}`, `response.${flat}`] as const),
]
  .filter(([ga, flat]) => ga !== flat)
  .sort(([a], [b]) => b.length - a.length);

/** The payload of an `error` in the words of the flat shape. */
export function flatError(error: ErrorPayload): ErrorPayload {
  let { message, param } = error;
  for (const [ga, flat] of FLAT_PATHS) {
    message = message.replaceAll(`'${ga}`, `'${flat}`);
    if (param === ga || param?.startsWith(`${ga}.`) || param?.startsWith(`${ga}[`)) param = flat + param.slice(ga.length);
  }
  for (const [ga, flat] of Object.entries(CONTENT_TYPES)) message = message.replaceAll(`'${ga}'`, `'${flat}'`);
  return { ...error, message, param };
}
