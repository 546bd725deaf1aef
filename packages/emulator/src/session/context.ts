/**
 * What the parts of one session share. The session owns all of it; parts read the settings when they need them, since an update replaces them as a whole.
 */
import type { KnownServerEvent } from "@sidetone/core/protocol";
import type { EmulatorClock } from "../clock.ts";
import type { Ids } from "../ids.ts";
import type { Profile } from "../profiles.ts";
import type { Voice } from "../voices/voice.ts";
import type { Conversation, StoredItem } from "./conversation.ts";
import type { EffectiveSession } from "./session-config.ts";

type WithoutId<E> = E extends unknown ? Omit<E, "event_id"> : never;

/** A server event before it gets its id. */
export type OutgoingEvent = WithoutId<KnownServerEvent>;

/** The session as its parts see it. */
export interface SessionContext {
  readonly clock: EmulatorClock;
  readonly ids: Ids;
  readonly profile: Profile;
  readonly voice: Voice;
  readonly conversation: Conversation;
  /** The settings in effect now. */
  readonly config: EffectiveSession;
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
