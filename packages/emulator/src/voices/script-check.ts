/**
 * Checks of scripts, which people write by hand: whatever is wrong is said with its place in the script, what was given and what is allowed.
 */
import { booleanOption, integerOption, numberOption, requireKnown, requireObject, show } from "../option-checks.ts";
import { profileOption } from "../profile-option.ts";
import { MAX_CHIRP_MS } from "./chirp.ts";
import type { Script, ScriptAudio, ScriptItem, ScriptMatch, ScriptTurn } from "./script-types.ts";
import type { UserTranscript } from "./voice.ts";

const MAX_DELAY_MS = 600_000;
const MAX_TIMES = 1_000_000;
const TIMING = ["follows", "delayMs"];
const AUDIO_KINDS = ["wav", "tone", "chirp", "silence", "say"] as const;
const AUDIO_ALLOWED = '{ wav }, { tone }, { chirp }, { silence }, { say }, "echo" and "none"';

/** `value` as a script. @throws {TypeError | RangeError} that names what is wrong with it, and where. */
export function checkScript(value: unknown): Script {
  const script = value as Script;
  record("script", script, ["name", "turns", "otherwise"]);
  optionalText("script.name", script.name);
  oneOf("script.otherwise", script.otherwise, ["echo", "tone", "fail"]);
  if (!Array.isArray(script.turns)) throw new TypeError(`script.turns is ${show(script.turns)}; allowed is a list of turns.`);
  for (const [i, turn] of script.turns.entries()) checkTurn(`script.turns[${i}]`, turn);
  return script;
}

function checkTurn(at: string, turn: ScriptTurn): void {
  record(at, turn, ["when", "times", "heard", "delayMs", "pace", "say", "audio", "items", "fail", "incomplete"]);
  if (turn.when !== undefined) checkMatch(`${at}.when`, turn.when);
  if (turn.times !== undefined && turn.times !== "always") integerOption(`${at}.times`, turn.times, 1, MAX_TIMES);
  if (turn.heard !== undefined) checkHeard(`${at}.heard`, turn.heard);
  if (turn.delayMs !== undefined) numberOption(`${at}.delayMs`, turn.delayMs, 0, MAX_DELAY_MS);
  if (turn.pace !== undefined) profileOption(`${at}.pace`, turn.pace);
  optionalText(`${at}.say`, turn.say);
  if (turn.audio !== undefined) {
    if (turn.say === undefined) throw new TypeError(`${at}.audio is given without ${at}.say; an item of ${at}.items has an audio of its own.`);
    checkAudio(`${at}.audio`, turn.audio);
  }
  if (turn.say !== undefined && turn.items !== undefined) throw new TypeError(`${at} has both say and items; allowed is either.`);
  if (turn.items !== undefined) {
    if (!Array.isArray(turn.items)) throw new TypeError(`${at}.items is ${show(turn.items)}; allowed is a list of items.`);
    for (const [i, item] of turn.items.entries()) checkItem(`${at}.items[${i}]`, item);
  }
  if (turn.fail !== undefined) {
    if (turn.incomplete !== undefined) throw new TypeError(`${at} has both fail and incomplete; allowed is either.`);
    record(`${at}.fail`, turn.fail, ["code", "type", "message"]);
    text(`${at}.fail.code`, turn.fail.code);
    optionalText(`${at}.fail.type`, turn.fail.type);
    optionalText(`${at}.fail.message`, turn.fail.message);
  }
  oneOf(`${at}.incomplete`, turn.incomplete, ["max_output_tokens", "content_filter"]);
  if ([turn.say, turn.items, turn.fail, turn.incomplete].every((part) => part === undefined)) {
    throw new TypeError(`${at} says nothing; allowed are say, items, fail and incomplete (an empty list of items makes an empty response).`);
  }
}

function checkMatch(at: string, when: ScriptMatch): void {
  if (when === "any") return;
  if (typeof when !== "object" || when === null) throw new TypeError(`${at} is ${show(when)}; allowed are "any" and an object of conditions.`);
  record(at, when, ["response", "text", "spoken", "functionOutput"]);
  if (when.response !== undefined) integerOption(`${at}.response`, when.response, 1, MAX_TIMES);
  if (when.spoken !== undefined) booleanOption(`${at}.spoken`, when.spoken);
  if (when.text !== undefined && typeof when.text !== "string") {
    record(`${at}.text`, when.text, ["matches", "flags"]);
    text(`${at}.text.matches`, when.text.matches);
    optionalText(`${at}.text.flags`, when.text.flags);
    try {
      new RegExp(when.text.matches, when.text.flags);
    } catch (error) {
      throw new TypeError(`${at}.text is no regular expression: ${(error as Error).message}.`);
    }
  }
  if (when.functionOutput !== undefined && typeof when.functionOutput !== "boolean") {
    record(`${at}.functionOutput`, when.functionOutput, ["name", "holds"]);
    optionalText(`${at}.functionOutput.name`, when.functionOutput.name);
    optionalText(`${at}.functionOutput.holds`, when.functionOutput.holds);
  }
}

function checkHeard(at: string, heard: string | UserTranscript): void {
  if (typeof heard === "string") return;
  record(at, heard, ["text", "streaming", "delayMs", "failure"]);
  text(`${at}.text`, heard.text);
  if (heard.streaming !== undefined) booleanOption(`${at}.streaming`, heard.streaming);
  if (heard.delayMs !== undefined) numberOption(`${at}.delayMs`, heard.delayMs, 0, MAX_DELAY_MS);
  optionalText(`${at}.failure`, heard.failure);
}

