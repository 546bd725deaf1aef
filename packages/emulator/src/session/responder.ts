/**
 * The responses of one session: at most one in the conversation at a time, any number beside it. Knows who may start, who is cancelled, and what follows the end.
 */
import { WireError } from "../errors.ts";
import type { Account } from "../server/limits.ts";
import { type SessionContext, TRACK_FORMAT } from "./context.ts";
import type { StoredItem } from "./conversation.ts";
import { parseItem } from "./item-schema.ts";
import { type Continuation, Response, type ResponsePlan } from "./response.ts";
import { responseFields } from "./session-schema.ts";
import { type Check, isObject, list, object, text } from "./validate.ts";

/** Options of {@link Responder}. */
export interface ResponderOptions {
  /** Whether `rate_limits.updated` follows each response, as on OpenAI's own service. */
  readonly rateLimits: boolean;
  /** What the client's key may use. */
  readonly account: Account;
  /** A response of the conversation begins. */
  readonly onStart: () => void;
  /** A response of the conversation is over, with so much speech, in ms. */
  readonly onDone: (audioMs: number) => void;
}

/** Starts and cancels responses. */
export class Responder {
  readonly #context: SessionContext;
  readonly #options: ResponderOptions;
  readonly #beside = new Map<string, Response>();
  readonly #heldBack = new Map<string, Continuation>();
  /** Replies to go on with; null stands for a refusal, which the voice is asked about. */
  readonly #waiting: (Continuation | null)[] = [];
  #active: Response | null = null;
  #outputs = 0;

  constructor(context: SessionContext, options: ResponderOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** `response.create`. @throws {WireError} when its parameters are wrong or the conversation already has a response. */
  create(params: unknown): void {
    const plan = this.#plan(params);
    if (plan.inConversation && this.#active !== null) {
      const message = `Conversation already has an active response in progress: ${this.#active.id}. Wait until the response is finished before creating a new one.`;
      throw new WireError(message, { code: "conversation_already_has_active_response" });
    }
    this.#start(plan);
  }

  /** The end of the user's turn asks for a response; while one is active, nothing happens. */
  answerTurn(): void {
    if (this.#active === null) this.#start(this.#plan({}));
  }

  /** `response.cancel`; without an id, the conversation's own response. @throws {WireError} when there is none. */
  cancel(id: string | null): void {
    const response = id === null || id === this.#active?.id ? this.#active : this.#beside.get(id);
    if (response?.cancel("client_cancelled")) return;
    throw new WireError("Cancellation failed: no active response found", { code: "response_cancel_not_active" });
  }

  /** The reply that waits for an answer to this request. @throws {WireError} when none does. */
  requireHeldBack(approvalRequestId: string): Continuation {
    const held = this.#heldBack.get(approvalRequestId);
    if (held !== undefined) return held;
    const message = `No approval request with id '${approvalRequestId}' is waiting for a response.`;
    throw new WireError(message, { code: "invalid_value", param: "item.approval_request_id" });
  }

  /** The client answers a request for consent: the reply goes on, or the model answers to the refusal, after a response that is under way. @throws {WireError} */
  consent(approvalRequestId: string, granted: boolean): void {
    const held = this.requireHeldBack(approvalRequestId);
    this.#heldBack.delete(approvalRequestId);
    this.#waiting.push(granted ? held : null);
    this.#proceed();
  }

  /** Goes on with replies that waited for consent. */
  #proceed(): void {
    if (this.#active !== null) return;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#start({ ...this.#plan({}), continuation: next });
  }

  /** The user speaks: the conversation's response ends, those beside it go on. */
  interrupt(): void {
    this.#active?.cancel("turn_detected");
  }

  /** The client clears what is played: what it cancelled before that ends first, as recorded. */
  settleCancel(): void {
    this.#active?.settleCancel();
  }

  /** The connection is gone. */
  close(): void {
    this.#waiting.length = 0;
    this.#active?.abandon();
    for (const response of this.#beside.values()) response.abandon();
  }

  #start(plan: ResponsePlan): void {
    this.#context.mcpImports.importAll(plan.tools);
    const response = new Response(this.#context, plan, {
      admit: () => this.#options.account.request(this.#context.model),
      countOutput: () => this.#outputs++,
      onHeldBack: (rest) => this.#heldBack.set(rest.approvalRequestId, rest),
      onDone: (done) => this.#ended(done),
    });
    if (plan.inConversation) {
      this.#active = response;
      this.#options.onStart();
    } else this.#beside.set(response.id, response);
    response.start();
  }

  #ended(response: Response): void {
    if (this.#active === response) {
      this.#active = null;
      this.#options.onDone(response.audioMs);
    }
    this.#beside.delete(response.id);
    this.#options.account.use(response.totalTokens);
    if (this.#options.rateLimits) this.#context.send({ type: "rate_limits.updated", rate_limits: this.#options.account.report() });
    this.#context.outlet.responseDone(response.id);
    this.#proceed();
  }

  #plan(params: unknown): ResponsePlan {
    const { config, conversation, outlet } = this.#context;
    const given = object({ ...responseFields, input: list(this.#inputItem) })(params ?? {}, "response");
    const output = given.audio?.output;
    return {
      modality: (given.output_modalities ?? config.output_modalities)[0] as "audio" | "text",
      format: outlet.byEvents ? (output?.format ?? config.audio.output.format) : TRACK_FORMAT,
      voice: (output?.voice ?? config.audio.output.voice) as ResponsePlan["voice"],
      speed: config.audio.output.speed,
      instructions: given.instructions ?? config.instructions,
      tools: (given.tools ?? config.tools) as ResponsePlan["tools"],
      toolChoice: (given.tool_choice ?? config.tool_choice) as ResponsePlan["toolChoice"],
      maxOutputTokens: given.max_output_tokens ?? config.max_output_tokens,
      metadata: given.metadata ?? null,
      inConversation: given.conversation !== "none",
      input: given.input ?? [...conversation.items],
      continuation: null,
    };
  }

  /** An item of `response.input`: a new one, or a reference to one of the conversation. */
  readonly #inputItem: Check<StoredItem> = (value, path) => {
    const { config, conversation, ids } = this.#context;
    if (!isObject(value) || value.type !== "item_reference") return parseItem(value, path, config.audio.input.format, () => ids.next("item"));
    const { id } = object({ type: text(), id: text() }, ["id"])(value, path);
    const item = conversation.find(id as string);
    if (item === undefined) throw new WireError(`Item with id '${id}' not found.`, { code: "invalid_value", param: `${path}.id` });
    return item;
  };
}
