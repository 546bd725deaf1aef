/**
 * The faults of one session: of each of its connections, of its responses, and of what the service does with its audio. Holds the plan, which may be replaced at any
 * time, and the list of what was done.
 */
import type { EmulatorClock } from "../clock.ts";
import type { ErrorPayload, WireError } from "../errors.ts";
import type { Random } from "../random.ts";
import type { Attachment, SessionWire } from "../wire.ts";
import { failureOf } from "./failure-words.ts";
import { FaultyWire, type WireHost } from "./faulty-wire.ts";
import { GenerationFaults, type ResponseFate } from "./generation.ts";
import { type InjectedFault, InjectedList } from "./injected.ts";
import { resolvePlan } from "./options.ts";
import type { CommitFailsFault, FaultPlan, ResolvedPlan, SessionFault, TranscriptionFailsFault } from "./plan.ts";
import type { FaultPreset } from "./presets.ts";
import { type Rule, rulesOf, schedule, waitsForEvent } from "./rules.ts";

/** The faults of a session, as tests and tools see them. */
export interface SessionFaultsRecord {
  /** What was done, oldest first; delays and limits of the network are not listed. Of more than 10 000, the newest. */
  readonly injected: readonly InjectedFault[];
  /** Replaces the plan from now on: counts and times begin anew, stalls end. What has already gone wrong stays so. @throws {TypeError | RangeError} for a wrong plan. */
  set(plan: FaultPlan | FaultPreset): void;
}

/** What the faults may do to their session. */
export interface FaultTarget {
  /** Sends an `error` event. */
  fail(error: WireError): void;
  /** The session is over its time. */
  expire(): void;
  /** Closes the client's connection. */
  close(code: number, reason: string): void;
}

/** What {@link SessionFaults} needs. */
export interface SessionFaultsOptions {
  readonly plan: ResolvedPlan;
  readonly random: Random;
  readonly clock: EmulatorClock;
  /** `clock` time at which the emulator started, in ms. */
  readonly epochMs: number;
  /** The session's number, from 1. */
  readonly ordinal: number;
}

const EMPTY_PLAN: ResolvedPlan = Object.freeze({ out: {}, in: {}, faults: [] });

/** All faults of one session. */
export class SessionFaults implements SessionFaultsRecord, WireHost {
  readonly clock: EmulatorClock;
  readonly ordinal: number;
  readonly #options: SessionFaultsOptions;
  readonly #target: FaultTarget;
  readonly #injected = new InjectedList();
  readonly #wires: FaultyWire[] = [];
  #plan: ResolvedPlan;
  #random: Random;
  #sets = 0;
  #startMs = 0;
  #generation: GenerationFaults;
  #commits: Rule<CommitFailsFault>[] = [];
  #transcriptions: Rule<TranscriptionFailsFault>[] = [];
  #timers: (() => void)[] = [];
  #over = false;
  #acting = false;

  constructor(options: SessionFaultsOptions, target: FaultTarget) {
    this.clock = options.clock;
    this.ordinal = options.ordinal;
    this.#options = options;
    this.#target = target;
    this.#plan = options.plan;
    this.#random = options.random;
    this.#generation = new GenerationFaults(EMPTY_PLAN, options.random, 0, () => {});
    this.#configure();
  }

  get injected(): readonly InjectedFault[] {
    return this.#injected.entries;
  }

  set(plan: FaultPlan | FaultPreset): void {
    this.#plan = resolvePlan(plan, "plan");
    if (this.#over) return;
    this.#random = this.#options.random.fork(`set-${++this.#sets}`);
    this.#configure();
    for (const [i, wire] of this.#wires.entries()) wire.configure(this.#plan, this.#random.fork(`wire-${i}`));
  }

  /** `wire` with the faults of the plan. */
  wrap(wire: SessionWire): FaultyWire {
    const faulty = new FaultyWire(wire, this);
    this.#wires.push(faulty);
    return faulty;
  }

  /** Starts the faults of a wrapped connection, and returns the end that the network uses. */
  start(wire: FaultyWire, attachment: Attachment): Attachment {
    const end = wire.attached(attachment);
    wire.configure(this.#plan, this.#random.fork(`wire-${this.#wires.indexOf(wire)}`));
    return end;
  }

  /** What is to become of the next response. */
  response(): ResponseFate {
    return this.#generation.next(this.#sinceMs);
  }

  /** Why the commit at hand fails, or null. */
  commit(): WireError | null {
    const rule = this.#hit(this.#commits);
    return rule === null ? null : failureOf(rule.fault, "input_audio_buffer_commit_empty");
  }

  /** Why the transcription of the item at hand fails, or null. */
  transcription(itemId: string): ErrorPayloadWithoutEvent | null {
    const rule = this.#hit(this.#transcriptions);
    if (rule === null) return null;
    const { code = null, type = "server_error", message = `Input transcription failed for item '${itemId}'.` } = rule.fault;
    return { type, code, message, param: null };
  }

  /** The session is over. */
  close(): void {
    this.#over = true;
    for (const cancel of this.#timers.splice(0)) cancel();
    for (const wire of this.#wires.splice(0)) wire.sessionEnded();
  }

  note(rule: Rule, eventType: string, detail: string): void {
    this.#injected.add({ atMs: this.clock.nowMs() - this.#options.epochMs, fault: rule.fault.fault, index: rule.index, eventType, detail });
  }

  act(rule: Rule<SessionFault>, eventType: string): void {
    // An error event that a fault sends must not set off the next one without end.
    if (this.#over || this.#acting) return;
    this.#acting = true;
    try {
      this.#perform(rule, eventType);
    } finally {
      this.#acting = false;
    }
  }

  #perform(rule: Rule<SessionFault>, eventType: string): void {
    const { fault } = rule;
    if (fault.fault === "expire") {
      this.note(rule, eventType, "");
      this.#target.expire();
      return;
    }
    const error = failureOf(fault);
    this.note(rule, eventType, fault.close === undefined ? `${error.code}` : `${error.code}, close ${fault.close}`);
    this.#target.fail(error);
    if (fault.close !== undefined) this.#target.close(fault.close, `${error.type}.${error.code}`);
  }

  get #sinceMs(): number {
    return this.clock.nowMs() - this.#startMs;
  }

  #configure(): void {
    for (const cancel of this.#timers.splice(0)) cancel();
    const random = this.#random.fork("session");
    this.#startMs = this.clock.nowMs();
    this.#generation = new GenerationFaults(this.#plan, random, this.ordinal, (rule, detail) => this.note(rule, "response.created", detail));
    this.#commits = rulesOf(this.#plan, ["commit-fails"], random, this.ordinal);
    this.#transcriptions = rulesOf(this.#plan, ["transcription-fails"], random, this.ordinal);
    for (const rule of rulesOf(this.#plan, ["error", "expire"], random, this.ordinal)) {
      if (!waitsForEvent(rule)) this.#timers.push(schedule(rule, this.clock, this.#startMs, () => this.act(rule, "")));
    }
  }

  /** The first of `rules` that hits what passes now; all of them count it. */
  #hit<R extends Rule>(rules: readonly R[]): R | null {
    const passing = { type: "", totalBytes: 0, sinceMs: this.#sinceMs };
    const rule = rules.filter(({ trigger }) => trigger.hits(passing))[0];
    if (rule !== undefined) this.note(rule, "", "");
    return rule ?? null;
  }
}

/** An error that no message of the client caused. */
export type ErrorPayloadWithoutEvent = Omit<ErrorPayload, "event_id">;
