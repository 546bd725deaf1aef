/**
 * A voice that says what it heard: the user's own audio, without the silence around it. In 24 kHz PCM16 both ways, every sample comes back as it was sent.
 */
import { type AudioClip, clipMs } from "../audio.ts";
import { toneClip } from "./tone.ts";
import { seconds, type Voice } from "./voice.ts";

/** Loudness below which an edge is cut off, relative to the loudest 10 ms. */
const SILENCE_RATIO = 10 ** (-35 / 20);
const WINDOW_MS = 10;
/** Audio kept around what is not silent, in ms. */
const KEEP_BEFORE_MS = 100;
const KEEP_AFTER_MS = 200;
/** The model speaks in tokens of 50 ms; so does the echo, as far as there is audio. */
const TOKEN_MS = 50;
/** Length of the sound that answers a text, in ms: per character, and its bounds. */
const READING_MS_PER_CHARACTER = 60;
const MIN_READING_MS = 800;
const MAX_READING_MS = 6000;

/** A voice that echoes speech, and answers text with a tone as long as reading it aloud. */
export function echoVoice(): Voice {
  return {
    reply: ({ userAudio, userText, modality, rate }) => {
      if (userAudio === null) {
        const text = userText === "" ? "(nothing to echo)" : `(echo of “${userText}”)`;
        return [{ type: "message", text, audio: readingTone(userText, rate) }];
      }
      const audio = trimSilence(userAudio);
      const text = `(echo of ${seconds(clipMs(audio))}${modality === "text" ? " of speech" : ""})`;
      return [{ type: "message", text, audio }];
    },
  };
}

/** `clip` without leading and trailing silence but for a margin; all of it when it is silent throughout. */
export function trimSilence(clip: AudioClip): AudioClip {
  const window = Math.round((clip.rate * WINDOW_MS) / 1000);
  const levels: number[] = [];
  for (let at = 0; at + window <= clip.samples.length; at += window) levels.push(rms(clip.samples.subarray(at, at + window)));
  const gate = Math.max(1, Math.max(0, ...levels) * SILENCE_RATIO);
  const first = levels.findIndex((level) => level >= gate);
  if (first < 0) return clip;
  const last = levels.findLastIndex((level) => level >= gate) + 1;
  const start = Math.max(0, first * WINDOW_MS - KEEP_BEFORE_MS);
  const lengthMs = Math.ceil((last * WINDOW_MS + KEEP_AFTER_MS - start) / TOKEN_MS) * TOKEN_MS;
  const from = Math.round((start * clip.rate) / 1000);
  return { samples: clip.samples.slice(from, from + Math.round((lengthMs * clip.rate) / 1000)), rate: clip.rate };
}

/** A tone about as long as reading `text` aloud; `rate` in Hz. */
export function readingTone(text: string, rate: number): AudioClip {
  return toneClip(Math.min(MAX_READING_MS, Math.max(MIN_READING_MS, text.length * READING_MS_PER_CHARACTER)), rate);
}

function rms(samples: Int16Array): number {
  let squares = 0;
  for (const sample of samples) squares += sample * sample;
  return Math.sqrt(squares / samples.length);
}
