/**
 * An outlet whose speech is recorded. Only for media tracks: speech that goes out as events is recorded with them.
 */
import type { SpeechOutlet } from "../session/speech-outlet.ts";
import type { SessionRecorder } from "./session-recorder.ts";

/** `outlet`, and a recorder that listens; `outlet` itself where its speech goes out as events, or nothing is recorded. */
export function recordedOutlet(outlet: SpeechOutlet, recorder: SessionRecorder | null): SpeechOutlet {
  if (recorder === null || outlet.byEvents) return outlet;
  return {
    byEvents: false,
    begin: (speech) => outlet.begin(speech),
    write: (speech, bytes) => {
      recorder.track("out", bytes, speech.itemId);
      outlet.write(speech, bytes);
    },
    end: (speech) => outlet.end(speech),
    responseDone: (responseId) => outlet.responseDone(responseId),
    interrupt: () => outlet.interrupt(),
    interrupted: () => outlet.interrupted(),
    clear: () => outlet.clear(),
    close: () => outlet.close(),
  };
}
