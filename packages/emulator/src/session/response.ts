/**
 * One response, from `response.created` to `response.done`: asks the voice, plays its reply in time, and ends completed, cancelled, incomplete or failed. Exactly one
 * `response.done` is sent, and nothing after it.
 */
import type {
  AudioFormat,
  MaxOutputTokens,
  RealtimeResponse,
  ResponseStatusDetails,
  ResponseUsage,
  Voice as VoiceChoice,
  VoiceName,
} from "@sidetone/core/protocol";
import { WireError } from "../errors.ts";
import { type ResponseFate, UNHARMED } from "../faults/generation.ts";
import type { SpokenItem } from "../voices/voice.ts";
import { type SessionContext, snapshot } from "./context.ts";
import type { StoredItem } from "./conversation.ts";
import { OutputFunctionCall, type OutputItem, OutputMessage } from "./output-item.ts";
import { Pacer, type Script } from "./pacer.ts";
import { playFunctionCall, playSpeech, playText, type SubScript } from "./reply-script.ts";
import { usageOf } from "./usage.ts";
import { voiceRequest } from "./voice-request.ts";

/** What a response is to be, with nothing left open. */
export interface ResponsePlan {
  readonly modality: "audio" | "text";
  readonly format: AudioFormat;
  readonly voice: VoiceChoice;
  readonly instructions: string;
  readonly maxOutputTokens: MaxOutputTokens;
  readonly metadata: Record<string, string> | null;
  /** Whether the result enters the conversation. */
  readonly inConversation: boolean;
  /** The items that the model sees. */
  readonly input: readonly StoredItem[];
}

/** What the owner of a response answers and wants to know. */
export interface ResponseOwner {
  /** Counts an item that ends; returns how many had ended in this session before. */
  countOutput(): number;
  /** `response.done` was sent. */
  onDone(response: Response): void;
}

type EndStatus = "completed" | "cancelled" | "incomplete" | "failed";

/** A response under way. */
export class Response {
  /** `resp_...`. */
  readonly id: string;
  readonly plan: ResponsePlan;
  readonly #context: SessionContext;
  readonly #owner: ResponseOwner;
  readonly #abort = new AbortController();
  readonly #output: StoredItem[] = [];
  #current: OutputItem | null = null;
  #pacer: Pacer | null = null;
  #tokensLeft: number;
  #usage: ResponseUsage | null = null;
  #cancelFailure: (() => void) | null = null;
  #fate: ResponseFate = UNHARMED;
  #done = false;

  constructor(context: SessionContext, plan: ResponsePlan, owner: ResponseOwner) {
    this.id = context.ids.next("resp");
    this.plan = plan;
    this.#context = context;
    this.#owner = owner;
    this.#tokensLeft = plan.maxOutputTokens === "inf" ? Number.POSITIVE_INFINITY : plan.maxOutputTokens;
  }

  /** Tokens used; 0 until the response is done. */
  get totalTokens(): number {
    return this.#usage?.total_tokens ?? 0;
  }

