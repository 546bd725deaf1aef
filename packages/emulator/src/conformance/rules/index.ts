/** All rules, in the order in which they look at an event. */
import type { Rule } from "../rule.ts";
import { CALL_RULES } from "./call.ts";
import { CONTENT_RULES } from "./content.ts";
import { CONVERSATION_RULES } from "./conversation.ts";
import { ENVELOPE_RULES } from "./envelope.ts";
import { MCP_RULES } from "./mcp.ts";
import { RESPONSE_RULES } from "./response.ts";
import { SESSION_RULES } from "./session.ts";
import { TRUNCATION_RULES } from "./truncation.ts";
import { TURN_RULES } from "./turns.ts";
import { USAGE_RULES } from "./usage.ts";

/** The rules of the Realtime API, by theme. */
export const RULES: readonly Rule[] = Object.freeze([
  ...ENVELOPE_RULES,
  ...SESSION_RULES,
  ...TURN_RULES,
  ...CONVERSATION_RULES,
  ...RESPONSE_RULES,
  ...CONTENT_RULES,
  ...USAGE_RULES,
  ...TRUNCATION_RULES,
  ...CALL_RULES,
  ...MCP_RULES,
]);
