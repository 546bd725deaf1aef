/** Time, injected: core has no timers of its own, so whoever runs the engine (worker, page, Node, a test) hands them in. */

/** A monotonic clock and one-shot timers. */
export interface Clock {
  /** Milliseconds from an arbitrary origin, never running backwards. */
  nowMs(): number;
  /** Runs `task` once after at least `delayMs` milliseconds; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
}
