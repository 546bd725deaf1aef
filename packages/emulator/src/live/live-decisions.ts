/**
 * Decisions: questions with typed answers. No model is asked here, so answers are drawn, the same ones from the same seed: each is of the right form, with probabilities
 * that sum to one, for code that reads them to be run against.
 */
import { WireError } from "../errors.ts";
import type { Ids } from "../ids.ts";
import type { Random } from "../random.ts";
import { type JsonObject, missing, oneOf } from "../session/validate.ts";
import type { LiveIncoming } from "./live-client-events.ts";
import type { LiveConfig } from "./live-config.ts";
import type { Decision, DecisionAnswer, LiveEventBody, TranscriptType } from "./live-events.ts";

/** Digits kept of a probability. */
const PRECISION = 1000;

/** What decisions need of their session. */
export interface DecisionContext {
  readonly ids: Ids;
  readonly random: Random;
  /** The settings in effect. */
  config(): LiveConfig;
  /** Sends an event to all connections; `answers` is the id of the client's event that asked for it. */
  send(event: LiveEventBody, answers?: string): void;
}

/** Answers a session's questions when the client asks, and when a trigger fires. */
export class LiveDecisions {
  readonly #context: DecisionContext;
  readonly #asked = new Set<string>();

  constructor(context: DecisionContext) {
    this.#context = context;
  }

  /** `decision.*`. @throws {WireError} for an item without a kind, an id used before, or a session without questions. */
  handle(event: Extract<LiveIncoming, { type: `decision.${string}` }>, answers: string | undefined): void {
    const { ids, send, config } = this.#context;
    if (event.type === "decision.item.create") {
      const { role, type, id } = event.item;
      if (role !== undefined) oneOf("user", "developer", "system", "assistant")(role, "item.role");
      else if (type === undefined) throw missing("item.type");
      send({ type: "decision.item.created", item: { ...event.item, id: id ?? ids.next("item") } }, answers);
      return;
    }
    if (event.type === "decision.item.delete") {
      send({ type: "decision.item.deleted", item_id: event.item_id }, answers);
      return;
    }
    if (this.#asked.has(event.event_id)) {
      throw new WireError(`The event id '${event.event_id}' has been used before.`, { code: "duplicate_event_id", param: "event_id" });
    }
    const { decisions } = config().delegation;
    if (decisions === undefined) {
      throw new WireError("This session has no questions: it does not delegate to 'decisions'.", { code: "decisions_delegation_required" });
    }
    this.#asked.add(event.event_id);
    this.#decide(decisions.model, decisions.questions, null, answers);
  }

  /** A transcript delta with this id was sent: fires what waits for one of its type. */
  trigger(type: TranscriptType, eventId: string): void {
    const { model, triggers } = this.#context.config();
    for (const trigger of triggers) if (trigger.event_type === type) this.#decide(model, trigger.decisions.questions, { id: eventId, type });
  }

  #decide(model: string, questions: readonly JsonObject[], source: { id: string; type: TranscriptType } | null, answers?: string): void {
    const { ids, random, send } = this.#context;
    const event = { type: "decision.completed" as const, decision: decide(model, questions, random) };
    const trigger_id = source === null ? null : ids.next("trig");
    send(
      { type: "decision.event", delegation_id: null, trigger_id, source_event_id: source?.id ?? null, source_event_type: source?.type ?? null, event },
      answers,
    );
  }
}

/** Answers to `questions`, in order. */
export function decide(model: string, questions: readonly JsonObject[], random: Random): Decision {
  const answers = questions.map((question) => answer(question, random));
  const tokens = Math.ceil(JSON.stringify(questions).length / 4);
  return {
    model,
    answers,
    usage: {
      input_tokens: tokens,
      input_tokens_details: { cache_write_tokens: 0, cached_tokens: 0 },
      output_tokens: answers.length,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: tokens + answers.length,
    },
  };
}

function answer(question: JsonObject, random: Random): DecisionAnswer {
  const name = typeof question.name === "string" ? question.name : null;
  if (question.type === "predicate") return { type: "predicate", name, probability: Math.round(random.unit() * PRECISION) / PRECISION };
  if (question.type === "choice") {
    const values = (question.choices as { value: string | boolean }[]).map(({ value }) => value);
    const { shares, best } = draw(values.length, random);
    const probabilities = values.map((value, i) => ({ value, probability: shares[i] as number }));
    return { type: "choice", name, choice: values[best] ?? "", confidence: shares[best] ?? 0, probabilities };
  }
  const labels = (question.levels as { label: string }[]).map(({ label }) => label);
  const { shares, best } = draw(labels.length, random);
  const probabilities = labels.map((label, i) => ({ label, value: i, probability: shares[i] as number }));
  const score = probabilities.reduce((sum, { value, probability }) => sum + value * probability, 0);
  return { type: "score", name, score: Math.round(score * PRECISION) / PRECISION, confidence: shares[best] ?? 0, probabilities };
}

/** `count` shares that sum to 1, and where the greatest is. */
function draw(count: number, random: Random): { shares: number[]; best: number } {
  const weights = Array.from({ length: count }, () => random.range(0.01, 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => Math.round((weight / total) * PRECISION) / PRECISION);
  const best = shares.indexOf(Math.max(...shares));
  if (count > 0) shares[best] = Math.round((1 - shares.reduce((sum, share, i) => (i === best ? sum : sum + share), 0)) * PRECISION) / PRECISION;
  return { shares, best };
}
