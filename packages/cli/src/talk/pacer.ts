/**
 * A real-time pulse: step k comes k x stepMs after the start, however long the steps themselves take, so that nothing drifts. After a stall the steps that
 * were missed come at once, one per turn of the event loop, so that the network is served in between.
 */

/** Time as a pacer needs it. */
export interface PaceClock {
  /** ms from any origin, never running backwards. */
  nowMs(): number;
  /** Resolves after about `ms`; 0 lets everything else run once. */
  sleep(ms: number): Promise<void>;
}

/** Real time. */
export const systemPaceClock: PaceClock = {
  nowMs: () => performance.now(),
  sleep: (ms) =>
    new Promise((resolve) => {
      if (ms > 0) setTimeout(resolve, ms);
      else setImmediate(resolve);
    }),
};

/** Calls `step` with 0, 1, 2... at the pace of `stepMs` until it returns `stop`. */
export async function pace(stepMs: number, step: (index: number) => "go-on" | "stop", clock: PaceClock = systemPaceClock): Promise<void> {
  const startMs = clock.nowMs();
  for (let index = 0; step(index) === "go-on"; index++) {
    const dueMs = startMs + (index + 1) * stepMs;
    await clock.sleep(Math.max(0, dueMs - clock.nowMs()));
    // Timers may fire a little early; a step must not.
    while (clock.nowMs() < dueMs) await clock.sleep(dueMs - clock.nowMs());
  }
}
