/** A loudspeaker that takes frames in bursts, with a page and a worklet beside it whose clocks count whole ms: what an OutputClock has to make sense of, and the truth beside it. */
import { OutputClock } from "@sidetone/core/playout";

/** Frames per second. */
export const DEVICE_RATE = 48_000;
/** Frames of a quantum. */
export const QUANTUM = 128;
/** When the simulation begins; the fraction is what clocks of whole ms do not show. */
const EPOCH_MS = 1_795_000_000_000.3;

const STEP_MS = 0.97;

/** What differs from a steady device with bursts of 512 frames, 40 ms behind. */
export interface SimulatedDeviceOptions {
  /** Frames taken at a time. */
  readonly burst?: number;
  /** ms from the middle of a burst's rendering to the loudspeaker. */
  readonly latencyMs?: number;
  /** By how much the device runs fast. */
  readonly ppm?: number;
  /** Context frame at which the node began. */
  readonly startFrame?: number;
  /** ms between marks. */
  readonly markMs?: number;
  /** What the page says about the latency. */
  readonly toldMs?: number;
}

/** A device that takes frames in bursts, with the page and the worklet beside it; time is counted in true ms since the start, and both read a clock of whole ms. */
export class SimulatedDevice {
  readonly clock = new OutputClock(DEVICE_RATE);
  readonly burst: number;
  readonly markMs: number;
  readonly startFrame: number;
  readonly perMs: number;
  latencyMs: number;
  toldMs: number;
  nowMs = 0;
  rendered = 0;
  /** By how much the system's clock was set, in ms. */
  setMs = 0;
  /** ms for which the device and the page stood still. */
  stoodMs = 0;
  marking = true;
  /** ms by which timestamps are wrong, one way and the other in turn. */
  noiseMs = 0;
  #nextMarkMs = 0;
  #marks = 0;

  constructor({ burst = 512, latencyMs = 40, ppm = 0, startFrame = 0, markMs = 500, toldMs = latencyMs }: SimulatedDeviceOptions = {}) {
    this.burst = burst;
    this.latencyMs = latencyMs;
    this.perMs = (DEVICE_RATE / 1000) * (1 + ppm / 1e6);
    this.startFrame = startFrame;
    this.markMs = markMs;
    this.toldMs = toldMs;
  }

  get wallMs(): number {
    return Math.floor(EPOCH_MS + this.nowMs + this.setMs);
  }

  /** Own frame that is truly at the ear. */
  earFrame(nowMs = this.nowMs): number {
    return (nowMs - this.stoodMs - this.latencyMs) * this.perMs + this.burst / 2;
  }

  /** Lets time pass in steps of not quite 1 ms, so that whole ms are as wrong as they get; `each` runs after every step, between bursts or not. */
  run(ms: number, each: (device: SimulatedDevice) => void = () => undefined): void {
    for (const end = this.nowMs + ms; this.nowMs < end; ) {
      this.nowMs += STEP_MS;
      if (this.marking && this.nowMs >= this.#nextMarkMs) {
        this.#nextMarkMs = this.nowMs + this.markMs;
        this.tell();
      }
      while (this.rendered + this.burst <= (this.nowMs - this.stoodMs) * this.perMs + this.burst) this.render();
      each(this);
    }
  }

  /** One burst. */
  render(): void {
    for (let frames = 0; frames < this.burst; frames += QUANTUM) {
      this.clock.advance(this.startFrame + this.rendered, QUANTUM, this.wallMs);
      this.rendered += QUANTUM;
    }
  }

  /** What the page does: a timestamp of some ms ago, as the clocks of a page show it. */
  tell(): void {
    const ageMs = (this.#marks++ * 3.7) % 10;
    const noiseMs = this.#marks % 2 === 0 ? this.noiseMs : -this.noiseMs;
    this.clock.setLatency(this.toldMs);
    this.clock.mark(this.startFrame + this.earFrame(this.nowMs - ageMs), this.wallMs - ageMs + noiseMs);
  }

  /** ms by which the clock's answer is ahead of the truth. */
  error(): number {
    return (this.clock.frameAtEar(this.rendered, this.wallMs) - this.earFrame()) / this.perMs;
  }
}
