/**
 * A client inside the process, without sockets: events go to the session and come back as objects that have been through JSON, like those on a wire. With a virtual
 * clock waiting moves time, so a conversation of minutes takes milliseconds and is the same every time.
 */
import { encodeBase64 } from "@sidetone/core/dsp";
import { type AudioFormat, bytesPerFrame, type ClientEvent, formatRate, type ServerEvent } from "@sidetone/core/protocol";
import { type AudioClip, convertClip, encodeWire } from "../audio.ts";
import type { EmulatorClock } from "../clock.ts";
import { integerOption, requireKnown, show } from "../option-checks.ts";
import type { CloseRecord, SessionRecord } from "../record/record.ts";
import type { SessionRegistry } from "../server/registry.ts";
import type { Session } from "../session/session.ts";
import type { Attachment } from "../wire.ts";
import { isVirtual } from "./virtual-clock.ts";

/** Options of `Emulator.connect`. */
export interface InProcessOptions {
  /** The model. Default: `gpt-realtime-2.1`. */
  readonly model?: string;
  /** Settings of the session from its beginning, as a client secret pins them: what `session.update` takes. Default: the model's own. */
  readonly session?: object;
}

/** How {@link InProcessClient.speak} sends. */
export interface SpeakOptions {
  /** Length of an append, in ms, 1 to 10000. Default: 100. */
  readonly chunkMs?: number;
  /** Silence sent after it, in ms, 0 to 3600000. Default: 0. */
  readonly thenSilenceMs?: number;
}

/** The defaults of a client inside the process. */
export const IN_PROCESS_DEFAULTS = Object.freeze({
  model: "gpt-realtime-2.1",
  /** ms. */
  chunkMs: 100,
  /** Longest that `next` waits, in ms of the emulator's clock. */
  waitMs: 60_000,
});

/** A client of an emulator in the same process. */
export interface InProcessClient {
  /** What the emulator has recorded of this session. */
  readonly session: SessionRecord;
  /** Every event of the server so far, oldest first. */
  readonly events: readonly ServerEvent[];
  /** Messages of the server that were no events, which only faults send; binary ones as text. */
  readonly malformed: readonly string[];
  /** How the connection ended, or null while it is open. */
  readonly closed: CloseRecord | null;
  /** Sends an event, or any text as it is. What is sent from inside a listener goes out as soon as the server has finished what it is doing. */
  send(event: ClientEvent | object | string): void;
  /** Calls `listener` with every event of the server from now on; the returned function ends that. */
  on(listener: (event: ServerEvent) => void): () => void;
  /** Every event of `type` so far. */
  all(type: string): ServerEvent[];
  /**
   * The `count`th event of `type`, from 1: now, or when it comes. With a virtual clock, waiting moves time.
   * Rejects when the connection ends first, or after a minute of the clock.
   */
  next(type: string, count?: number): Promise<ServerEvent>;
  /** Appends audio at once: 24 kHz samples, or a clip of any rate, converted to the session's input format. */
  append(audio: Int16Array | AudioClip): void;
  /** Appends audio at the pace of real time by the emulator's clock; resolves when its last piece was sent and its time has passed. */
  speak(audio: Int16Array | AudioClip, options?: SpeakOptions): Promise<void>;
  /** Appends `ms` milliseconds of silence at the pace of real time. */
  silence(ms: number, options?: Pick<SpeakOptions, "chunkMs">): Promise<void>;
  /** Ends the connection. Idempotent. Default code: 1000. */
  close(code?: number, reason?: string): void;
}

const PCM_RATE = 24_000;

/** Opens a session of `registry` and connects to it. @throws {TypeError} for a wrong option, {WireError} for settings that the session refuses. */
export function connectInProcess(registry: SessionRegistry, clock: EmulatorClock, options: InProcessOptions): InProcessClient {
  requireKnown("options", options, ["model", "session"]);
  const { model = IN_PROCESS_DEFAULTS.model, session = null } = options;
  if (typeof model !== "string" || model === "") throw new TypeError(`model is ${show(model)}; allowed is a non-empty string.`);
  return new DirectClient(registry.create({ model, pinned: session }), clock);
}

class DirectClient implements InProcessClient {
  readonly session: Session;
  readonly events: ServerEvent[] = [];
  readonly malformed: string[] = [];
  readonly #clock: EmulatorClock;
  readonly #listeners = new Set<(event: ServerEvent) => void>();
  readonly #attachment: Attachment;
  readonly #outgoing: string[] = [];
  /** Depth of calls into the session and out of it: what is sent meanwhile has to wait. */
  #busy = 0;
  #open = true;
  /** How the connection ended, once it did; a fault may end it while it is made. */
  #ending: [code: number, reason: string] | null = null;

