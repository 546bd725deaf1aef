/** A `RealtimeSession` of `@openai/agents-realtime` on an emulator of its own, with everything that it tells kept. */
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, type RealtimeSessionOptions } from "@openai/agents-realtime";
import type { Emulator, EmulatorOptions, SessionRecord } from "@sidetone/emulator";
import { vi } from "vitest";
import { checkedEmulator } from "../../support/checked-emulator.ts";
import { pieces, utterance } from "./speaking.ts";
import { QUICK } from "./voices.ts";

/** How long anything in these tests may take, in ms: far more than it does, since the machine may be busy. */
export const PATIENCE_MS = 15_000;

/** Waits until `found` returns something else than undefined, null or false. */
export function until<T>(found: () => T | undefined | null | false): Promise<T> {
  return vi.waitFor(
    () => {
      const value = found();
      if (value === undefined || value === null || value === false) throw new Error(`Still waiting for: ${found}`);
      return value as T;
    },
    { timeout: PATIENCE_MS, interval: 10 },
  );
}

/** An event as it came. */
export type RawEvent = { readonly type: string } & Record<string, unknown>;

/** What differs from the usual. */
export interface AgentCallOptions {
  readonly emulator?: EmulatorOptions;
  readonly agent?: RealtimeAgent;
  readonly session?: Partial<RealtimeSessionOptions>;
}

/** The client's turn detection in most of these tests: as long as the recordings need, and no longer. */
export const SERVER_VAD = { type: "server_vad", silenceDurationMs: 500 } as const;

/** A session of the client, connected. */
export class AgentCall {
  /** Every event that came over the wire. */
  readonly events: RawEvent[] = [];
  /** What the client reported as errors. */
  readonly errors: unknown[] = [];
  /** Names of what the session told, in order. */
  readonly told: string[] = [];
  /** The model's speech as the client handed it out. */
  readonly heard: ArrayBuffer[] = [];
  readonly emulator: Emulator;
  readonly session: RealtimeSession;
  readonly transport: OpenAIRealtimeWebSocket;

  private constructor(emulator: Emulator, options: AgentCallOptions) {
    this.emulator = emulator;
    this.transport = new OpenAIRealtimeWebSocket({ url: `${emulator.url}?model=gpt-realtime-2.1` });
    const agent = options.agent ?? new RealtimeAgent({ name: "test", instructions: "Answer briefly." });
    const { config, ...rest } = options.session ?? {};
    this.session = new RealtimeSession(agent, {
      transport: this.transport,
      model: "gpt-realtime-2.1",
      config: { audio: { input: { turnDetection: SERVER_VAD } }, ...config },
      ...rest,
    });
    this.session.on("transport_event", (event) => this.events.push(event as RawEvent));
    this.session.on("error", ({ error }) => this.errors.push(error));
    this.session.on("audio", ({ data }) => this.heard.push(data));
    for (const name of ["audio_start", "audio_stopped", "audio_interrupted", "agent_start", "agent_end", "agent_tool_start", "agent_tool_end"] as const) {
      this.session.on(name, () => this.told.push(name));
    }
  }

  /** Starts an emulator and connects a session to it. */
  static async open(options: AgentCallOptions = {}): Promise<AgentCall> {
    const emulator = await checkedEmulator({ profile: QUICK, seed: 5, ...options.emulator });
    const call = new AgentCall(emulator, options);
    await call.session.connect({ apiKey: "sk-test" });
    await until(() => call.of("session.updated").length >= 2);
    return call;
  }

  /** What the emulator has of the session. */
  get record(): SessionRecord {
    const [record] = this.emulator.sessions;
    if (record === undefined) throw new Error("No session has begun.");
    return record;
  }

  /** Events of `type` that came so far. */
  of(type: string): RawEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  /** The `count`th event of `type` (from 1), now or when it comes. */
  readonly next = (type: string, count = 1): Promise<RawEvent> => until(() => this.of(type)[count - 1]);

  /** Sends a recording, as fast as it goes, with silence behind it. */
  speak(samples: Int16Array = utterance()): void {
    for (const piece of pieces(samples)) this.session.sendAudio(piece);
  }

  /** Ends both. */
  async close(): Promise<void> {
    this.session.close();
    await this.emulator.close();
  }
}

/** All bytes of `buffers`. */
export function joined(buffers: readonly ArrayBuffer[]): Uint8Array {
  return new Uint8Array(Buffer.concat(buffers.map((buffer) => Buffer.from(buffer))));
}
