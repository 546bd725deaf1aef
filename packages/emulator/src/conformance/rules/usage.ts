/** Rules about what a response is counted for. */
import { PROTOCOL_GRAINS } from "@sidetone/core/protocol";
import type { Rule } from "../rule.ts";
import { sentMs } from "../state/response-state.ts";
import { type Fields, isObject, show } from "../wire-event.ts";

const { inputAudioTokenMs, outputAudioTokenMs } = PROTOCOL_GRAINS;

/** The sums that must come out, as `[whole, parts]` by path below `usage`. */
const SUMS: readonly (readonly [string, readonly string[]])[] = [
  ["total_tokens", ["input_tokens", "output_tokens"]],
  ["input_tokens", ["input_token_details.text_tokens", "input_token_details.audio_tokens", "input_token_details.image_tokens"]],
  ["output_tokens", ["output_token_details.text_tokens", "output_token_details.audio_tokens"]],
  [
    "input_token_details.cached_tokens",
    [
      "input_token_details.cached_tokens_details.text_tokens",
      "input_token_details.cached_tokens_details.audio_tokens",
      "input_token_details.cached_tokens_details.image_tokens",
    ],
  ],
];

function at(usage: Fields, path: string): number {
  const value = path.split(".").reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), usage);
  return value === undefined || value === null ? 0 : (value as number);
}

/** Rules about usage. */
export const USAGE_RULES: readonly Rule[] = [
  {
    id: "usage-present",
    says: "A response that is completed says what it cost.",
    fact: "response.done carries usage; cancelled ones do, too, where anything was generated.",
    on: ["response.done"],
    check: ({ response }) => (response.status === "completed" && !isObject(response.usage) ? `usage is ${show(response.usage)}` : null),
  },
  {
    id: "usage-sums",
    says: "Tokens add up: text, audio and images make the input, text and audio the output, both the total.",
    fact: "usage has totals and their details.",
    on: ["response.done"],
    check: ({ response: { usage } }) => {
      if (!isObject(usage)) return null;
      const wrong = SUMS.filter(([whole, parts]) => at(usage, whole) !== parts.reduce((sum, part) => sum + at(usage, part), 0));
      return wrong.map(([whole, parts]) => `${whole} is ${show(at(usage, whole))}, ${parts.join(" + ")} is not`);
    },
  },
  {
    id: "usage-cached",
    says: "No more input is cached than there is.",
    fact: "cached_tokens is a part of the input.",
    on: ["response.done"],
    check: ({ response: { usage } }) => {
      if (!isObject(usage)) return null;
      const cached = at(usage, "input_token_details.cached_tokens");
      return cached < 0 || cached > at(usage, "input_tokens") ? `${cached} of ${at(usage, "input_tokens")} input tokens are cached` : null;
    },
  },
  {
    id: "usage-output-audio",
    says: "The model's audio costs one token per 50 ms.",
    fact: "Assistant audio: 1 token per 50 ms; 1.2 s were 24 tokens.",
    on: ["response.done"],
    check: ({ response: { id, usage } }, state) => {
      if (!isObject(usage) || state.onTrack) return null;
      const items = state.responses.get(id)?.items ?? [];
      const tokens = at(usage, "output_token_details.audio_tokens");
      const most = items.reduce((sum, item) => sum + Math.ceil(sentMs(item) / outputAudioTokenMs), 0);
      const least = items.some(({ truncatedMs }) => truncatedMs !== null)
        ? 0
        : Math.floor(items.reduce((sum, item) => sum + sentMs(item), 0) / outputAudioTokenMs);
      return tokens >= least && tokens <= most ? null : `${tokens} audio tokens, sent were ${(least * outputAudioTokenMs).toFixed(0)} ms`;
    },
  },
  {
    id: "usage-input-audio",
    says: "The audio of the conversation costs no more than one token per 100 ms of the user's and 50 ms of the model's.",
    fact: "User audio: 1 token per 100 ms; a turn of 2796 ms was 27 tokens.",
    on: ["response.done"],
    check: ({ response: { id, usage } }, state) => {
      const response = state.responses.get(id);
      if (!isObject(usage) || state.onTrack || !response || response.asked?.input !== undefined) return null;
      let most = 0;
      for (const item of state.items.values()) {
        const given = item.wire.role === "user" && item.heardMs === null && JSON.stringify(item.wire.content ?? []).includes("input_audio");
        if (given) return null;
        most += Math.ceil((item.heardMs ?? 0) / inputAudioTokenMs) + Math.ceil(sentMs(item) / outputAudioTokenMs);
      }
      const tokens = at(usage, "input_token_details.audio_tokens");
      return tokens <= most ? null : `${tokens} audio tokens, the whole conversation has ${most}`;
    },
  },
];
