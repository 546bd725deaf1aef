/**
 * What users hold: one spoken conversation, from a source to a server to a sink, with a headless store for UIs.
 *
 * Thread: the page's main thread or the Node process. Nothing here touches audio; levels and positions come as numbers.
 */
import { checkKnown, SidetoneError } from "@sidetone/core";
import { type EngineEvent, type EngineLimits, type EngineState, type EngineStats, type Interruption, resolveLimits } from "@sidetone/core/engine";
import { type ItemPlayout, type PlayoutOptions, resolvePlayoutOptions } from "@sidetone/core/playout";
import { type ClientEvent, checkAudioFormat, PCM16_24K, type ServerEvent, type SessionUpdate } from "@sidetone/core/protocol";
import { Conversation, type ConversationEntry } from "./conversation.ts";
import type { Sink, Source } from "./devices.ts";
import { Emitter } from "./emitter.ts";
import type { EngineClient, EngineLauncher } from "./engine-client.ts";
import type { TransportFactory } from "./transport/websocket.ts";

/** Session settings as a user gives them: `session.update`'s, with `type` filled in. */
export type SessionOptions = Omit<Extract<SessionUpdate, { type: "realtime" }>, "type">;

/** Options of `createPipeline`. */
export interface PipelineOptions {
  /** The server, for example `webSocket({ url, apiKey })`. */
  readonly transport: TransportFactory;
  /** The person's voice, for example `microphone()`. Default: none, the app sends what it wants to say with `send`. */
  readonly source?: Source;
  /** Where replies are played, for example `speaker()`. Default: none, replies are not played. */
  readonly sink?: Sink;
  /** Session settings: instructions, voice, tools, turn detection, audio formats. Default: the server's. */
  readonly session?: SessionOptions;
  /** Knobs of the playback buffer: how replies are queued, and times in ms. */
  readonly playout?: PlayoutOptions;
  /** Limits of the engine, in the units of their names. */
  readonly limits?: EngineLimits;
}

/** Immutable picture of a pipeline; a new object after every change. */
export interface PipelineSnapshot {
  /** Where the session stands. */
  readonly state: EngineState;
  /** The error that ended the session, or the newest one that did not; null when there was none since `start`. */
  readonly error: SidetoneError | null;
  /** Whether silence is sent in the microphone's place. */
  readonly muted: boolean;
  /** Whether the server hears the person speak. */
  readonly userSpeaking: boolean;
  /** Whether a reply is at the ear. */
  readonly agentSpeaking: boolean;
  /** Messages in order. */
  readonly conversation: readonly ConversationEntry[];
  /** The newest statistics; null before the session is open. */
  readonly stats: EngineStats | null;
}

/** Numbers that change many times a second; read them in an animation frame. The same object every time. */
export interface PipelineMeters {
  /** Microphone, linear, full scale 1. */
  readonly input: { rms: number; peak: number };
  /** Reply, linear, full scale 1. */
  readonly output: { rms: number; peak: number };
  /** Item at the ear, or the last one heard; null before the first. */
  itemId: string | null;
  /** ms of it heard so far. */
  heardMs: number;
}

/** Events of a pipeline. */
export interface PipelineEvents {
  /** The session's state changed. */
  state: EngineState;
  /** Any server event, in wire order; audio deltas come with an empty `delta`. */
  event: ServerEvent;
  /** A client event was sent, other than audio. */
  sent: { readonly type: string };
  /** Something went wrong; `fatal` says whether the session is over. */
  error: SidetoneError;
  /** A reply was cut; says what of it was heard. */
  interrupted: Interruption;
  /** New statistics, about four times a second. */
  stats: EngineStats;
  /** An item is over, played to its end or cut; says how it was played: start, gaps, concealment, stretching, lag. */
  played: PlayedItem;
  /** With `playout: { log: "inputs" }`: lines of a log that `npx @sidetone/cli replay FILE` and `replayPlayout` (`@sidetone/core/playout`) play again. Listen before `start()`: the first line is the header. */
  playoutLog: readonly string[];
}

/** How an item of a response was played. */
export interface PlayedItem extends ItemPlayout {
  /** The response it belongs to; null when that is not known any more. */
  readonly responseId: string | null;
}

const EXAMPLES = { source: "microphone()", sink: "speaker()" };

const OPTIONS = ["transport", "source", "sink", "session", "playout", "limits"];

