/**
 * The events of one item that a response makes, in the order recorded sessions have: added to the response, then to the conversation; its one content part, if it is a
 * message; done in the conversation, then in the response.
 */
import type { AssistantContentPart, AssistantMessageItem, AudioFormat, FunctionCallItem, ServerConversationItem } from "@sidetone/core/protocol";
import { type SessionContext, snapshot } from "./context.ts";
import { SpokenAudio, type StoredItem } from "./conversation.ts";
import type { Speech } from "./speech-outlet.ts";

/** How an item ends. */
export type OutputEnd = "completed" | "incomplete";

/** Where an item belongs. */
export interface OutputPlace {
  /** The response that makes it. */
  readonly responseId: string;
  /** Its position in the response's output. */
  readonly outputIndex: number;
  /** Whether it enters the conversation. */
  readonly inConversation: boolean;
}

/** Announces and closes an item; what happens in between is the business of its kind. */
export class ItemFrame {
  readonly stored: StoredItem;
  readonly context: SessionContext;
  readonly place: OutputPlace;

  constructor(context: SessionContext, place: OutputPlace, wire: ServerConversationItem) {
    this.context = context;
    this.place = place;
    this.stored = { wire, heard: new Map(), spoken: null };
  }

  /** The ids that every event about the item carries. */
  get ids(): { response_id: string; item_id: string; output_index: number } {
    return { response_id: this.place.responseId, item_id: this.stored.wire.id, output_index: this.place.outputIndex };
  }

  open(): void {
    const { context, place, stored } = this;
    context.record(stored);
    context.conversation.begin(stored.wire.id);
    context.send({ type: "response.output_item.added", response_id: place.responseId, output_index: place.outputIndex, item: snapshot(stored.wire) });
    if (!place.inConversation) return;
    const previous = context.conversation.lastId;
    context.conversation.add(stored);
    context.send({ type: "conversation.item.added", previous_item_id: previous, item: snapshot(stored.wire) });
  }

  /** `orderKnown` is false where the service forgets `previous_item_id`. */
  close(end: OutputEnd, orderKnown: boolean): void {
    const { context, place, stored } = this;
    context.conversation.finish(stored.wire.id);
    // Items about MCP have no status.
    if ("status" in stored.wire) stored.wire.status = end;
    if (place.inConversation) {
      const previous = orderKnown ? context.conversation.previousOf(stored.wire.id) : null;
      context.send({ type: "conversation.item.done", previous_item_id: previous, item: snapshot(stored.wire) });
    }
    context.send({ type: "response.output_item.done", response_id: place.responseId, output_index: place.outputIndex, item: snapshot(stored.wire) });
  }
}

/** An item in the making, of whichever kind. */
export interface OutputItem {
  /** The item and its audio. */
  readonly stored: StoredItem;
  /** Ends the item; `orderKnown` is false where the service forgets `previous_item_id`. */
  end(end: OutputEnd, orderKnown: boolean): void;
}

/** A message in the making, spoken or written. */
export class OutputMessage implements OutputItem {
  readonly #frame: ItemFrame;
  readonly #spoken: SpokenAudio | null;
  readonly #speech: Speech | null = null;
  #text = "";

  /** Begins the message; `format` is the format of its speech, or null when it is written. */
  constructor(context: SessionContext, place: OutputPlace, format: AudioFormat | null, phase: AssistantMessageItem["phase"] = null) {
    const wire: AssistantMessageItem & { id: string } = {
      id: context.ids.next("item"),
      type: "message",
      status: "in_progress",
      role: "assistant",
      content: [],
    };
    if (phase) wire.phase = phase;
    this.#frame = new ItemFrame(context, place, wire);
    this.#spoken = format === null ? null : new SpokenAudio(format);
    this.#frame.stored.spoken = this.#spoken;
    this.#frame.open();
    wire.content.push(this.#part());
    context.send({ type: "response.content_part.added", ...this.#ids, part: this.#wirePart() });
    if (format === null) return;
    const { responseId, outputIndex } = place;
    this.#speech = { responseId, itemId: wire.id, outputIndex, contentIndex: 0, format, stored: this.#frame.stored };
    context.outlet.begin(this.#speech);
  }

  get stored(): StoredItem {
    return this.#frame.stored;
  }

  /** Sends a piece of the transcript, or of the text. */
  say(delta: string): void {
    const { context } = this.#frame;
    this.#text += delta;
    const type = this.#spoken === null ? "response.output_text.delta" : "response.output_audio_transcript.delta";
    context.send({ type, ...this.#ids, delta, ...context.obfuscation(delta) });
  }

  /** Sends a piece of speech, encoded in the format. */
  sound(bytes: Uint8Array): void {
    if (this.#speech === null) return;
    this.#spoken?.append(bytes);
    this.#frame.context.outlet.write(this.#speech, bytes);
  }

  end(end: OutputEnd, orderKnown: boolean): void {
    const { context, stored } = this.#frame;
    if (this.#speech !== null) context.outlet.end(this.#speech);
    const truncated = this.#spoken !== null && this.#spoken.keptMs < this.#spoken.sentMs;
    if (stored.wire.type === "message") stored.wire.content[0] = this.#part();
    if (this.#spoken === null) context.send({ type: "response.output_text.done", ...this.#ids, text: this.#text });
    else {
      context.send({ type: "response.output_audio.done", ...this.#ids });
      context.send({ type: "response.output_audio_transcript.done", ...this.#ids, transcript: this.#text });
    }
    context.send({ type: "response.content_part.done", ...this.#ids, part: this.#wirePart() });
    if (truncated && stored.wire.type === "message") stored.wire.content[0] = { type: "output_audio" };
    this.#frame.close(end, orderKnown);
  }

  get #ids() {
    return { ...this.#frame.ids, content_index: 0 };
  }

  #part(): AssistantContentPart {
    return this.#spoken === null ? { type: "output_text", text: this.#text } : { type: "output_audio", transcript: this.#text };
  }

  #wirePart() {
    return this.#spoken === null ? { type: "text" as const, text: this.#text } : { type: "audio" as const, transcript: this.#text };
  }
}

/** A function call in the making. */
export class OutputFunctionCall implements OutputItem {
  readonly #frame: ItemFrame;
  readonly #wire: FunctionCallItem & { id: string; call_id: string };

  /** Begins the call of the function `name`. */
  constructor(context: SessionContext, place: OutputPlace, name: string) {
    const { ids } = context;
    this.#wire = { id: ids.next("item"), type: "function_call", status: "in_progress", name, call_id: ids.call(), arguments: "" };
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
    context.send({ type: "response.function_call_arguments.delta", ...ids, call_id: this.#wire.call_id, delta, ...context.obfuscation(delta) });
  }

  end(end: OutputEnd): void {
    const { context, ids } = this.#frame;
    const { call_id, name, arguments: json } = this.#wire;
    context.send({ type: "response.function_call_arguments.done", ...ids, call_id, name, arguments: json });
    this.#frame.close(end, false);
  }
}
