/** Rules about the life of a response: one at a time, what begins it, what ends it. */
import type { Rule } from "../rule.ts";
import type { SessionState } from "../state/session-state.ts";
import { itemOf } from "../state/take-response-event.ts";
import { type Fields, same, show, type WireEvent } from "../wire-event.ts";

/** All events that carry the id of a response that generates. */
const OF_RESPONSE = [
  "response.output_item.added",
  "response.output_item.done",
  "response.content_part.added",
  "response.content_part.done",
  "response.output_text.delta",
  "response.output_text.done",
  "response.output_audio.delta",
  "response.output_audio.done",
  "response.output_audio_transcript.delta",
  "response.output_audio_transcript.done",
  "response.function_call_arguments.delta",
  "response.function_call_arguments.done",
  "response.mcp_call_arguments.delta",
  "response.mcp_call_arguments.done",
];

function idOf(event: WireEvent): string {
  return event.response_id ?? event.response.id;
}

/** An item as a response reports it: what truncation took out of it since does not count. */
function reported(state: SessionState, item: Fields): Fields {
  if (state.items.get(item.id)?.truncatedMs === null || !Array.isArray(item.content)) return item;
  return { ...item, content: item.content.map(({ transcript: _, ...part }: Fields) => part) };
}

/** Rules about responses. */
export const RESPONSE_RULES: readonly Rule[] = [
  {
    id: "response-created-first",
    says: "Nothing of a response comes before its response.created, and that comes once.",
    fact: "Per response: created, then everything else, then done.",
    on: ["response.created", "response.done", ...OF_RESPONSE],
    check: (event, { responses }) => {
      const known = responses.has(idOf(event));
      if (event.type === "response.created") return known ? `${idOf(event)} was created before` : null;
      return known ? null : `${event.type} of ${idOf(event)}, which was not created`;
    },
  },
  {
    id: "response-created-empty",
    says: "A response begins in progress, without output, details or usage.",
    fact: "Recorded: status in_progress, output [].",
    on: ["response.created"],
    check: ({ response }) => {
      if (response.status !== "in_progress") return `status is ${show(response.status)}`;
      if (response.output.length > 0) return "it has output";
      return (response.status_details ?? null) !== null || (response.usage ?? null) !== null ? "it has details or usage" : null;
    },
  },
  {
    id: "response-one-active",
    says: "The conversation has one active response at a time.",
    fact: "A second one is refused: conversation_already_has_active_response.",
    on: ["response.created"],
    check: ({ response }, { active }) =>
      active !== null && typeof response.conversation_id === "string" ? `${response.id} began while ${active.id} was active` : null,
  },
  {
    id: "response-conversation",
    says: "A response in the conversation carries its id, always the same; one beside it has conversation_id null.",
    fact: '`conversation: "none"` makes conversation_id null; the conversation\'s id does not change.',
    on: ["response.created", "response.done"],
    check: (event, state) => {
      const { conversation_id: told = null } = event.response;
      const known = state.responses.get(event.response.id);
      if (known) return same(told, known.created.conversation_id ?? null) ? null : `conversation_id changed to ${show(told)}`;
      if (told !== null && state.conversationId !== null && told !== state.conversationId)
        return `conversation_id is ${show(told)}, not ${state.conversationId}`;
      return null;
    },
  },
  {
    id: "response-as-asked",
    says: "A response has the modality and the metadata that response.create asked for.",
    fact: "`metadata` is how responses that run in parallel are told apart; `output_modalities` overrides the session's.",
    on: ["response.created"],
    check: (event, state) => {
      const cause = state.causeOf(event);
      const asked: Fields = cause === "server" ? {} : (cause?.event.response ?? {});
      return ["metadata", "output_modalities"]
        .filter((name) => asked[name] !== undefined && asked[name] !== null && !same(asked[name], event.response[name]))
        .map((name) => `${name} is ${show(event.response[name])}, asked for was ${show(asked[name])}`);
    },
  },
  {
    id: "response-not-in-transcription",
    says: "A transcription session has no responses.",
    fact: "No model answers in transcription sessions.",
    on: ["response.created"],
    check: (_event, { config }) => (config?.type === "transcription" ? "a response in a transcription session" : null),
  },
  {
    id: "response-silent-after-done",
    says: "Nothing of a response comes after its response.done.",
    fact: "response.done is always sent, last, and once; only the output buffer of a call goes on.",
    on: ["response.done", ...OF_RESPONSE],
    check: (event, { responses }) => (responses.get(idOf(event))?.done ? `${event.type} after response.done` : null),
  },
  {
    id: "response-items-done",
    says: "Every item of a response is done before response.done.",
    fact: "Recorded order: conversation.item.done, response.output_item.done, response.done.",
    on: ["response.done"],
    check: ({ response }, { responses }) =>
      responses
        .get(response.id)
        ?.items.filter(({ outputDone }) => outputDone === null)
        .map(({ id }) => `${id} is still open`),
  },
  {
    id: "response-output",
    says: "response.done lists the response's items in the order of output_index, as response.output_item.done had them.",
    fact: "response.done carries all items of the response.",
    on: ["response.done"],
    check: ({ response }, state) => {
      const items = state.responses.get(response.id)?.items ?? [];
      const ids = items.map(({ id }) => id);
      const told = response.output.map(({ id }: Fields) => id);
      if (!same(ids, told)) return `output is ${show(told)}, its items are ${show(ids)}`;
      return items
        .filter(({ outputDone }, i) => outputDone !== null && !same(reported(state, outputDone), reported(state, response.output[i])))
        .map(({ id }) => `${id} is not as it was done`);
    },
  },
  {
    id: "response-status",
    says: "A response ends completed, cancelled, incomplete or failed, with details that say which and why.",
    fact: "cancelled: turn_detected or client_cancelled; incomplete: max_output_tokens or content_filter; failed: an error with type and code.",
    on: ["response.done"],
    check: ({ response: { status, status_details: details } }) => {
      if (!["completed", "cancelled", "incomplete", "failed"].includes(status)) return `status is ${show(status)}`;
      if (details === null || details === undefined) return status === "completed" ? null : `no status_details with ${status}`;
      if (details.type !== status) return `status_details.type is ${show(details.type)} with ${status}`;
      const reasons: Record<string, string[]> = { cancelled: ["turn_detected", "client_cancelled"], incomplete: ["max_output_tokens", "content_filter"] };
      if (reasons[status] !== undefined && !reasons[status].includes(details.reason)) return `status_details.reason is ${show(details.reason)}`;
      return status === "failed" && typeof details.error !== "object" ? "no status_details.error" : null;
    },
  },
  {
    id: "response-items-status",
    says: "The items of a completed response are completed; those that a cancel cut short are incomplete.",
    fact: "Recorded: cancelled responses leave incomplete items; what was done before stays completed.",
    on: ["response.done"],
    check: ({ response }, { responses }) => {
      const items = responses.get(response.id)?.items.filter(({ outputDone }) => typeof outputDone?.status === "string") ?? [];
      const wrong = items.filter(({ outputDone, cancelled }) => {
        if (response.status === "completed") return outputDone?.status !== "completed";
        // A client's cancel takes a moment, in which an item may be completed.
        const cut = response.status === "cancelled" && cancelled && response.status_details?.reason === "turn_detected";
        return cut && outputDone?.status !== "incomplete";
      });
      return wrong.map(({ id, outputDone }) => `${id} is ${outputDone?.status} in a response that is ${response.status}`);
    },
  },
  {
    id: "response-cancel-reason",
    says: "A response is cancelled by the user's speech or by the client, and says which.",
    fact: "turn_detected follows speech_started with interrupt_response; client_cancelled follows response.cancel; speech does not touch responses beside the conversation.",
    on: ["response.done"],
    check: ({ response }, { responses }) => {
      const known = responses.get(response.id);
      if (response.status !== "cancelled" || !known) return null;
      if (known.cancelAsked === null) return "nothing cancelled it";
      return known.cancelAsked === response.status_details?.reason ? null : `reason is ${show(response.status_details?.reason)}, it was ${known.cancelAsked}`;
    },
  },
  {
    id: "speech-interrupts",
    says: "When the user speaks and may interrupt, the conversation's response is cancelled.",
    fact: "On speech_started with interrupt_response true, the active response of the default conversation is cancelled.",
    on: ["response.done"],
    check: ({ response }, { responses }) =>
      responses.get(response.id)?.cancelAsked === "turn_detected" && !["cancelled", "failed"].includes(response.status)
        ? `it is ${response.status} though the user spoke`
        : null,
  },
  {
    id: "rate-limits-follow",
    says: "rate_limits.updated follows each response.done directly, and comes nowhere else.",
    fact: "Recorded on OpenAI: directly after every response.done; on Azure and Voice Live: never.",
    on: ["*"],
    check: ({ type }, { options, last }) => {
      if (options.rateLimits === "any") return null;
      const isLimits = type === "rate_limits.updated";
      const due = options.rateLimits === "after-response" && last?.type === "response.done";
      if (due !== isLimits) return due ? `${type} came instead` : `it came after ${last?.type ?? "nothing"}`;
      return null;
    },
  },
  {
    id: "rate-limits-shape",
    says: "A rate limit has a name, a limit, what remains of it, and when it is whole again.",
    fact: "rate_limits is [{name, limit, remaining, reset_seconds}].",
    on: ["rate_limits.updated"],
    check: ({ rate_limits: limits }) =>
      limits
        .filter(
          (limit: Fields) =>
            typeof limit.name !== "string" || !(limit.remaining >= 0 && limit.remaining <= limit.limit) || typeof limit.reset_seconds !== "number",
        )
        .map((limit: Fields) => `${show(limit)}`),
  },
  {
    id: "event-names-its-place",
    says: "Events about an item carry the response, the item and the index under which it was added.",
    fact: "Queues are kept by item and content index: the ids of an event must be right.",
    on: OF_RESPONSE.filter((type) => type !== "response.output_item.added"),
    check: (event, state) => {
      const item = itemOf(state, event);
      const id = event.item_id ?? event.item.id;
      if (!item) return `${id} is no item of ${event.response_id}`;
      const index = item.response?.items.indexOf(item);
      return index === event.output_index ? null : `output_index is ${event.output_index}, ${id} was added at ${index}`;
    },
  },
];
