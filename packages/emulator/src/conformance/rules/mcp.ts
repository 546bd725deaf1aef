/** Rules about MCP: lists of tools, and calls that the server makes by itself. */
import type { Rule } from "../rule.ts";

const LIST = "mcp_list_tools";
const CALL = "response.mcp_call";

/** Rules about MCP. */
export const MCP_RULES: readonly Rule[] = [
  {
    id: "mcp-list-order",
    says: "Tools are listed for an item that was added: in progress, then completed or failed, then the item is done.",
    fact: "Order: conversation.item.added (mcp_list_tools), mcp_list_tools.in_progress, .completed, conversation.item.done.",
    on: [`${LIST}.in_progress`, `${LIST}.completed`, `${LIST}.failed`, "conversation.item.done"],
    check: (event, { items }) => {
      const item = items.get(event.item_id ?? event.item.id);
      if (event.type === "conversation.item.done") {
        return item?.wire.type === LIST && item.mcp === "in_progress" ? "its list is in progress" : null;
      }
      if (item?.wire.type !== LIST) return `${event.item_id} is no ${LIST}`;
      const expected = event.type.endsWith(".in_progress") ? null : "in_progress";
      return item.mcp === expected ? null : `${event.type} of a list that is ${item.mcp ?? "not begun"}`;
    },
  },
  {
    id: "mcp-call-order",
    says: "A call is in progress when its arguments are done, then completed or failed, then its item is done; where the response is cut short, it may end in between.",
    fact: "Order: output_item.added (mcp_call), arguments, .done, mcp_call.in_progress, .completed or .failed, output_item.done.",
    on: [`${CALL}.in_progress`, `${CALL}.completed`, `${CALL}.failed`, "response.output_item.done", "response.done"],
    check: (event, { items }) => {
      if (event.type === "response.done") {
        const open = event.response.output.some(({ id, type }: { id: string; type: string }) => type === "mcp_call" && items.get(id)?.mcp === "in_progress");
        return open && event.response.status === "completed" ? "it has a call that is in progress" : null;
      }
      const item = items.get(event.item_id ?? event.item.id);
      if (event.type === "response.output_item.done") {
        const answered = (event.item.output ?? event.item.error ?? null) !== null;
        return item?.wire.type === "mcp_call" && item.mcp === "in_progress" && answered ? "its call is in progress" : null;
      }
      if (item?.wire.type !== "mcp_call") return `${event.item_id} is no mcp_call`;
      if (item.argumentsDone === null) return "its arguments are not done";
      const expected = event.type.endsWith(".in_progress") ? null : "in_progress";
      return item.mcp === expected ? null : `${event.type} of a call that is ${item.mcp ?? "not begun"}`;
    },
  },
];
