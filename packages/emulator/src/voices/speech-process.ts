/**
 * Runs a speech synthesiser: one process for one text, which ends with the request's signal, after too long a time, or after too much output.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AudioClip } from "../audio.ts";
import type { SpeechEngine, SpeechVoice } from "./speech-engine.ts";
import { wavClip } from "./wav-clip.ts";

/** Longest run, in ms. */
const MAX_RUN_MS = 30_000;
/** Most bytes of sound. */
const MAX_SOUND_BYTES = 64 * 1024 * 1024;
/** Most bytes of complaints that are kept. */
const MAX_COMPLAINT_BYTES = 2000;

/** Speaks `text`. @throws {Error} that says which program failed and what it complained of, or the signal's reason. */
export async function synthesize(engine: SpeechEngine, text: string, voice: SpeechVoice, signal: AbortSignal): Promise<AudioClip> {
  signal.throwIfAborted();
  // Silence is what there is to say; synthesisers would write no file.
  if (!/[\p{L}\p{N}]/u.test(text)) return { samples: new Int16Array(0), rate: 24000 };
  const folder = await mkdtemp(join(tmpdir(), "sidetone-say-"));
  try {
    const files = { text: join(folder, "text.txt"), sound: join(folder, "sound.wav") };
    const command = engine.command(voice, files);
    if (command.input === "file") await writeFile(files.text, text);
    const stdout = await run(engine.program, command.args, { ...process.env, ...command.env }, command.input === "stdin" ? text : "", signal);
    const bytes = command.output === "stdout" ? stdout : await readFile(files.sound);
    return wavClip(bytes, `What ${engine.name} made`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv, input: string, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, signal, timeout: MAX_RUN_MS, windowsHide: true, stdio: ["pipe", "pipe", "pipe"] });
    const parts: Buffer[] = [];
    let bytes = 0;
    let complaints = "";
    child.stdout.on("data", (part: Buffer) => {
      bytes += part.length;
      if (bytes > MAX_SOUND_BYTES) child.kill();
      else parts.push(part);
    });
    child.stderr.on("data", (part: Buffer) => {
      if (complaints.length < MAX_COMPLAINT_BYTES) complaints += part.toString("utf8");
    });
    // A program that ends without reading its input breaks the pipe; how it ended says more.
    child.stdin.on("error", () => {});
    child.on("error", (error) => reject(signal.aborted ? signal.reason : new Error(`${program} could not be run: ${error.message}.`, { cause: error })));
    child.on("close", (code, killedBy) => {
      if (signal.aborted) reject(signal.reason);
      else if (bytes > MAX_SOUND_BYTES) reject(new Error(`${program} made more than ${MAX_SOUND_BYTES} bytes of sound.`));
      else if (code === 0) resolve(Buffer.concat(parts));
      else reject(new Error(`${program} failed (${code === null ? killedBy : `exit code ${code}`}): ${complaints.trim() || "it said nothing"}.`));
    });
    child.stdin.end(input);
  });
}
