/**
 * One spoken conversation from samples, at the pace of real time, through the engine that a page runs: what a person would have heard, as a tape.
 *
 * The timeline is that of a sound card with 20 ms buffers: in step k the chunk that sounds from k x 20 ms on is pulled, and the chunk that was spoken in the
 * 20 ms before is written. After the recording ends silence is written, so that the server can hear the end of the turn. Time is counted in steps; only the
 * pacer knows a clock.
 */
import type { EngineStats, Interruption, Pipeline, PlayoutOptions, SessionOptions, SidetoneError } from "sidetone/node";
import { createPipeline, pcmSink, pcmSource } from "sidetone/node";
import type { TransportFactory } from "sidetone/websocket";
import { type PaceClock, pace, systemPaceClock } from "./pacer.ts";
import { ReplyTape } from "./reply-tape.ts";
import { TurnWatch } from "./turn-watch.ts";

/** Every default of a conversation, with its unit. */
export const TALK_DEFAULTS = Object.freeze({
  /** ms of audio in and out at each step. */
  stepMs: 20,
  /** Rate of the tape, in Hz: the wire's own, so that nothing is converted. */
  replyRateHz: 24_000,
  /** ms without anything going on after which the conversation is over. */
  quietMs: 1000,
  /** ms after the recording in which the server may still notice that there was speech. */
  noSpeechMs: 5000,
  /** ms without anything heard after which a server that owes a reply is given up. */
  timeoutMs: 60_000,
  /** ms for each answer of the server until the session stands; less when `timeoutMs` is less. */
  answerMs: 10_000,
});

/** What is going on, for a progress display. */
export type TalkPhase = "connecting" | "talking" | "waiting" | "listening";

/** A look at a running conversation. */
export interface TalkProgress {
  readonly phase: TalkPhase;
  /** ms since the start of the stream. */
  readonly elapsedMs: number;
  /** Length of the recording, in ms. */
  readonly speechMs: number;
  /** RMS of what is said and heard now, full scale 1. */
  readonly inputRms: number;
  readonly outputRms: number;
}

/** Options of {@link talk}. */
export interface TalkOptions {
  /** What is said: mono, full scale 1. */
  readonly samples: Float32Array;
  /** Its rate, 8000 to 192000 Hz. */
  readonly rate: number;
  readonly transport: TransportFactory;
  readonly session?: SessionOptions;
  /** Knobs of playback. */
  readonly playout?: PlayoutOptions;
  /** Interrupt at the first step at which this many ms have passed since the first audible sample of the first reply. Default: never. */
  readonly interruptAtMs?: number;
  /** ms; see {@link TALK_DEFAULTS}. */
  readonly timeoutMs?: number;
  /** Ends the conversation early; what was heard until then is returned. */
  readonly signal?: AbortSignal;
  /** Called at every step. */
  readonly onProgress?: (progress: TalkProgress) => void;
  readonly clock?: PaceClock;
}

/** How a conversation ended. `stopped`: by the signal. */
export type TalkOutcome = "replied" | "no-speech" | "no-reply" | "timeout" | "failed" | "stopped";

/** An interruption on the timeline. */
export interface TimedInterruption extends Interruption {
  /** ms from the start of the stream to the last 20 ms step before the cut. */
  readonly atMs: number;
}

/** What came of a conversation. */
export interface TalkResult {
  readonly outcome: TalkOutcome;
  /** What ended the session, or null. */
  readonly error: SidetoneError | null;
  /** Errors that did not. */
  readonly warnings: readonly string[];
  readonly tape: ReplyTape;
  readonly turns: TurnWatch;
  readonly conversation: ReturnType<Pipeline["getSnapshot"]>["conversation"];
  readonly interruptions: readonly TimedInterruption[];
  readonly stats: EngineStats | null;
  /** Lines of the playout log, when one was asked for. */
  readonly playoutLog: readonly string[];
}

/** Holds the conversation. @throws {SidetoneError} when there is no session at all; an open one that breaks is told in the result. */
export async function talk(options: TalkOptions): Promise<TalkResult> {
  const conversation = new Talk(options);
  await conversation.run();
  return conversation.result();
}

class Talk {
  readonly #options: TalkOptions;
  readonly #timeoutMs: number;
  readonly #speechMs: number;
  readonly #source;
  readonly #sink;
  readonly #pipeline: Pipeline;
  readonly #tape = new ReplyTape(TALK_DEFAULTS.replyRateHz);
  readonly #turns = new TurnWatch();
  readonly #chunk = new Float32Array((TALK_DEFAULTS.replyRateHz * TALK_DEFAULTS.stepMs) / 1000);
  readonly #warnings: string[] = [];
  readonly #interruptions: TimedInterruption[] = [];
  readonly #playoutLog: string[] = [];
  #error: SidetoneError | null = null;
  #outcome: TalkOutcome | null = null;
  #interruptAsked = false;
  /** Times of the timeline at which something last went on, and at which somebody was last heard. */
  #activeMs = 0;
  #audibleMs = 0;
  #written = 0;

