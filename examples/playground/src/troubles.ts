/**
 * Errors as a person needs them: what happened, and what to do now. The library's messages are sentences already; what this page knows better is added.
 */
import { SidetoneError, type SidetoneErrorCode } from "sidetone";

/** A notice. */
export interface Trouble {
  readonly title: string;
  readonly text: string;
  /** Whether the sample recording would help. */
  readonly offerSample: boolean;
}

const TITLES: Partial<Record<SidetoneErrorCode, string>> = {
  "microphone-denied": "No way to hear you",
  "microphone-unavailable": "No microphone to hear you",
  "worklet-blocked": "The browser refused the audio worklet",
  "worker-blocked": "The browser refused the engine worker",
  "connect-failed": "The model cannot be reached",
  "connect-timeout": "No answer",
  "auth-failed": "The key was refused",
  "connection-lost": "The conversation broke off",
  "server-error": "The server reported an error",
  "uplink-overflow": "Some of what you said was lost",
  "malformed-event": "The server sent something strange",
  "wav-invalid": "No sample recording",
};

const ADVICE: Partial<Record<SidetoneErrorCode, string>> = {
  "microphone-denied": "The sample recording needs no microphone.",
  "microphone-unavailable": "The sample recording needs no microphone.",
  "connect-timeout": "Press Start to try again.",
  "connection-lost": "Is the program that serves this page still running? Press Start to connect again.",
  "auth-failed": "A fresh key is fetched with every start; if it is refused again, check OPENAI_API_KEY and start the program anew.",
  "wav-invalid": "Build the playground again, or use the microphone.",
};

/** Taken back as soon as the page sounds. */
export const AUDIO_BLOCKED: Trouble = {
  title: "The browser keeps this page silent",
  text: "Click or press a key anywhere on the page to allow it to sound. If that does not help, look at the browser's sound settings for this site.",
  offerSample: false,
};

/** Makes a notice of whatever was thrown or reported. */
export function explain(error: unknown): Trouble {
  if (!SidetoneError.is(error)) {
    return {
      title: "Something unexpected happened",
      text: `${error instanceof Error ? error.message : String(error)} Press Start to try again.`,
      offerSample: false,
    };
  }
  const { code, message } = error;
  if (code === "audio-blocked") return AUDIO_BLOCKED;
  const text = [asSentence(message), ADVICE[code]].filter(Boolean).join(" ");
  return { title: TITLES[code] ?? "Something went wrong", text, offerSample: code === "microphone-denied" || code === "microphone-unavailable" };
}

function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
