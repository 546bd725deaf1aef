/**
 * The option `voice`: a name, a small object that says what to play, or a voice of one's own.
 */
import { requireKnown, show } from "../option-checks.ts";
import { type ChirpVoiceOptions, chirpVoice } from "./chirp.ts";
import { echoVoice } from "./echo.ts";
import { type SayVoiceOptions, sayVoice } from "./say.ts";
import { scriptVoice } from "./script.ts";
import type { Script } from "./script-types.ts";
import { type ToneVoiceOptions, toneVoice } from "./tone.ts";
import type { Voice } from "./voice.ts";
import { type WavVoiceOptions, wavVoice } from "./wav.ts";

/** What the model answers. */
export type VoiceOption =
  /** The user's own words; a melody; the measurement signal; a speech synthesiser of this machine. */
  | "echo"
  | "tone"
  | "chirp"
  | "say"
  | {
      /** A melody. */
      readonly tone: ToneVoiceOptions;
    }
  | {
      /** The measurement signal. */
      readonly chirp: ChirpVoiceOptions;
    }
  | {
      /** A speech synthesiser of this machine. */
      readonly say: SayVoiceOptions;
    }
  | {
      /** WAV files: a path, of a file or a folder, or several. */
      readonly wav: string | readonly string[] | WavVoiceOptions;
    }
  | {
      /** A conversation as data, or the path of a JSON file with it. */
      readonly script: Script | string;
    }
  /** Your own. */
  | Voice;

const MAKERS = {
  echo: () => echoVoice(),
  tone: (options?: ToneVoiceOptions) => toneVoice(options),
  chirp: (options?: ChirpVoiceOptions) => chirpVoice(options),
  say: (options?: SayVoiceOptions) => sayVoice(options),
};
const ALLOWED = '"echo", "tone", "chirp", "say", { tone }, { chirp }, { say }, { wav }, { script } and an object with reply()';

/** The voice that `option` stands for. @throws {TypeError | RangeError} for a wrong one, {Error} when a file or a program that it needs is not there. */
export function voiceOption(option: VoiceOption): Voice {
  if (typeof option === "string" && Object.hasOwn(MAKERS, option)) return MAKERS[option]();
  if (typeof option !== "object" || option === null) throw new TypeError(`voice is ${show(option)}; allowed are ${ALLOWED}.`);
  if ("reply" in option && typeof option.reply === "function") return option;
  const [kind, ...more] = Object.keys(option);
  if (kind === undefined || more.length > 0) throw new TypeError(`voice is ${show(option)}; allowed are ${ALLOWED}.`);
  requireKnown("voice", option, ["tone", "chirp", "say", "wav", "script"]);
  if ("wav" in option) return wavVoice(option.wav);
  if ("script" in option) return scriptVoice(option.script);
  if ("say" in option) return sayVoice(option.say);
  if ("chirp" in option) return chirpVoice(option.chirp);
  return toneVoice((option as { tone: ToneVoiceOptions }).tone);
}