  /** Sends `response.created` and begins. */
  start(): void {
    this.#fate = this.#context.faults.response();
    this.#context.send({ type: "response.created", response: this.#wire("in_progress", null) });
    const { failure } = this.#fate;
    if (failure !== null && failure.afterMs <= 0) this.#failWith(failure.error);
    else if (failure !== null) this.#cancelFailure = this.#context.clock.after(failure.afterMs, () => this.#failWith(failure.error));
    if (this.#done) return;
    try {
      const reply = this.#context.voice.reply(voiceRequest(this.plan, this.#abort.signal));
      if (Array.isArray(reply)) this.#play(reply);
      else {
        // Anything else is a promise, maybe of another realm, or a mistake that the script finds.
        const play = (items: readonly SpokenItem[]) => this.#play(items);
        Promise.resolve(reply).then(play, (error) => this.#fail(error));
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends the response where it is: the open item becomes incomplete, and nothing more is sent of it. Does nothing when it is over. */
  cancel(reason: "turn_detected" | "client_cancelled"): void {
    if (this.#done) return;
    this.#stop();
    this.#close("incomplete", reason === "turn_detected");
    this.#finish("cancelled", { type: "cancelled", reason });
  }

  /** Ends the response without a word, as when the connection is gone. */
  abandon(): void {
    this.#done = true;
    this.#stop();
  }

  #stop(): void {
    this.#cancelFailure?.();
    this.#pacer?.cancel();
    this.#abort.abort();
  }

  #play(items: readonly SpokenItem[]): void {
    if (this.#done) return;
    this.#pacer = new Pacer(this.#context.clock, this.#guarded(items), this.#fate.at);
    this.#pacer.start();
  }

  /** What a voice gives may be anything; the script runs from timers, where nobody would catch. */
  *#guarded(items: readonly SpokenItem[]): Script {
    try {
      yield* this.#script(items);
    } catch (error) {
      this.#fail(error);
    }
  }

  *#script(items: readonly SpokenItem[]): Script {
    const { firstAudioDelayMs, transcriptLeadMs } = this.#context.profile;
    let atMs = Math.max(0, firstAudioDelayMs - transcriptLeadMs);
    for (const item of items) {
      yield atMs;
      const { endMs, tokens, cut } = yield* this.#item(item, atMs);
      atMs = endMs;
      this.#tokensLeft -= tokens;
      this.#close(cut ? "incomplete" : "completed", true);
      if (cut) return this.#finish("incomplete", { type: "incomplete", reason: "max_output_tokens" });
    }
    this.#finish("completed", null);
  }

  #item(item: SpokenItem, atMs: number): SubScript {
    const { plan } = this;
    const context = this.#context;
    const { speedUp } = this.#fate;
    const profile = speedUp === null ? context.profile : { ...context.profile, speedUp };
    const settings = { profile, format: plan.format, maxTokens: this.#tokensLeft };
    const place = { responseId: this.id, outputIndex: this.#output.length, inConversation: plan.inConversation };
    if (item.type === "function_call") {
      const call = new OutputFunctionCall(context, place, item.name);
      this.#open(call);
      return playFunctionCall(call, item, atMs, settings);
    }
    const message = new OutputMessage(context, place, plan.modality === "audio" ? plan.format : null);
    this.#open(message);
    return plan.modality === "audio" ? playSpeech(message, item, atMs, settings) : playText(message, item, atMs, settings);
  }

  #open(item: OutputItem): void {
    this.#current = item;
    this.#output.push(item.stored);
  }

  #close(end: "completed" | "incomplete", orderKnown: boolean): void {
    const item = this.#current;
    this.#current = null;
    item?.end(end, this.#owner.countOutput() > 0 && orderKnown);
  }

  #finish(status: EndStatus, details: ResponseStatusDetails | null): void {
    this.#done = true;
    this.#cancelFailure?.();
    this.#usage = usageOf(this.plan, this.#output);
    this.#context.send({ type: "response.done", response: this.#wire(status, details) });
    this.#owner.onDone(this);
  }

  #fail(error: unknown): void {
    const message = `The voice failed: ${error instanceof Error ? error.message : String(error)}`;
    this.#failWith(new WireError(message, { type: "server_error", code: "voice_failed" }));
  }

  #failWith({ type, code, message }: WireError): void {
    if (this.#done) return;
    this.#stop();
    this.#close("incomplete", true);
    this.#finish("failed", { type: "failed", error: { type, code: code ?? type, message } });
  }

  #wire(status: "in_progress" | EndStatus, details: ResponseStatusDetails | null): RealtimeResponse {
    const { plan } = this;
    return {
      object: "realtime.response",
      id: this.id,
      status,
      status_details: details,
      output: snapshot(this.#output.map((item) => item.wire)),
      conversation_id: plan.inConversation ? this.#context.conversation.id : null,
      output_modalities: [plan.modality],
      max_output_tokens: plan.maxOutputTokens,
      audio: { output: { format: plan.format, voice: plan.voice as VoiceName } },
      usage: this.#usage,
      metadata: plan.metadata,
    };
  }
}
