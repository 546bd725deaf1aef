/**
 * A whole reply in time: when each of its items begins, which are made at once, and when each is done. What an item says is the business of its own script
 * (`reply-script`); which events announce it, of the item (`output-item`).
 */
import type { Profile } from "../profiles.ts";
import type { SpokenItem } from "../voices/voice.ts";
import type { OutputItem } from "./output-item.ts";
import type { Played, SubScript } from "./reply-script.ts";

/** Opens, plays and closes items. */
export interface ReplyStage {
  /** Opens an item at `atMs`, in ms from the start of the response. */
  open(item: SpokenItem, atMs: number): { readonly output: OutputItem | null; readonly script: SubScript };
  /** Closes it. */
  close(output: OutputItem, end: "completed" | "incomplete"): void;
  /** An item was played. */
  played(result: Played): void;
}

interface Track {
  readonly output: OutputItem | null;
  readonly script: SubScript;
  nextMs: number;
}

/** Plays `items`, the first at `startMs`. Returns whether all of them were made, false if one was cut because the tokens were used up. */
export function* playReply(items: readonly SpokenItem[], startMs: number, profile: Profile, stage: ReplyStage): Generator<number, boolean, void> {
  const tracks: Track[] = [];
  /** Items that are made and wait for the next one to be announced. */
  let waiting: OutputItem[] = [];
  let next = 0;
  let nextMs: number | null = items.length === 0 ? null : startMs + (items[0]?.delayMs ?? 0);
  while (tracks.length > 0 || nextMs !== null) {
    const track = tracks.reduce<Track | null>((first, other) => (first === null || other.nextMs < first.nextMs ? other : first), null);
    if (nextMs !== null && (track === null || nextMs <= track.nextMs)) {
      const atMs: number = nextMs;
      yield atMs;
      const { output, script } = stage.open(items[next] as SpokenItem, atMs);
      for (const done of waiting) stage.close(done, "completed");
      waiting = [];
      next++;
      tracks.push({ output, script, nextMs: atMs });
      const after = items[next];
      nextMs = after?.follows === "start" ? atMs + (after.delayMs ?? 0) : null;
      continue;
    }
    if (track === null) break;
    yield track.nextMs;
    const step = track.script.next();
    if (!step.done) {
      track.nextMs = step.value;
      continue;
    }
    tracks.splice(tracks.indexOf(track), 1);
    stage.played(step.value);
    if (step.value.cut) {
      for (const done of waiting) stage.close(done, "completed");
      for (const open of [track, ...tracks]) if (open.output !== null) stage.close(open.output, "incomplete");
      return false;
    }
    const after = items[next];
    // With several items at once, the next one follows the last of them that ends.
    if (after !== undefined && nextMs === null && tracks.length === 0) nextMs = step.value.endMs + (after.delayMs ?? 0);
    if (track.output === null) continue;
    if (nextMs !== null && profile.overlappingItems && after?.follows !== "start") waiting.push(track.output);
    else stage.close(track.output, "completed");
  }
  return true;
}
