/**
 * A voice that follows a script. Everything that may be wrong with one (its shape, a missing file, a synthesiser that is not installed) is found before the first session.
 */
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import type { AudioClip } from "../audio.ts";
import { show } from "../option-checks.ts";
import { chirpClip } from "./chirp.ts";
import { echoVoice, readingTone, trimSilence } from "./echo.ts";
import { Speaker } from "./say.ts";
import { checkScript } from "./script-check.ts";
import { fits, momentOf, type ScriptMoment } from "./script-match.ts";
import type { Script, ScriptAudio, ScriptItem, ScriptMessage, ScriptTurn } from "./script-types.ts";
import { findSpeechEngine } from "./speech-engine.ts";
import { toneClip, toneVoice } from "./tone.ts";
import type { Reply, ReplyEnd, SpokenItem, SpokenMessage, UserTranscript, Voice, VoiceReply, VoiceRequest } from "./voice.ts";
import { readWavClip, WavShelf } from "./wav-clip.ts";

/** Options of {@link scriptVoice}. */
export interface ScriptVoiceOptions {
  /** Path of `espeak-ng`, `espeak`, `flite`, macOS's `say` or Windows's `powershell`, for `{ say }`. Default: the first that is installed. */
  readonly program?: string;
}

/**
 * A voice that follows `script`: the script itself, or the path of a JSON file with it. Each session begins it anew.
 * @throws {TypeError | RangeError} that names the place of what is wrong in the script, {Error} for files that cannot be read and for a synthesiser that is not there.
 */
export function scriptVoice(script: Script | string, options: ScriptVoiceOptions = {}): Voice {
  const [checked, folder] = typeof script === "string" ? [readScript(script), dirname(script)] : [checkScript(script), "."];
  const sounds = new ScriptSounds(checked, folder, options.program);
  const open = () => new ScriptRun(checked, sounds);
  const alone = open();
  return { reply: (request) => alone.reply(request), transcript: ({ itemId, index }) => alone.transcript(itemId, index), open: () => runVoice(open()) };
}

/** The script in a JSON file. @throws {TypeError | RangeError | Error} that names the file and what is wrong with it. */
export function readScript(path: string): Script {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const problem = error instanceof SyntaxError ? "is not JSON" : "cannot be read";
    throw new Error(`The script ${path} ${problem}: ${(error as Error).message}.`, { cause: error });
  }
  try {
    return checkScript(value);
  } catch (error) {
    (error as Error).message = `${path}: ${(error as Error).message}`;
    throw error;
  }
}

function runVoice(run: ScriptRun): Voice {
  return { reply: (request) => run.reply(request), transcript: ({ itemId, index }) => run.transcript(itemId, index) };
}

/** One session's way through a script. */
class ScriptRun {
  readonly #script: Script;
  readonly #sounds: ScriptSounds;
  /** How many times each turn may still be taken. */
  readonly #left: number[];
  readonly #heard: readonly UserTranscript[];
  readonly #transcripts = new Map<string, string>();
  #responses = 0;

  constructor(script: Script, sounds: ScriptSounds) {
    this.#script = script;
    this.#sounds = sounds;
    this.#left = script.turns.map(({ times = 1 }) => (times === "always" ? Number.POSITIVE_INFINITY : times));
    this.#heard = script.turns.flatMap(({ heard }) => (heard === undefined ? [] : typeof heard === "string" ? { text: heard } : heard));
  }

  transcript(itemId: string, index: number): UserTranscript | null {
    const heard = this.#heard[index];
    if (heard === undefined) return null;
    this.#transcripts.set(itemId, heard.text);
    return heard;
  }

