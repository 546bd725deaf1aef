/**
 * One AudioContext for all pipelines of a page, at the device's own rate, closed when nobody uses it.
 *
 * Browsers keep a context suspended until the person has clicked or typed. It is resumed on creation, and again on the next gesture if that was not enough.
 */

let shared: AudioContext | null = null;
let users = 0;

const GESTURES = ["pointerdown", "keydown", "touchend"] as const;

/** A context to use, and how to give it back. */
export interface ContextLease {
  readonly context: AudioContext;
  /** Gives the context back; idempotent. A context of the app's own is left alone. */
  release(): Promise<void>;
}

/** Borrows `own`, or the page's shared context. */
export function leaseContext(own: AudioContext | undefined): ContextLease {
  if (own !== undefined) {
    resume(own);
    return { context: own, release: () => Promise.resolve() };
  }
  shared ??= new AudioContext({ latencyHint: "interactive" });
  const context = shared;
  users++;
  resume(context);
  let released = false;
  return {
    context,
    async release() {
      if (released) return;
      released = true;
      users--;
      if (users > 0 || shared !== context) return;
      shared = null;
      await context.close();
    },
  };
}

function resume(context: AudioContext): void {
  if (context.state === "running") return;
  const retry = (): void => {
    if (context.state === "suspended") void context.resume().catch(() => undefined);
  };
  const stop = (): void => {
    if (context.state === "suspended") return;
    for (const gesture of GESTURES) removeEventListener(gesture, retry, true);
    context.removeEventListener("statechange", stop);
  };
  for (const gesture of GESTURES) addEventListener(gesture, retry, true);
  context.addEventListener("statechange", stop);
  retry();
}
