/** A session whose audio goes over a track, without a network and on a clock that a test moves: what the listener hears is recorded, what the user says is a loud noise. */
import { checkSession, describeViolation } from "../src/index.ts";
import { type EmulatorOptions, resolveOptions } from "../src/options.ts";
import { FRAME_SAMPLES, TRACK_RATE } from "../src/rtc/audio-codec.ts";
import { FrameClock } from "../src/rtc/frame-clock.ts";
import { TrackOutlet } from "../src/rtc/track-outlet.ts";
import { SessionRegistry } from "../src/server/registry.ts";
import type { Session } from "../src/session/session.ts";
import type { Attachment } from "../src/wire.ts";
import { ManualClock } from "./manual-clock.ts";
import type { Event } from "./wire-client.ts";

/** A session on a track. */
export class TrackSession {
  readonly clock = new ManualClock();
  readonly session: Session;
  /** Events with the time at which they were sent, in ms. */
  readonly events: Event[] = [];
  readonly #attachment: Attachment;
  readonly #frames: Int16Array[] = [];

  constructor(options: EmulatorOptions) {
    let outlet: TrackOutlet | null = null;
    const registry = new SessionRegistry(resolveOptions({ seed: 1, vad: "energy", ...options, clock: this.clock }));
    const createOutlet = (context: ConstructorParameters<typeof TrackOutlet>[0]) => {
      outlet = new TrackOutlet(context);
      return outlet;
    };
    this.session = registry.create({ model: "gpt-realtime-2.1", pinned: null, transport: "webrtc", createOutlet });
    const send = (text: string) => this.events.push({ ...JSON.parse(text), sentMs: this.clock.nowMs() });
    this.#attachment = this.session.attach({ kind: "data-channel", send, close() {}, drop() {} });
    const onFrame = () => {
      const frame = new Int16Array(FRAME_SAMPLES);
      outlet?.pull(frame);
      this.#frames.push(frame);
    };
    new FrameClock(this.clock, { onFrame }).start();
  }

  /** What was played so far, 24 kHz, from time 0. */
  get heard(): Int16Array {
    const all = new Int16Array(this.#frames.length * FRAME_SAMPLES);
    for (const [i, frame] of this.#frames.entries()) all.set(frame, i * FRAME_SAMPLES);
    return all;
  }

  send(event: object): void {
    this.#attachment.receive(JSON.stringify(event));
  }

  /** Lets time pass. */
  wait(ms: number): void {
    this.clock.advance(ms);
  }

  /** Lets time pass until an event of `type` was sent, the `count`th from 1. */
  until(type: string, count = 1): Event {
    for (let ms = 0; ms < 60_000 && this.all(type).length < count; ms++) this.clock.advance(1);
    const found = this.all(type)[count - 1];
    if (found === undefined) throw new Error(`No ${type}; got ${this.types().join(", ")}`);
    return found;
  }

  /** The user says something, at once: events about it are sent before this returns. */
  speak(): void {
    this.session.hear(Int16Array.from({ length: TRACK_RATE / 5 }, (_, i) => 20_000 * Math.sin(i * i)));
  }

  all(type: string): Event[] {
    return this.events.filter((event) => event.type === type);
  }

  /** Rules of the protocol that the session broke, but for those `except`ed. */
  violations(except: readonly string[] = []): string[] {
    return checkSession(this.session.log.entries, { transport: "webrtc", except }).map(describeViolation);
  }

  /** Types of the events so far, without deltas and rate limits, from the `from`th event on. */
  types(from = 0): string[] {
    return this.events
      .slice(from)
      .map(({ type }) => type as string)
      .filter((type) => !type.endsWith(".delta") && type !== "rate_limits.updated");
  }
}
