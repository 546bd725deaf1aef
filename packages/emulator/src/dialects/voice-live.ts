/**
 * Azure Voice Live, `/voice-live/realtime`: flat settings and the older event names, but `conversation.item.done` for the user's items; no `conversation.created`, no rate
 * limits; settings of its own, which are accepted, kept and reported: voices as objects, Azure's turn detection and noise suppression, echo cancellation, avatars. What
 * of them has a GA counterpart takes effect through it.
 */
import { VOICES } from "../session/session-schema.ts";
import { anything, byType, type Check, decimal, flag, isObject, type JsonObject, list, nullable, text } from "../session/validate.ts";
import { AZURE_PROFILE } from "./azure.ts";
import type { Dialect } from "./dialect.ts";
import { type FlatQuirks, flatCodec } from "./flat-codec.ts";
import { inputRates, voiceLiveCodec } from "./voice-live-codec.ts";

const TEMPERATURE = 0.8;
const MAX_TEMPERATURE = 1.2;
const temperature = decimal(0, MAX_TEMPERATURE);
/** A `server_vad` without numbers changes them to these, whatever they were, in ms; recorded. */
const PARTIAL_VAD = { prefix_padding_ms: 400, silence_duration_ms: 500 };
/** Fields of turn detection that GA's `server_vad` has. */
const VAD_FIELDS = ["threshold", "prefix_padding_ms", "silence_duration_ms", "create_response", "interrupt_response"];
/** Kinds of turn detection that Azure adds. */
const AZURE_VAD = /^azure_semantic_vad/;
/** Kinds of noise reduction that Azure adds. */
const AZURE_NOISE = "azure_deep_noise_suppression";

const asGiven: Check<JsonObject> = (value) => value as JsonObject;
const voice = byType<JsonObject>({
  openai: asGiven,
  "azure-standard": asGiven,
  "azure-custom": asGiven,
  "azure-personal": asGiven,
  "azure-platform": asGiven,
});

const QUIRKS: FlatQuirks = {
  sessionExtras: {
    temperature,
    input_audio_sampling_rate: inputRates,
    input_audio_echo_cancellation: nullable(byType<unknown>({ server_echo_cancellation: anything })),
    output_audio_timestamp_types: nullable(list(text())),
    animation: anything,
    avatar: anything,
    auto_truncate: flag,
  },
  sessionDefaults: { temperature: TEMPERATURE, input_audio_sampling_rate: 24000, input_audio_echo_cancellation: null },
  responseExtras: { temperature },
  announcesConversation: false,
  rateLimits: false,
  userItemDone: true,
  before: (given, path) => split(given, path),
  after: (flat, extras) => report(flat, extras),
};

/** Azure Voice Live. */
export const VOICE_LIVE: Dialect = {
  name: "voice-live",
  refusesBeta: false,
  profile: AZURE_PROFILE,
  codec: (context) => voiceLiveCodec(flatCodec(context, QUIRKS)),
};

/** What of the client's settings the flat shape has, and what is kept because it has another form. */
function split(given: JsonObject, path: string): { flat: JsonObject; kept: JsonObject } {
  const flat = { ...given };
  const kept: JsonObject = {};
  if (given.voice !== undefined) {
    kept.voice = typeof given.voice === "string" ? openaiVoice(given.voice) : voice(given.voice, `${path}.voice`);
    const name = text()((kept.voice as JsonObject).name, `${path}.voice.name`);
    flat.voice = (VOICES as readonly string[]).includes(name) || typeof given.voice === "string" ? name : { id: name };
  }
  if (given.turn_detection !== undefined) {
    kept.turn_detection = isObject(given.turn_detection) ? given.turn_detection : null;
    flat.turn_detection = turnDetection(given.turn_detection);
  }
  if (isObject(given.input_audio_noise_reduction)) {
    kept.input_audio_noise_reduction = given.input_audio_noise_reduction;
    if (given.input_audio_noise_reduction.type === AZURE_NOISE) flat.input_audio_noise_reduction = null;
  } else if (given.input_audio_noise_reduction === null) kept.input_audio_noise_reduction = null;
  if (isObject(given.input_audio_transcription)) {
    kept.input_audio_transcription = given.input_audio_transcription;
    const { custom_speech: _, phrase_list: __, ...known } = given.input_audio_transcription;
    flat.input_audio_transcription = known;
  } else if (given.input_audio_transcription === null) kept.input_audio_transcription = null;
  return { flat, kept };
}

/** The flat session with everything that is Azure's own. */
function report(flat: JsonObject, extras: JsonObject): JsonObject {
  const out: JsonObject = { ...flat, voice: openaiVoice(flat.voice), ...extras };
  for (const name of ["turn_detection", "input_audio_noise_reduction", "input_audio_transcription"]) {
    if (isObject(extras[name])) out[name] = { ...(flat[name] as JsonObject | null), ...extras[name] };
  }
  return out;
}

function openaiVoice(name: unknown): JsonObject {
  return { name: isObject(name) ? name.id : name, type: "openai" };
}

function turnDetection(given: unknown): unknown {
  if (!isObject(given) || typeof given.type !== "string") return given;
  if (given.type === "server_vad") return { ...PARTIAL_VAD, ...Object.fromEntries(Object.entries(given).filter(([name]) => !AZURE_ONLY_VAD_FIELDS.has(name))) };
  if (!AZURE_VAD.test(given.type)) return given;
  return { ...PARTIAL_VAD, ...Object.fromEntries(Object.entries(given).filter(([name]) => VAD_FIELDS.includes(name))), type: "server_vad" };
}

/** Fields that Azure's `server_vad` has and GA's does not. */
const AZURE_ONLY_VAD_FIELDS: ReadonlySet<string> = new Set(["end_of_utterance_detection", "auto_truncate", "speech_duration_ms", "remove_filler_words"]);
