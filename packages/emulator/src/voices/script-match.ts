/**
 * Whether a turn of a script answers what was said.
 */
import type { ConversationItem, FunctionCallItem, FunctionCallOutputItem } from "@sidetone/core/protocol";
import type { ScriptConditions, ScriptMatch } from "./script-types.ts";
import type { VoiceRequest } from "./voice.ts";

/** What a script looks at. */
export interface ScriptMoment {
  /** Number of the response in its session, from 1. */
  readonly response: number;
  /** What the user wrote or is taken to have said since the model's last message. */
  readonly text: string;
  /** Whether the user spoke since then. */
  readonly spoken: boolean;
  /** The function's output that came last, and the name of the function; null when something else came last. */
  readonly functionOutput: { readonly name: string | null; readonly output: string } | null;
}

/** The moment of `request`; `transcripts` says by item id what the user is taken to have said. */
export function momentOf(request: VoiceRequest, response: number, transcripts: ReadonlyMap<string, string>): ScriptMoment {
  const { items, userAudio } = request;
  const answered = items.findLastIndex((item) => item.type === "message" && item.role === "assistant");
  const said: string[] = [];
  for (const item of items.slice(answered + 1)) {
    if (item.type !== "message" || item.role !== "user") continue;
    for (const part of item.content) {
      if (part.type === "input_text") said.push(part.text);
      else if (part.type === "input_audio") said.push(part.transcript ?? transcripts.get(item.id ?? "") ?? "");
    }
  }
  const last = items.at(-1);
  const output = last?.type === "function_call_output" ? last : null;
  return {
    response,
    text: said.filter((part) => part !== "").join("\n"),
    spoken: userAudio !== null,
    functionOutput: output && { name: callOf(output, items)?.name ?? null, output: output.output },
  };
}

/** Whether `when` fits; without one, everything does. */
export function fits(when: ScriptMatch | undefined, moment: ScriptMoment): boolean {
  if (when === undefined || when === "any") return true;
  const { response, text, spoken, functionOutput } = when;
  if (response !== undefined && response !== moment.response) return false;
  if (spoken !== undefined && spoken !== moment.spoken) return false;
  return (text === undefined || textFits(text, moment.text)) && (functionOutput === undefined || outputFits(functionOutput, moment.functionOutput));
}

function textFits(text: NonNullable<ScriptConditions["text"]>, said: string): boolean {
  if (typeof text === "string") return said.toLowerCase().includes(text.toLowerCase());
  return new RegExp(text.matches, text.flags).test(said);
}

function outputFits(wanted: NonNullable<ScriptConditions["functionOutput"]>, given: ScriptMoment["functionOutput"]): boolean {
  if (typeof wanted === "boolean") return wanted === (given !== null);
  if (given === null) return false;
  return (wanted.name === undefined || wanted.name === given.name) && (wanted.holds === undefined || given.output.includes(wanted.holds));
}

function callOf({ call_id }: FunctionCallOutputItem, items: readonly ConversationItem[]): FunctionCallItem | undefined {
  return items.find((item): item is FunctionCallItem => item.type === "function_call" && item.call_id === call_id);
}
