/**
 * Token counts of a response: audio by the service's rule (the user's 1 per 100 ms, the model's 1 per 50 ms), text by a rough guess of 4 characters per token.
 */
import { PROTOCOL_GRAINS, type ResponseUsage } from "@sidetone/core/protocol";
import { clipMs } from "../audio.ts";
import type { SpokenAudio, StoredItem } from "./conversation.ts";

const CHARACTERS_PER_TOKEN = 4;

interface Counts {
  text: number;
  audio: number;
}

/** What a response that saw `input`, under `instructions`, and made `output` is counted for. */
export function usageOf(plan: { readonly instructions: string; readonly input: readonly StoredItem[] }, output: readonly StoredItem[]): ResponseUsage {
  const seen = sum(plan.input, ({ keptMs }) => keptMs);
  seen.text += textTokens(plan.instructions);
  // What was generated was paid for, also where the client heard less of it.
  const made = sum(output, ({ sentMs }) => sentMs);
  return {
    total_tokens: seen.text + seen.audio + made.text + made.audio,
    input_tokens: seen.text + seen.audio,
    output_tokens: made.text + made.audio,
    input_token_details: {
      text_tokens: seen.text,
      audio_tokens: seen.audio,
      image_tokens: 0,
      cached_tokens: 0,
      cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: made.text, audio_tokens: made.audio },
  };
}

function sum(items: readonly StoredItem[], lengthMs: (spoken: SpokenAudio) => number): Counts {
  const total: Counts = { text: 0, audio: 0 };
  for (const { wire, heard, spoken } of items) {
    if (spoken !== null) total.audio += Math.ceil(lengthMs(spoken) / PROTOCOL_GRAINS.outputAudioTokenMs);
    for (const clip of heard.values()) total.audio += Math.floor(clipMs(clip) / PROTOCOL_GRAINS.inputAudioTokenMs);
    if (wire.type === "message")
      // The model hears the user: what a transcriber makes of it beside the model is not among its tokens, whenever it comes.
      for (const part of wire.content)
        if (part.type !== "input_audio") total.text += textTokens("text" in part ? part.text : "transcript" in part ? part.transcript : "");
    if (wire.type === "function_call") total.text += textTokens(wire.arguments);
    if (wire.type === "function_call_output") total.text += textTokens(wire.output);
  }
  return total;
}

/** Tokens of a text, roughly. */
export function textTokens(text: string | null | undefined): number {
  return Math.ceil((text?.length ?? 0) / CHARACTERS_PER_TOKEN);
}
