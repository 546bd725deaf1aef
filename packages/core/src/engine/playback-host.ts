/**
 * What the playback worklet does: commands from the engine into the renderer, frames out to the device, the position at the ear back to the engine.
 *
 * Thread: the playback worklet, or whoever pulls PCM in-process. The cut of an interruption happens here, in the message handler, by this thread's
 * clock; of the page there is only what it said before about the device, so a blocked page changes nothing of what was heard. No allocation per quantum after warm-up.
 */
import type { PlayoutInput } from "../playout/log-line.ts";
import type { PlayoutOptions } from "../playout/options.ts";
import { PlaybackRenderer } from "../playout/renderer.ts";
import type { Track } from "../playout/track.ts";
import { ENGINE_DEFAULTS } from "./defaults.ts";
import type {
  PlaybackCommand,
  PlaybackLatency,
  PlaybackLocate,
  PlaybackPageMessage,
  PlaybackPosition,
  PlaybackReport,
  PlaybackStats,
  PortLike,
} from "./ports.ts";

/** What the page decides about playback. */
export interface PlaybackSettings {
  /** Frames per second of the server's audio, in Hz. */
  readonly mediaRate: number;
  /** Knobs of the jitter buffer. */
  readonly playout?: PlayoutOptions;
}

/** Options of {@link PlaybackHost}. */
export interface PlaybackHostOptions extends PlaybackSettings {
  /** Frames per second of the device, in Hz. */
  readonly deviceRate: number;
  /** The time in ms since 1970, by the clock that the page's marks are in; without one, marks are not used. */
  readonly nowMs?: () => number;
}

/** ms rendered after the page's farewell, enough for the longest fade. */
const RETIRE_MS = 35;

/** Plays what arrives on a port. */
export class PlaybackHost {
  readonly #renderer: PlaybackRenderer;
  readonly #nowMs: (() => number) | undefined;
  readonly #mediaRate: number;
  readonly #reportFrames: number;
  readonly #statsFrames: number;
  readonly #playout: PlayoutOptions;
  readonly #retireFrames: number;
  readonly #position: PlaybackPosition;
  readonly #statsReport: PlaybackStats;
  #port: PortLike<PlaybackReport, PlaybackCommand> | null = null;
  #nextReport = 0;
  #nextStats = 0;
  /** Track of the last report. */
  #track: Track | null = null;
  #endFrame = Number.POSITIVE_INFINITY;

