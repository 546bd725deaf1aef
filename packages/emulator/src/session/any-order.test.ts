/**
 * Clients that do anything at any time: valid and invalid events in a random but repeatable order, against a voice that answers anything. Whatever they do, the session
 * keeps the rules of the protocol, throws nothing, has no trouble of its own to tell, and leaves no timer behind.
 */
import { describe, expect, it } from "vitest";
import { assertConformance } from "../../../../test/support/checked-emulator.ts";
import type { Event } from "../../test/wire-client.ts";
import { createEmulator, type InProcessClient, type SpokenItem, toneClip, type Voice, virtualClock } from "../index.ts";
import { Random } from "../random.ts";

const SESSIONS = 80;
const STEPS = 60;

/** Hears every sample that is not quiet. */
const loudness = () => ({ process: (frame: Float32Array) => (frame.some((sample) => Math.abs(sample) > 0.01) ? 0.99 : 0), reset: () => {} });

class Dice {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  below(count: number): number {
    return this.#random.uint32() % count;
  }

  chance(part: number): boolean {
    return this.#random.uint32() / 2 ** 32 < part;
  }

  pick<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T;
  }

  /** `fields`, or nothing. */
  maybe<T extends object>(part: number, fields: () => T): T | object {
    return this.chance(part) ? fields() : {};
  }
}

function anyVoice(dice: Dice): Voice {
  const item = (): SpokenItem => {
    const timing = { ...dice.maybe(0.3, () => ({ follows: dice.pick(["start", "end"] as const) })), ...dice.maybe(0.3, () => ({ delayMs: dice.below(500) })) };
    const tool = { server_label: dice.pick(["docs", "gone"]), name: dice.pick(["find", "lose"]), arguments: dice.pick(["", '{"q":"something long"}']) };
    const audio = () => ({ audio: toneClip(dice.pick([0, 1, 120, 700, 3000]), dice.pick([8_000, 24_000, 48_000])) });
    return dice.pick<SpokenItem>([
      { type: "message", text: dice.pick(["", "Hello there, how are you today?"]), ...dice.maybe(0.9, audio), ...timing },
      { type: "message", text: "  x  y ", ...audio(), ...timing },
      { type: "function_call", name: "f", arguments: dice.pick(["", '{"a":"bcdefghijklmnop"}']), ...timing },
      { type: "mcp_call", ...tool, ...dice.maybe(0.4, () => ({ approval: true })), ...dice.maybe(0.3, () => ({ output: "o" })), ...timing },
      { type: "mcp_list_tools", server_label: "more", tools: [], ...timing },
    ]);
  };
  return {
    reply() {
      const items = Array.from({ length: dice.below(4) }, item);
      const end = dice.pick([
        { status: "failed", code: "x" },
        { status: "incomplete", reason: "content_filter" },
      ] as const);
      const reply = { items, ...dice.maybe(0.3, () => ({ delayMs: dice.below(300) })), ...dice.maybe(0.15, () => ({ end })) };
      if (dice.chance(0.05)) throw new Error("no words");
      return dice.pick([() => items, () => reply, async () => reply, () => new Promise<SpokenItem[]>(() => {})].slice(0, dice.chance(0.1) ? 4 : 3))();
    },
    transcript: () => (dice.chance(0.3) ? null : { text: dice.pick(["", "one two three four"]), streaming: dice.chance(0.5) }),
  };
}

