/** What takes part: something that is given deltas as they arrive and fills the device's quanta. Virtual time only; nobody waits for anything real. */

/** Frames that a device asks for at a time (Web Audio's render quantum). */
export const QUANTUM = 128;

/** The rate of media and device, in Hz; the same, so that no resampler takes part. */
export const RATE = 24000;

/** One quantum, in ms. */
export const QUANTUM_MS = (QUANTUM * 1000) / RATE;

/**
 * What a message through a port takes, in ms, there and back alike. So short that wavtools, which loses what is under way when its node ends, loses at 0.95x about what it loses in a real
 * Chromium (2.8 % of 100 ms chunks, 5.2 % of 40 ms chunks); a longer one would be unfair to it.
 */
export const PORT_MS = 0.1;

/** Audio of an item that arrived. */
export interface Delta {
  readonly itemId: string;
  readonly samples: Int16Array;
  /** Media frame of the item at which it begins. Only RTP tells. */
  readonly startFrame?: number;
}

/** Where a player says an item was cut; null items are what it has no word on. */
export interface Position {
  readonly itemId: string | null;
  readonly heardMs: number;
}

/** A player in a run. */
export interface Player {
  /** Audio has come, at `arrivedMs`; the quantum that begins at `nowMs` is the first that may know of it. */
  receive(delta: Delta, nowMs: number, arrivedMs: number): void;
  /** Nothing follows for the item. */
  done(itemId: string, nowMs: number): void;
  /** Writes the next quantum; the first of its frames is at the device's output at `nowMs`. */
  render(output: Float32Array, nowMs: number): void;
  /** The user speaks: stop, and say what was heard. Undefined where the player has no position to tell. */
  interrupt?(nowMs: number): Promise<readonly Position[] | undefined>;
  /** Holds still, goes on. */
  pause?(): void;
  resume?(): void;
  /** Gauges for the timeline, in ms: what is queued, and what the player aims at. */
  gauges?(): { readonly levelMs: number; readonly targetMs: number };
  /** Whoever holds something outside of itself lets go of it. */
  close?(): void;
}

/** How a player comes to be. */
export interface PlayerKind {
  readonly id: string;
  readonly label: string;
  readonly origin: "sidetone" | "npm" | "client" | "fixed";
  /** npm package whose code it is. */
  readonly package?: string;
  /** Written anew from the behaviour of released versions, so not the peer's own code. */
  readonly rewritten: boolean;
  /**
   * It runs in an AudioWorklet: what it is told passes a port first. Players on the main thread hear at once, but what they schedule starts with the next quantum at the earliest.
   * `own`: it posts through the port of the virtual Web Audio by itself.
   */
  readonly hop: "worklet" | "main" | "own";
  /** Traces that it can be given; RTP needs somebody who knows what a start frame is. */
  readonly rtp: boolean;
  /** What the table says of it. */
  readonly note: string;
  create(): Player | Promise<Player>;
}
