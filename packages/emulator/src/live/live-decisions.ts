/**
 * Decisions: questions with typed answers. No model is asked here, so answers are drawn, the same ones from the same seed: each is of the right form, with probabilities
 * that sum to one, for code that reads them to be run against.
 */
import type { Random } from "../random.ts";
import type { JsonObject } from "../session/validate.ts";
import type { Decision, DecisionAnswer } from "./live-events.ts";

/** Digits kept of a probability. */
const PRECISION = 1000;

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