/** An event, or a message that is none. */
function anyEvent(dice: Dice, client: InProcessClient): object | string {
  const idsOf = (type: string, of: (event: Event) => string) => client.all(type).map(of);
  const itemId = () =>
    dice.pick([...idsOf("conversation.item.added", ({ item }) => item.id), ...idsOf("response.output_item.added", ({ item }) => item.id), "none"]);
  const format = () => dice.pick([{ type: "audio/pcm", rate: 24_000 }, { type: "audio/pcmu" }, { type: "audio/pcma" }, { type: "audio/opus" }]);
  const vad = () => ({
    type: "server_vad",
    silence_duration_ms: dice.pick([0, 200, 500]),
    prefix_padding_ms: dice.pick([0, 300, 1000]),
    create_response: dice.chance(0.7),
    interrupt_response: dice.chance(0.7),
    idle_timeout_ms: dice.pick([null, 5000]),
  });
  const transcription = () => dice.pick([null, { model: "whisper-1" }, { model: "gpt-realtime-whisper" }, { model: "gpt-4o-transcribe-diarize" }]);
  const input = () => ({
    ...dice.maybe(0.6, () => ({ turn_detection: dice.pick([null, vad(), { type: "semantic_vad" }, { type: "ears" }]) })),
    ...dice.maybe(0.3, () => ({ format: format() })),
    ...dice.maybe(0.3, () => ({ transcription: transcription() })),
  });
  const output = () => ({ ...dice.maybe(0.5, () => ({ format: format() })), ...dice.maybe(0.3, () => ({ speed: dice.pick([0.25, 1.5, 9]) })) });
  const text = { type: "message", role: "user", content: [{ type: "input_text", text: "q" }] };
  const response = () => ({
    ...dice.maybe(0.4, () => ({ conversation: dice.pick(["none", "auto"]) })),
    ...dice.maybe(0.2, () => ({ input: dice.pick([[], [text], [{ type: "item_reference", id: itemId() }]]) })),
    ...dice.maybe(0.2, () => ({ output_modalities: dice.pick([["text"], ["audio"], []]) })),
    ...dice.maybe(0.3, () => ({ max_output_tokens: dice.pick([1, 10, 40]) })),
    ...dice.maybe(0.1, () => ({ audio: { output: { format: format() } } })),
  });
  const consent = () => {
    const asked = client.all("conversation.item.added").filter(({ item }: Event) => item.type === "mcp_approval_request");
    return { type: "mcp_approval_response", approval_request_id: dice.pick([...asked.map(({ item }: Event) => item.id), "none"]), approve: dice.chance(0.7) };
  };
  const audio = () => Buffer.alloc(dice.pick([0, 1, 999, 24_000, 48_000, 96_000]), dice.pick([0, 17, 90])).toString("base64");
  const tools = [{ type: "mcp", server_label: dice.pick(["docs", "gone"]), server_url: "https://docs.example" }];
  const create = (item: object) => ({
    type: "conversation.item.create",
    item,
    ...dice.maybe(0.3, () => ({ previous_item_id: dice.pick(["root", itemId()]) })),
  });
  return dice.pick<() => object | string>([
    () => ({ type: "input_audio_buffer.append", audio: audio() }),
    () => ({ type: "input_audio_buffer.append", audio: audio() }),
    () => ({ type: "input_audio_buffer.append", audio: audio() }),
    () => ({ type: dice.pick(["input_audio_buffer.commit", "input_audio_buffer.clear", "output_audio_buffer.clear"]) }),
    () => ({ type: "session.update", session: { type: "realtime", audio: { input: input(), output: output() }, ...dice.maybe(0.2, () => ({ tools })) } }),
    () => ({ type: "response.create", ...dice.maybe(0.7, () => ({ response: response() })) }),
    () => ({ type: "response.create", ...dice.maybe(0.7, () => ({ response: response() })) }),
    () => ({
      type: "response.cancel",
      ...dice.maybe(0.4, () => ({ response_id: dice.pick([...idsOf("response.created", (event) => event.response.id), "none"]) })),
    }),
    () => ({ type: "conversation.item.truncate", item_id: itemId(), content_index: dice.pick([0, 0, 1]), audio_end_ms: dice.pick([0, 100, 99_999, 1.5]) }),
    () => ({ type: dice.pick(["conversation.item.delete", "conversation.item.retrieve"]), item_id: itemId() }),
    () => create(dice.pick([text, { ...text, id: itemId() }, { type: "function_call_output", call_id: "c", output: "1" }, { type: "song" }])),
    () => create(consent()),
    () => dice.pick<object | string>(["{", "null", {}, { type: "none" }, { type: "response.create", response: 5 }]),
  ])();
}

describe("a client that does anything at any time", () => {
  it.each(Array.from({ length: SESSIONS / 20 }, (_, i) => i * 20))("meets a session that keeps the rules, seeds from %i", async (from) => {
    for (let seed = from; seed < from + 20; seed++) {
      const dice = new Dice(seed);
      const clock = virtualClock();
      const mcpServers = { docs: { tools: [{ name: "find", input_schema: {} }] } };
      const profile = { cancelDelayMs: dice.pick([0, 150, 1000]), overlappingItems: dice.chance(0.5) };
      const emulator = await createEmulator({ seed, clock, voice: anyVoice(dice), vad: loudness, mcpServers, profile });
      const client = emulator.connect({ model: dice.pick(["gpt-realtime", "gpt-realtime-2.1", "gpt-realtime-mini"]) });
      for (let step = 0; step < STEPS; step++) {
        client.send(anyEvent(dice, client));
        if (dice.chance(0.75)) await clock.advance(dice.pick([0, 1, 60, 200, 500, 1500, 5000]));
      }
      if (dice.chance(0.5)) await clock.advance(60_000);
      client.close();
      expect(clock.pending, `timers of seed ${seed}`).toBe(0);
      expect(client.all("error").filter(({ error }: Event) => error.type === "server_error")).toEqual([]);
      const failures = client.all("response.done").flatMap(({ response }: Event) => response.status_details?.error?.message ?? []);
      expect(failures.filter((message) => message !== "The voice failed: no words")).toEqual([]);
      expect(() => assertConformance(emulator, { complete: false, replyWithinMs: 5000 }), `seed ${seed}`).not.toThrow();
      await emulator.close();
    }
  });
});
