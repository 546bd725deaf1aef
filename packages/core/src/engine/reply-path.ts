/**
 * The reply's way: audio deltas to playback, and the interruption that cuts it.
 *
 * Thread: the engine's. A cut is one round trip and needs no timer: every reply under way is marked, playback is asked to stop, and its answer says what was heard; that goes
 * to the server as `conversation.item.truncate`, or `conversation.item.delete` where nothing was heard.
 */
import { SidetoneError } from "../errors.ts";
import type { ItemPlayout } from "../playout/account.ts";
import type { PlayoutPolicy } from "../playout/options.ts";
import type { AudioFormat } from "../protocol/audio-format.ts";
import type { ClientEvent, ResponseOutputAudioDeltaEvent, ServerEvent } from "../protocol/events.ts";
import { Downlink } from "./downlink.ts";
import type {
  EngineStats,
  Interruption,
  InterruptReason,
  PlaybackCommand,
  PlaybackFlushed,
  PlaybackLog,
  PlaybackPosition,
  PlaybackReport,
  PlaybackStats,
  PortLike,
} from "./ports.ts";
import { Turn, truncationEvent } from "./turn.ts";

/** What a reply path needs of its session. */
export interface ReplyPathOptions {
  /** Encoding of the deltas. */
  readonly format: AudioFormat;
  /** How playback queues: by item, or as one stream that no response ends and nobody truncates. */
  readonly policy: PlayoutPolicy;
  /** Counted in. */
  readonly stats: EngineStats;
  /** Sends an event to the server; dropped when there is no connection. */
  readonly send: (event: ClientEvent) => void;
  /** Makes the id of an event. */
  readonly eventId: () => string;
  /** Whether the server is to be told now what was heard. */
  readonly tellsServer: () => boolean;
  /** Told of every interruption that cut something. */
  readonly onInterrupted: (interruption: Interruption) => void;
  /** Told of every item that is over, and of the response it belongs to. */
  readonly onPlayed: (responseId: string | null, playout: ItemPlayout) => void;
}

/** What audio without an item belongs to. */
const STREAM = "stream";

interface PendingCut {
  readonly reason: InterruptReason;
  readonly hadReply: boolean;
  readonly done: (interruption: Interruption) => void;
}

/** Carries replies to playback until they are cut. */
export class ReplyPath {
  readonly #options: ReplyPathOptions;
  readonly #turn = new Turn();
  readonly #downlink: Downlink;
  readonly #pending = new Map<number, PendingCut>();
  #playback: PortLike<PlaybackCommand, PlaybackReport> | null = null;
  #requests = 0;

  constructor(options: ReplyPathOptions) {
    this.#options = options;
    this.#downlink = new Downlink(options.format, options.stats, {
      postMessage: (command, transfer = []) => this.#playback?.postMessage(command, transfer),
    });
  }

  /** Whether there is a loudspeaker. */
  get attached(): boolean {
    return this.#playback !== null;
  }

  /** The response that `response.cancel` would end, or null. Of a stream it is none: cancelled, it would not go on. */
  get activeResponseId(): string | null {
    return this.#continues ? null : this.#turn.activeResponseId;
  }

  /** Whether `speech_started` means that the reply is over. Whoever listens while speaking decides that for itself. */
  get speechInterrupts(): boolean {
    return !this.#continues && this.#turn.speechInterrupts;
  }

  get #continues(): boolean {
    return this.#options.policy === "continuous";
  }

  /** Whether an item stands beside the conversation, so that it answers nobody. */
  isOutside(itemId: string): boolean {
    return this.#turn.isOutside(itemId);
  }

  /** Plays on `port` from now on; `onReport` is told what playback says of itself. */
  attach(port: PortLike<PlaybackCommand, PlaybackReport>, onReport: (report: PlaybackPosition | PlaybackStats | PlaybackLog) => void): void {
    this.#playback = port;
    port.onmessage = ({ data }) => {
      if (data.type === "flushed") this.#flushed(data);
      else if (data.type === "item") this.#options.onPlayed(this.#turn.responseOf(data.playout.itemId), data.playout);
      else if (data.type !== "located") onReport(data);
    };
  }

  /** Follows the server's events. */
  observe(event: ServerEvent): void {
    this.#turn.observe(event);
  }

  /** Plays a delta, unless its reply was cut. @throws {SidetoneError} `malformed-event` when it cannot be placed or is not audio. */
  delta(event: ResponseOutputAudioDeltaEvent): void {
    const { item_id: itemId, content_index: contentIndex = 0 } = event;
    if (this.#continues) {
      this.#downlink.delta(itemId ?? STREAM, contentIndex, event.delta);
      return;
    }
    // Without its item a sound can neither be placed nor truncated.
    if (typeof itemId !== "string") throw new SidetoneError("malformed-event", "An audio delta does not say to which item it belongs; it was skipped.");
    const verdict = this.#turn.delta(event.response_id, itemId, contentIndex);
    if (verdict === "late") this.#options.stats.lateDeltas++;
    else if (verdict === "play")
      this.#downlink.delta(itemId, contentIndex, event.delta, this.#turn.isBeside(event.response_id) ? "out-of-band" : "conversation");
    else throw new SidetoneError("malformed-event", `An audio delta of item ${itemId} came after the end of its audio; it was skipped.`);
  }

  /** Nothing follows for a content part. */
  partDone(responseId: string, itemId: string, contentIndex = 0): void {
    if (this.#turn.endPart(responseId, itemId, contentIndex)) this.#downlink.done(itemId, contentIndex);
  }

  /** A response is over. One that ended early may leave out the events of its parts; whatever it had is complete now. */
  responseDone(responseId: string): void {
    const { parts, unheard } = this.#turn.end(responseId);
    for (const part of parts) this.#downlink.done(part.itemId, part.contentIndex);
    if (!this.#options.tellsServer()) return;
    // Audio of these items came only after the cut; the model must not believe that it was heard.
    for (const itemId of unheard) this.#options.send({ type: "conversation.item.delete", event_id: this.#options.eventId(), item_id: itemId });
  }

  /** Stops the reply now; resolves with what was cut. */
  cut(reason: InterruptReason): Promise<Interruption> {
    // What comes next of a stream is played: only what is queued is passed over.
    const hadReply = !this.#continues && this.#turn.cut();
    return new Promise((resolve) => {
      const requestId = ++this.#requests;
      this.#pending.set(requestId, { reason, hadReply, done: resolve });
      if (this.#playback === null) this.#flushed({ type: "flushed", requestId, report: { items: [] } });
      else this.#playback.postMessage({ type: "flush", requestId });
    });
  }

  /** The session is over: nobody is to wait for playback's answer any more. */
  end(): void {
    for (const requestId of this.#pending.keys()) this.#flushed({ type: "flushed", requestId, report: { items: [] } });
  }

  #flushed({ requestId, report }: PlaybackFlushed): void {
    const cut = this.#pending.get(requestId);
    if (cut === undefined) return;
    this.#pending.delete(requestId);
    const { stats, send, eventId, tellsServer, onInterrupted } = this.#options;
    const items = this.#turn.settle(report, !this.#continues && tellsServer());
    for (const item of items) {
      const event = truncationEvent(item, eventId());
      if (event === null) continue;
      send(event);
      if (event.type === "conversation.item.truncate") stats.truncations++;
    }
    const interruption = { reason: cut.reason, items };
    if (items.length > 0 || cut.hadReply) {
      stats.interruptions++;
      onInterrupted(interruption);
    }
    cut.done(interruption);
  }
}
