/**
 * Level meters: a bar for the loudness (RMS), a line for the highest peak of late, on a scale in dBFS.
 */
import { setText } from "./elements.ts";
import { decibels } from "./format.ts";
import { Surface } from "./surface.ts";

/** Left end of the scale. */
const FLOOR_DBFS = -60;
/** Where the bar changes colour: speech should stay left of the first, nothing should pass the second. */
const LOUD_DBFS = -12;
const TOO_LOUD_DBFS = -3;
/** A peak stays this long, then falls. */
const HOLD_MS = 1200;
const FALL_DB_PER_S = 24;
const TICKS_DBFS = [-60, -48, -36, -24, -12, 0];
/** Narrower scales show every other number, in CSS pixels. */
const ROOMY_PX = 280;

/** Loudness of a stretch of audio, linear, full scale 1. */
export interface Level {
  readonly rms: number;
  readonly peak: number;
}

/** What a meter shows when nothing is running. */
export const SILENCE: Level = { rms: 0, peak: 0 };

/** One bar. */
export class LevelMeter {
  readonly #surface: Surface;
  readonly #value: HTMLElement;
  readonly #colour: string;
  #rms = Number.NEGATIVE_INFINITY;
  #held = Number.NEGATIVE_INFINITY;
  #heldSince = 0;
  #drawnAt = 0;

  /** `colour` names a custom property of style.css; `value` shows the held peak as a number. */
  constructor(canvas: HTMLCanvasElement, value: HTMLElement, colour: string) {
    this.#surface = new Surface(canvas, () => this.#draw());
    this.#value = value;
    this.#colour = colour;
  }

  /** Shows `level`; `nowMs` is the animation frame's time. Returns whether the meter still moves. */
  update(level: Level, nowMs: number): boolean {
    const peak = dbfs(level.peak);
    const elapsed = Math.min(100, nowMs - this.#drawnAt);
    const rms = dbfs(level.rms);
    // Rises at once, falls at the pace of a glance: levels come in steps of a packet.
    const shown = Math.max(rms, this.#rms - elapsed * 0.12);
    const falling = nowMs - this.#heldSince > HOLD_MS ? this.#held - (elapsed * FALL_DB_PER_S) / 1000 : this.#held;
    if (peak >= falling) this.#heldSince = nowMs;
    const held = Math.max(peak, falling);
    const moved = shown !== this.#rms || held !== this.#held;
    this.#rms = shown < FLOOR_DBFS ? Number.NEGATIVE_INFINITY : shown;
    this.#held = held < FLOOR_DBFS ? Number.NEGATIVE_INFINITY : held;
    this.#drawnAt = nowMs;
    if (moved) this.#draw();
    return this.#held > FLOOR_DBFS;
  }

  #draw(): void {
    const { context, width, height } = this.#surface;
    this.#surface.clear();
    context.save();
    context.beginPath();
    context.roundRect(0, 0, width, height, height / 2);
    context.clip();
    context.fillStyle = this.#surface.colour("track");
    context.fillRect(0, 0, width, height);
    this.#segment(FLOOR_DBFS, LOUD_DBFS, this.#colour);
    this.#segment(LOUD_DBFS, TOO_LOUD_DBFS, "warn");
    this.#segment(TOO_LOUD_DBFS, 0, "danger");
    if (this.#held > FLOOR_DBFS) {
      context.fillStyle = this.#surface.colour(this.#held > TOO_LOUD_DBFS ? "danger" : "text");
      context.fillRect(Math.min(width - 2, position(this.#held) * width), 0, 2, height);
    }
    context.restore();
    setText(this.#value, decibels(this.#held));
  }

  /** The part of the bar between two levels, as far as the loudness reaches. */
  #segment(from: number, to: number, colour: string): void {
    const end = Math.min(this.#rms, to);
    if (end <= from) return;
    const { context, width, height } = this.#surface;
    context.fillStyle = this.#surface.colour(colour);
    context.fillRect(position(from) * width, 0, (position(end) - position(from)) * width, height);
  }
}

/** The numbers below the meters. */
export class LevelScale {
  readonly #surface: Surface;

  constructor(canvas: HTMLCanvasElement) {
    this.#surface = new Surface(canvas, () => this.#draw());
  }

  #draw(): void {
    const { context, width, height } = this.#surface;
    this.#surface.clear();
    context.fillStyle = this.#surface.colour("muted");
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "bottom";
    TICKS_DBFS.forEach((tick, index) => {
      if (width < ROOMY_PX && index % 2 === 1 && tick !== 0) return;
      context.textAlign = index === 0 ? "left" : index === TICKS_DBFS.length - 1 ? "right" : "center";
      context.fillText(String(tick).replace("-", "−"), position(tick) * width, height);
    });
  }
}

function dbfs(linear: number): number {
  return 20 * Math.log10(linear);
}

/** Place on the scale, 0 to 1. */
function position(level: number): number {
  return Math.min(1, Math.max(0, 1 - level / FLOOR_DBFS));
}
