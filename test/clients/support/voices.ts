/** What the emulator's model says in these tests, and how fast. */
import { type AudioClip, type ProfileOverrides, type SpokenItem, toneClip, type Voice, type VoiceRequest } from "@sidetone/emulator";

/** A model that answers almost at once, and sends its speech 20 times faster than it plays. */
export const QUICK: ProfileOverrides = Object.freeze({ firstAudioDelayMs: 30, transcriptLeadMs: 10, speedUp: 20, transcriptionDelayMs: 20 });

/** `ms` of tones at 24 kHz. */
export function tones(ms: number): AudioClip {
  return toneClip(ms, 24_000);
}

/** Something that is said: the words, with `ms` of sound. */
export function saying(text: string, ms = 400): SpokenItem {
  return { type: "message", text, audio: tones(ms) };
}

/** A call of a function. */
export function calling(name: string, args: object): SpokenItem {
  return { type: "function_call", name, arguments: JSON.stringify(args) };
}

/** A voice that gives the replies one after another and keeps what it was asked; it fails when there are no more. */
export class ScriptedVoice implements Voice {
  readonly requests: VoiceRequest[] = [];
  readonly #replies: readonly (readonly SpokenItem[])[];

  constructor(...replies: (readonly SpokenItem[])[]) {
    this.#replies = replies;
  }

  reply(request: VoiceRequest): readonly SpokenItem[] {
    this.requests.push(request);
    const reply = this.#replies[this.requests.length - 1];
    if (reply === undefined) throw new Error(`There is no reply number ${this.requests.length}.`);
    return reply;
  }
}
