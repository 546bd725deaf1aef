/** The last 30 seconds of buffer depth as an area, with a mark where playback ran dry. */
import type { EngineStats } from "sidetone";
import { Surface } from "./surface.ts";

const SPAN_MS = 30_000;
/** The scale never shows less than this, so that a small buffer looks small. */
const LEAST_TOP_MS = 500;

interface Point {
  readonly atMs: number;
  readonly depthMs: number;
  readonly ranDry: boolean;
}

/** Draws how much of the reply waits in the playback buffer. */
export class BufferGraph {
  readonly #surface: Surface;
  #points: Point[] = [];
  #underruns = 0;
  #nowMs = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#surface = new Surface(canvas, () => this.#draw());
  }

  clear(): void {
    this.#points = [];
    this.#underruns = 0;
    this.#draw();
  }

  /** Takes new figures. */
  add({ bufferedMs, underruns }: EngineStats, nowMs: number): void {
    this.#points.push({ atMs: nowMs, depthMs: bufferedMs, ranDry: underruns > this.#underruns });
    this.#underruns = underruns;
    while ((this.#points[1]?.atMs ?? nowMs) < nowMs - SPAN_MS) this.#points.shift();
  }

  /** Moves on to `nowMs`. */
  update(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#draw();
  }

  #draw(): void {
    const { context, width, height } = this.#surface;
    this.#surface.clear();
    const top = Math.max(LEAST_TOP_MS, ...this.#points.map(({ depthMs }) => depthMs)) * 1.1;
    const x = (atMs: number) => width * (1 - (this.#nowMs - atMs) / SPAN_MS);
    const y = (depthMs: number) => (height - 1) * (1 - depthMs / top);
    const first = this.#points[0];
    const last = this.#points.at(-1);
    if (first !== undefined && last !== undefined) {
      context.beginPath();
      context.moveTo(x(first.atMs), height);
      for (const { atMs, depthMs } of this.#points) context.lineTo(x(atMs), y(depthMs));
      context.lineTo(x(last.atMs), height);
      context.fillStyle = this.#surface.colour("reply-soft");
      context.fill();
      context.beginPath();
      for (const { atMs, depthMs } of this.#points) context.lineTo(x(atMs), y(depthMs));
      context.strokeStyle = this.#surface.colour("reply");
      context.lineWidth = 1.5;
      context.lineJoin = "round";
      context.stroke();
      context.fillStyle = this.#surface.colour("danger");
      for (const { atMs, ranDry } of this.#points) if (ranDry) context.fillRect(x(atMs) - 1, 0, 2, height);
    }
    context.fillStyle = this.#surface.colour("line");
    context.fillRect(0, height - 1, width, 1);
    context.fillStyle = this.#surface.colour("muted");
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "top";
    context.textAlign = "left";
    context.fillText(`${(top / 1100).toFixed(1)} s`, 0, 0);
  }
}
