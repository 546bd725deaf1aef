/** One line that says what is going on, and one that says what to do about it. */
import type { PipelineSnapshot } from "sidetone";
import type { Service } from "./service.ts";
import type { Session, SourceChoice } from "./session.ts";

/** What the page looks like; style.css has a colour for each. */
export type Mood = "idle" | "connecting" | "listening" | "you" | "reply" | "muted" | "failed";

/** The two lines. */
export interface StateLine {
  readonly mood: Mood;
  readonly state: string;
  readonly hint: string;
}

/** Describes a session, or its absence. `service` is null until it is known. */
export function describeState(session: Session | null, source: SourceChoice, service: Service | null): StateLine {
  if (session === null) return { mood: "idle", state: "Ready", hint: firstHint(source) };
  if (session.outcome === "failed") return { mood: "failed", state: "Ended by an error", hint: "Press Start to try again." };
  if (session.outcome === "stopped") return { mood: "idle", state: "Ended", hint: "Press Start for a new conversation." };
  const snapshot = session.pipeline.getSnapshot();
  if (snapshot.state === "open") return describeOpen(snapshot, source, service?.service === "emulator");
  return { mood: "connecting", state: "Connecting…", hint: source === "microphone" ? "The browser may ask for your microphone." : "" };
}

function describeOpen(snapshot: PipelineSnapshot, source: SourceChoice, emulator: boolean): StateLine {
  const who = emulator ? "The emulator" : "The model";
  const { muted, userSpeaking, agentSpeaking, conversation } = snapshot;
  if (userSpeaking && !muted)
    return { mood: "you", state: source === "sample" ? "The recording speaks" : "You speak", hint: `${who} answers when there is a pause.` };
  if (agentSpeaking) {
    const how = source === "sample" ? "“Say it again” cuts in, as a person would." : "Just speak to cut in.";
    return { mood: "reply", state: `${who} speaks`, hint: muted ? "You are muted; press Mute again to cut in by voice." : how };
  }
  if (muted) return { mood: "muted", state: "Muted", hint: "Silence is sent instead of your voice. Press Mute again to be heard." };
  if (source === "sample") return { mood: "listening", state: "Listening", hint: "“Say it again” plays the recording once more." };
  const said = conversation.some((entry) => entry.role === "user");
  const first = emulator
    ? "Say something: the emulator repeats your words. Headphones keep it from hearing itself."
    : "Say something: the model answers aloud.";
  return { mood: "listening", state: "Listening", hint: said ? "Your turn." : first };
}

/** Before the first start it is not known who will answer: asking would cost a key. */
function firstHint(source: SourceChoice): string {
  const first = source === "sample" ? "Press Start: a recorded sentence is said for you." : "Press Start and say something.";
  return `${first} The emulator repeats it; with an OpenAI key, the model answers.`;
}
