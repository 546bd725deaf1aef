/**
 * Voice clients that schedule an AudioBufferSource for each chunk from the main thread, written anew from the behaviour of released versions and named after them; not their code. Media
 * and context run at one rate here; in browsers each chunk is also resampled by itself, with a seam at each end, which this does not show.
 */
import { type Delta, type Player, type PlayerKind, QUANTUM, RATE } from "./player.ts";

/** A buffer that will sound, from a frame of the context on. */
interface Scheduled {
  readonly start: number;
  readonly samples: Int16Array;
}

/** What of a context's destination is heard of scheduled buffers. */
class Schedule {
  #sources: Scheduled[] = [];

  add(startMs: number, samples: Int16Array): void {
    this.#sources.push({ start: Math.round((startMs * RATE) / 1000), samples });
  }

  stopAll(): void {
    this.#sources = [];
  }

  mixInto(output: Float32Array, nowMs: number): void {
    const now = Math.round((nowMs * RATE) / 1000);
    for (const { start, samples } of this.#sources) {
      const from = Math.max(0, start - now);
      const to = Math.min(QUANTUM, start + samples.length - now);
      for (let i = from; i < to; i++) output[i] += samples[now + i - start] / 32768;
    }
    this.#sources = this.#sources.filter(({ start, samples }) => start + samples.length > now + QUANTUM);
  }
}

/** Each chunk behind the last one, or now; all are stopped at an interruption. */
class NextInLinePlayer implements Player {
  readonly #schedule = new Schedule();
  #endMs = 0;

  receive({ samples }: Delta, nowMs: number): void {
    const startMs = Math.max(nowMs, this.#endMs);
    this.#schedule.add(startMs, samples);
    this.#endMs = startMs + (samples.length * 1000) / RATE;
  }

  done(): void {}

  render(output: Float32Array, nowMs: number): void {
    this.#schedule.mixInto(output, nowMs);
  }

  async interrupt(): Promise<undefined> {
    this.#schedule.stopAll();
    this.#endMs = 0;
    return undefined;
  }
}

/** 100 ms ahead at the start; looks again before what is scheduled ends, or every 100 ms once nothing is left. Stops by a ramp of 100 ms, and takes a new gain node after 200 ms. */
class LookAheadPlayer implements Player {
  static readonly START_MS = 100;
  static readonly AHEAD_MS = 200;
  static readonly POLL_MS = 100;
  static readonly EARLY_MS = 50;
  static readonly CHUNK_FRAMES = 7680;
  static readonly RAMP_MS = 100;
  static readonly NEW_GAIN_MS = 200;
  /** What goes to the gain node of now, and to the one that is dying. */
  #schedule = new Schedule();
  #queue: Int16Array[] = [];
  #endMs = 0;
  #playing = false;
  #complete = false;
  #nextLookMs = Number.POSITIVE_INFINITY;
  #stoppedMs = Number.NaN;

  receive({ samples }: Delta, nowMs: number): void {
    this.#complete = false;
    for (let at = 0; at < samples.length; at += LookAheadPlayer.CHUNK_FRAMES) this.#queue.push(samples.subarray(at, at + LookAheadPlayer.CHUNK_FRAMES));
    if (this.#playing) return;
    this.#playing = true;
    this.#endMs = nowMs + LookAheadPlayer.START_MS;
    this.#look(nowMs);
  }

  done(): void {
    this.#complete = true;
  }

  render(output: Float32Array, nowMs: number): void {
    if (nowMs >= this.#stoppedMs + LookAheadPlayer.NEW_GAIN_MS) {
      this.#schedule = new Schedule();
      this.#stoppedMs = Number.NaN;
    }
    while (nowMs >= this.#nextLookMs) this.#look(nowMs);
    this.#schedule.mixInto(output, nowMs);
    if (Number.isNaN(this.#stoppedMs)) return;
    for (let i = 0; i < output.length; i++) output[i] *= Math.max(0, 1 - (nowMs + (i * 1000) / RATE - this.#stoppedMs) / LookAheadPlayer.RAMP_MS);
  }

  async interrupt(nowMs: number): Promise<undefined> {
    this.#playing = false;
    this.#complete = true;
    this.#queue = [];
    this.#nextLookMs = Number.POSITIVE_INFINITY;
    this.#endMs = nowMs;
    this.#stoppedMs = nowMs;
    return undefined;
  }

  #look(nowMs: number): void {
    while (this.#queue.length > 0 && this.#endMs < nowMs + LookAheadPlayer.AHEAD_MS) {
      const samples = this.#queue.shift()!;
      const startMs = Math.max(this.#endMs, nowMs);
      this.#schedule.add(startMs, samples);
      this.#endMs = startMs + (samples.length * 1000) / RATE;
    }
    if (this.#queue.length > 0) this.#nextLookMs = nowMs + Math.max(1, this.#endMs - nowMs - LookAheadPlayer.EARLY_MS);
    else if (!this.#complete) this.#nextLookMs = nowMs + LookAheadPlayer.POLL_MS;
    else {
      this.#playing = false;
      this.#nextLookMs = Number.POSITIVE_INFINITY;
    }
  }
}

function client(id: string, label: string, note: string, create: () => Player): PlayerKind {
  return { id, label, origin: "client", rewritten: true, hop: "main", rtp: false, note, create };
}

export const SCHEDULED_CLIENTS: readonly PlayerKind[] = [
  client("google", "Google AudioStreamer*", "100 ms ahead, polls at 100 ms", () => new LookAheadPlayer()),
  client("cloudflare", "Cloudflare voice*", "one scheduled buffer per chunk", () => new NextInLinePlayer()),
];
