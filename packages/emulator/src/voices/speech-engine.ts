/**
 * Speech synthesisers that may be installed: how each is found and what it is told. Text never becomes an argument and never meets a shell: it goes in through standard input,
 * or a file where a program reads no other way.
 */
import { accessSync, constants, statSync } from "node:fs";
import { basename, delimiter, join } from "node:path";

/** How something is to be spoken, in the words of the synthesiser. */
export interface SpeechVoice {
  /** Name of a voice of the synthesiser, such as `en-us+f2`. Default: its own. */
  readonly voice?: string;
  /** Pitch, 0 to 99, where 50 is the voice's own; ignored by `say` and SAPI. Default: its own. */
  readonly pitch?: number;
  /** Speed in words per minute, 80 to 450. Default: 175. */
  readonly wordsPerMinute?: number;
}

/** Names of the synthesisers. */
export type SpeechEngineName = "espeak-ng" | "espeak" | "flite" | "say" | "sapi";

/** One run of a synthesiser. */
export interface SpeechCommand {
  readonly args: readonly string[];
  /** Where the program reads the text: standard input, or the text file. */
  readonly input: "stdin" | "file";
  /** Where it writes the WAV file: standard output, or the sound file. */
  readonly output: "stdout" | "file";
  /** Environment variables that it gets besides the process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Files that a run may use. */
export interface SpeechFiles {
  readonly text: string;
  readonly sound: string;
}

/** A synthesiser. */
export interface SpeechEngine {
  readonly name: SpeechEngineName;
  /** The program to run. */
  readonly program: string;
  /** What stands in for the service's voices. */
  readonly voices: Readonly<Record<string, SpeechVoice>>;
  command(voice: SpeechVoice, files: SpeechFiles): SpeechCommand;
}

/** The speed where none is asked for, in words per minute. */
const WORDS_PER_MINUTE = 175;
/** The speed that SAPI calls 0, and by which factor its steps go, which run from -10 to 10: three times as fast at 10. */
const SAPI_STEPS_PER_FACTOR_3 = 10;

const ESPEAK_VOICES: Readonly<Record<string, SpeechVoice>> = {
  marin: { voice: "en-us+f2", pitch: 55 },
  cedar: { voice: "en-us+m3", pitch: 40 },
  alloy: { voice: "en-us+f5", pitch: 45 },
  ash: { voice: "en-us+m1", pitch: 45 },
  ballad: { voice: "en-gb+m2", pitch: 50 },
  coral: { voice: "en-us+f1", pitch: 60 },
  echo: { voice: "en-us+m4", pitch: 50 },
  sage: { voice: "en-gb+f3", pitch: 50 },
  shimmer: { voice: "en-us+f4", pitch: 65 },
  verse: { voice: "en-us+m7", pitch: 55 },
};
const FLITE_VOICES: Readonly<Record<string, SpeechVoice>> = {
  ...shared("slt", ["marin", "alloy", "coral", "sage", "shimmer"]),
  ...shared("rms", ["cedar", "ash", "verse"]),
  ...shared("awb", ["ballad"]),
  ...shared("kal16", ["echo"]),
};
const SAY_VOICES: Readonly<Record<string, SpeechVoice>> = {
  ...shared("Samantha", ["marin", "alloy", "coral", "shimmer"]),
  ...shared("Daniel", ["cedar", "ash", "ballad", "echo", "verse"]),
  ...shared("Karen", ["sage"]),
};

/** Reads the text as UTF-8; everything that varies comes through the environment, so nothing is quoted. */
const SAPI_SCRIPT = [
  "$ErrorActionPreference = 'Stop'",
  "Add-Type -AssemblyName System.Speech",
  "$s = New-Object System.Speech.Synthesis.SpeechSynthesizer",
  "if ($env:SIDETONE_VOICE) { $s.SelectVoice($env:SIDETONE_VOICE) }",
  "$s.Rate = [int]$env:SIDETONE_RATE",
  "$s.SetOutputToWaveFile($env:SIDETONE_SOUND)",
  "$in = New-Object IO.StreamReader([Console]::OpenStandardInput(), [Text.Encoding]::UTF8)",
  "$s.Speak($in.ReadToEnd())",
  "$s.Dispose()",
].join("; ");

type Kind = Omit<SpeechEngine, "program">;

const espeak = (name: "espeak-ng" | "espeak"): Kind => ({
  name,
  voices: ESPEAK_VOICES,
  command: ({ voice, pitch, wordsPerMinute = WORDS_PER_MINUTE }) => ({
    args: [
      "--stdout",
      "--stdin",
      "-b",
      "1",
      "-s",
      String(wordsPerMinute),
      ...(voice ? ["-v", voice] : []),
      ...(pitch === undefined ? [] : ["-p", String(pitch)]),
    ],
    input: "stdin",
    output: "stdout",
  }),
});

const KINDS: Readonly<Record<SpeechEngineName, Kind>> = {
  "espeak-ng": espeak("espeak-ng"),
  espeak: espeak("espeak"),
  flite: {
    name: "flite",
    voices: FLITE_VOICES,
    command: ({ voice, pitch, wordsPerMinute = WORDS_PER_MINUTE }, { text, sound }) => {
      const args = ["--setf", `duration_stretch=${(WORDS_PER_MINUTE / wordsPerMinute).toFixed(3)}`, "-f", text, "-o", sound];
      if (pitch !== undefined) args.unshift("--setf", `int_f0_target_mean=${60 + 2 * pitch}`);
      if (voice) args.unshift("-voice", voice);
      return { args, input: "file", output: "file" };
    },
  },
  say: {
    name: "say",
    voices: SAY_VOICES,
    command: ({ voice, wordsPerMinute = WORDS_PER_MINUTE }, { sound }) => ({
      args: [...(voice ? ["-v", voice] : []), "-r", String(wordsPerMinute), "-o", sound, "--file-format=WAVE", "--data-format=LEI16@22050", "-f", "-"],
      input: "stdin",
      output: "file",
    }),
  },
  sapi: {
    name: "sapi",
    voices: {},
    command: ({ voice = "", wordsPerMinute = WORDS_PER_MINUTE }, { sound }) => {
      const rate = Math.round((SAPI_STEPS_PER_FACTOR_3 * Math.log(wordsPerMinute / WORDS_PER_MINUTE)) / Math.log(3));
      return {
        args: ["-NoProfile", "-NonInteractive", "-Command", SAPI_SCRIPT],
        input: "stdin",
        output: "file",
        env: { SIDETONE_VOICE: voice, SIDETONE_RATE: String(rate), SIDETONE_SOUND: sound },
      };
    },
  },
};

/** The programs of each synthesiser, by the operating system's taste: its own one first. */
const PROGRAMS: readonly (readonly [SpeechEngineName, string])[] = [
  ["espeak-ng", "espeak-ng"],
  ["espeak", "espeak"],
  ["flite", "flite"],
];
const OWN_PROGRAMS: Partial<Record<NodeJS.Platform, readonly [SpeechEngineName, string]>> = { darwin: ["say", "say"], win32: ["sapi", "powershell"] };

/** Where to look. */
export interface SpeechSurroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The synthesiser to use: `program`, a path whose file name says which it is, or the first one installed.
 * @throws {Error} that says what to install when there is none.
 */
export function findSpeechEngine(program?: string, { platform, env }: SpeechSurroundings = { platform: process.platform, env: process.env }): SpeechEngine {
  if (program !== undefined) return fromPath(program);
  const own = OWN_PROGRAMS[platform];
  for (const [name, file] of own === undefined ? PROGRAMS : [own, ...PROGRAMS]) {
    const found = findProgram(file, platform, env);
    if (found !== null) return { ...KINDS[name], program: found };
  }
  throw new Error(
    "No speech synthesiser was found for the say voice: install espeak-ng (Debian, Ubuntu: apt-get install espeak-ng; Fedora: dnf install espeak-ng; macOS: brew install " +
      "espeak-ng; Windows: winget install eSpeak-NG.eSpeak-NG) or flite, put it on the PATH, or give its path as `program`.",
  );
}

function fromPath(program: string): SpeechEngine {
  const name = basename(program).replace(/\.(exe|com|cmd|mjs|js)$/i, "");
  const engine = name === "powershell" || name === "pwsh" ? "sapi" : name;
  if (!Object.hasOwn(KINDS, engine)) {
    throw new Error(`program is ${JSON.stringify(program)}; allowed is the path of ${["espeak-ng", "espeak", "flite", "say", "powershell"].join(", ")}.`);
  }
  if (!isExecutable(program)) throw new Error(`program is ${JSON.stringify(program)}, which is no file that may be run.`);
  return { ...KINDS[engine as SpeechEngineName], program };
}

function findProgram(file: string, platform: NodeJS.Platform, env: SpeechSurroundings["env"]): string | null {
  const folders = (env.PATH ?? env.Path ?? "").split(platform === process.platform ? delimiter : platform === "win32" ? ";" : ":");
  for (const folder of folders) {
    if (folder === "") continue;
    const path = join(folder, platform === "win32" ? `${file}.exe` : file);
    if (isExecutable(path)) return path;
  }
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function shared(voice: string, names: readonly string[]): Record<string, SpeechVoice> {
  return Object.fromEntries(names.map((name) => [name, { voice }]));
}