  constructor(session: Session, clock: EmulatorClock) {
    this.session = session;
    this.#clock = clock;
    this.#attachment = session.attach({
      kind: "websocket",
      send: (text) => this.#receive(text),
      close: (code, reason) => this.close(code, reason),
      drop: () => this.close(1006, ""),
      control: {
        sendBinary: (bytes) => this.malformed.push(new TextDecoder().decode(bytes)),
        freeze: () => {},
        fin: () => this.close(1006, ""),
        reset: () => this.close(1006, ""),
        // There is no handshake that could stay without an answer.
        ignoreClose: () => {},
      },
    });
    if (this.#ending !== null) this.#attachment.ended(...this.#ending);
  }

  get closed(): CloseRecord | null {
    return this.session.closed;
  }

  send(event: ClientEvent | object | string): void {
    if (!this.#open)
      throw new Error(`The connection is closed, so ${typeof event === "string" ? "the message" : show((event as ClientEvent).type)} cannot be sent.`);
    this.#outgoing.push(typeof event === "string" ? event : JSON.stringify(event));
    if (this.#busy === 0) this.#flush();
  }

  on(listener: (event: ServerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  all(type: string): ServerEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  async next(type: string, count = 1): Promise<ServerEvent> {
    integerOption("count", count, 1, Number.MAX_SAFE_INTEGER);
    const found = () => this.all(type)[count - 1];
    if (found() === undefined) await this.#until(() => found() !== undefined || !this.#open, `${count} ${type}`);
    const event = found();
    if (event === undefined) throw new Error(`The connection ended while ${count} ${type} was waited for; last came ${this.events.at(-1)?.type ?? "nothing"}.`);
    return event;
  }

  append(audio: Int16Array | AudioClip): void {
    this.#appendBytes(this.#encode(audio));
  }

  async speak(audio: Int16Array | AudioClip, options: SpeakOptions = {}): Promise<void> {
    requireKnown("options", options, ["chunkMs", "thenSilenceMs"]);
    const chunkMs = integerOption("chunkMs", options.chunkMs ?? IN_PROCESS_DEFAULTS.chunkMs, 1, 10_000);
    const silenceMs = integerOption("thenSilenceMs", options.thenSilenceMs ?? 0, 0, 3_600_000);
    const format = this.#format;
    const spoken = this.#encode(audio);
    const silence = encodeWire(new Int16Array(Math.round((silenceMs * formatRate(format)) / 1000)), format);
    const bytes = new Uint8Array(spoken.length + silence.length);
    bytes.set(spoken);
    bytes.set(silence, spoken.length);
    await this.#paced(bytes, chunkMs, format);
  }

  silence(ms: number, options: Pick<SpeakOptions, "chunkMs"> = {}): Promise<void> {
    return this.speak(new Int16Array(0), { ...options, thenSilenceMs: ms });
  }

  close(code = 1000, reason = ""): void {
    if (!this.#open) return;
    this.#open = false;
    this.#ending = [code, reason];
    this.#attachment?.ended(code, reason);
  }

  get #format(): AudioFormat {
    return this.session.config.audio.input.format;
  }

  #encode(audio: Int16Array | AudioClip): Uint8Array {
    const clip = audio instanceof Int16Array ? { samples: audio, rate: PCM_RATE } : audio;
    return encodeWire(convertClip(clip, formatRate(this.#format)).samples, this.#format);
  }

  #appendBytes(bytes: Uint8Array): void {
    this.send({ type: "input_audio_buffer.append", audio: encodeBase64(bytes) });
  }

  /** The k-th piece goes at k times its length, from the start and not from the piece before; ends when the connection does. */
  async #paced(bytes: Uint8Array, chunkMs: number, format: AudioFormat): Promise<void> {
    const chunkBytes = Math.round((chunkMs * formatRate(format)) / 1000) * bytesPerFrame(format);
    const startMs = this.#clock.nowMs();
    let at = 0;
    let over = bytes.length === 0;
    const step = () => {
      if (!this.#open || at >= bytes.length) {
        over = true;
        return;
      }
      this.#appendBytes(bytes.subarray(at, at + chunkBytes));
      at += chunkBytes;
      const sentMs = (Math.min(at, bytes.length) / chunkBytes) * chunkMs;
      this.#clock.after(startMs + sentMs - this.#clock.nowMs(), step);
    };
    if (!over) step();
    await this.#until(() => over, "the end of what is said", Number.MAX_SAFE_INTEGER);
  }

  async #until(condition: () => boolean, what: string, limitMs: number = IN_PROCESS_DEFAULTS.waitMs): Promise<void> {
    const clock = this.#clock;
    if (isVirtual(clock)) {
      await clock.runUntil(condition, limitMs).catch((cause: Error) => {
        throw new Error(`${what} did not come; last came ${this.events.at(-1)?.type ?? "nothing"}.`, { cause });
      });
      return;
    }
    const endMs = clock.nowMs() + limitMs;
    while (!condition()) {
      if (clock.nowMs() > endMs) throw new Error(`${what} did not come within ${limitMs} ms; last came ${this.events.at(-1)?.type ?? "nothing"}.`);
      await new Promise<void>((resolve) => clock.after(5, resolve));
    }
  }

  #receive(text: string): void {
    const event = eventOf(text);
    if (event === null) {
      this.malformed.push(text);
      return;
    }
    this.events.push(event);
    this.#busy++;
    try {
      for (const listener of this.#listeners) listener(event);
    } finally {
      this.#busy--;
    }
    if (this.#busy === 0 && this.#outgoing.length > 0) queueMicrotask(() => this.#flush());
  }

  /** Hands over what waits, in order, one message at a time. */
  #flush(): void {
    while (this.#busy === 0 && this.#open) {
      const message = this.#outgoing.shift();
      if (message === undefined) return;
      this.#busy++;
      try {
        this.#attachment.receive(message);
      } finally {
        this.#busy--;
      }
    }
  }
}

function eventOf(text: string): ServerEvent | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof (value as { type?: unknown } | null)?.type === "string" ? (value as ServerEvent) : null;
  } catch {
    return null;
  }
}
