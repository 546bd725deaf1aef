import { describe, expect, expectTypeOf, it } from "vitest";
import type {
  ClientEvent,
  ClientEventOf,
  ConversationItemTruncateEvent,
  InputAudioBufferDtmfEventReceivedEvent,
  KnownServerEvent,
  RealtimeErrorEvent,
  ResponseOutputAudioDeltaEvent,
  ServerEvent,
  ServerEventOf,
  UnknownServerEvent,
} from "./events.ts";
import { asServerEvent, CLIENT_EVENT_TYPES, isClientEventType, isKnownServerEvent, isServerEventType, SERVER_EVENT_TYPES } from "./events.ts";
import type { ServerConversationItem } from "./items.ts";

describe("event names", () => {
  it("are the eleven and the forty-six of the API, each once", () => {
    expect(new Set(CLIENT_EVENT_TYPES).size).toBe(11);
    expect(CLIENT_EVENT_TYPES).toHaveLength(11);
    expect(new Set(SERVER_EVENT_TYPES).size).toBe(46);
    expect(SERVER_EVENT_TYPES).toHaveLength(46);
  });

  it("are told apart from others, also from what every object has", () => {
    expect(isClientEventType("session.update")).toBe(true);
    expect(isServerEventType("response.output_audio.delta")).toBe(true);
    for (const name of ["", "toString", "__proto__", "constructor", "response.audio.delta", "response.cancelled"]) {
      expect(isClientEventType(name)).toBe(false);
      expect(isServerEventType(name)).toBe(false);
    }
  });
});

describe("ServerEvent", () => {
  it("narrows in a switch, and leaves unknown events for the default", () => {
    const seen: string[] = [];
    const look = (event: ServerEvent): void => {
      switch (event.type) {
        case "response.output_audio.delta":
          expectTypeOf(event).toEqualTypeOf<ResponseOutputAudioDeltaEvent>();
          seen.push(`audio ${event.delta}`);
          break;
        case "error":
          expectTypeOf(event).toEqualTypeOf<RealtimeErrorEvent>();
          seen.push(`error ${event.error.message}`);
          break;
        case "session.created":
        case "session.updated":
          if (event.session.type === "transcription") expectTypeOf(event.session).not.toHaveProperty("instructions");
          else expectTypeOf(event.session.instructions).toEqualTypeOf<string | undefined>();
          seen.push(event.session.type);
          break;
        default: {
          expectTypeOf<UnknownServerEvent>().toExtend<typeof event>();
          const type: string = event.type;
          seen.push(type);
        }
      }
    };
    look(asServerEvent({ type: "response.output_audio.delta", delta: "AAAA" } as { type: string }));
    look(asServerEvent({ type: "error", error: { message: "no" } } as { type: string }));
    look(asServerEvent({ type: "vendor.thing" }));
    look({ type: "session.created", event_id: "e", session: { id: "s", object: "realtime.session", type: "realtime" } });
    expect(seen).toEqual(["audio AAAA", "error no", "vendor.thing", "realtime"]);
  });

  it("narrows with === and with the guard", () => {
    const event = asServerEvent({ type: "vendor.thing", answer: 42 } as { type: string });
    if (event.type === "conversation.item.truncated") expectTypeOf(event.audio_end_ms).toEqualTypeOf<number>();
    if (isKnownServerEvent(event)) expectTypeOf(event).toEqualTypeOf<KnownServerEvent>();
    else {
      expectTypeOf(event).toEqualTypeOf<UnknownServerEvent>();
      expectTypeOf(event.answer).toEqualTypeOf<unknown>();
      expect(event.answer).toBe(42);
    }
    expect(isKnownServerEvent(event)).toBe(false);
    expect(isKnownServerEvent(asServerEvent({ type: "rate_limits.updated" }))).toBe(true);
  });

  it("leaves nothing but unknown events when every known name is handled", () => {
    expectTypeOf<Exclude<ServerEvent, KnownServerEvent>>().toEqualTypeOf<UnknownServerEvent>();
    expectTypeOf<ServerEventOf<"response.output_audio.delta">>().toEqualTypeOf<ResponseOutputAudioDeltaEvent>();
    expectTypeOf<ClientEventOf<"conversation.item.truncate">>().toEqualTypeOf<ConversationItemTruncateEvent>();
  });

  it("has an event_id everywhere but in DTMF", () => {
    expectTypeOf<Exclude<KnownServerEvent, { event_id: string }>>().toEqualTypeOf<InputAudioBufferDtmfEventReceivedEvent>();
    expectTypeOf<ClientEvent["event_id"]>().toEqualTypeOf<string | undefined>();
  });

  it("narrows items by type and role, and their parts by type", () => {
    const look = (item: ServerConversationItem): void => {
      expectTypeOf(item.id).toEqualTypeOf<string>();
      if (item.type === "function_call") expectTypeOf(item.arguments).toEqualTypeOf<string>();
      if (item.type !== "message" || item.role !== "assistant") return;
      expectTypeOf(item.phase).toEqualTypeOf<"commentary" | "final_answer" | null | undefined>();
      for (const part of item.content) if (part.type === "output_audio") expectTypeOf(part.transcript).toEqualTypeOf<string | null | undefined>();
    };
    look({ id: "item_1", type: "message", role: "assistant", content: [] });
  });

  it("refuses misspelt client events", () => {
    // @ts-expect-error the name is response.create
    const misspelt: ClientEvent = { type: "response.creat" };
    // @ts-expect-error the model cannot be changed
    const model: ClientEvent = { type: "session.update", session: { type: "realtime", model: "gpt-realtime" } };
    expect([misspelt, model]).toHaveLength(2);
  });
});
