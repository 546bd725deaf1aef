/**
 * What a Live model knows and says: it keeps the conversation, asks the voice, and turns the voice's function calls into delegations, by the rules of whoever does the
 * work. When and how what it says is heard is not its business.
 */
import type { ConversationItem, FunctionTool } from "@sidetone/core/protocol";
import { type AudioClip, clipMs } from "../audio.ts";
import { WireError } from "../errors.ts";
import type { Ids } from "../ids.ts";
import type { Random } from "../random.ts";
import { snapshot } from "../session/context.ts";
import { isObject, type JsonObject } from "../session/validate.ts";
import { type Reply, type SpokenFunctionCall, type SpokenMessage, seconds, type Voice, type VoiceReply } from "../voices/voice.ts";
import type { AppendKind } from "./live-client-events.ts";
import type { LiveConfig } from "./live-config.ts";
import { decide } from "./live-decisions.ts";
import type { LiveEventBody } from "./live-events.ts";
import { LIVE_RATE } from "./live-format.ts";
import { responseStream } from "./live-responses.ts";

/** Items that the model remembers, at most. */
const MEMORY_ITEMS = 400;

/** What the mind needs of its session. */
export interface MindContext {
  readonly voice: Voice;
  readonly ids: Ids;
  readonly random: Random;
  /** The settings in effect. */
  config(): LiveConfig;
  /** Place on the session's timeline, in ms. */
  timelineMs(): number;
  /** Sends an event to all connections. */
  send(event: LiveEventBody): void;
  /** Has a message spoken, `leadMs` after what is being said. */
  speak(message: SpokenMessage, leadMs: number): void;
  /** The voice has failed. */
  failed(error: WireError): void;
}

/** A Live model. */
export class LiveMind {
  readonly #context: MindContext;
  readonly #items: ConversationItem[] = [];
  readonly #delegations = new Map<string, { callId: string }>();
  readonly #appended: string[] = [];
  #turns = 0;
  readonly #pending = new Set<AbortController>();

  constructor(context: MindContext) {
    this.#context = context;
    for (const { role, content } of context.config().input)
      this.#remember(historyItem(role as string, ((content as JsonObject[])[0] as JsonObject).text as string));
  }

  /** The user said something: `told` gets its words, unless they stay unknown, before it is answered, if it is to be. */
  heard(clip: AudioClip, answered: boolean, told: (words: string) => void): void {
    const transcript = this.#transcribe(clip);
    this.#remember({ type: "message", role: "user", content: [{ type: "input_audio", transcript }] });
    if (transcript !== null) told(transcript);
    if (!answered) return;
    this.abort();
    this.#ask({ userAudio: clip, userText: "" });
  }

  /**
   * Context that the client appends; `accepted` is called once it is taken and before anything comes of it. Instructions and commentary make the model speak, thinking
   * does not. @throws {WireError} for a delegation that is not there.
   */
  append(kind: AppendKind, content: string, delegationId: string | null, accepted: () => void): void {
    if (delegationId !== null && this.#context.config().delegation.type === "responses") {
      throw new WireError("A delegation id is not accepted with Responses delegation.", { code: "invalid_value", param: "delegation_id" });
    }
    const delegation = delegationId === null ? null : this.#delegations.get(delegationId);
    if (delegation === undefined) throw new WireError(`Delegation '${delegationId}' not found.`, { code: "delegation_not_found", param: "delegation_id" });
    accepted();
    if (kind === "commentary" && delegation !== null) this.#remember({ type: "function_call_output", call_id: delegation.callId, output: content });
    else this.#remember(historyItem("developer", content));
    if (kind === "instructions") this.#appended.push(content);
    if (kind !== "thinking") this.#ask({ userAudio: null, userText: content });
  }

  /** An item for the Responses backend. @throws {WireError} without one. */
  addResponseItem(item: JsonObject): void {
    this.#requireResponses();
    const known = responseItem(item);
    if (known !== null) this.#remember(known);
  }

  /** The client asks the Responses backend to go on. @throws {WireError} without one. */
  createResponse(): void {
    this.#requireResponses();
    this.#ask({ userAudio: null, userText: "" }, { viaResponse: true });
  }

