/**
 * Everything that is known about a session from the events so far, in one place: rules only read it. Events are taken after the rules have looked at them, also those
 * that broke one, so that one mistake is not told many times.
 */
import type { ResolvedConformance } from "../rule.ts";
import { type Fields, isObject, type WireEvent } from "../wire-event.ts";
import { InputState } from "./input-state.ts";
import { GRANTED_BY, type Request, Requests } from "./requests.ts";
import { type ItemState, newItem, type ResponseState } from "./response-state.ts";
import { takeResponseEvent } from "./take-response-event.ts";

/** Events that the server sends because the client asked for something; `response.done` comes anyway. */
const SENT_ON_REQUEST: ReadonlySet<string> = new Set(Object.values(GRANTED_BY).filter((type) => type !== "response.done"));

/** A cut of the output buffer of a call. */
export interface Cut {
  readonly response: ResponseState | undefined;
  /** Whether the user's speech made it, and not the client. */
  readonly bySpeech: boolean;
}

/** See the head of this file. */
export class SessionState {
  readonly options: ResolvedConformance;
  readonly requests = new Requests();
  readonly input = new InputState();
  readonly eventIds = new Set<string>();
  /** Item and call ids that the client chose. */
  readonly clientIds = new Set<string>();
  readonly items = new Map<string, ItemState>();
  readonly responses = new Map<string, ResponseState>();
  /** Ids of the items in the conversation, in their order. */
  order: string[] = [];
  conversationId: string | null = null;
  /** The settings in effect, or null before they were told. */
  config: Fields | null = null;
  /** How many events the server has sent. */
  sent = 0;
  /** Bytes of audio in the event that is looked at. */
  audioBytes = 0;
  /** Time of the newest entry, in ms. */
  nowMs = 0;
  /** The newest server event. */
  last: WireEvent | null = null;
  /** The response that the conversation has now. */
  active: ResponseState | null = null;
  /** The user's item that was added and is not done. */
  undone: string | null = null;
  /** A turn that must be answered by a response: the id of its item. */
  answerDue: string | null = null;
  /** The user interrupts, and the output buffer was not cleared yet. */
  clearDue: ResponseState | null = null;
  /** The output buffer was cleared, and nothing was truncated yet. */
  cut: Cut | null = null;
  /** Whether transcription was ever switched on. */
  transcribes = false;
  /** Whether speech of the model has come. */
  spoke = false;
  /** Whether text deltas carry padding, once that is known. */
  obfuscates: boolean | null = null;
  /** Code of an error that ends the session. */
  fatal: string | null = null;
  /** WebSocket close code, when the session is over and it is known. */
  closeCode: number | null = null;

  constructor(options: ResolvedConformance) {
    this.options = options;
  }

  /** The settings of turn detection, or null. */
  get turnDetection(): Fields | null {
    return this.config?.audio?.input?.turn_detection ?? null;
  }

  /** Audio that a turn keeps from before its first voiced frame, in ms, or null where that is not known. */
  get paddingMs(): number | null {
    const { turnDetection } = this;
    return turnDetection?.type === "server_vad" && typeof turnDetection.prefix_padding_ms === "number" ? turnDetection.prefix_padding_ms : null;
  }

  /** Whether the audio of this session is not in the events. */
  get onTrack(): boolean {
    return this.options.transport !== "websocket";
  }

  /** Takes an event of the client; null for a message that is none. */
  takeIn(event: Fields | null, type: string, atMs: number, audioBytes: number): void {
    this.nowMs = atMs;
    const eventId = typeof event?.event_id === "string" ? event.event_id : null;
    // Only what sounds changes nothing: clearing an output buffer that is silent has no answer.
    const silent = type === "output_audio_buffer.clear" && this.playing === undefined;
    if (!silent) this.requests.add({ type, eventId, event: event ?? {}, atMs, late: false });
    else if (eventId !== null) this.requests.eventIds.add(eventId);
    if (type === "input_audio_buffer.append") this.input.append(audioBytes);
    const item = isObject(event?.item) ? event.item : null;
    for (const id of [item?.id, item?.call_id]) if (typeof id === "string") this.clientIds.add(id);
    if (Array.isArray(event?.response?.input)) for (const given of event.response.input) if (typeof given?.id === "string") this.clientIds.add(given.id);
    if (type === "response.cancel") {
      const response = event?.response_id ? this.responses.get(event.response_id) : this.active;
      if (response) response.cancelAsked ??= "client_cancelled";
    }
  }

  /** The response that sounds now in a call. */
  get playing(): ResponseState | undefined {
    return [...this.responses.values()].find(({ playback }) => playback === "started");
  }

  /** Takes an event of the server that can be read. */
  takeOut(event: WireEvent): void {
    this.sent++;
    if (typeof event.event_id === "string") this.eventIds.add(event.event_id);
    const cause = this.causeOf(event);
    const request = cause === "server" ? undefined : (cause ?? undefined);
    // A response that is cancelled ends by itself, and answers the client all the same.
    this.requests.settle(event.type === "response.done" ? this.requests.grantedBy(event) : request);
    this.#take(event, request?.event);
    for (const late of this.requests.overdue(this.nowMs - this.options.replyWithinMs)) late.late = true;
    this.last = event;
  }

