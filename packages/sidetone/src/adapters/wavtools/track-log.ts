/**
 * The page's books on what it has sent to the playback worklet: which track each frame belongs to. Turns the worklet's answers into wavtools' terms.
 *
 * wavtools' API names tracks but never says that one is over, and a track may go on after a pause or after another track. The worklet wants items that end. So a track
 * is sent in parts: the part ends where another track begins or the track stays silent, and what comes after that is the track's next part, whose frames count on.
 * A part is an item of the worklet with a content index that no other part has. Thread: the page. No audio is kept here.
 */
import type { PlaybackLocated } from "@sidetone/core/engine";

/** Where in a track the ear is. */
export interface TrackSampleOffset {
  /** Track, as named in `add16BitPCM`. */
  trackId: string;
  /** Samples of the track heard, at the player's `sampleRate`; never more than were added. */
  offset: number;
  /** The same in seconds. */
  currentTime: number;
}

/** Names a part as the worklet knows it. */
export interface PartName {
  readonly itemId: string;
  readonly contentIndex: number;
}

interface Part extends PartName {
  /** Frames of the track in earlier parts. */
  readonly before: number;
  /** Frames sent. */
  frames: number;
  ended: boolean;
  /** Frames that were told to have been heard; what was heard is never taken back. */
  told: number;
}

/** What the parts of all logs of a player share. */
class Ledger {
  /** Frames sent of each track that was not interrupted. */
  readonly totals = new Map<string, number>();
  parts = 0;
}

/** Parts from the one at the ear on, in playing order. */
export class TrackLog {
  readonly #ledger: Ledger;
  #parts: Part[] = [];

  /** An empty log; `before` is the log whose tracks this one goes on with. */
  constructor(before?: TrackLog) {
    this.#ledger = before === undefined ? new Ledger() : before.#ledger;
  }

  /** Whether nothing is under way. */
  get empty(): boolean {
    return this.#parts.length === 0;
  }

  /** Tracks that have parts here. */
  get trackIds(): string[] {
    return [...new Set(this.#parts.map((part) => part.itemId))];
  }

  /** Notes `frames` more of a track: the part to send them as, and the part that is over with that, if any. */
  add(trackId: string, frames: number): { part: PartName; ended: PartName | null } {
    const { totals } = this.#ledger;
    let part = this.#parts.at(-1);
    let ended: PartName | null = null;
    if (part === undefined || part.itemId !== trackId || part.ended) {
      ended = this.endLast();
      part = { itemId: trackId, contentIndex: this.#ledger.parts++, before: totals.get(trackId) ?? 0, frames: 0, ended: false, told: 0 };
      this.#parts.push(part);
    }
    part.frames += frames;
    totals.set(trackId, part.before + part.frames);
    return { part, ended };
  }

  /** Ends the newest part; null when that is done already. */
  endLast(): PartName | null {
    const last = this.#parts.at(-1);
    if (last === undefined || last.ended) return null;
    last.ended = true;
    return last;
  }

  /** Whether everything noted here has passed the ear, by the worklet's answer. */
  finished(at: PlaybackLocated): boolean {
    const last = this.#parts.at(-1);
    return last === undefined || (!at.sounding && at.itemId !== null && at.contentIndex === last.contentIndex && at.heardFrames >= last.frames);
  }

  /** Frames heard of the parts before the worklet's position are history; lets those parts go. */
  advance({ itemId, contentIndex }: Pick<PlaybackLocated, "itemId" | "contentIndex">): void {
    if (itemId === null) return;
    let past = 0;
    while (past < this.#parts.length && this.#parts[past].contentIndex < contentIndex) past++;
    if (past > 0) this.#parts.splice(0, past);
  }

  /**
   * The track at the ear and its offset, by the worklet's answer: the part that sounds, or, in silence, the first that has anything left to play or to come; null when
   * nothing has.
   */
  locate(at: PlaybackLocated, sampleRate: number): TrackSampleOffset | null {
    this.advance(at);
    for (;;) {
      const part = this.#parts[0];
      if (part === undefined) return null;
      const isAtEar = at.itemId !== null && at.contentIndex === part.contentIndex;
      if (isAtEar) part.told = Math.max(part.told, Math.min(at.heardFrames, part.frames));
      if (!part.ended || part.told < part.frames || (isAtEar && at.sounding)) {
        const offset = part.before + part.told;
        return { trackId: part.itemId, offset, currentTime: offset / sampleRate };
      }
      this.#parts.shift();
    }
  }

  /** Ends the books after a cut: tracks that were not heard to their end, as `located` says, by name; their frames count from 0 again. */
  cut(located: TrackSampleOffset | null): string[] {
    const ids = located === null ? [] : this.trackIds;
    for (const id of ids) this.#ledger.totals.delete(id);
    this.#parts = [];
    return ids;
  }
}
