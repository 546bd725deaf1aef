/** A clock that runs `speed` times faster than the world, for sessions that pace themselves in real time. */
export function fastClock(speed: number): { nowMs(): number; after(delayMs: number, task: () => void): () => void } {
  return {
    nowMs: () => performance.now() * speed,
    after(delayMs, task) {
      const timer = setTimeout(task, Math.max(0, delayMs / speed));
      return () => clearTimeout(timer);
    },
  };
}
