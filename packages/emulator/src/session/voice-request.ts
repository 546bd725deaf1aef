/**
 * What a voice is told: the part of the conversation that has not been answered, as one piece of audio and one text.
 */
import { formatRate } from "@sidetone/core/protocol";
import { joinClips } from "../audio.ts";
import type { VoiceRequest } from "../voices/voice.ts";
import { snapshot } from "./context.ts";
import type { ResponsePlan } from "./response.ts";

/** The request for the reply that `plan` asks for. */
export function voiceRequest(plan: ResponsePlan, signal: AbortSignal): VoiceRequest {
  const answered = plan.input.findLastIndex(({ wire }) => wire.type === "message" && wire.role === "assistant");
  const open = plan.input.slice(answered + 1);
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
    voice: typeof plan.voice === "string" ? plan.voice : plan.voice.id,
    instructions: plan.instructions,
    tools: plan.tools,
    toolChoice: plan.toolChoice,
    signal,
  };
}
