/**
 * What a voice gives back, checked before any of it is played: a voice is somebody else's code, and what is wrong with its reply is said in the response that fails, with
 * its place in the reply, what was given and what is allowed.
 */
import { booleanOption, integerOption, numberOption, requireObject, show } from "../option-checks.ts";
import { profileOption } from "../profile-option.ts";
import type { Reply, SpokenItem, SpokenMessage, VoiceReply } from "../voices/voice.ts";

/** Longest wait before an item or a reply, in ms. */
const MAX_DELAY_MS = 600_000;
/** Rates that can be converted, in Hz. */
const MIN_RATE = 8_000;
const MAX_RATE = 192_000;

/** `reply` as a whole reply. @throws {TypeError | RangeError} for what is none. */
export function checkReply(reply: VoiceReply): Reply {
  const whole = (Array.isArray(reply) ? { items: reply } : reply) as Reply | null | undefined;
  if (!Array.isArray(whole?.items)) throw new TypeError("it gave neither an array of items nor an object with `items`.");
  for (const [i, item] of whole.items.entries()) checkItem(`items[${i}]`, item);
  delay("delayMs", whole.delayMs);
  if (whole.pace !== undefined) profileOption("pace", whole.pace);
  if (whole.end !== undefined) {
    requireObject("end", whole.end);
    oneOf("end.status", whole.end.status, ["failed", "incomplete"]);
    if (whole.end.status === "failed") text("end.code", whole.end.code);
    else oneOf("end.reason", whole.end.reason, ["max_output_tokens", "content_filter"]);
  }
  return whole;
}

function checkItem(at: string, item: SpokenItem): void {
  requireObject(at, item);
  delay(`${at}.delayMs`, item.delayMs);
  if (item.follows !== undefined) oneOf(`${at}.follows`, item.follows, ["end", "start"]);
  switch (item.type) {
    case "message":
      checkMessage(at, item);
      return;
    case "mcp_call":
      text(`${at}.server_label`, item.server_label);
      if (item.output !== undefined) text(`${at}.output`, item.output);
      if (item.error !== undefined) text(`${at}.error`, item.error);
      if (item.approval !== undefined) booleanOption(`${at}.approval`, item.approval);
      checkCall(at, item);
      return;
    case "function_call":
      checkCall(at, item);
      return;
    case "mcp_list_tools":
      text(`${at}.server_label`, item.server_label);
      if (!Array.isArray(item.tools)) throw new TypeError(`${at}.tools is ${show(item.tools)}; allowed is an array of tools.`);
      return;
    default:
      oneOf(`${at}.type`, (item as { type: unknown }).type, ["message", "function_call", "mcp_call", "mcp_list_tools"]);
  }
}

function checkCall(at: string, { name, arguments: json }: { readonly name: string; readonly arguments: string }): void {
  text(`${at}.name`, name);
  text(`${at}.arguments`, json);
}

function checkMessage(at: string, { text: said, audio, words, written, phase }: SpokenMessage): void {
  text(`${at}.text`, said);
  if (written !== undefined) booleanOption(`${at}.written`, written);
  if (phase !== undefined) oneOf(`${at}.phase`, phase, ["commentary", "final_answer"]);
  if (audio !== undefined) {
    requireObject(`${at}.audio`, audio);
    if (!(audio.samples instanceof Int16Array)) throw new TypeError(`${at}.audio.samples is not an Int16Array; allowed are 16-bit samples.`);
    integerOption(`${at}.audio.rate`, audio.rate, MIN_RATE, MAX_RATE);
  }
  if (words === undefined) return;
  if (!Array.isArray(words)) throw new TypeError(`${at}.words is ${show(words)}; allowed is an array of { text, atMs }.`);
  for (const [i, word] of words.entries()) {
    requireObject(`${at}.words[${i}]`, word);
    text(`${at}.words[${i}].text`, word.text);
    numberOption(`${at}.words[${i}].atMs`, word.atMs, 0, Number.MAX_SAFE_INTEGER);
  }
}

function delay(at: string, value: number | undefined): void {
  if (value !== undefined) numberOption(at, value, 0, MAX_DELAY_MS);
}

function text(at: string, value: unknown): void {
  if (typeof value !== "string") throw new TypeError(`${at} is ${show(value)}; allowed is a string.`);
}

function oneOf(at: string, value: unknown, allowed: readonly string[]): void {
  if (!allowed.includes(value as string)) throw new TypeError(`${at} is ${show(value)}; allowed are ${allowed.map(show).join(", ")}.`);
}