  constructor(options: TalkOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? TALK_DEFAULTS.timeoutMs;
    this.#speechMs = (options.samples.length * 1000) / options.rate;
    this.#source = pcmSource({ rate: options.rate });
    this.#sink = pcmSink({ rate: TALK_DEFAULTS.replyRateHz });
    const { transport, session = {}, playout = {} } = options;
    const answerTimeoutMs = Math.min(this.#timeoutMs, TALK_DEFAULTS.answerMs);
    this.#pipeline = createPipeline({ transport, session, source: this.#source, sink: this.#sink, playout, limits: { answerTimeoutMs } });
    this.#pipeline.on("event", (event) => this.#turns.observe(event));
    this.#pipeline.on("interrupted", (interruption) => this.#interruptions.push({ ...interruption, atMs: this.#tape.durationMs }));
    this.#pipeline.on("playoutLog", (lines) => this.#playoutLog.push(...lines));
    this.#pipeline.on("error", (error) => {
      if (error.fatal) this.#error ??= error;
      else this.#warnings.push(error.message);
    });
  }

  async run(): Promise<void> {
    const { signal, clock = systemPaceClock } = this.#options;
    const stop = (): void => void this.#pipeline.close();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      this.#report("connecting");
      if (signal?.aborted) stop();
      else await this.#pipeline.start();
      await pace(TALK_DEFAULTS.stepMs, (index) => this.#step(index), clock);
    } catch (error) {
      if (!signal?.aborted) throw error;
      this.#outcome = "stopped";
    } finally {
      signal?.removeEventListener("abort", stop);
      await this.#pipeline.close();
    }
  }

  result(): TalkResult {
    const { conversation, stats } = this.#pipeline.getSnapshot();
    return {
      outcome: this.#outcome ?? "stopped",
      error: this.#error,
      warnings: this.#warnings,
      tape: this.#tape,
      turns: this.#turns,
      conversation,
      interruptions: this.#interruptions,
      playoutLog: this.#playoutLog,
      stats,
    };
  }

  #step(index: number): "go-on" | "stop" {
    if (index > 0) this.#speak(index);
    this.#interruptWhenDue();
    this.#sink.pull(this.#chunk);
    this.#tape.append(this.#chunk);
    const { meters } = this.#pipeline;
    this.#tape.mark(meters.itemId, meters.heardMs);
    this.#outcome = this.#judge();
    if (this.#outcome !== null) return "stop";
    this.#report(this.#listening ? "listening" : this.#talking ? "talking" : "waiting");
    return "go-on";
  }

  get #talking(): boolean {
    return this.#written < this.#options.samples.length;
  }

  get #listening(): boolean {
    return this.#pipeline.getSnapshot().agentSpeaking;
  }

  /** Writes what was spoken in the step before this one: the recording, then silence. */
  #speak(index: number): void {
    const { samples, rate } = this.#options;
    // From the position on the timeline, not step by step, so that rates without a whole number of frames in 20 ms do not drift.
    const end = Math.round((index * TALK_DEFAULTS.stepMs * rate) / 1000);
    const chunk = new Float32Array(end - this.#written);
    chunk.set(samples.subarray(this.#written, Math.min(end, samples.length)));
    this.#written = end;
    this.#source.write(chunk);
  }

  #interruptWhenDue(): void {
    const { interruptAtMs } = this.#options;
    const first = this.#tape.spans[0];
    if (interruptAtMs === undefined || this.#interruptAsked || first === undefined) return;
    if (this.#tape.durationMs - first.startMs < interruptAtMs) return;
    this.#interruptAsked = true;
    // Failures of the session come as an error event as well.
    this.#pipeline.interrupt().catch(() => undefined);
  }

  /** The outcome, or null while the conversation goes on. */
  #judge(): TalkOutcome | null {
    const nowMs = this.#tape.durationMs;
    if (this.#options.signal?.aborted) return "stopped";
    if (this.#error !== null) return "failed";
    if (this.#talking || this.#listening) this.#audibleMs = nowMs;
    if (this.#talking || this.#listening || this.#turns.busy) this.#activeMs = nowMs;
    if (nowMs - this.#audibleMs >= this.#timeoutMs) return "timeout";
    const quietMs = this.#turns.heardSpeech ? TALK_DEFAULTS.quietMs : TALK_DEFAULTS.noSpeechMs;
    if (nowMs - this.#activeMs < quietMs) return null;
    if (this.#tape.spans.length > 0) return "replied";
    return this.#turns.heardSpeech ? "no-reply" : "no-speech";
  }

  #report(phase: TalkPhase): void {
    const { meters } = this.#pipeline;
    this.#options.onProgress?.({ phase, elapsedMs: this.#tape.durationMs, speechMs: this.#speechMs, inputRms: meters.input.rms, outputRms: meters.output.rms });
  }
}
