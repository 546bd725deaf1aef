/**
 * What a voice is told: the part of the conversation that has not been answered, as one piece of audio and one text.
 */
import { formatRate, type Voice as VoiceChoice, type VoiceName } from "@sidetone/core/protocol";
import { joinClips } from "../audio.ts";
import type { VoiceRequest } from "../voices/voice.ts";
import { snapshot } from "./context.ts";
import type { Conversation } from "./conversation.ts";
import type { ResponsePlan } from "./response.ts";

/** The request for the reply that `plan` asks for. */
export function voiceRequest(plan: ResponsePlan, conversation: Conversation, signal: AbortSignal): VoiceRequest {
  const open = conversation.open(plan.input);
  const written: string[] = [];
  for (const { wire } of open) {
    if (wire.type !== "message" || wire.role !== "user") continue;
    for (const part of wire.content) if (part.type === "input_text") written.push(part.text);
  }
  return {
    userAudio: joinClips(open.flatMap(({ heard }) => [...heard.values()])),
    userText: written.join("\n"),
    items: snapshot(plan.input.map(({ wire }) => wire)),
    modality: plan.modality,
    rate: formatRate(plan.format),
    voice: voiceName(plan.voice),
    instructions: plan.instructions,
    tools: plan.tools,
    toolChoice: plan.toolChoice,
    signal,
  };
}

/** A voice by one word: its name, or the id of a custom one. Clients take nothing else in a response. */
export function voiceName(voice: VoiceChoice): VoiceName {
  return typeof voice === "string" ? voice : voice.id;
}