/** A spoken conversation. Made by `createPipeline`; used once. */
export class Pipeline {
  /** Levels and playhead, for polling. */
  readonly meters: PipelineMeters = { input: { rms: 0, peak: 0 }, output: { rms: 0, peak: 0 }, itemId: null, heardMs: 0 };
  readonly #options: PipelineOptions;
  readonly #launcher: EngineLauncher;
  readonly #emitter = new Emitter<PipelineEvents & { change: undefined }>();
  readonly #conversation = new Conversation();
  #engine: EngineClient | null = null;
  #closing: Promise<void> | null = null;
  #releasing: Promise<void> | null = null;
  #snapshot: PipelineSnapshot = {
    state: "idle",
    error: null,
    muted: false,
    userSpeaking: false,
    agentSpeaking: false,
    conversation: [],
    stats: null,
  };

  /** @internal Use `createPipeline`. */
  constructor(options: PipelineOptions, launcher: EngineLauncher) {
    if (typeof options !== "object" || options === null) throw new TypeError("createPipeline() needs an object of options, at least { transport }.");
    checkKnown("createPipeline()", options, OPTIONS);
    if (typeof options.transport?.prepare !== "function") throw new TypeError("createPipeline() needs a transport, for example webSocket({ url }).");
    for (const name of ["source", "sink"] as const) {
      const device = options[name];
      if (device !== undefined && typeof device?.open !== "function") throw new TypeError(`${name} is no ${name}; give for example ${EXAMPLES[name]}.`);
    }
    // A copy: what was checked is what is used, and the state of UI frameworks consists of proxies, which cannot be cloned to a worklet.
    const playout = { ...options.playout };
    resolvePlayoutOptions(playout);
    resolveLimits(options.limits ?? {});
    checkAudioFormat("session.audio.input.format", options.session?.audio?.input?.format ?? PCM16_24K);
    checkAudioFormat("session.audio.output.format", options.session?.audio?.output?.format ?? PCM16_24K);
    this.#options = { ...options, playout };
    this.#launcher = launcher;
  }

  /**
   * Opens devices and the session, at the same time; what is said meanwhile is held and sent. Resolves when the server has confirmed the session; on failure frees
   * everything and rejects with a SidetoneError. In a browser call it from a click or key press, else the browser may keep the speaker silent.
   */
  async start(): Promise<void> {
    if (this.#snapshot.state !== "idle")
      throw new SidetoneError("closed", `start() was called in state "${this.#snapshot.state}"; make a new pipeline for each session.`);
    this.#update({ state: "connecting" });
    this.#emitter.emit("state", "connecting");
    const { source, sink, transport, session = {}, playout = {}, limits } = this.#options;
    let breakOff: (error: SidetoneError) => void = () => undefined;
    const broken = new Promise<never>((_, reject) => {
      breakOff = reject;
    });
    broken.catch(() => undefined); // it may be rejected when nobody waits any more
    const report = (error: SidetoneError): void => {
      this.#fail(error);
      if (error.fatal) breakOff(error);
    };
    let wrongUse: unknown;
    try {
      const inputFormat = checkAudioFormat("session.audio.input.format", session.audio?.input?.format ?? PCM16_24K);
      const outputFormat = checkAudioFormat("session.audio.output.format", session.audio?.output?.format ?? PCM16_24K);
      const engine = this.#launcher.launch((event) => this.#receive(event));
      this.#engine = engine;
      const connect = async (): Promise<void> => {
        const settings = await transport.prepare(this.#launcher.keyCarrier).catch((error) => {
          if (error instanceof TypeError) wrongUse = error;
          throw error;
        });
        // A device may have failed, or the app may have closed the pipeline, while the key was being fetched.
        if (this.#releasing !== null) throw closedWhileStarting();
        const config = {
          transport: settings,
          session: withFormats(session, inputFormat, outputFormat),
          inputFormat,
          outputFormat,
          policy: playout.policy ?? "turn",
        };
        await engine.start(limits === undefined ? config : { ...config, limits }, { capture: source !== undefined, playback: sink !== undefined });
      };
      const opening = Promise.all([
        source?.open({ format: inputFormat, port: engine.capturePort, report }),
        sink?.open({ format: outputFormat, port: engine.playbackPort, playout, report }),
        connect(),
      ]);
      await Promise.race([opening, broken]);
      // The last to open may have been a device that was slower than close().
      if (this.#closing !== null) throw closedWhileStarting();
    } catch (error) {
      if (this.#closing !== null) {
        await this.#closing;
        throw closedWhileStarting(error);
      }
      const failure = SidetoneError.from(error, "internal", "The session could not be started", { fatal: true });
      this.#fail(failure);
      this.#become("failed");
      await this.#release();
      throw error === wrongUse ? error : failure;
    }
  }

  /** Calls `listener` for every `name` event; the returned function ends that. */
  on<Name extends keyof PipelineEvents>(name: Name, listener: (value: PipelineEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener as (value: (PipelineEvents & { change: undefined })[Name]) => void);
  }

  /** Calls `listener` whenever {@link getSnapshot} has something new; for `useSyncExternalStore` and its like. The returned function ends that. */
  readonly subscribe = (listener: () => void): (() => void) => this.#emitter.on("change", listener);

  /** The current picture; the same object until something changes. */
  readonly getSnapshot = (): PipelineSnapshot => this.#snapshot;

  /** Stops the reply now and tells the server what was heard of it. Resolves with what was cut. */
  async interrupt(): Promise<Interruption> {
    // Only an open session has replies; a device or worker that is gone would never answer.
    return this.#engine === null || this.#snapshot.state !== "open" ? { reason: "interrupt", items: [] } : this.#engine.interrupt();
  }

  /** Sends silence instead of the microphone; the microphone stays open, so that unmuting is immediate. */
  mute(): void {
    this.#options.source?.mute();
    this.#update({ muted: true });
  }

  /** Sends the microphone again. */
  unmute(): void {
    this.#options.source?.unmute();
    this.#update({ muted: false });
  }

  /** Sends any client event, in order with everything else. Dropped when there is no session. */
  send(event: ClientEvent): void {
    this.#engine?.send(event);
  }

  /** Ends the session and frees devices, worker and socket; idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#release();
    if (this.#snapshot.state !== "failed") this.#become("closed");
  }

  #release(): Promise<void> {
    this.#releasing ??= this.#free();
    return this.#releasing;
  }

  /** All at once: one that hangs or fails must not keep the microphone of another open. */
  async #free(): Promise<void> {
    const { source, sink } = this.#options;
    // Not inside the event that led here: the engine tells of a failure before it stands in that state.
    await Promise.resolve();
    const closing = [async () => source?.close(), async () => this.#engine?.close(), async () => sink?.close()].map((close) => close());
    for (const result of await Promise.allSettled(closing)) {
      if (result.status === "rejected") this.#fail(SidetoneError.from(result.reason, "internal", "Something could not be closed"));
    }
    this.#update({ userSpeaking: false, agentSpeaking: false });
  }

  #receive(event: EngineEvent): void {
    switch (event.type) {
      case "meters":
        Object.assign(this.meters.input, event.input);
        Object.assign(this.meters.output, event.output);
        this.meters.itemId = event.itemId;
        this.meters.heardMs = event.heardMs;
        if (this.#snapshot.state === "open") this.#update({ agentSpeaking: event.sounding });
        break;
      case "state":
        this.#become(event.state);
        break;
      case "server-event":
        this.#observe(event.event);
        this.#emitter.emit("event", event.event);
        break;
      case "client-event":
        this.#emitter.emit("sent", event.event);
        break;
      case "error":
        this.#fail(withServerError(SidetoneError.fromPlain(event.error), event.serverError));
        break;
      case "interrupted":
        this.#conversation.interrupted(event.interruption);
        this.#update({ conversation: this.#conversation.entries, agentSpeaking: false });
        this.#emitter.emit("interrupted", event.interruption);
        break;
      case "played":
        this.#emitter.emit("played", { ...event.playout, responseId: event.responseId });
        break;
      case "playout-log":
        this.#emitter.emit("playoutLog", event.lines);
        break;
      case "stats":
        this.#update({ stats: event.stats });
        this.#emitter.emit("stats", event.stats);
        break;
    }
  }

  #observe(event: ServerEvent): void {
    if (event.type === "input_audio_buffer.speech_started") this.#update({ userSpeaking: true });
    // A commit or a clear by the app ends speech without speech_stopped.
    else if (event.type.startsWith("input_audio_buffer.")) this.#update({ userSpeaking: false });
    if (this.#conversation.observe(event)) this.#update({ conversation: this.#conversation.entries });
  }

  #fail(error: SidetoneError): void {
    const { state } = this.#snapshot;
    const over = state === "failed" || state === "closed";
    // An end is told once; a start that fails says it twice, by the engine's event and by the rejected call, in either order.
    if (error.fatal && (over || this.#snapshot.error?.fatal)) return;
    if (!over && !this.#snapshot.error?.fatal) this.#update({ error });
    this.#emitter.emit("error", error);
    if (!error.fatal || state !== "open") return;
    // A session that ended by itself still holds the microphone.
    this.#become("failed");
    void this.#release();
  }

  #become(state: EngineState): void {
    const before = this.#snapshot.state;
    // What failed stays failed, whatever its parts say while they are freed.
    if (before === state || before === "failed" || before === "closed") return;
    this.#update({ state });
    this.#emitter.emit("state", state);
  }

  #update(change: Partial<PipelineSnapshot>): void {
    const current: PipelineSnapshot = this.#snapshot;
    if ((Object.keys(change) as (keyof PipelineSnapshot)[]).every((name) => Object.is(current[name], change[name]))) return;
    this.#snapshot = { ...this.#snapshot, ...change };
    this.#emitter.emit("change", undefined);
  }
}

function closedWhileStarting(cause?: unknown): SidetoneError {
  return new SidetoneError("closed", "The pipeline was closed while it was starting.", { fatal: true, cause });
}

/** The settings for `session.update`: the user's, with both formats spelt out, since the engine relies on them. */
function withFormats(session: SessionOptions, input: PipelineFormat, output: PipelineFormat): SessionUpdate {
  return {
    ...session,
    type: "realtime",
    audio: { ...session.audio, input: { ...session.audio?.input, format: input }, output: { ...session.audio?.output, format: output } },
  };
}

type PipelineFormat = ReturnType<typeof checkAudioFormat>;

/** The server's own error object as the cause, so that an app can look at its `code`, `param` and `event_id`. */
function withServerError(error: SidetoneError, serverError: unknown): SidetoneError {
  return serverError === undefined ? error : new SidetoneError(error.code, error.message, { fatal: error.fatal, cause: serverError });
}
