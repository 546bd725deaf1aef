/**
 * Time, injected, so that a test may run a whole reply without waiting. Media time (what the server VAD counts in) never comes from here: it is counted in samples.
 */

/** A monotonic clock and one-shot timers; the same shape as the engine's clock, so one object serves both. */
export interface EmulatorClock {
  /** Milliseconds from an arbitrary origin, never running backwards. */
  nowMs(): number;
  /** Runs `task` once after at least `delayMs` milliseconds; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
  /** What the calendar says, in ms since 1970, for times such as `expires_at`. Default: the machine's calendar. */
  unixMs?(): number;
}

/** Calendar time by `clock`, in ms since 1970. */
export function unixMs(clock: EmulatorClock): number {
  return clock.unixMs?.() ?? Date.now();
}

/** Real time: `performance.now` and `setTimeout`. */
export const systemClock: EmulatorClock = Object.freeze({
  nowMs: () => performance.now(),
  after(delayMs: number, task: () => void) {
    const timer = setTimeout(task, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
});
