/**
 * How the items of a reply are spread over time: words a little ahead of the sound, sound in the sizes and at the speed of the profile, as recorded sessions have it.
 * Everything here is a generator that yields when it wants to go on, in ms from the start of the response.
 */
import { type AudioFormat, bytesPerFrame, formatRate, PROTOCOL_GRAINS } from "@sidetone/core/protocol";
import { clipMs, convertClip, encodeWire } from "../audio.ts";
import { deltaSizes, type Profile } from "../profiles.ts";
import { timeScale } from "../time-scale.ts";
import type { SpokenFunctionCall, SpokenMcpCall, SpokenMessage } from "../voices/voice.ts";
import type { McpAnswer } from "./mcp.ts";
import type { OutputFunctionCall, OutputMessage } from "./output-item.ts";
import type { OutputMcpCall } from "./output-mcp.ts";
import { textTokens } from "./usage.ts";

/** Time between two pieces of text that has no sound, in ms. */
const TEXT_PIECE_MS = 20;
/** Sound per output token, in ms. */
const OUTPUT_TOKEN_MS = PROTOCOL_GRAINS.outputAudioTokenMs;
/** Characters of a piece of a function call's arguments. */
const ARGUMENT_PIECE = 8;

/** What came of playing an item. */
export interface Played {
  /** When it ended, in ms from the start of the response. */
  readonly endMs: number;
  /** Output tokens used. */
  readonly tokens: number;
  /** Whether it had to be cut because `maxTokens` were used up. */
  readonly cut: boolean;
}

/** A script that ends with a result. */
export type SubScript = Generator<number, Played, void>;

/** What all items of a reply have in common. */
export interface PlaySettings {
  readonly profile: Profile;
  /** Format of speech. */
  readonly format: AudioFormat;
  /** Factor on the speed of speech. */
  readonly speed: number;
  /** Output tokens that may still be used. */
  readonly maxTokens: number;
}

/** Plays a message whose item was opened at `atMs`, as speech. */
export function* playSpeech(output: OutputMessage, message: SpokenMessage, atMs: number, settings: PlaySettings): SubScript {
  const { profile, format, maxTokens } = settings;
  if (message.audio === undefined) return yield* playText(output, message, atMs, settings);
  const { words: timed } = message;
  const words = timed?.map((word) => word.text) ?? piecesOf(message.text);
  const clip = timeScale(message.audio, settings.speed);
  const wholeMs = clipMs(clip);
  // Sound and words share the tokens in the proportion in which they need them.
  const soundTokens = Math.ceil(wholeMs / OUTPUT_TOKEN_MS);
  const share = Math.min(1, maxTokens / (soundTokens + textTokens(words.join(""))));
  const cut = share < 1;
  const totalMs = cut ? Math.floor(soundTokens * share) * OUTPUT_TOKEN_MS : wholeMs;
  let text = "";
  let said = 0;
  const sayUpTo = (count: number) => {
    while (said < Math.min(count, words.length)) {
      const longer = text + words[said];
      if (cut && textTokens(longer) > maxTokens - totalMs / OUTPUT_TOKEN_MS) return;
      text = longer;
      output.say(words[said++] as string);
    }
  };
  sayUpTo(profile.transcriptLeadPieces);
  const bytes = encodeWire(convertClip(clip, formatRate(format)).samples, format);
  let endMs = atMs + profile.transcriptLeadMs;
  let sentMs = 0;
  for (const sizeMs of deltaSizes(totalMs, profile)) {
    endMs = atMs + profile.transcriptLeadMs + sentMs / profile.speedUp;
    yield endMs;
    const from = byteAt(sentMs, format);
    sentMs += sizeMs;
    const heard = timed === undefined ? Math.ceil((words.length * sentMs) / wholeMs) : timed.filter((word) => word.atMs / settings.speed < sentMs).length;
    sayUpTo(profile.transcriptLeadPieces + heard);
    const piece = bytes.subarray(from, byteAt(sentMs, format));
    // What is left may be less than half a sample.
    if (piece.length > 0) output.sound(piece);
  }
  if (!cut) sayUpTo(words.length);
  return { endMs, tokens: Math.ceil(totalMs / OUTPUT_TOKEN_MS) + textTokens(text), cut };
}

/** Plays a message whose item was opened at `atMs`, as text alone. */
export function playText(output: OutputMessage, message: SpokenMessage, atMs: number, settings: PlaySettings): SubScript {
  return playPieces(output, piecesOf(message.text), atMs, settings);
}

/** Plays a function call whose item was opened at `atMs`. */
export function playFunctionCall(output: OutputFunctionCall, call: SpokenFunctionCall, atMs: number, settings: PlaySettings): SubScript {
  return playPieces(output, chunksOf(call.arguments), atMs, settings);
}

/** Says `pieces` one after the other, as far as the tokens last. */
function* playPieces(output: { say(delta: string): void }, pieces: readonly string[], atMs: number, { maxTokens }: PlaySettings): SubScript {
  let endMs = atMs;
  let said = "";
  for (const piece of pieces) {
    if (textTokens(said + piece) > maxTokens) return { endMs, tokens: textTokens(said), cut: true };
    yield endMs;
    output.say(piece);
    said += piece;
    endMs += TEXT_PIECE_MS;
  }
  return { endMs, tokens: textTokens(said), cut: false };
}

/** Plays a call to an MCP tool whose item was opened at `atMs`; `answer` is what the tool gives back. */
export function* playMcpCall(output: OutputMcpCall, call: SpokenMcpCall, answer: McpAnswer, atMs: number, settings: PlaySettings): SubScript {
  const { endMs, tokens, cut } = yield* playPieces(output, chunksOf(call.arguments), atMs, settings);
  if (cut) return { endMs, tokens, cut };
  output.call();
  yield endMs + settings.profile.mcpCallMs;
  output.answered(answer);
  return { endMs: endMs + settings.profile.mcpCallMs, tokens, cut };
}

/** Plays an item that says nothing while it is made. */
export function* playNothing(atMs: number): SubScript {
  yield atMs;
  return { endMs: atMs, tokens: 0, cut: false };
}

/** Words with the white space before them. */
function piecesOf(text: string): string[] {
  return text.match(/\s*\S+/gu) ?? [];
}

function chunksOf(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / ARGUMENT_PIECE) }, (_, i) => text.slice(i * ARGUMENT_PIECE, (i + 1) * ARGUMENT_PIECE));
}

function byteAt(ms: number, format: AudioFormat): number {
  return Math.round((ms * formatRate(format)) / 1000) * bytesPerFrame(format);
}
