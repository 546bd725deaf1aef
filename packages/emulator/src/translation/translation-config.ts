/**
 * Settings of a translation session: what a client may say when it makes one, what it may change, and what is in effect.
 */
import { decimal, nullable, object, oneOf, text } from "../session/validate.ts";

/** The settings in effect. */
export interface TranslationConfig {
  /** The model asked for. */
  readonly model: string;
  /** Transcription and noise reduction of what comes in, `null` when off, and the language of what goes out. */
  readonly audio: {
    readonly input: {
      readonly transcription: { readonly model: string } | null;
      readonly noise_reduction: { readonly type: "near_field" | "far_field"; readonly strength: number } | null;
    };
    readonly output: { readonly language?: string };
  };
}

const audio = object({
  input: object({
    transcription: nullable(object({ model: text() }, ["model"])),
    noise_reduction: nullable(object({ type: oneOf("near_field", "far_field"), strength: decimal(0, 1) }, ["type"])),
  }),
  output: object({ language: text() }),
});
const created = object({ type: oneOf("translation"), model: text(), audio }, ["model"]);
const update = object({ audio });

/** The settings of a new session. */
export function newTranslation(model: string): TranslationConfig {
  return { model, audio: { input: { transcription: null, noise_reduction: null }, output: {} } };
}

/** The settings that the body of a request asks for. @throws {WireError} naming the field that is wrong. */
export function createdTranslation(value: unknown): TranslationConfig {
  const given = created(value, "session");
  return changed(newTranslation(given.model as string), given.audio);
}

/** `config` after a `session.update`. @throws {WireError} when it is refused; the given settings stay as they are. */
export function updatedTranslation(config: TranslationConfig, value: unknown): TranslationConfig {
  return changed(config, update(value, "session").audio);
}

function changed(config: TranslationConfig, given: ReturnType<typeof audio> | undefined): TranslationConfig {
  const { input, output } = config.audio;
  const noise = given?.input?.noise_reduction;
  return {
    ...config,
    audio: {
      input: {
        ...input,
        ...given?.input,
        // A strength that is left out stays as it was; the first one is 1.
        noise_reduction: noise === undefined ? input.noise_reduction : noise && { strength: input.noise_reduction?.strength ?? 1, ...noise },
      } as TranslationConfig["audio"]["input"],
      output: { ...output, ...given?.output },
    },
  };
}
