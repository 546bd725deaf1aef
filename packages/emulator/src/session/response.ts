/**
 * One response, from `response.created` to `response.done`: asks the voice, plays its reply in time, and ends completed, cancelled, incomplete or failed. Exactly one
 * `response.done` is sent, and nothing after it.
 */
import type {
  AudioFormat,
  FunctionTool,
  MaxOutputTokens,
  McpTool,
  RealtimeResponse,
  ResponseStatusDetails,
  ResponseUsage,
  ToolChoice,
  Voice as VoiceChoice,
} from "@sidetone/core/protocol";
import { WireError } from "../errors.ts";
import { type ResponseFate, UNHARMED } from "../faults/generation.ts";
import type { Profile } from "../profiles.ts";
import type { Reply, SpokenItem, SpokenMcpCall } from "../voices/voice.ts";
import { type SessionContext, snapshot } from "./context.ts";
import type { StoredItem } from "./conversation.ts";
import { answerOf, type McpAnswer } from "./mcp.ts";
import { OutputFunctionCall, type OutputItem, OutputMessage, type OutputPlace } from "./output-item.ts";
import { OutputApprovalRequest, OutputMcpCall } from "./output-mcp.ts";
import { Pacer, type Script } from "./pacer.ts";
import { playReply } from "./reply.ts";
import { checkReply } from "./reply-check.ts";
import { type Played, playFunctionCall, playMcpCall, playNothing, playSpeech, playText, type SubScript } from "./reply-script.ts";
import { usageOf } from "./usage.ts";
import { voiceName, voiceRequest } from "./voice-request.ts";

/** What a response is to be, with nothing left open. */
export interface ResponsePlan {
  readonly modality: "audio" | "text";
  readonly format: AudioFormat;
  readonly voice: VoiceChoice;
  /** Factor on the speed of speech. */
  readonly speed: number;
  readonly instructions: string;
  readonly tools: readonly (FunctionTool | McpTool)[];
  readonly toolChoice: ToolChoice;
  readonly maxOutputTokens: MaxOutputTokens;
  readonly metadata: Record<string, string> | null;
  /** Whether the result enters the conversation. */
  readonly inConversation: boolean;
  /** The items that the model sees. */
  readonly input: readonly StoredItem[];
  /** What was held back for the client's consent, which it gave; null where the voice is to be asked. */
  readonly continuation: Continuation | null;
}

/** The rest of a reply, from an MCP call on that needed consent. */
export interface Continuation {
  /** The item that asked for consent. */
  readonly approvalRequestId: string;
  /** The call and what comes after it. */
  readonly items: readonly SpokenItem[];
}

/** What the owner of a response answers and wants to know. */
export interface ResponseOwner {
  /** Counts the response; returns why it must fail, or null. */
  admit(): WireError | null;
  /** Counts an item that ends; returns how many had ended in this session before. */
  countOutput(): number;
  /** A call waits for consent; the response ends with the request for it. */
  onHeldBack(rest: Continuation): void;
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
  readonly #known: ReadonlySet<StoredItem>;
  readonly #open = new Set<OutputItem>();
  #cancelTimer: (() => void) | null = null;
  #pacer: Pacer | null = null;
  #tokensLeft: number;
  #heldBack: readonly SpokenItem[] | null = null;
  #usage: ResponseUsage | null = null;
  #cancelFailure: (() => void) | null = null;
  #fate: ResponseFate = UNHARMED;
  #done = false;

  constructor(context: SessionContext, plan: ResponsePlan, owner: ResponseOwner) {
    this.id = context.ids.next("resp");
    this.plan = plan;
    this.#context = context;
    this.#owner = owner;
    this.#known = new Set(context.conversation.items);
    this.#tokensLeft = plan.maxOutputTokens === "inf" ? Number.POSITIVE_INFINITY : plan.maxOutputTokens;
  }

  /** Tokens used; 0 until the response is done. */
  get totalTokens(): number {
    return this.#usage?.total_tokens ?? 0;
  }

  /** Length of all speech sent, in ms. */
  get audioMs(): number {
    return this.#output.reduce((total, { spoken }) => total + (spoken?.keptMs ?? 0), 0);
  }

