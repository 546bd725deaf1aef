/**
 * The parts of the session's settings that have nothing to do with audio: tools, reasoning, context, tracing. `response.create` takes most of them too.
 */

/** A function that the model may ask the client to call. */
export interface FunctionTool {
  type: "function";
  name: string;
  /** When and how to use it, for the model to read. */
  description?: string | null;
  /** JSON Schema of the arguments. */
  parameters?: unknown;
}

/** Picks tools of an MCP server. */
export interface McpToolFilter {
  /** Whether the tool is marked as changing nothing. */
  read_only?: boolean;
  tool_names?: string[];
}

/** An MCP server whose tools the model may use; the Realtime server calls them itself. One of `server_url`, `connector_id`, `tunnel_id` says where it is. */
export interface McpTool {
  type: "mcp";
  /** Names the server in calls. */
  server_label: string;
  server_url?: string;
  /** Not for models released after 2026-09-01. */
  connector_id?:
    | "connector_dropbox"
    | "connector_gmail"
    | "connector_googlecalendar"
    | "connector_googledrive"
    | "connector_microsoftteams"
    | "connector_outlookcalendar"
    | "connector_outlookemail"
    | "connector_sharepoint";
  tunnel_id?: string;
  /** What the server offers, for the model to read. */
  server_description?: string;
  /** OAuth access token. */
  authorization?: string;
  /** HTTP headers sent to the server. */
  headers?: Record<string, string> | null;
  allowed_tools?: string[] | McpToolFilter | null;
  /** Which calls wait for the client's consent. Default: `always`. */
  require_approval?: "always" | "never" | { always?: McpToolFilter; never?: McpToolFilter } | null;
  allowed_callers?: ("direct" | "programmatic")[] | null;
  /** Whether the tools are loaded only when searched for. */
  defer_loading?: boolean;
}

/** Which tools the model may or must use. */
export type ToolChoice = "none" | "auto" | "required" | { type: "function"; name: string } | { type: "mcp"; server_label: string; name?: string | null };

/** How long the model thinks before it answers. */
export interface Reasoning {
  effort?: "minimal" | "low" | "medium" | "high" | "xhigh";
}

/** Drops the oldest items until `retention_ratio` of the context is left, so that the prompt cache holds longer. */
export interface RetentionRatioTruncation {
  type: "retention_ratio";
  /** 0 to 1. */
  retention_ratio: number;
  token_limits?: {
    /** Most tokens of the conversation, instructions not counted. */
    post_instructions?: number;
  };
}

/** What happens when the conversation outgrows the context: drop the oldest items, fail, or drop more at once. */
export type Truncation = "auto" | "disabled" | RetentionRatioTruncation;

/** Whether the session is recorded in the provider's trace viewer, and under which names. */
export type Tracing = "auto" | { workflow_name?: string; group_id?: string; metadata?: unknown };

/** A prompt stored with the provider. */
export interface PromptReference {
  id: string;
  version?: string | null;
  /** Values for the prompt's placeholders: text, or an `input_text`, `input_image` or `input_file` object. */
  variables?: Record<string, unknown> | null;
}
