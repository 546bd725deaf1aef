/** What `sidetone emulate` is told on its command line, as options of the emulator. */
import { readFileSync } from "node:fs";
import { type EmulatorOptions, FAULT_PRESETS, type FaultPlan, type FaultPreset, PROFILES, type ProfileName, type VoiceOption } from "@sidetone/emulator";
import type { Args, Flags } from "../args.ts";
import { CliError, usageError } from "../failure.ts";
import type { Io } from "../io.ts";
import { isHeaderSafe } from "../keys.ts";
import { choice, integer, nonEmpty, webSocketUrl } from "../values.ts";

/** Detectors of the emulator. */
const VADS = ["silero-v6", "silero-v5", "energy"] as const;

/** Dialects of the emulator. */
const DIALECTS = ["ga", "azure", "beta", "azure-beta", "voice-live"] as const satisfies readonly EmulatorOptions["dialect"][];

/** Flags that say what the emulator does; where it listens and what is printed is the command's. */
export const BEHAVIOUR_FLAGS: Flags = {
  voice: {
    value: "<voice>",
    help: "What it answers: echo (the user's own words), tone, chirp (to measure by), say (a speech synthesiser), wav:<path>. Default: echo.",
  },
  script: { value: "<file.json>", help: "Answer as a script says." },
  replay: { value: "<file.jsonl>", help: "Give clients a recorded session again." },
  "by-clock": { help: "Replay by the recording's clock, whatever the client does. Default: by the client's events." },
  relay: { value: "<url>", help: "Pass everything on to a service, such as wss://api.openai.com/v1/realtime, with the client's own key." },
  "relay-key-env": { value: "<name>", help: "Environment variable that holds the key to that service. Default: the client's own key." },
  record: { value: "<folder>", help: "Write every session down, one file each, audio included, keys left out. Default: nowhere." },
  "record-wav": { help: "Keep the sound of recordings in WAV files beside them: the user left, the model right." },
  model: { value: "<model>", help: `Behave as this model, whatever clients ask for: ${Object.keys(PROFILES).join(", ")}. Default: as asked.` },
  vad: { value: "<detector>", help: `What finds the user's turns: ${VADS.join(", ")} (loudness only). Default: the model's, which is ${VADS[0]}.` },
  dialect: { value: "<dialect>", help: `What /v1/realtime speaks: ${DIALECTS.join(", ")}. Azure's addresses are served anyway. Default: ${DIALECTS[0]}.` },
  faults: {
    value: "<faults>",
    help: `What goes wrong on demand: a network (${Object.keys(FAULT_PRESETS).join(", ")}), or a plan in a JSON file. Default: nothing.`,
  },
  "api-key": { value: "<key>", many: true, help: "A key to accept; may be given more than once. Default: any key, or none." },
  seed: { value: "<number>", help: "Make ids and other choices repeatable. Default: random." },
};

const VOICE_NAMES = ["echo", "tone", "chirp", "say"] as const;
/** What may be given once, and not together. */
const SOURCES = ["voice", "script", "replay", "relay"] as const;

/** What is to be emulated. */
export interface Behaviour {
  readonly options: EmulatorOptions;
  /** What answers, for people: `echo voice`. */
  readonly what: string;
}

/** The options of the emulator, files not yet looked at. @throws {CliError} for a command line that makes no sense. */
export function behaviourOf(args: Args, io: Io): Behaviour {
  const [first, second] = SOURCES.filter((flag) => args.text(flag) !== undefined);
  if (first !== undefined && second !== undefined) throw usageError(`--${first} and --${second} are both given; one of them says what answers.`);
  const seed = args.text("seed");
  const model = args.text("model");
  const vad = args.text("vad");
  const dialect = args.text("dialect");
  const keys = args.all("api-key").map((key) => nonEmpty("api-key", key));
  const { what, options } = sourceOf(args, io);
  return {
    what,
    options: {
      ...options,
      ...recordOf(args),
      ...faultsOf(args),
      ...(model === undefined ? {} : { profile: PROFILES[choice("model", model, Object.keys(PROFILES) as ProfileName[])] }),
      ...(vad === undefined ? {} : { vad: choice("vad", vad, VADS) }),
      ...(dialect === undefined ? {} : { dialect: choice("dialect", dialect, DIALECTS) }),
      ...(seed === undefined ? {} : { seed: integer("seed", seed, 0, 0xffffffff) }),
      ...(keys.length > 0 ? { apiKeys: keys } : {}),
    },
  };
}

function sourceOf(args: Args, io: Io): Behaviour {
  const [script, replay, relay] = [args.text("script"), args.text("replay"), args.text("relay")];
  if (relay === undefined && args.text("relay-key-env") !== undefined) throw usageError("--relay-key-env is given without --relay.");
  if (replay === undefined && args.has("by-clock")) throw usageError("--by-clock is given without --replay.");
  if (script !== undefined) return { what: `script ${nonEmpty("script", script)}`, options: { voice: { script } } };
  if (replay !== undefined) {
    return { what: `replay of ${nonEmpty("replay", replay)}`, options: { replay: { recording: replay, pace: args.has("by-clock") ? "clock" : "triggered" } } };
  }
  if (relay !== undefined) {
    const url = webSocketUrl("relay", relay);
    const name = args.text("relay-key-env");
    return { what: `relay to ${new URL(url).host}`, options: { relay: { url, ...(name === undefined ? {} : { apiKey: keyIn(name, io) }) } } };
  }
  const voice = voiceOf(args.text("voice") ?? "echo");
  return { what: `${typeof voice === "string" ? voice : "wav"} voice`, options: { voice } };
}

function voiceOf(text: string): VoiceOption {
  if (text.startsWith("wav:")) return { wav: nonEmpty("voice", text.slice("wav:".length)) };
  const known = VOICE_NAMES.find((name) => name === text);
  if (known === undefined) throw usageError(`--voice is "${text}"; allowed are ${VOICE_NAMES.join(", ")} and wav:<file or folder>.`);
  return known;
}

function recordOf(args: Args): EmulatorOptions {
  const directory = args.text("record");
  if (directory === undefined && args.has("record-wav")) throw usageError("--record-wav is given without --record.");
  if (directory === undefined) return {};
  return { record: { directory: nonEmpty("record", directory), audio: args.has("record-wav") ? "wav" : "inline" } };
}

function faultsOf(args: Args): EmulatorOptions {
  const given = args.text("faults");
  if (given === undefined) return {};
  if (Object.hasOwn(FAULT_PRESETS, given)) return { faults: given as FaultPreset };
  if (!given.endsWith(".json")) {
    throw usageError(`--faults is "${given}"; allowed are ${Object.keys(FAULT_PRESETS).join(", ")}, and the name of a .json file with a plan.`);
  }
  try {
    return { faults: JSON.parse(readFileSync(given, "utf8")) as FaultPlan };
  } catch (cause) {
    const problem = cause instanceof SyntaxError ? "is not JSON" : "cannot be read";
    throw new CliError("bad-faults", `The plan ${given} ${problem} (${(cause as Error).message}).`, { cause });
  }
}

function keyIn(name: string, { env }: Io): string {
  const key = env[name]?.trim() ?? "";
  if (key === "") throw new CliError("no-key", `--relay-key-env names ${name}, which is not set; set it to the key of the service.`);
  if (!isHeaderSafe(key)) throw new CliError("bad-key", `${name} has characters that no key has (a space or a line break inside?); set it again.`);
  return key;
}
