/**
 * A phone call as the caller sees it: rings until the application accepts or rejects it or the caller gives up, then is spoken on until somebody hangs up.
 *
 * States: ringing -> active -> ended, or ringing -> ended; never back. The application's decision counts once.
 */
import { type AudioClip, convertClip } from "../audio.ts";
import { unixMs } from "../clock.ts";
import { WireError } from "../errors.ts";
import { show } from "../option-checks.ts";
import type { SessionRecord } from "../record/record.ts";
import { TRACK_RATE } from "../rtc/audio-codec.ts";
import type { Call } from "../rtc/calls.ts";
import { TrackOutlet } from "../rtc/track-outlet.ts";
import { HttpError } from "../server/http-error.ts";
import type { ServerContext } from "../server/routes.ts";
import type { Session } from "../session/session.ts";
import type { ResolvedSipCall } from "./call-options.ts";
import type { CallEnd, SimulatedCall } from "./caller.ts";
import { PhoneLine } from "./phone-line.ts";
import type { WebhookDelivery } from "./webhook.ts";

interface Saying {
  samples: Int16Array;
  readonly done: () => void;
}

/** A call, both for the caller and for the application. */
export class SipCall implements SimulatedCall, Call {
  readonly id: string;
  readonly answered: Promise<SessionRecord>;
  readonly ended: Promise<CallEnd>;
  webhooks: Promise<readonly WebhookDelivery[]> = Promise.resolve([]);
  readonly #context: ServerContext;
  readonly #abort = new AbortController();
  readonly #saying: Saying[] = [];
  readonly #line: PhoneLine;
  #outlet: TrackOutlet | null = null;
  #session: Session | null = null;
  #end: CallEnd | null = null;
  #resolveAnswered: (session: SessionRecord) => void = () => {};
  #rejectAnswered: (error: Error) => void = () => {};
  #resolveEnded: (end: CallEnd) => void = () => {};
  #cancelRinging: () => void;

  /** A phone begins to ring. */
  constructor(id: string, options: ResolvedSipCall, context: ServerContext) {
    this.id = id;
    this.#context = context;
    this.answered = new Promise((resolve, reject) => {
      this.#resolveAnswered = resolve;
      this.#rejectAnswered = reject;
    });
    // Who only looks at `ended` has not forgotten to handle this.
    this.answered.catch(() => {});
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    const { clock, recordLimitMs } = context.options;
    this.#line = new PhoneLine({
      clock,
      codec: options.codec,
      recordLimitMs,
      onCaller: (frame) => this.#speak(frame),
      onAudio: (samples) => this.#session?.hear(samples),
      onFrame: (frame) => (this.#outlet === null ? frame.fill(0) : this.#outlet.pull(frame)),
    });
    this.#cancelRinging = clock.after(options.ringMs, () => this.#finish({ kind: "unanswered" }));
    if (options.audio !== null) void this.say(options.audio);
  }

  get state(): "ringing" | "active" | "ended" {
    if (this.#end !== null) return "ended";
    return this.#session === null ? "ringing" : "active";
  }

  get session(): Session | null {
    return this.#session;
  }

  get end(): CallEnd | null {
    return this.#end;
  }

  get heardMs(): number {
    return this.#line.heardMs;
  }

  /** Aborts when the call is over. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  heard(): AudioClip {
    return this.#line.heard();
  }

  say(clip: AudioClip): Promise<void> {
    if (this.#end !== null) return Promise.resolve();
    const { samples } = convertClip(clip, TRACK_RATE);
    return new Promise((done) => this.#saying.push({ samples, done }));
  }

  press(key: string): void {
    if (typeof key !== "string" || !/^[0-9*#A-D]$/.test(key)) throw new TypeError(`key is ${show(key)}; allowed is one of 0-9, *, # and A-D.`);
    if (this.#session === null || this.#end !== null) throw new Error(`The call is ${this.state}; keys can be pressed while it is active.`);
    this.#session.send({ type: "input_audio_buffer.dtmf_event_received", event: key, received_at: Math.floor(unixMs(this.#context.options.clock) / 1000) });
  }

  /** The application accepts the call, on the account of the key `owner`. @throws {HttpError} 409 when it has decided already, {WireError} when the settings are refused. */
  accept(model: string, pinned: unknown, owner: string | null): void {
    this.#requireRinging();
    this.#context.registry.limits.admitSession(owner);
    const session = this.#context.registry.create({
      model,
      pinned,
      owner,
      transport: "sip",
      createOutlet: (context) => {
        this.#outlet = new TrackOutlet(context);
        return this.#outlet;
      },
      onEnd: () => this.#finish({ kind: "hung-up", by: "server" }),
    });
    this.#session = session;
    this.#cancelRinging();
    this.#line.start();
    this.#resolveAnswered(session);
  }

  /** The application does not take the call. @throws {HttpError} 409 when it has decided already. */
  reject(statusCode: number): void {
    this.#requireRinging();
    this.#finish({ kind: "rejected", statusCode });
  }

  /** The application sends the caller elsewhere. @throws {HttpError} 409 when it has not accepted the call. */
  refer(targetUri: string): void {
    if (this.#session === null) throw new HttpError(409, new WireError("The call has not been accepted.", { code: "call_not_active" }));
    this.#finish({ kind: "referred", targetUri });
  }

  hangUp(): void {
    this.#finish({ kind: "hung-up", by: "caller" });
  }

  /** The application hangs up. */
  hangUpByServer(): void {
    this.#finish({ kind: "hung-up", by: "server" });
  }

  async close(): Promise<void> {
    this.hangUpByServer();
    await this.webhooks;
  }

  #requireRinging(): void {
    if (this.#session === null && this.#end === null) return;
    throw new HttpError(409, new WireError("A decision has already been made for this call.", { code: "decision_already_made" }));
  }

  #speak(frame: Int16Array): void {
    let filled = 0;
    for (let next = this.#saying[0]; next !== undefined && filled < frame.length; next = this.#saying[0]) {
      const count = Math.min(next.samples.length, frame.length - filled);
      frame.set(next.samples.subarray(0, count), filled);
      filled += count;
      next.samples = next.samples.subarray(count);
      if (next.samples.length > 0) break;
      this.#saying.shift();
      next.done();
    }
    frame.fill(0, filled);
  }

  #finish(end: CallEnd): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.#cancelRinging();
    this.#abort.abort();
    this.#line.stop();
    this.#context.calls.remove(
      this.id,
      this.webhooks.then(() => {}),
    );
    this.#session?.end(1000, describe(end));
    for (const { done } of this.#saying.splice(0)) done();
    this.#rejectAnswered(new Error(`The call ended before it was answered: ${describe(end)}`));
    this.#resolveEnded(end);
  }
}

function describe(end: CallEnd): string {
  if (end.kind === "rejected") return `The call was rejected with status ${end.statusCode}.`;
  if (end.kind === "referred") return "The call was transferred.";
  if (end.kind === "unanswered") return "Nobody answered the call.";
  return end.by === "caller" ? "The caller hung up." : "The call was hung up.";
}
