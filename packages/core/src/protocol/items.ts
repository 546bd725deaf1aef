/**
 * Conversation items: what a conversation consists of, in the one shape that goes both ways over the wire.
 *
 * Content parts are unions by `type`, so that a `switch` narrows them. On the wire, items lack `object` except in `conversation.item.retrieved` and on
 * servers of the beta era.
 */

/** How far an item is: being made, finished, or cut short by an interruption. */
export type ItemStatus = "completed" | "incomplete" | "in_progress";

/** Fields that messages and function items share. */
export interface ItemFields {
  /** Chosen by the server unless the client that creates the item gives one. */
  id?: string;
  object?: "realtime.item";
  /** Given by the server; no effect when sent. */
  status?: ItemStatus;
}

/** Text from the user or the system. */
export interface InputTextPart {
  type: "input_text";
  text: string;
}

/** Speech from the user. */
export interface InputAudioPart {
  type: "input_audio";
  /** Base64 in the session's input format. Sent by the client, or by the server in `conversation.item.retrieved` only. */
  audio?: string | null;
  /** `null` until the transcription event of this item has come, and always when transcription is off. */
  transcript?: string | null;
}

/** A picture from the user. */
export interface InputImagePart {
  type: "input_image";
  /** Data URI of a PNG or JPEG. */
  image_url: string;
  /** How closely the model looks. Default: `auto`. */
  detail?: "auto" | "low" | "high";
}

/** Text from the model. */
export interface OutputTextPart {
  type: "output_text";
  text: string;
}

/** Speech from the model; `transcript` is its text. */
export interface OutputAudioPart {
  type: "output_audio";
  /** Base64 in the session's output format; by the server in `conversation.item.retrieved` only, and never accepted from a client. */
  audio?: string | null;
  /** Deleted by the server when the item is truncated. */
  transcript?: string | null;
}

/** One part of a user's message. */
export type UserContentPart = InputTextPart | InputAudioPart | InputImagePart;

/** One part of a message by the model. */
export type AssistantContentPart = OutputTextPart | OutputAudioPart;

/** Instructions in the course of the conversation. */
export interface SystemMessageItem extends ItemFields {
  type: "message";
  role: "system";
  content: InputTextPart[];
}

/** What the user said, wrote or showed. */
export interface UserMessageItem extends ItemFields {
  type: "message";
  role: "user";
  content: UserContentPart[];
}

/** What the model said or wrote. */
export interface AssistantMessageItem extends ItemFields {
  type: "message";
  role: "assistant";
  /** Empty in `response.output_item.added`, filled by the content part events. */
  content: AssistantContentPart[];
  /** From gpt-realtime-2 on: whether the model thinks aloud on the way, or answers. */
  phase?: "commentary" | "final_answer" | null;
}

/** The model asks for a function to be called. */
export interface FunctionCallItem extends ItemFields {
  type: "function_call";
  name: string;
  /** Refers the output to this call. */
  call_id?: string;
  /** JSON text; not checked against the tool's schema. */
  arguments: string;
}

/** The client's answer to a function call. */
export interface FunctionCallOutputItem extends ItemFields {
  type: "function_call_output";
  /** `call_id` of the {@link FunctionCallItem} that this answers. */
  call_id: string;
  /** Any text, usually JSON. */
  output: string;
}

/** One tool of an MCP server. */
export interface McpToolDescription {
  name: string;
  description?: string | null;
  /** JSON Schema of the arguments. */
  input_schema: unknown;
  annotations?: unknown;
}

/** The tools that an MCP server offers. */
export interface McpListToolsItem {
  type: "mcp_list_tools";
  id?: string;
  server_label: string;
  tools: McpToolDescription[];
}

/** Why a call to an MCP server failed. */
export type McpError =
  | { type: "protocol_error"; code: number; message: string }
  | { type: "tool_execution_error"; message: string }
  /** `code` is the HTTP status. */
  | { type: "http_error"; code: number; message: string };

/** A call that the server made to an MCP server. */
export interface McpCallItem {
  type: "mcp_call";
  id: string;
  server_label: string;
  name: string;
  /** JSON text. */
  arguments: string;
  approval_request_id?: string | null;
  output?: string | null;
  error?: McpError | null;
}

/** The model wants to call an MCP tool that needs the user's consent. */
export interface McpApprovalRequestItem {
  type: "mcp_approval_request";
  id: string;
  server_label: string;
  name: string;
  /** JSON text. */
  arguments: string;
}

/** The client's answer to a {@link McpApprovalRequestItem}. */
export interface McpApprovalResponseItem {
  type: "mcp_approval_response";
  id: string;
  approval_request_id: string;
  approve: boolean;
  /** Why, for the model to read. */
  reason?: string | null;
}

/** A message by anyone. */
export type MessageItem = SystemMessageItem | UserMessageItem | AssistantMessageItem;

/** One item of the conversation; `type`, and `role` for messages, tells which. */
export type ConversationItem =
  | MessageItem
  | FunctionCallItem
  | FunctionCallOutputItem
  | McpListToolsItem
  | McpCallItem
  | McpApprovalRequestItem
  | McpApprovalResponseItem;

/** An item as the server reports it: it always has an id. */
export type ServerConversationItem = ConversationItem & { id: string };

/** Stands for an item that is already in the conversation; only in the `input` of `response.create`. */
export interface ItemReference {
  type: "item_reference";
  id: string;
}
