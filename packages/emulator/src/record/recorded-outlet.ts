/**
 * An outlet whose speech is recorded. Only for media tracks: speech that goes out as events is recorded with them.
 */
import { type AudioFormat, formatRate, PCM16_24K } from "@sidetone/core/protocol";
import { convertClip, decodeWire, encodeWire } from "../audio.ts";
import type { SpeechOutlet } from "../session/speech-outlet.ts";
import type { SessionRecorder } from "./session-recorder.ts";

/** `outlet`, and a recorder that listens; `outlet` itself where its speech goes out as events, or nothing is recorded. */
export function recordedOutlet(outlet: SpeechOutlet, recorder: SessionRecorder | null): SpeechOutlet {
  if (recorder === null || outlet.byEvents) return outlet;
  return {
    byEvents: false,
    begin: (speech) => outlet.begin(speech),
    write: (speech, bytes) => {
      recorder.track("out", trackBytes(bytes, speech.format), speech.itemId);
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

/** Audio of a track as recordings have it. */
function trackBytes(bytes: Uint8Array, format: AudioFormat): Uint8Array {
  if (format.type === PCM16_24K.type) return bytes;
  const rate = formatRate(PCM16_24K);
  return encodeWire(convertClip({ samples: decodeWire(bytes, format), rate: formatRate(format) }, rate).samples, PCM16_24K);
}