  /** Why an event came: the client's request that it grants, `"server"` when the server sends it by itself, null when nobody asked for it. */
  causeOf(event: WireEvent): Request | "server" | null {
    if (!SENT_ON_REQUEST.has(event.type)) return "server";
    if (this.#sentByServer(event)) return "server";
    const request = this.requests.grantedBy(event);
    if (request !== undefined) return request;
    return event.type === "response.created" && this.input.unanswered > 0 ? "server" : null;
  }

  /** Turns are committed, and speech is truncated in calls, without anybody asking. */
  #sentByServer(event: WireEvent): boolean {
    if (event.type === "input_audio_buffer.committed") return this.input.ended?.itemId === event.item_id;
    if (event.type === "conversation.item.truncated") return this.onTrack && this.cut !== null;
    if (event.type === "output_audio_buffer.cleared") return this.clearDue !== null;
    if (event.type !== "conversation.item.added") return false;
    return this.input.committed?.itemId === event.item.id || event.item.type === "mcp_list_tools" || this.entering(event) !== undefined;
  }

  /**
   * The response's item that this `conversation.item.added` is about. Undefined where it is none, and where the client puts in an item of its own under an id that it has
   * from a response beside the conversation, or from an item that was deleted.
   */
  entering(event: WireEvent): ItemState | undefined {
    const made = this.items.get(event.item.id);
    if (made === undefined || made.response === null || made.added) return undefined;
    const byClient = !made.response.inConversation && this.requests.grantedBy(event)?.event.item?.id === made.id;
    return byClient ? undefined : made;
  }

  #take(event: WireEvent, asked: Fields | undefined): void {
    switch (event.type) {
      case "error":
        this.requests.settle(this.requests.refusedBy(event.error));
        if (["session_expired", "beta_api_shape_disabled"].includes(event.error.code)) this.fatal = event.error.code;
        break;
      case "session.created":
      case "session.updated":
        this.config = event.session;
        this.input.configure(event.session.audio.input?.format, this.turnDetection);
        if (event.session.audio.input?.transcription) this.transcribes = true;
        break;
      case "input_audio_buffer.speech_started":
        this.#speechStarted(event);
        break;
      case "input_audio_buffer.speech_stopped":
        this.input.stopped(event.item_id, event.audio_end_ms);
        break;
      case "input_audio_buffer.timeout_triggered":
        this.input.ended = { itemId: event.item_id, startMs: event.audio_start_ms, endMs: event.audio_end_ms };
        break;
      case "input_audio_buffer.committed":
        this.input.commit(event.item_id, this.config?.type === "realtime" && this.turnDetection?.create_response === true);
        break;
      case "input_audio_buffer.cleared":
        this.input.clear();
        break;
      case "conversation.item.added":
        this.#added(event, asked);
        break;
      case "conversation.item.done":
        this.#done(event);
        break;
      case "conversation.item.deleted":
        this.order = this.order.filter((id) => id !== event.item_id);
        break;
      case "conversation.item.truncated":
        this.#truncated(event);
        break;
      case "conversation.item.input_audio_transcription.completed":
      case "conversation.item.input_audio_transcription.failed": {
        const item = this.items.get(event.item_id);
        if (item) item.transcribed = true;
        break;
      }
      default:
        takeResponseEvent(this, event, asked);
    }
  }

  #speechStarted(event: WireEvent): void {
    this.input.started(event.item_id, event.audio_start_ms, this.paddingMs);
    this.answerDue = null;
    if (this.turnDetection?.interrupt_response !== true) return;
    if (this.active) this.active.cancelAsked ??= "turn_detected";
    this.clearDue = this.playing ?? null;
  }

  #added(event: WireEvent, asked: Fields | undefined): void {
    const { id } = event.item;
    const { committed } = this.input;
    const wasCommitted = committed?.itemId === id;
    const item = (asked === undefined ? this.entering(event) : undefined) ?? newItem(event.item, null);
    item.added = true;
    item.wire = event.item;
    this.items.set(id, item);
    this.order = this.order.filter((other) => other !== id);
    const previous = item.response === null && !wasCommitted && asked !== undefined ? event.previous_item_id : (this.order.at(-1) ?? null);
    this.order.splice(previous === null ? 0 : this.order.indexOf(previous) + 1 || this.order.length, 0, id);
    if (item.response === null) this.undone = event.item.type === "mcp_list_tools" ? null : id;
    // Consent to a call lets the server go on by itself, and so does a refusal.
    if (event.item.type === "mcp_approval_response") this.input.unanswered++;
    if (!wasCommitted) return;
    item.heardMs = committed?.heardMs ?? null;
    this.input.committed = null;
    if (committed?.wantsResponse && this.active === null) this.answerDue = id;
  }

  #done(event: WireEvent): void {
    const item = this.items.get(event.item.id);
    if (this.undone === event.item.id) this.undone = null;
    if (!item) return;
    item.done = true;
    item.wire = event.item;
  }

  #truncated(event: WireEvent): void {
    const item = this.items.get(event.item_id);
    if (item) item.truncatedMs = event.audio_end_ms;
    if (this.cut !== null && (this.cut.response === undefined || item?.response === this.cut.response)) this.cut = null;
  }
}