  /** Sends `response.created` and begins. */
  start(): void {
    this.#fate = this.#context.faults.response();
    this.#context.send({ type: "response.created", response: this.#wire("in_progress", null) });
    const refused = this.#owner.admit();
    if (refused !== null) this.#failWith(refused);
    if (this.#done) return;
    const { failure } = this.#fate;
    if (failure !== null && failure.afterMs <= 0) this.#failWith(failure.error);
    else if (failure !== null) this.#cancelFailure = this.#context.clock.after(failure.afterMs, () => this.#failWith(failure.error));
    if (this.#done) return;
    try {
      const reply = this.plan.continuation?.items ?? this.#context.voice.reply(voiceRequest(this.plan, this.#context.conversation, this.#abort.signal));
      // A voice that answers at once is played at once, unless a tool has to be asked; anything else is a promise, maybe of another realm, or a mistake that is found below.
      if (Array.isArray(reply) && !reply.some((item) => item?.type === "mcp_call")) this.#play(checkReply(reply), new Map());
      else
        Promise.resolve(reply)
          .then((given) => this.#prepare(checkReply(given)))
          .catch((error) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * Ends the response where it is: open items become incomplete, and nothing more is sent of it. A client's wish takes the service a moment, in which what is generated
   * still comes; speech of the user acts at once. Returns false when the response is over or about to be.
   */
  cancel(reason: "turn_detected" | "client_cancelled"): boolean {
    if (this.#done) return false;
    if (reason === "turn_detected") {
      this.#cancelNow(reason);
      return true;
    }
    if (this.#cancelTimer !== null) return false;
    const { clock, profile } = this.#context;
    if (profile.cancelDelayMs === 0) this.#cancelNow(reason);
    else this.#cancelTimer = clock.after(profile.cancelDelayMs, () => this.#cancelNow(reason));
    return true;
  }

  /** A cancel that was accepted takes effect now. */
  settleCancel(): void {
    if (this.#cancelTimer !== null) this.#cancelNow("client_cancelled");
  }

  /** Ends the response without a word, as when the connection is gone. */
  abandon(): void {
    this.#done = true;
    this.#stop();
  }

  #cancelNow(reason: "turn_detected" | "client_cancelled"): void {
    if (this.#done) return;
    this.#stop();
    this.#closeAll(reason === "turn_detected");
    // Whoever asked first is the reason, also where speech came before the client's wish took effect.
    this.#finish("cancelled", { type: "cancelled", reason: this.#cancelTimer === null ? reason : "client_cancelled" });
  }

  #stop(): void {
    this.#cancelFailure?.();
    this.#cancelTimer?.();
    this.#pacer?.cancel();
    this.#abort.abort();
  }

  /** Asks the tools first, since a script does not wait. */
  async #prepare(reply: Reply): Promise<void> {
    const calls = this.#upToConsent(reply.items).filter((item) => isMcpCall(item) && item !== this.#heldBack?.[0]) as SpokenMcpCall[];
    const answers = await Promise.all(calls.map((call) => answerOf(call, this.#context.mcpServers)));
    this.#play(reply, new Map(calls.map((call, i) => [call, answers[i] as McpAnswer])));
  }

  #play(reply: Reply, answers: ReadonlyMap<SpokenItem, McpAnswer>): void {
    if (this.#done) return;
    this.#pacer = new Pacer(this.#context.clock, this.#guarded(reply, answers), this.#fate.at);
    this.#pacer.start();
  }

  /** What a voice gives may be anything; the script runs from timers, where nobody would catch. */
  *#guarded(reply: Reply, answers: ReadonlyMap<SpokenItem, McpAnswer>): Script {
    try {
      yield* this.#script(reply, answers);
    } catch (error) {
      this.#fail(error);
    }
  }

  *#script(reply: Reply, answers: ReadonlyMap<SpokenItem, McpAnswer>): Script {
    const { speedUp } = this.#fate;
    const profile = { ...this.#context.profile, ...reply.pace, ...(speedUp === null ? {} : { speedUp }) };
    const startMs = Math.max(0, profile.firstAudioDelayMs - profile.transcriptLeadMs) + (reply.delayMs ?? 0);
    const items = this.#upToConsent(reply.items);
    const whole = yield* playReply(items, startMs, profile, {
      open: (item, atMs) => this.#openItem(item, atMs, items, answers, profile),
      close: (output, end) => this.#close(output, end),
      played: ({ tokens }: Played) => {
        this.#tokensLeft -= tokens;
      },
    });
    if (!whole) this.#finish("incomplete", { type: "incomplete", reason: "max_output_tokens" });
    else if (reply.end === undefined) this.#finish("completed", null);
    else if (reply.end.status === "incomplete") this.#finish("incomplete", { type: "incomplete", reason: reply.end.reason });
    else this.#finish("failed", { type: "failed", error: { type: "server_error", ...withoutStatus(reply.end) } });
  }

  /** A reply ends where it needs the client's consent. */
  #upToConsent(items: readonly SpokenItem[]): readonly SpokenItem[] {
    const granted = this.plan.continuation?.items[0];
    const at = items.findIndex((item) => isMcpCall(item) && item.approval === true && item !== granted);
    if (at < 0) return items;
    this.#heldBack = items.slice(at);
    return items.slice(0, at + 1);
  }

  #openItem(item: SpokenItem, atMs: number, items: readonly SpokenItem[], answers: ReadonlyMap<SpokenItem, McpAnswer>, profile: Profile) {
    const { plan } = this;
    const context = this.#context;
    const place: OutputPlace = { responseId: this.id, outputIndex: this.#output.length, inConversation: plan.inConversation };
    const settings = { profile, format: plan.format, speed: plan.speed, maxTokens: this.#tokensLeft };
    switch (item.type) {
      case "function_call":
        return this.#opened(new OutputFunctionCall(context, place, item.name), (call) => playFunctionCall(call, item, atMs, settings));
      case "mcp_list_tools":
        context.mcpImports.import(item.server_label, item.tools);
        return { output: null, script: playNothing(atMs) };
      case "mcp_call": {
        if (item === this.#heldBack?.[0]) return this.#opened(new OutputApprovalRequest(context, place, item, item.arguments), () => playNothing(atMs));
        const granted = item === plan.continuation?.items[0] ? plan.continuation.approvalRequestId : null;
        const answer = answers.get(item) as McpAnswer;
        return this.#opened(new OutputMcpCall(context, place, item, granted), (call) => playMcpCall(call, item, answer, atMs, settings));
      }
      default: {
        const spoken = plan.modality === "audio" && item.written !== true;
        if (plan.inConversation) context.conversation.answer(plan.input, this.#known);
        const message = new OutputMessage(context, place, spoken ? plan.format : null, item.phase ?? phaseOf(item, items, profile));
        return this.#opened(message, (output) => (spoken ? playSpeech(output, item, atMs, settings) : playText(output, item, atMs, settings)));
      }
    }
  }

  #opened<T extends OutputItem>(output: T, play: (output: T) => SubScript): { output: OutputItem; script: SubScript } {
    this.#open.add(output);
    this.#output.push(output.stored);
    return { output, script: play(output) };
  }

  #close(output: OutputItem, end: "completed" | "incomplete", orderKnown = true): void {
    this.#open.delete(output);
    output.end(end, this.#owner.countOutput() > 0 && orderKnown);
  }

  #closeAll(orderKnown: boolean): void {
    for (const output of [...this.#open]) this.#close(output, "incomplete", orderKnown);
  }

  #finish(end: EndStatus, why: ResponseStatusDetails | null): void {
    // A script may run on to its next step after the session is gone.
    if (this.#done) return;
    this.#done = true;
    // What was accepted as cancelled ends so, also where everything was said before it took effect.
    const overtaken = this.#cancelTimer !== null && end !== "cancelled" && end !== "failed";
    const status = overtaken ? "cancelled" : end;
    const details: ResponseStatusDetails | null = overtaken ? { type: "cancelled", reason: "client_cancelled" } : why;
    this.#cancelFailure?.();
    this.#cancelTimer?.();
    const request = this.#output.at(-1)?.wire;
    if (status === "completed" && this.#heldBack !== null && request?.type === "mcp_approval_request") {
      this.#owner.onHeldBack({ approvalRequestId: request.id, items: this.#heldBack });
    }
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
    this.#closeAll(true);
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
      audio: { output: { format: plan.format, voice: voiceName(plan.voice) } },
      usage: this.#usage,
      metadata: plan.metadata,
    };
  }
}

function isMcpCall(item: SpokenItem): item is SpokenMcpCall {
  return item.type === "mcp_call";
}

function withoutStatus({ status: _, ...error }: Extract<NonNullable<Reply["end"]>, { status: "failed" }>): Omit<typeof error, "status"> {
  return error;
}

/** What comes before more of the reply is commentary, where the model tells the two apart. */
function phaseOf(item: SpokenItem, items: readonly SpokenItem[], { phase }: Profile): Profile["phase"] {
  return phase !== null && items.at(-1) !== item ? "commentary" : phase;
}
