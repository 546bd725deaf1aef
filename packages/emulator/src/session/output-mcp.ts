/**
 * Items about MCP that a response makes: calls that the service carries out itself, and requests for consent to one.
 */
import type { McpApprovalRequestItem, McpCallItem, McpError } from "@sidetone/core/protocol";
import type { SessionContext } from "./context.ts";
import type { StoredItem } from "./conversation.ts";
import { ItemFrame, type OutputEnd, type OutputItem, type OutputPlace } from "./output-item.ts";

/** Which tool is called. */
export interface McpTarget {
  readonly server_label: string;
  readonly name: string;
}

/** A call in the making. */
export class OutputMcpCall implements OutputItem {
  readonly #frame: ItemFrame;
  readonly #wire: McpCallItem;
  #saidAll = false;

  /** Begins the call; `approvalRequestId` is the request that was granted, or null when none was needed. */
  constructor(context: SessionContext, place: OutputPlace, { server_label, name }: McpTarget, approvalRequestId: string | null) {
    this.#wire = {
      id: context.ids.next("item"),
      type: "mcp_call",
      approval_request_id: approvalRequestId,
      server_label,
      name,
      arguments: "",
      output: null,
      error: null,
    };
    this.#frame = new ItemFrame(context, place, this.#wire);
    this.#frame.open();
  }

  get stored(): StoredItem {
    return this.#frame.stored;
  }

  /** Sends a piece of the arguments. */
  say(delta: string): void {
    const { context, ids } = this.#frame;
    this.#wire.arguments += delta;
    context.send({ type: "response.mcp_call_arguments.delta", ...ids, delta, ...context.obfuscation(delta) });
  }

  /** All arguments are known and the call goes out. */
  call(): void {
    this.#sayAll();
    this.#frame.context.send({ type: "response.mcp_call.in_progress", output_index: this.#frame.ids.output_index, item_id: this.#wire.id });
  }

  /** The tool has answered, with an output or an error. */
  answered(result: { readonly output: string } | { readonly error: McpError }): void {
    const { context, ids } = this.#frame;
    if ("output" in result) this.#wire.output = result.output;
    else this.#wire.error = result.error;
    const type = "output" in result ? "response.mcp_call.completed" : "response.mcp_call.failed";
    context.send({ type, output_index: ids.output_index, item_id: this.#wire.id });
  }

  end(end: OutputEnd, orderKnown: boolean): void {
    this.#sayAll();
    this.#frame.close(end, orderKnown);
  }

  #sayAll(): void {
    if (this.#saidAll) return;
    this.#saidAll = true;
    const { context, ids } = this.#frame;
    context.send({ type: "response.mcp_call_arguments.done", ...ids, arguments: this.#wire.arguments });
  }
}

/** A request for consent; it is complete as soon as it is made. */
export class OutputApprovalRequest implements OutputItem {
  readonly #frame: ItemFrame;

  constructor(context: SessionContext, place: OutputPlace, { server_label, name }: McpTarget, json: string) {
    const wire: McpApprovalRequestItem = { id: context.ids.next("item"), type: "mcp_approval_request", server_label, name, arguments: json };
    this.#frame = new ItemFrame(context, place, wire);
    this.#frame.open();
  }

  get stored(): StoredItem {
    return this.#frame.stored;
  }

  end(end: OutputEnd, orderKnown: boolean): void {
    this.#frame.close(end, orderKnown);
  }
}
