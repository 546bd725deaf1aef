/**
 * A voice that plays WAV files: one, or several in turn or at random. A text file of the same name beside a file (`hello.txt` for `hello.wav`) is its transcript.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { requireKnown, show } from "../option-checks.ts";
import { Random } from "../random.ts";
import type { SpokenMessage, Voice } from "./voice.ts";
import { readWavClip, WavShelf } from "./wav-clip.ts";

/** Options of {@link wavVoice}. */
export interface WavVoiceOptions {
  /** A file, a folder (its `.wav` files by name, without those of inner folders), or a list of both. */
  readonly path: string | readonly string[];
  /** In which order a session hears the files: in turn, over and over, or at random, which a seeded emulator repeats. Default: `in-turn`. */
  readonly order?: "in-turn" | "random";
}

interface WavFile {
  readonly path: string;
  readonly text: string;
}

/**
 * A voice that answers with WAV files; each session starts with the first one.
 * @throws {TypeError} for a wrong option, {Error} for a file that is not there or cannot be played, or a folder without files.
 */
export function wavVoice(options: string | readonly string[] | WavVoiceOptions): Voice {
  const { path, order = "in-turn" } = typeof options === "string" || Array.isArray(options) ? { path: options } : checked(options as WavVoiceOptions);
  if (order !== "in-turn" && order !== "random") throw new TypeError(`order is ${show(order)}; allowed are "in-turn" and "random".`);
  const paths = typeof path === "string" ? [path] : path;
  if (!Array.isArray(paths) || paths.length === 0 || !paths.every((entry) => typeof entry === "string" && entry !== "")) {
    throw new TypeError(`path is ${show(path)}; allowed is the path of a WAV file or a folder, or a list of them.`);
  }
  const files = paths.flatMap(filesAt).map((file) => ({ path: file, text: transcriptOf(file) }));
  const shelf = new WavShelf();
  // A file that cannot be played is found at the start, not in the middle of a conversation.
  for (const file of files) readWavClip(file.path);
  const voice = (random: Random): Voice => {
    let count = 0;
    return {
      reply: ({ modality }) => {
        const at = order === "random" ? random.uint32() % files.length : count++ % files.length;
        return [message(files[at] as WavFile, modality, shelf)];
      },
    };
  };
  return { ...voice(new Random(0)), open: ({ seed }) => voice(new Random(seed)) };
}

function message({ path, text }: WavFile, modality: "audio" | "text", shelf: WavShelf): SpokenMessage {
  return modality === "text" ? { type: "message", text } : { type: "message", text, audio: shelf.clip(path) };
}

function checked(options: WavVoiceOptions): WavVoiceOptions {
  if (typeof options !== "object" || options === null) throw new TypeError(`wav is ${show(options)}; allowed is a path, a list of paths, or { path, order }.`);
  requireKnown("wav", options, ["path", "order"]);
  return options;
}

function filesAt(path: string): string[] {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) throw new Error(`There is no file or folder ${path}.`);
  if (!info.isDirectory()) return [path];
  const files = readdirSync(path)
    .filter((name) => extname(name).toLowerCase() === ".wav")
    .sort()
    .map((name) => join(path, name));
  if (files.length === 0) throw new Error(`The folder ${path} has no .wav files.`);
  return files;
}

/** The text beside a WAV file, else its name. */
function transcriptOf(path: string): string {
  const name = basename(path, extname(path));
  try {
    return readFileSync(join(path, "..", `${name}.txt`), "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return `(${name})`;
    throw error;
  }
}