  /** A host for one loudspeaker, not attached yet. @throws {RangeError} when a rate or a knob is out of its range. */
  constructor(options: PlaybackHostOptions) {
    this.#renderer = new PlaybackRenderer(options);
    this.#nowMs = options.nowMs;
    this.#mediaRate = options.mediaRate;
    this.#reportFrames = Math.round((options.deviceRate * ENGINE_DEFAULTS.reportMs) / 1000);
    this.#statsFrames = Math.round((options.deviceRate * ENGINE_DEFAULTS.statsIntervalMs) / 1000);
    this.#playout = options.playout ?? {};
    this.#retireFrames = Math.round((options.deviceRate * RETIRE_MS) / 1000);
    this.#statsReport = { type: "stats", stats: this.#renderer.stats };
    this.#position = {
      type: "position",
      itemId: null,
      contentIndex: 0,
      heardMs: 0,
      sounding: false,
      bufferedMs: 0,
      state: "idle",
      underruns: 0,
      underrunMs: 0,
      playedMs: 0,
      outputLatencyMs: 0,
      rms: 0,
      peak: 0,
    };
  }

  /** Takes commands from `port` from now on, and reports to it. */
  attach(port: PortLike<PlaybackReport, PlaybackCommand>): void {
    this.#port = port;
    port.onmessage = (event) => this.#command(event.data);
  }

  /** Whether more quanta are wanted; false once the page has retired the node. */
  alive = true;

  /** Handles the page's messages. */
  receive(message: PlaybackPageMessage): void {
    if (message.type === "attach") this.attach(message.port);
    else if (message.type === "retire") this.#retire();
    else this.#setLatency(message);
  }

  /** Fades out what sounds, and ends after that. What is to be told is told now: whoever pulls may stop, and the session is about to end. */
  #retire(): void {
    if (this.#endFrame < Number.POSITIVE_INFINITY) return;
    this.#renderer.flush();
    this.#tellFinished();
    const inputs = this.#renderer.takeLog();
    if (inputs.length > 0) this.#log([...inputs, { at: this.#renderer.pulledFrames, do: "close" }]);
    this.#endFrame = this.#renderer.renderedFrames + this.#retireFrames;
  }

  #setLatency(message: PlaybackLatency): void {
    this.#renderer.clock.setLatency(message.outputLatencyMs);
    if (message.mark !== undefined) this.#renderer.clock.mark(message.mark.contextFrame, message.mark.epochMs);
  }

  /**
   * Fills one quantum: one Float32Array per channel, all of one length and all getting the same sound. `contextFrame` is the frame number of the first in the device's own count,
   * which the marks are in; a sink without marks has none.
   */
  process(channels: readonly Float32Array[], contextFrame?: number): void {
    if (channels.length === 0) return;
    this.#renderer.render(channels[0]);
    if (contextFrame !== undefined && this.#nowMs !== undefined) this.#renderer.clock.advance(contextFrame, channels[0].length, this.#nowMs());
    for (let c = 1; c < channels.length; c++) channels[c].set(channels[0]);
    if (this.#renderer.renderedFrames >= this.#endFrame) this.alive = false;
    if (this.#renderer.renderedFrames >= this.#nextReport) {
      this.#nextReport = this.#renderer.renderedFrames + this.#reportFrames;
      this.#report();
    }
  }

  /** What nobody waits for: accounts of items, counters, the log. */
  #account(): void {
    this.#tellFinished();
    if (this.#renderer.renderedFrames < this.#nextStats) return;
    this.#nextStats = this.#renderer.renderedFrames + this.#statsFrames;
    this.#port?.postMessage(this.#statsReport);
    this.#log(this.#renderer.takeLog());
  }

  #tellFinished(): void {
    if (this.#renderer.hasFinished) for (const playout of this.#renderer.takeFinished()) this.#port?.postMessage({ type: "item", playout });
  }

  #log(inputs: PlayoutInput[]): void {
    if (inputs.length > 0) this.#port?.postMessage({ type: "log", rate: this.#mediaRate, options: this.#playout, inputs });
  }

  #command(command: PlaybackCommand): void {
    // After the farewell nothing new begins: it would be cut off hard.
    if (this.#endFrame < Number.POSITIVE_INFINITY && command.type !== "flush" && command.type !== "locate") return;
    if (command.type === "segment") this.#renderer.insert(command);
    else if (command.type === "end-of-item") this.#renderer.endOfItem(command.itemId, command.contentIndex);
    else if (command.type === "flush") this.#port?.postMessage({ type: "flushed", requestId: command.requestId, report: this.#renderer.flush() });
    else if (command.type === "locate") this.#locate(command);
    else if (command.type === "pause") this.#renderer.pause();
    else this.#renderer.resume();
  }

  #locate({ requestId, cut }: PlaybackLocate): void {
    const { track, mediaFrames, sounding } = this.#renderer.positionAtEar();
    const [itemId, contentIndex] = track === null ? [null, 0] : [track.itemId, track.contentIndex];
    // The position is the renderer's own object: what is told is taken from it before the cut.
    if (cut) this.#renderer.flush();
    this.#port?.postMessage({ type: "located", requestId, itemId, contentIndex, heardFrames: Math.floor(mediaFrames), sounding });
  }

  #report(): void {
    const report = this.#position;
    const position = this.#renderer.positionAtEar();
    const stats = this.#renderer.stats;
    const { track } = position;
    const heardMs = this.#ms(position.mediaFrames);
    // What was heard is never taken back, also when the output latency grows meanwhile.
    report.heardMs = track === this.#track ? Math.max(report.heardMs, heardMs) : heardMs;
    this.#track = track;
    report.itemId = track === null ? null : track.itemId;
    report.contentIndex = track === null ? 0 : track.contentIndex;
    report.sounding = position.sounding;
    report.bufferedMs = this.#ms(stats.queuedFrames);
    report.state = stats.state;
    report.underruns = stats.underruns;
    report.underrunMs = this.#ms(stats.underrunFrames);
    report.playedMs = this.#ms(stats.playedFrames);
    report.outputLatencyMs = this.#renderer.clock.latencyMs;
    report.rms = this.#renderer.level.rms;
    report.peak = this.#renderer.level.peak;
    this.#port?.postMessage(report);
    this.#account();
  }

  #ms(frames: number): number {
    return Math.floor((frames * 1000) / this.#mediaRate);
  }
}
