/** What happens in a conversation, in sentences: who spoke from when to when, how long the answer took, how much of it was heard. */
import type { LogEntry, SessionRecord } from "@sidetone/emulator";
import { duration, printable } from "./event-line.ts";

/** Longest text of a summary, in characters. */
const MAX_TEXT_CHARS = 100;

/** One sentence about a conversation. */
export interface TurnLine {
  readonly atMs: number;
  /** Whose: the user's, the model's, or neither's. */
  readonly who: "user" | "model" | "call" | "error";
  readonly text: string;
}

interface OpenResponse {
  readonly createdMs: number;
  /** What it answers: the end of speech or the client's wish. */
  readonly cause: { readonly atMs: number; readonly name: string } | null;
  firstAudioMs: number | null;
}

/** Follows one session. */
export class TurnWatch {
  readonly #session: SessionRecord;
  readonly #responses = new Map<string, OpenResponse>();
  #speechStartMs: number | null = null;
  #cause: OpenResponse["cause"] = null;

  constructor(session: SessionRecord) {
    this.#session = session;
  }

  /** What `entry` makes worth telling, or null. */
  see({ event: given, type, direction, atMs }: LogEntry): TurnLine | null {
    const event = (given ?? {}) as Readonly<Record<string, unknown>>;
    const line = (who: TurnLine["who"], text: string): TurnLine => ({ atMs, who, text });
    if (direction === "in") {
      if (type === "response.create") this.#cause = { atMs, name: "being asked" };
      return null;
    }
    switch (type) {
      case "input_audio_buffer.speech_started":
        this.#speechStartMs = Number(event.audio_start_ms);
        return null;
      case "input_audio_buffer.speech_stopped": {
        const [fromMs, toMs] = [this.#speechStartMs ?? 0, Number(event.audio_end_ms)];
        this.#cause = { atMs, name: "the end of speech" };
        return line("user", `spoke from ${seconds(fromMs)} to ${seconds(toMs)} (${duration(toMs - fromMs)})`);
      }
      case "conversation.item.input_audio_transcription.completed":
        return line("user", `said "${quoted(event.transcript)}"`);
      case "response.created":
        this.#responses.set(idOf(event.response), { createdMs: atMs, cause: this.#cause, firstAudioMs: null });
        this.#cause = null;
        return null;
      case "response.output_audio.delta":
      case "response.audio.delta": {
        const open = this.#responses.get(String(event.response_id));
        if (open !== undefined) open.firstAudioMs ??= atMs;
        return null;
      }
      case "response.output_item.done": {
        const item = (event.item ?? {}) as { type?: string; name?: unknown; arguments?: unknown };
        if (item.type !== "function_call" && item.type !== "mcp_call") return null;
        return line("call", `${printable(item.name)}(${quoted(item.arguments)})`);
      }
      case "response.done":
        return this.#done(event.response as Readonly<Record<string, unknown>> | undefined, atMs);
      case "conversation.item.truncated": {
        const spoken = this.#session.items.find(({ wire }) => wire.id === event.item_id)?.spoken;
        const of = spoken === null || spoken === undefined ? "" : ` of ${duration(spoken.sentMs)}`;
        return line("user", `heard ${duration(Number(event.audio_end_ms))}${of}`);
      }
      case "error": {
        const error = (event.error ?? {}) as { code?: unknown; message?: unknown };
        return line("error", `${printable(error.code)}: ${printable(error.message, MAX_TEXT_CHARS)}`);
      }
      default:
        return null;
    }
  }

  #done(response: Readonly<Record<string, unknown>> | undefined, atMs: number): TurnLine | null {
    if (response === undefined || response === null) return null;
    const open = this.#responses.get(idOf(response));
    this.#responses.delete(idOf(response));
    const items = (Array.isArray(response.output) ? response.output : []) as readonly {
      id?: string;
      content?: readonly { transcript?: string; text?: string }[];
    }[];
    const ids = new Set(items.map(({ id }) => id));
    const soundMs = this.#session.items.reduce((sum, { wire, spoken }) => sum + (ids.has(wire.id) ? (spoken?.sentMs ?? 0) : 0), 0);
    const words = items.flatMap(({ content = [] }) => content.map((part) => part.transcript ?? part.text ?? "")).join(" ");
    const details = (response.status_details ?? {}) as { reason?: unknown; error?: { code?: unknown; message?: unknown } };
    const why = details.reason ?? details.error?.code;
    const parts = [`${printable(response.status)}${why === undefined || why === null ? "" : ` (${printable(why)})`}`];
    if (soundMs > 0) parts.push(`${duration(soundMs)} of speech`);
    if (open?.firstAudioMs !== null && open?.firstAudioMs !== undefined) {
      const from = open.cause ?? { atMs: open.createdMs, name: "its begin" };
      parts.push(`first sound ${duration(open.firstAudioMs - from.atMs)} after ${from.name}`);
    }
    if (words.trim() !== "") parts.push(`"${quoted(words)}"`);
    return { atMs, who: response.status === "failed" ? "error" : "model", text: parts.join(", ") };
  }
}

function idOf(response: unknown): string {
  return String((response as { id?: unknown } | undefined)?.id);
}

function quoted(value: unknown): string {
  return printable(value ?? "", MAX_TEXT_CHARS);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