function checkItem(at: string, item: ScriptItem): void {
  requireObject(at, item);
  oneOf(`${at}.follows`, item.follows, ["end", "start"]);
  if (item.delayMs !== undefined) numberOption(`${at}.delayMs`, item.delayMs, 0, MAX_DELAY_MS);
  switch (item.type) {
    case "message":
      checkMessage(at, item);
      return;
    case "function_call":
      requireKnown(at, item, ["type", "name", "arguments", ...TIMING]);
      text(`${at}.name`, item.name);
      checkArguments(`${at}.arguments`, item.arguments);
      return;
    case "mcp_call":
      requireKnown(at, item, ["type", "server_label", "name", "arguments", "output", "error", "approval", ...TIMING]);
      text(`${at}.server_label`, item.server_label);
      text(`${at}.name`, item.name);
      checkArguments(`${at}.arguments`, item.arguments);
      optionalText(`${at}.output`, item.output);
      optionalText(`${at}.error`, item.error);
      if (item.output !== undefined && item.error !== undefined)
        throw new TypeError(`${at} has both output and error; allowed is either, or none where the simulated server answers.`);
      if (item.approval !== undefined) booleanOption(`${at}.approval`, item.approval);
      return;
    case "mcp_list_tools":
      requireKnown(at, item, ["type", "server_label", "tools", ...TIMING]);
      text(`${at}.server_label`, item.server_label);
      if (!Array.isArray(item.tools)) throw new TypeError(`${at}.tools is ${show(item.tools)}; allowed is a list of tools.`);
      for (const [i, tool] of item.tools.entries()) {
        record(`${at}.tools[${i}]`, tool, ["name", "description", "input_schema", "annotations"]);
        text(`${at}.tools[${i}].name`, tool.name);
      }
      return;
    default:
      throw new TypeError(`${at}.type is ${show((item as { type: unknown }).type)}; allowed are "message", "function_call", "mcp_call" and "mcp_list_tools".`);
  }
}

function checkMessage(at: string, item: Extract<ScriptItem, { type: "message" }>): void {
  requireKnown(at, item, ["type", "text", "audio", "words", "written", "phase", ...TIMING]);
  optionalText(`${at}.text`, item.text);
  oneOf(`${at}.phase`, item.phase, ["commentary", "final_answer"]);
  if (item.written !== undefined) booleanOption(`${at}.written`, item.written);
  if (item.audio !== undefined) checkAudio(`${at}.audio`, item.audio);
  if (item.words === undefined) {
    if (item.text === undefined) throw new TypeError(`${at} has neither text nor words; allowed is either, or both.`);
    return;
  }
  if (!Array.isArray(item.words)) throw new TypeError(`${at}.words is ${show(item.words)}; allowed is a list of { text, atMs }.`);
  let before = 0;
  for (const [i, word] of item.words.entries()) {
    record(`${at}.words[${i}]`, word, ["text", "atMs"]);
    text(`${at}.words[${i}].text`, word.text);
    before = numberOption(`${at}.words[${i}].atMs`, word.atMs, before, MAX_DELAY_MS);
  }
  const said = item.words.map((word) => word.text).join("");
  if (item.text !== undefined && item.text !== said)
    throw new TypeError(`${at}.text is ${show(item.text)}, but ${at}.words say ${show(said)}; they must agree.`);
}

function checkAudio(at: string, audio: ScriptAudio): void {
  if (audio === "echo" || audio === "none") return;
  if (typeof audio !== "object" || audio === null) throw new TypeError(`${at} is ${show(audio)}; allowed are ${AUDIO_ALLOWED}.`);
  requireKnown(at, audio, AUDIO_KINDS);
  const [kind, ...more] = Object.keys(audio) as (typeof AUDIO_KINDS)[number][];
  if (kind === undefined || more.length > 0) throw new TypeError(`${at} is ${show(audio)}; allowed are ${AUDIO_ALLOWED}, one of them.`);
  const value = (audio as Record<string, unknown>)[kind];
  if (kind === "wav") text(`${at}.wav`, value);
  else if (kind !== "say") numberOption(`${at}.${kind}`, value as number, 0, kind === "chirp" ? MAX_CHIRP_MS : MAX_DELAY_MS);
  else if (value !== true && typeof value !== "string") throw new TypeError(`${at}.say is ${show(value)}; allowed are true and a text.`);
}

function checkArguments(at: string, given: unknown): void {
  if (given === undefined || typeof given === "string") return;
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw new TypeError(`${at} is ${show(given)}; allowed are JSON text and an object.`);
}

function record(at: string, value: object, known: readonly string[]): void {
  requireObject(at, value);
  requireKnown(at, value, known);
}

function text(at: string, value: unknown): void {
  if (typeof value !== "string" || value === "") throw new TypeError(`${at} is ${show(value)}; allowed is a text that is not empty.`);
}

function optionalText(at: string, value: unknown): void {
  if (value !== undefined && typeof value !== "string") throw new TypeError(`${at} is ${show(value)}; allowed is a text.`);
}

function oneOf(at: string, value: unknown, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value as string)) return;
  throw new TypeError(`${at} is ${show(value)}; allowed are ${allowed.map((word) => JSON.stringify(word)).join(", ")}.`);
}
