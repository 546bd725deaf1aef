/**
 * Items as a client may create them, turned into what the conversation stores: audio is taken out of the item and kept beside it, missing ids are made.
 */
import { decodeBase64 } from "@sidetone/core/dsp";
import { type AudioFormat, formatRate, PROTOCOL_LIMITS, type ServerConversationItem } from "@sidetone/core/protocol";
import { type AudioClip, decodeWire } from "../audio.ts";
import { WireError } from "../errors.ts";
import type { StoredItem } from "./conversation.ts";
import { anything, byType, flag, type JsonObject, list, nullable, object, oneOf, text } from "./validate.ts";

const common = {
  id: text(PROTOCOL_LIMITS.itemIdMaxChars),
  object: oneOf("realtime.item"),
  type: text(),
  status: oneOf("completed", "incomplete", "in_progress"),
};

const inputText = object({ type: text(), text: text() }, ["text"]);
const inputAudio = object({ type: text(), audio: nullable(text()), transcript: nullable(text()) });
const inputImage = object({ type: text(), image_url: text(), detail: oneOf("auto", "low", "high") }, ["image_url"]);
const outputText = object({ type: text(), text: text() }, ["text"]);
const outputAudio = object({ type: text(), transcript: nullable(text()) });

const message = byType<JsonObject>(
  {
    system: object({ ...common, role: text(), content: list(byType<JsonObject>({ input_text: inputText })) }, ["content"]),
    user: object({ ...common, role: text(), content: list(byType<JsonObject>({ input_text: inputText, input_audio: inputAudio, input_image: inputImage })) }, [
      "content",
    ]),
    assistant: object(
      { ...common, role: text(), phase: nullable(text()), content: list(byType<JsonObject>({ output_text: outputText, output_audio: outputAudio })) },
      ["content"],
    ),
  },
  "role",
);

/** The form of an item that a client creates. */
const itemSchema = byType<JsonObject>({
  message,
  function_call: object({ ...common, name: text(), call_id: text(), arguments: text() }, ["name", "arguments"]),
  function_call_output: object({ ...common, call_id: text(), output: text() }, ["call_id", "output"]),
  mcp_approval_response: object({ id: common.id, type: text(), approval_request_id: text(), approve: flag, reason: nullable(text()) }, [
    "approval_request_id",
    "approve",
  ]),
  mcp_list_tools: object({ id: common.id, type: text(), server_label: text(), tools: list(anything) }),
});

/** `value` as an item to store. `newId` is called when it has none. @throws {WireError} naming the field that is wrong, below `path`. */
export function parseItem(value: unknown, path: string, format: AudioFormat, newId: () => string): StoredItem {
  const given = itemSchema(value, path);
  const heard = new Map<number, AudioClip>();
  const item: JsonObject = { ...given, id: given.id ?? newId() };
  if (item.type === "message") {
    item.content = (item.content as JsonObject[]).map((part, i) => {
      if (part.type !== "input_audio") return part;
      if (typeof part.audio === "string") heard.set(i, audioOf(part.audio, `${path}.content[${i}].audio`, format));
      return { type: "input_audio", transcript: part.transcript ?? null };
    });
  }
  if (item.type === "message" || item.type === "function_call" || item.type === "function_call_output") item.status = "completed";
  delete item.object;
  return { wire: item as unknown as ServerConversationItem, heard, spoken: null };
}

/** Base64 audio of a field as bytes. @throws {WireError} when it is not base64. */
export function audioBytes(base64: string, path: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((base64.length * 3) / 4));
  try {
    return bytes.subarray(0, decodeBase64(base64, bytes));
  } catch {
    const message = `Invalid '${path}'. Expected base64-encoded audio bytes but got invalid bytes.`;
    throw new WireError(message, { code: "invalid_value", param: path });
  }
}

function audioOf(base64: string, path: string, format: AudioFormat): AudioClip {
  return { samples: decodeWire(audioBytes(base64, path), format), rate: formatRate(format) };
}
