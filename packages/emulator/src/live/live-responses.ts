/**
 * The stream of a delegated response, as the Responses API has it: the events that a Live session passes on inside `response.event`. Snapshots of the response leave out
 * what the service leaves out: input, instructions, tools and output.
 */
import type { Ids } from "../ids.ts";
import type { JsonObject } from "../session/validate.ts";
import type { SpokenFunctionCall, SpokenMessage } from "../voices/voice.ts";

/** Characters of a piece of text or of arguments. */
const PIECE = 16;

/** Everything that a response which makes `items` sends, from `response.created` to `response.completed`. `callIds` are those of its function calls, in order. */
export function* responseStream(
  id: string,
  model: string,
  items: readonly (SpokenMessage | SpokenFunctionCall)[],
  callIds: readonly string[],
  ids: Ids,
): Generator<JsonObject> {
  let sequence = 0;
  const numbered = (event: JsonObject): JsonObject => ({ ...event, sequence_number: sequence++ });
  const response = (status: string): JsonObject => ({ ...snapshotOf(id, model), status });
  yield numbered({ type: "response.created", response: response("in_progress") });
  yield numbered({ type: "response.in_progress", response: response("in_progress") });
  let calls = 0;
  for (const [index, item] of items.entries()) {
    const events = item.type === "message" ? messageEvents(item.text, index, ids) : callEvents(item, callIds[calls++] as string, index, ids);
    for (const event of events) yield numbered(event);
  }
  yield numbered({ type: "response.completed", response: response("completed") });
}

function* callEvents(call: SpokenFunctionCall, callId: string, index: number, ids: Ids): Generator<JsonObject> {
  const json = call.arguments;
  const item = { id: ids.next("fc"), type: "function_call", call_id: callId, name: call.name };
  const place = { item_id: item.id, output_index: index };
  yield { type: "response.output_item.added", output_index: index, item: { ...item, arguments: "", status: "in_progress" } };
  for (const delta of pieces(json)) yield { type: "response.function_call_arguments.delta", ...place, delta };
  yield { type: "response.function_call_arguments.done", ...place, name: item.name, arguments: json };
  yield { type: "response.output_item.done", output_index: index, item: { ...item, arguments: json, status: "completed" } };
}

function* messageEvents(text: string, index: number, ids: Ids): Generator<JsonObject> {
  const item = { id: ids.next("msg"), type: "message", role: "assistant" };
  const place = { item_id: item.id, output_index: index, content_index: 0 };
  const part = (written: string) => ({ type: "output_text", text: written, annotations: [], logprobs: [] });
  yield { type: "response.output_item.added", output_index: index, item: { ...item, status: "in_progress", content: [] } };
  yield { type: "response.content_part.added", ...place, part: part("") };
  for (const delta of pieces(text)) yield { type: "response.output_text.delta", ...place, delta, logprobs: [] };
  yield { type: "response.output_text.done", ...place, text, logprobs: [] };
  yield { type: "response.content_part.done", ...place, part: part(text) };
  yield { type: "response.output_item.done", output_index: index, item: { ...item, status: "completed", content: [part(text)] } };
}

function snapshotOf(id: string, model: string): JsonObject {
  return {
    id,
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    model,
    output: [],
    output_text: "",
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: "auto",
    tools: [],
    top_p: 1,
  };
}

function* pieces(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += PIECE) yield text.slice(at, at + PIECE);
}
