/**
 * What happens to the events of one direction of one connection: they are dropped, doubled, held back and spoilt here, and set off what waits for an event. Whatever is
 * not touched passes in the same call.
 */
import type { AudioFormat } from "@sidetone/core/protocol";
import type { EmulatorClock } from "../clock.ts";
import { canMalform, malform, type WireMessage } from "./malform.ts";
import type { EventFault, SessionFault, WireFault } from "./plan.ts";
import type { Rule } from "./rules.ts";

/** A fault that concerns events. */
export type EventRule = Rule<EventFault | WireFault | SessionFault>;

/** What {@link EventFaults} needs. */
export interface EventFaultsOptions {
  readonly clock: EmulatorClock;
  /** The faults, in their order. */
  readonly rules: readonly EventRule[];
  /** Lets something go on: a message of the direction, null for a binary one of the client. */
  readonly emit: (message: WireMessage | null) => void;
  /** A fault that happens at a moment happens now. */
  readonly act: (rule: Rule<WireFault | SessionFault>, eventType: string) => void;
  /** Writes down what was done. */
  readonly note: (rule: Rule, eventType: string, detail: string) => void;
}

interface Held {
  readonly message: WireMessage | null;
  left: number;
  readonly cancel: () => void;
}

const PCM: AudioFormat = { type: "audio/pcm", rate: 24000 };

/** One direction's faults. */
export class EventFaults {
  readonly #options: EventFaultsOptions;
  readonly #startMs: number;
  readonly #watchFormats: boolean;
  readonly #formats = new Map<string, AudioFormat>();
  #held: Held[] = [];
  #sessionFormat: AudioFormat = PCM;
  #totalBytes = 0;

  constructor(options: EventFaultsOptions) {
    this.#options = options;
    this.#startMs = options.clock.nowMs();
    this.#watchFormats = options.rules.some(({ fault }) => fault.fault === "malform" && fault.as.startsWith("wrong-"));
  }

  /** One message; null for a binary one. */
  pass(text: string | null): void {
    const { clock, rules, emit, act, note } = this.#options;
    if (rules.length === 0) {
      emit(text);
      return;
    }
    const event = text === null ? null : parsed(text);
    const type = typeof event?.type === "string" ? event.type : "";
    if (this.#watchFormats && event !== null) this.#remember(type, event);
    this.#totalBytes += text === null ? 0 : Buffer.byteLength(text);
    const passing = { type, totalBytes: this.#totalBytes, sinceMs: clock.nowMs() - this.#startMs };
    const copies: (WireMessage | null)[] = [];
    const actions: Rule<WireFault | SessionFault>[] = [];
    let message: WireMessage | null = text;
    let dropped = false;
    let holdFor: { behind: number; forMs: number } | null = null;
    let more = 0;
    for (const rule of rules) {
      const { fault } = rule;
      if (fault.fault === "malform" && (event === null || text === null || !canMalform(fault.as, type))) continue;
      if (!rule.trigger.hits(passing)) continue;
      switch (fault.fault) {
        case "drop":
          dropped = true;
          note(rule, type, "");
          break;
        case "duplicate":
          more += fault.copies ?? 1;
          note(rule, type, `${fault.copies ?? 1} more`);
          break;
        case "reorder":
          holdFor = { behind: fault.behind ?? 1, forMs: fault.forMs ?? 1000 };
          note(rule, type, `behind ${fault.behind ?? 1} more`);
          break;
        case "malform": {
          const spoilt = malform(fault.as, text as string, this.#formatOf(event), fault.bytes);
          if (fault.target === "copy") copies.push(spoilt);
          else message = spoilt;
          note(rule, type, fault.as);
          break;
        }
        default:
          actions.push(rule as Rule<WireFault | SessionFault>);
      }
    }
    for (const copy of copies) emit(copy);
    if (!dropped) {
      for (let i = 0; i < more; i++) emit(message);
      if (holdFor === null) this.#emit(message);
      else this.#hold(message, holdFor.behind, holdFor.forMs);
    }
    for (const rule of actions) act(rule, type);
  }

  /** Lets go of what is held back, in order. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const { cancel, message } of held) {
      cancel();
      this.#options.emit(message);
    }
  }

  /** Sends `message`, and what was waiting for it to be overtaken. */
  #emit(message: WireMessage | null): void {
    this.#options.emit(message);
    for (const held of this.#held) held.left--;
    this.#letGo((held) => held.left <= 0);
  }

  #hold(message: WireMessage | null, behind: number, forMs: number): void {
    const held: Held = { message, left: behind, cancel: this.#options.clock.after(forMs, () => this.#letGo((other) => other === held)) };
    this.#held.push(held);
  }

  #letGo(ready: (held: Held) => boolean): void {
    const out = this.#held.filter(ready);
    if (out.length === 0) return;
    this.#held = this.#held.filter((held) => !out.includes(held));
    for (const { cancel, message } of out) {
      cancel();
      this.#options.emit(message);
    }
  }

  /** The format that each response was announced with. */
  #remember(type: string, event: Record<string, unknown>): void {
    // Sessions without turns have one format for all of it.
    const { audio } = (event.session ?? {}) as { audio?: { format?: AudioFormat } };
    if (audio?.format !== undefined) this.#sessionFormat = audio.format;
    const response = event.response as { id?: unknown; audio?: { output?: { format?: AudioFormat } }; output_audio_format?: unknown } | undefined;
    if (typeof response?.id !== "string") return;
    if (type === "response.done") this.#formats.delete(response.id);
    if (type !== "response.created") return;
    const older: Record<string, AudioFormat> = { g711_ulaw: { type: "audio/pcmu" }, g711_alaw: { type: "audio/pcma" } };
    this.#formats.set(response.id, response.audio?.output?.format ?? older[String(response.output_audio_format)] ?? PCM);
  }

  #formatOf(event: Record<string, unknown> | null): AudioFormat {
    return this.#formats.get(String(event?.response_id)) ?? this.#sessionFormat;
  }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
