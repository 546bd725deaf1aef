/**
 * The sound of a Live session: for each frame that is heard there is one frame that is said, and both have the same place on the timeline. Turns are found but not told.
 * When the user speaks over the model for long enough, it fades out; a short "mhm" does not stop it. A fixture takes over the output and shuts the input off.
 */
import { type AudioClip, convertClip } from "../audio.ts";
import { TurnListener } from "../streaming/turn-listener.ts";
import { Utterances } from "../streaming/utterances.ts";
import type { Vad } from "../vad/vad.ts";
import { LIVE_RATE } from "./live-format.ts";

/** How a Live model behaves; times in ms of the session's timeline. */
export const LIVE_BEHAVIOUR = Object.freeze({
  /** Length of one frame, of which every delta holds one. */
  frameMs: 80,
  /** Probability from which the detector's frame counts as speech. */
  vadThreshold: 0.5,
  /** Audio before the first voiced frame that belongs to what the user said. */
  prefixPaddingMs: 300,
  /** Silence after which the model answers. */
  silenceMs: 500,
  /** From the end of that silence to the first sound of the answer, rounded up to whole frames. */
  replyDelayMs: 160,
  /** Speech of the user, pauses not counted, after which a model that is speaking gives way. */
  yieldAfterMs: 320,
  /** How long its voice then takes to fade. */
  fadeMs: 80,
  /** Longest fixture. */
  fixtureMaxMs: 30_000,
});

const FRAME_SAMPLES = (LIVE_RATE * LIVE_BEHAVIOUR.frameMs) / 1000;
const FADE_SAMPLES = (LIVE_RATE * LIVE_BEHAVIOUR.fadeMs) / 1000;

/** What the sound tells its session. */
export interface LiveAudioOptions {
  readonly createVad: () => Vad;
  /** The user has said something; `answered` is false when it was no more than an "mhm" while the model spoke on. */
  readonly onTurn: (clip: AudioClip, span: LiveSpan, answered: boolean) => void;
  /** The user speaks over the model, which gives way. */
  readonly onYield: () => void;
  /** A frame of output, and the words that begin in it. */
  readonly onFrame: (samples: Int16Array, text: string, span: LiveSpan) => void;
  /** A fixture has been played to its end. */
  readonly onFixturePlayed: () => void;
}

/** A stretch of the timeline, in ms from its start. */
export interface LiveSpan {
  readonly start_ms: number;
  readonly end_ms: number;
}

/** Hears and speaks, frame by frame. */
export class LiveAudio {
  /** Whether the input is muted: the model hears silence. */
  muted = false;
  readonly #options: LiveAudioOptions;
  readonly #listener: TurnListener;
  readonly #speech = new Utterances();
  #fixture: { readonly samples: Int16Array; at: number } | null = null;
  #frames = 0;

  constructor(options: LiveAudioOptions) {
    this.#options = options;
    const { vadThreshold: threshold, prefixPaddingMs, silenceMs } = LIVE_BEHAVIOUR;
    this.#listener = new TurnListener({
      createVad: options.createVad,
      rate: LIVE_RATE,
      threshold,
      prefixPaddingMs,
      silenceMs,
      onTurn: (clip, startMs, endMs) => {
        if (this.#fixture === null) options.onTurn(clip, { start_ms: startMs, end_ms: endMs }, !this.#speech.speaking);
      },
    });
  }

  /** How far the timeline has come, in ms. */
  get timelineMs(): number {
    return this.#frames * LIVE_BEHAVIOUR.frameMs;
  }

  /** Whether a fixture is playing, or about to. */
  get fixtureActive(): boolean {
    return this.#fixture !== null;
  }

  /** Has something said behind what is being said, `leadMs` later; without audio, its words come without sound. */
  speak(text: string, audio: AudioClip | undefined, leadMs: number): void {
    const samples = audio === undefined ? new Int16Array(0) : convertClip(audio, LIVE_RATE).samples;
    const delayMs = leadMs + (this.#speech.speaking ? 0 : LIVE_BEHAVIOUR.replyDelayMs);
    this.#speech.add(text, samples, Math.round((delayMs * LIVE_RATE) / 1000));
  }

  /** Plays 24 kHz samples instead of the model's voice, which fades out first; the input is shut off until they are over. */
  playFixture(samples: Int16Array): void {
    this.#speech.fadeOut(FADE_SAMPLES);
    this.#fixture = { samples, at: 0 };
  }

  /** One frame of the timeline: what is heard, then what is said. */
  frame(heard: Int16Array): void {
    this.#listener.push(this.muted || this.#fixture !== null ? new Int16Array(heard.length) : heard);
    if (this.#listener.voicedMs >= LIVE_BEHAVIOUR.yieldAfterMs && this.#speech.speaking) {
      this.#speech.fadeOut(FADE_SAMPLES);
      this.#options.onYield();
    }
    const startMs = this.timelineMs;
    const { samples, text } = this.#next();
    this.#frames++;
    this.#options.onFrame(samples, text, { start_ms: startMs, end_ms: this.timelineMs });
    if (this.#fixture === null || this.#fixture.at < this.#fixture.samples.length) return;
    this.#fixture = null;
    this.#options.onFixturePlayed();
  }

  /** The next frame of the model's voice; a fixture waits until that has faded. */
  #next(): { samples: Int16Array; text: string } {
    const fixture = this.#fixture;
    if (fixture === null || (fixture.at === 0 && this.#speech.speaking)) return this.#speech.next(FRAME_SAMPLES);
    const samples = new Int16Array(FRAME_SAMPLES);
    samples.set(fixture.samples.subarray(fixture.at, fixture.at + FRAME_SAMPLES));
    fixture.at += FRAME_SAMPLES;
    return { samples, text: "" };
  }
}