  reply(request: VoiceRequest): VoiceReply | Promise<VoiceReply> {
    const moment = momentOf(request, ++this.#responses, this.#transcripts);
    const at = this.#script.turns.findIndex((turn, i) => (this.#left[i] as number) > 0 && fits(turn.when, moment));
    if (at < 0) return this.#otherwise(request, moment);
    (this.#left[at] as number)--;
    return this.#play(this.#script.turns[at] as ScriptTurn, request);
  }

  #play(turn: ScriptTurn, request: VoiceRequest): Reply | Promise<Reply> {
    const { delayMs, pace, say, audio, items = say === undefined ? [] : [{ type: "message" as const, text: say, audio }] } = turn;
    const frame = { ...(delayMs === undefined ? {} : { delayMs }), ...(pace === undefined ? {} : { pace }), ...endOf(turn) };
    const spoken = items.map((item) => this.#sounds.item(item, request));
    // Without a synthesiser in it nothing has to be waited for, and the response stays in the same tick.
    if (spoken.every((item): item is SpokenItem => !(item instanceof Promise))) return { items: spoken, ...frame };
    return Promise.all(spoken).then((all) => ({ items: all, ...frame }));
  }

  #otherwise(request: VoiceRequest, { response, text, functionOutput }: ScriptMoment): VoiceReply | Promise<VoiceReply> {
    const { otherwise = "fail", name, turns } = this.#script;
    if (otherwise !== "fail") return (otherwise === "echo" ? echoVoice() : toneVoice()).reply(request);
    const said =
      functionOutput === null ? `the user said ${show(text)}` : `the function ${functionOutput.name ?? "(unknown)"} gave back ${show(functionOutput.output)}`;
    throw new Error(`The script${name ? ` ${name}` : ""} has no turn left that fits response ${response}, where ${said}; it has ${turns.length} turns.`);
  }
}

function endOf({ fail, incomplete }: ScriptTurn): { end?: ReplyEnd } {
  if (fail !== undefined) return { end: { status: "failed", ...fail } };
  return incomplete === undefined ? {} : { end: { status: "incomplete", reason: incomplete } };
}

/** The sounds that a script asks for. */
class ScriptSounds {
  readonly #folder: string;
  readonly #shelf = new WavShelf();
  readonly #speaker: Speaker | null;

  /** Looks for everything that the script needs. @throws {Error} that says what is missing. */
  constructor(script: Script, folder: string, program: string | undefined) {
    this.#folder = folder;
    const kinds = script.turns.flatMap(({ audio, items = [] }) => [audio, ...items.map((item) => (item.type === "message" ? item.audio : undefined))]);
    for (const audio of kinds) if (typeof audio === "object" && "wav" in audio) readWavClip(this.#path(audio.wav));
    const speaks = kinds.some((audio) => typeof audio === "object" && "say" in audio);
    this.#speaker = speaks ? new Speaker(findSpeechEngine(program)) : null;
  }

  /** `item` as it is played; a promise where it must be spoken first. */
  item(item: ScriptItem, request: VoiceRequest): SpokenItem | Promise<SpokenItem> {
    if (item.type === "message") return this.#message(item, request);
    if (item.type === "mcp_list_tools") return item;
    const json = typeof item.arguments === "string" ? item.arguments : JSON.stringify(item.arguments ?? {});
    return { ...item, arguments: json };
  }

  #message({ audio, text, words, ...rest }: ScriptMessage, request: VoiceRequest): SpokenItem | Promise<SpokenItem> {
    const said = text ?? (words ?? []).map((word) => word.text).join("");
    const message: SpokenMessage = { ...rest, text: said, ...(words === undefined ? {} : { words }) };
    if (request.modality === "text" || rest.written === true || audio === "none") return message;
    const sound = this.#sound(audio, said, request);
    return sound instanceof Promise ? sound.then((clip) => ({ ...message, audio: clip })) : { ...message, audio: sound };
  }

  #sound(audio: ScriptAudio | undefined, text: string, { rate, userAudio, voice, signal }: VoiceRequest): AudioClip | Promise<AudioClip> {
    if (audio === "echo" && userAudio !== null) return trimSilence(userAudio);
    if (audio === undefined || typeof audio === "string") return readingTone(text, rate);
    if ("wav" in audio) return this.#shelf.clip(this.#path(audio.wav));
    if ("tone" in audio) return toneClip(audio.tone, rate);
    if ("chirp" in audio) return chirpClip(audio.chirp, rate);
    if ("silence" in audio) return { samples: new Int16Array(Math.round((audio.silence * rate) / 1000)), rate };
    return (this.#speaker as Speaker).speak(audio.say === true ? text : audio.say, voice, signal);
  }

  #path(path: string): string {
    return isAbsolute(path) ? path : resolve(this.#folder, path);
  }
}
