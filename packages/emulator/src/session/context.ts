/**
 * What the parts of one session share. The session owns all of it; parts read the settings when they need them, since an update replaces them as a whole.
 */
import type { AudioFormat, KnownServerEvent } from "@sidetone/core/protocol";
import type { EmulatorClock } from "../clock.ts";
import type { SessionFaults } from "../faults/session-faults.ts";
import type { Ids } from "../ids.ts";
import type { Profile } from "../profiles.ts";
import type { Voice } from "../voices/voice.ts";
import type { Conversation, StoredItem } from "./conversation.ts";
import type { McpImports, McpServers } from "./mcp.ts";
import type { EffectiveSession } from "./session-config.ts";
import type { SpeechOutlet } from "./speech-outlet.ts";

type WithoutId<E> = E extends unknown ? Omit<E, "event_id"> : never;

/** A server event before it gets its id. */
export type OutgoingEvent = WithoutId<KnownServerEvent>;

/** The session as its parts see it. */
export interface SessionContext {
  /** The model asked for. */
  readonly model: string;
  readonly clock: EmulatorClock;
  readonly ids: Ids;
  readonly profile: Profile;
  readonly voice: Voice;
  readonly conversation: Conversation;
  /** The settings in effect now. */
  readonly config: EffectiveSession;
  /** The MCP servers that are simulated. */
  readonly mcpServers: McpServers;
  /** Brings their tools into the conversation. */
  readonly mcpImports: McpImports;
  /** Where the model's speech goes. */
  readonly outlet: SpeechOutlet;
  /** What goes wrong on demand. */
  readonly faults: Pick<SessionFaults, "response" | "commit" | "transcription">;
  /** Sends an event, with an id; after the connection has closed, does nothing. */
  send(event: OutgoingEvent): void;
  /** `{ obfuscation }` for a text-like delta, or nothing when it is switched off. */
  obfuscation(delta: string): { obfuscation?: string };
  /** Tells the recorder about an item, once, when it is made. */
  record(item: StoredItem): void;
}

/** `item` as it looks now, safe from later changes. */
export function snapshot<T>(item: T): T {
  return structuredClone(item);
}

/** Format of audio on a media track, whatever the settings say: the track's own encoding is below the session. */
export const TRACK_FORMAT: AudioFormat = Object.freeze({ type: "audio/pcm", rate: 24000 });

/** Format of the user's audio. */
export function inputFormat({ outlet, config }: Pick<SessionContext, "outlet" | "config">): AudioFormat {
  return outlet.byEvents ? config.audio.input.format : TRACK_FORMAT;
}
