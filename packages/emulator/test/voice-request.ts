/** What a voice is asked, with nothing said. */
import type { Reply, SpokenMessage, Voice, VoiceRequest } from "../src/voices/voice.ts";

/** A request of a spoken reply at 24 kHz, to nothing at all, but for what is given. */
export function voiceRequest(given: Partial<VoiceRequest> = {}): VoiceRequest {
  return {
    userAudio: null,
    userText: "",
    items: [],
    modality: "audio",
    rate: 24000,
    voice: "marin",
    instructions: "",
    tools: [],
    toolChoice: "auto",
    signal: new AbortController().signal,
    ...given,
  };
}

/** What `voice` answers, as a whole reply. */
export async function replyOf(voice: Voice, given: Partial<VoiceRequest> = {}): Promise<Reply> {
  const reply = await voice.reply(voiceRequest(given));
  return "items" in reply ? reply : { items: reply };
}

/** The one message that `voice` answers. @throws {Error} when it answers anything else. */
export async function messageOf(voice: Voice, given: Partial<VoiceRequest> = {}): Promise<SpokenMessage> {
  const { items } = await replyOf(voice, given);
  const [item] = items;
  if (items.length !== 1 || item?.type !== "message") throw new Error(`Expected one message, got ${JSON.stringify(items)}`);
  return item;
}
