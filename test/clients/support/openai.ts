/** The two WebSocket clients of the `openai` package, with what they tell kept. */
import type OpenAI from "openai";
import { OpenAIRealtimeWebSocket } from "openai/realtime/websocket";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import type { RealtimeClientEvent, RealtimeServerEvent } from "openai/resources/realtime/realtime";
import { until } from "./agents.ts";
import { base64Pieces, utterance } from "./speaking.ts";

/** Either client. */
export type RealtimeClient = OpenAIRealtimeWS | OpenAIRealtimeWebSocket;

/** How each is made. */
export const CLIENTS = {
  OpenAIRealtimeWS: (client: OpenAI, model = "gpt-realtime-2.1") => new OpenAIRealtimeWS({ model }, client),
  OpenAIRealtimeWebSocket: (client: OpenAI, model = "gpt-realtime-2.1") => new OpenAIRealtimeWebSocket({ model }, client),
} as const;

/** An error as the client reports it. */
export interface ReportedError {
  readonly message: string;
  readonly error?: { readonly code?: string | null } | undefined;
  readonly cause?: unknown;
}

/** A connection of one of the clients. */
export class RealtimeCall<C extends RealtimeClient = RealtimeClient> {
  readonly client: C;
  readonly events: RealtimeServerEvent[] = [];
  readonly errors: ReportedError[] = [];
  /** How the socket closed, once it has. */
  closed: { code: number; reason: string } | null = null;

  constructor(client: C) {
    this.client = client;
    client.on("event", (event) => this.events.push(event));
    client.on("error", (error) => this.errors.push(error as ReportedError));
    const socket = client.socket as WebSocket;
    socket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
    });
  }

  /** Events of `type` so far. */
  of<T extends RealtimeServerEvent["type"]>(type: T): Extract<RealtimeServerEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<RealtimeServerEvent, { type: T }> => event.type === type);
  }

  /** The `count`th event of `type` (from 1), now or when it comes. */
  next<T extends RealtimeServerEvent["type"]>(type: T, count = 1): Promise<Extract<RealtimeServerEvent, { type: T }>> {
    return until(() => this.of(type)[count - 1]);
  }

  send(event: RealtimeClientEvent): void {
    this.client.send(event);
  }

  /** Sends a recording, as fast as it goes, with silence behind it. */
  speak(samples = utterance()): void {
    for (const audio of base64Pieces(samples)) this.send({ type: "input_audio_buffer.append", audio });
  }

  /** Writes a message and asks for a response. */
  write(text: string): void {
    this.send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_text", text }] } });
    this.send({ type: "response.create" });
  }
}