  /** Forgets what it was about to say. */
  abort(): void {
    for (const pending of this.#pending) pending.abort();
    this.#pending.clear();
  }

  #transcribe(clip: AudioClip): string | null {
    const { ids, voice } = this.#context;
    try {
      const known = voice.transcript?.({ itemId: ids.next("item"), index: this.#turns++, audio: clip }) ?? null;
      if (known === null) return `[${seconds(clipMs(clip))} of speech]`;
      return known.failure === undefined ? known.text : null;
    } catch (error) {
      this.#context.failed(voiceFailure(error));
      return null;
    }
  }

  #requireResponses(): void {
    const { type } = this.#context.config().delegation;
    if (type === "responses") return;
    throw new WireError(`This session delegates to '${type}', not to 'responses'.`, { code: "responses_delegation_required" });
  }

  #ask(given: { userAudio: AudioClip | null; userText: string }, { viaResponse = false } = {}): void {
    const pending = new AbortController();
    this.#pending.add(pending);
    const { voice, failed, config } = this.#context;
    const { instructions, audio, delegation } = config();
    const tools = Array.isArray(delegation.responses?.tools) ? delegation.responses.tools : [];
    const request = {
      ...given,
      items: snapshot(this.#items),
      modality: "audio" as const,
      rate: LIVE_RATE,
      voice: typeof audio.output.voice === "string" ? audio.output.voice : audio.output.voice.id,
      instructions: [instructions, ...this.#appended].filter((text) => text !== "").join("\n"),
      tools: tools.filter((tool) => isObject(tool) && tool.type === "function") as unknown as FunctionTool[],
      toolChoice: "auto" as const,
      signal: pending.signal,
    };
    const fail = (error: unknown) => {
      this.#pending.delete(pending);
      if (!pending.signal.aborted) failed(voiceFailure(error));
    };
    const answer = (given: VoiceReply) => {
      this.#pending.delete(pending);
      if (!pending.signal.aborted) this.#say(asReply(given), viaResponse);
    };
    try {
      const reply = voice.reply(request);
      // A voice that answers at once is heard at once; anything else is a promise, maybe of another realm.
      if (Array.isArray(reply)) answer(reply);
      else Promise.resolve(reply).then(answer).catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #say({ items, delayMs = 0, end }: Reply, viaResponse: boolean): void {
    const { ids, speak, failed } = this.#context;
    const known = items.filter((item) => item.type === "message" || item.type === "function_call");
    const calls = known.filter((item) => item.type === "function_call");
    const callIds = calls.map(() => ids.call());
    let leadMs = delayMs;
    for (const item of known) {
      leadMs += item.delayMs ?? 0;
      if (item.type !== "message") continue;
      this.#remember({ type: "message", role: "assistant", content: [{ type: "output_audio", transcript: item.text }] });
      speak(item, leadMs);
      leadMs = 0;
    }
    for (const [i, { name, arguments: json }] of calls.entries()) {
      this.#remember({ type: "function_call", name, call_id: callIds[i] as string, arguments: json });
    }
    if (calls.length > 0 || viaResponse) this.#delegate(known, calls, callIds, viaResponse);
    if (end?.status === "failed") failed(new WireError(end.message ?? `The voice failed: ${end.code}`, { type: end.type ?? "server_error", code: end.code }));
  }

  /** Hands the calls over to whoever does the work. */
  #delegate(
    items: readonly (SpokenMessage | SpokenFunctionCall)[],
    calls: readonly SpokenFunctionCall[],
    callIds: readonly string[],
    viaResponse: boolean,
  ): void {
    const { ids, send, timelineMs, config, random } = this.#context;
    const { type: target, responses, decisions } = config().delegation;
    const created = (id: string, more: { response_id?: string } = {}) =>
      send({ type: "session.delegation.created", offset_ms: timelineMs(), delegation: { id, type: "delegation", target, ...more } });
    if (target === "responses") {
      const responseId = ids.next("resp");
      const id = viaResponse ? null : ids.next("item");
      if (id !== null) created(id, { response_id: responseId });
      for (const event of responseStream(responseId, String(responses?.model), items, callIds, ids)) send({ type: "response.event", delegation_id: id, event });
      return;
    }
    for (const [i] of calls.entries()) {
      const id = ids.next("item");
      this.#delegations.set(id, { callId: callIds[i] as string });
      created(id);
      if (decisions === undefined) continue;
      const decision = decide(decisions.model, decisions.questions, random);
      send({
        type: "decision.event",
        delegation_id: id,
        trigger_id: null,
        source_event_id: null,
        source_event_type: null,
        event: { type: "decision.completed", decision },
      });
    }
  }

  #remember(item: ConversationItem): void {
    this.#items.push(item);
    if (this.#items.length > MEMORY_ITEMS) this.#items.splice(0, this.#items.length - MEMORY_ITEMS);
  }
}

function voiceFailure(error: unknown): WireError {
  return new WireError(`The voice failed: ${error instanceof Error ? error.message : String(error)}`, { type: "server_error", code: "voice_failed" });
}

/** What a voice gave, in its long form; it may be anything. */
function asReply(given: VoiceReply): Reply {
  const whole = Array.isArray(given) ? { items: given } : (given as Partial<Reply> | null | undefined);
  if (Array.isArray(whole?.items)) return whole as Reply;
  throw new TypeError("it gave neither an array of items nor an object with `items`.");
}

function historyItem(role: string, text: string): ConversationItem {
  if (role === "assistant") return { type: "message", role, content: [{ type: "output_text", text }] };
  return { type: "message", role: role === "user" ? "user" : "system", content: [{ type: "input_text", text }] };
}

/** An item of the Responses API as the conversation has it, or null when a voice has no use for it. */
function responseItem(item: JsonObject): ConversationItem | null {
  if (item.type === "function_call_output") return { type: "function_call_output", call_id: String(item.call_id), output: textOf(item.output) };
  if ((item.type === undefined || item.type === "message") && typeof item.role === "string") return historyItem(item.role, textOf(item.content));
  return null;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return JSON.stringify(value) ?? "";
  return value.map((part) => (isObject(part) && typeof part.text === "string" ? part.text : "")).join("");
}
