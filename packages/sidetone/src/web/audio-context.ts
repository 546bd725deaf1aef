/**
 * One AudioContext for all pipelines of a page, at the device's own rate, closed when nobody uses it.
 *
 * Browsers keep a context suspended until the person has clicked or typed. It is resumed on creation, and again on the next gesture if that was not enough.
 */
import { describe, SidetoneError } from "@sidetone/core";

let shared: AudioContext | null = null;
let users = 0;

const GESTURES = ["pointerdown", "keydown", "touchend"] as const;

/** A context to use, and how to give it back. */
export interface ContextLease {
  readonly context: AudioContext;
  /** Gives the context back; idempotent. A context of the app's own is left alone. */
  release(): Promise<void>;
}

/** Borrows `own`, or the page's shared context. @throws {SidetoneError} `audio-unavailable` when the browser gives none. */
export function leaseContext(own: AudioContext | undefined): ContextLease {
  const context = own ?? share();
  const stopResuming = keepRunning(context);
  let released = false;
  return {
    context,
    async release() {
      if (released) return;
      released = true;
      stopResuming();
      if (own !== undefined) return;
      users--;
      if (users > 0 || shared !== context) return;
      shared = null;
      await context.close();
    },
  };
}

function share(): AudioContext {
  shared ??= createContext();
  users++;
  return shared;
}

/** A context at the device's own rate. @throws {SidetoneError} `audio-unavailable` when the browser gives none. */
export function createContext(): AudioContext {
  try {
    return new AudioContext({ latencyHint: "interactive" });
  } catch (cause) {
    throw new SidetoneError(
      "audio-unavailable",
      `The browser gives this page no audio (${describe(cause)}). Close other pages that play, or check the sound device.`,
      {
        fatal: true,
        cause,
      },
    );
  }
}

/** Resumes `context` now and at every gesture at which it is not running (a phone call or a lock screen may stop it again); the returned function ends that. */
function keepRunning(context: AudioContext): () => void {
  const resume = (): void => {
    if (context.state !== "running" && context.state !== "closed") void context.resume().catch(() => undefined);
  };
  for (const gesture of GESTURES) addEventListener(gesture, resume, true);
  resume();
  return () => {
    for (const gesture of GESTURES) removeEventListener(gesture, resume, true);
  };
}
