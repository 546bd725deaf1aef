/**
 * A voice that speaks: a synthesiser of this machine reads the answer aloud. What it answers is a template or a function; it understands nothing itself.
 */
import { type AudioClip, clipMs } from "../audio.ts";
import { integerOption, requireKnown, requireObject, show } from "../option-checks.ts";
import { findSpeechEngine, type SpeechEngine, type SpeechVoice } from "./speech-engine.ts";
import { synthesize } from "./speech-process.ts";
import type { Voice, VoiceRequest } from "./voice.ts";

/** Options of {@link sayVoice}. */
export interface SayVoiceOptions {
  /**
   * What is said: a function, or a template in which `{text}` is what the user wrote and `{seconds}` how long they spoke. Default: `You wrote: {text}`, or
   * `I heard {seconds} seconds of speech.`, or `Hello.` when there was neither.
   */
  readonly answer?: string | ((request: VoiceRequest) => string | Promise<string>);
  /** Path of `espeak-ng`, `espeak`, `flite`, macOS's `say` or Windows's `powershell`. Default: the first that is installed, the system's own before others. */
  readonly program?: string;
  /** What stands in for the service's voices, such as `{ marin: { voice: "en-us+f3" } }`; others keep what the synthesiser has for them. */
  readonly voices?: Readonly<Record<string, SpeechVoice>>;
}

/** Most characters that are spoken at once: about ten minutes. */
const MAX_CHARACTERS = 10_000;
/** Synthesisers that run at once; others wait for their turn. */
const MAX_RUNNING = 4;
/** Samples that are kept, in total: about 10 minutes at 22 kHz. */
const MAX_KEPT_SAMPLES = 15_000_000;

/**
 * A voice that reads its answers aloud.
 * @throws {TypeError | RangeError} for a wrong option, {Error} that says what to install when there is no synthesiser.
 */
export function sayVoice(options: SayVoiceOptions = {}): Voice {
  requireObject("say", options);
  requireKnown("say", options, ["answer", "program", "voices"]);
  const { answer = defaultAnswer, program, voices } = options;
  if (typeof answer !== "string" && typeof answer !== "function") throw new TypeError(`answer is ${show(answer)}; allowed are a template and a function.`);
  if (program !== undefined && typeof program !== "string") throw new TypeError(`program is ${show(program)}; allowed is a path.`);
  const speaker = new Speaker(findSpeechEngine(program), voices);
  return {
    reply: async (request) => {
      const text = typeof answer === "string" ? fillIn(answer, request) : await answer(request);
      if (typeof text !== "string") throw new TypeError(`answer returned ${show(text)}; allowed is a text.`);
      if (request.modality === "text") return [{ type: "message", text }];
      return [{ type: "message", text, audio: await speaker.speak(text, request.voice, request.signal) }];
    },
  };
}

/** Speaks texts, and remembers how they sounded. */
export class Speaker {
  readonly #engine: SpeechEngine;
  readonly #voices: Readonly<Record<string, SpeechVoice>>;
  readonly #spoken = new Map<string, AudioClip>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #samples = 0;

  /** `voices` are those that differ from the engine's own. @throws {TypeError | RangeError} when one is wrong. */
  constructor(engine: SpeechEngine, voices: Readonly<Record<string, SpeechVoice>> = {}) {
    requireObject("voices", voices);
    for (const [name, voice] of Object.entries(voices)) checkVoice(`voices.${name}`, voice);
    this.#engine = engine;
    this.#voices = { ...engine.voices, ...voices };
  }

  /** `text` in the voice that stands in for `voice`, in the synthesiser's rate. @throws {Error} when it cannot be spoken, or the signal's reason. */
  async speak(text: string, voice: string, signal: AbortSignal): Promise<AudioClip> {
    if (text.length > MAX_CHARACTERS) throw new RangeError(`The text has ${text.length} characters; at most ${MAX_CHARACTERS} are spoken at once.`);
    const chosen = Object.hasOwn(this.#voices, voice) ? (this.#voices[voice] as SpeechVoice) : {};
    const key = JSON.stringify([chosen, text]);
    const known = this.#spoken.get(key);
    if (known !== undefined) return known;
    const clip = await this.#inTurn(() => this.#synthesize(text, chosen, voice, signal));
    this.#spoken.set(key, clip);
    this.#samples += clip.samples.length;
    for (const [oldest, { samples }] of this.#spoken) {
      if (this.#samples <= MAX_KEPT_SAMPLES || oldest === key) break;
      this.#spoken.delete(oldest);
      this.#samples -= samples.length;
    }
    return clip;
  }

  async #inTurn(run: () => Promise<AudioClip>): Promise<AudioClip> {
    if (this.#running === MAX_RUNNING) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await run();
    } finally {
      // The place goes to the next in line, or is free.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  async #synthesize(text: string, chosen: SpeechVoice, name: string, signal: AbortSignal): Promise<AudioClip> {
    try {
      return await synthesize(this.#engine, text, chosen, signal);
    } catch (error) {
      // The voices of a synthesiser differ between machines; one that nobody asked for by its name may be replaced by the machine's own.
      const guessed = chosen.voice !== undefined && chosen === this.#engine.voices[name];
      if (signal.aborted || !guessed) throw error;
      const { voice: _, ...plain } = chosen;
      return synthesize(this.#engine, text, plain, signal);
    }
  }
}

function defaultAnswer({ userText, userAudio }: VoiceRequest): string {
  if (userText !== "") return `You wrote: ${userText}`;
  return userAudio === null ? "Hello." : `I heard ${heardSeconds(userAudio)} seconds of speech.`;
}

function fillIn(template: string, { userText, userAudio }: VoiceRequest): string {
  const values: Readonly<Record<string, string>> = { text: userText, seconds: userAudio === null ? "0" : heardSeconds(userAudio) };
  return template.replace(/\{(text|seconds)\}/g, (_, name: string) => values[name] as string);
}

function heardSeconds(clip: AudioClip): string {
  return (clipMs(clip) / 1000).toFixed(1);
}

function checkVoice(name: string, voice: SpeechVoice): void {
  requireObject(name, voice);
  requireKnown(name, voice, ["voice", "pitch", "wordsPerMinute"]);
  // A name that begins with a dash would be read as an option.
  if (voice.voice !== undefined && (typeof voice.voice !== "string" || !/^[^-]/.test(voice.voice))) {
    throw new TypeError(`${name}.voice is ${show(voice.voice)}; allowed is the name of a voice.`);
  }
  if (voice.pitch !== undefined) integerOption(`${name}.pitch`, voice.pitch, 0, 99);
  if (voice.wordsPerMinute !== undefined) integerOption(`${name}.wordsPerMinute`, voice.wordsPerMinute, 80, 450);
}
