/**
 * The faults of an emulator: those of connecting, which come before there is a session, and the plan that each new session starts with.
 */
import type { Duplex } from "node:stream";
import type { EmulatorClock } from "../clock.ts";
import type { Random } from "../random.ts";
import { HttpError } from "../server/http-error.ts";
import { type Draw, sampler } from "./distribution.ts";
import { failureOf } from "./failure-words.ts";
import { type InjectedFault, InjectedList } from "./injected.ts";
import { resolvePlan } from "./options.ts";
import type { ConnectFault, FaultPlan, OutageFault, RefuseFault, ResolvedPlan } from "./plan.ts";
import type { FaultPreset } from "./presets.ts";
import { type Rule, rulesOf, schedule, waitsForEvent } from "./rules.ts";
import type { SessionFaultsOptions } from "./session-faults.ts";

/** The faults of an emulator, as tests and tools see them. */
export interface EmulatorFaultsRecord {
  /** What was done to connections before they had a session, oldest first; the rest is in the sessions' own lists. Of more than 10 000, the newest. */
  readonly injected: readonly InjectedFault[];
  /** Replaces the plan for connections and sessions from now on; sessions under way keep theirs; an outage ends. @throws {TypeError | RangeError} for a wrong plan. */
  set(plan: FaultPlan | FaultPreset): void;
}

/** Stops listening, and the returned function begins again; null where the server is not the emulator's. */
export type StopListening = (() => () => void) | null;

/** What a WebSocket request may come to. */
export interface Connecting {
  /** Goes on with it. */
  serve(): void;
  /** Answers with a status. */
  refuse(error: HttpError): void;
}

/** Default status of a refusal. */
const UNAVAILABLE = 503;
/** The service's code for a status. */
const CODES: Readonly<Record<number, string>> = { 401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded" };

const KINDS = ["refuse", "reset-connect", "hang-connect", "slow-connect", "outage"] as const;

/** All faults of one emulator. */
export class EmulatorFaults implements EmulatorFaultsRecord {
  readonly #random: Random;
  readonly #clock: EmulatorClock;
  readonly #epochMs: number;
  readonly #injected = new InjectedList();
  readonly #waiting = new Map<Duplex, () => void>();
  #plan: ResolvedPlan;
  #rules: Rule<ConnectFault>[] = [];
  #lengths = new Map<Rule, Draw>();
  #startMs = 0;
  #sets = 0;
  #sessions = 0;
  #stopListening: StopListening = null;
  #timers: (() => void)[] = [];
  #outage: { readonly untilMs: number; readonly begin: () => void; readonly cancel: () => void } | null = null;
  #listening = false;
  #over = false;

  constructor(plan: ResolvedPlan, random: Random, clock: EmulatorClock) {
    this.#plan = plan;
    this.#random = random;
    this.#clock = clock;
    this.#epochMs = clock.nowMs();
    this.#configure();
  }

  get injected(): readonly InjectedFault[] {
    return this.#injected.entries;
  }

  set(plan: FaultPlan | FaultPreset): void {
    this.#plan = resolvePlan(plan, "plan");
    this.#sets++;
    const outage = this.#outage;
    outage?.cancel();
    this.#outage = null;
    outage?.begin();
    this.#configure();
  }

  /** Listening begins: faults that happen at a time count from here. */
  listening(stop: StopListening): void {
    this.#stopListening = stop;
    this.#listening = true;
    this.#configure();
  }

  /** What the next session starts with, of whichever API; sessions are numbered from 1. */
  nextSession(): SessionFaultsOptions {
    const ordinal = ++this.#sessions;
    return { plan: this.#plan, random: this.#random.fork(`session-${ordinal}`), clock: this.#clock, epochMs: this.#epochMs, ordinal };
  }

  /** A WebSocket request on `socket`: served, refused, late, or never answered. */
  connecting(socket: Duplex, { serve, refuse }: Connecting): void {
    const rules = this.#hits("websocket");
    const delayMs = rules.reduce((total, rule) => total + (rule.fault.fault === "slow-connect" ? (this.#lengths.get(rule) as Draw)() : 0), 0);
    for (const rule of rules) if (rule.fault.fault !== "outage") this.#note(rule, rule.fault.fault === "slow-connect" ? `${delayMs} ms` : statusOf(rule));
    const end = rules.find(({ fault }) => fault.fault !== "slow-connect" && fault.fault !== "outage");
    const run = () => {
      if (socket.destroyed) return;
      if (this.#outage !== null && this.#stopListening === null) resetSocket(socket);
      else if (end === undefined) {
        serve();
        for (const rule of rules) if (rule.fault.fault === "outage") this.#goAway(rule as Rule<OutageFault>);
      } else if (end.fault.fault === "refuse") refuse(refusalOf(end.fault));
      else if (end.fault.fault === "reset-connect") resetSocket(socket);
      else this.#hold(socket, () => {});
    };
    if (delayMs === 0) {
      run();
      return;
    }
    const cancel = this.#clock.after(delayMs, () => {
      this.#waiting.delete(socket);
      socket.off("end", destroyThis);
      run();
    });
    this.#hold(socket, cancel);
  }

  /** An HTTP request. @throws {HttpError} when it is to be refused. */
  requested(): void {
    const rule = this.#hits("http")[0];
    if (rule === undefined) return;
    this.#note(rule, statusOf(rule));
    throw refusalOf(rule.fault as RefuseFault);
  }

  /** Ends what is under way: lets go of connections that were never answered, and of outages. */
  close(): void {
    this.#over = true;
    for (const cancel of this.#timers.splice(0)) cancel();
    this.#outage?.cancel();
    this.#outage = null;
    for (const [socket, cancel] of this.#waiting) {
      cancel();
      socket.destroy();
    }
    this.#waiting.clear();
  }

  #hold(socket: Duplex, cancel: () => void): void {
    this.#waiting.set(socket, cancel);
    socket.once("close", () => {
      if (this.#waiting.delete(socket)) cancel();
    });
    // Without a reader, the end of a client that gives up would never be seen. Before its upgrade a client has nothing to say.
    socket.once("end", destroyThis);
    socket.resume();
  }

  /** Nobody listens from now on, for a while; longer when an outage is under way. */
  #goAway(rule: Rule<OutageFault>): void {
    if (this.#over) return;
    const forMs = (this.#lengths.get(rule) as Draw)();
    const untilMs = this.#clock.nowMs() + forMs;
    this.#note(rule, `${forMs} ms`);
    if (this.#outage !== null && this.#outage.untilMs >= untilMs) return;
    this.#outage?.cancel();
    const begin = this.#outage?.begin ?? this.#stopListening?.() ?? (() => {});
    const cancel = this.#clock.after(forMs, () => {
      this.#outage = null;
      begin();
    });
    this.#outage = { untilMs, begin, cancel };
  }

  #configure(): void {
    for (const cancel of this.#timers.splice(0)) cancel();
    const random = this.#random.fork(`connect-${this.#sets}`);
    this.#startMs = this.#clock.nowMs();
    this.#rules = rulesOf(this.#plan, KINDS, random);
    this.#lengths = new Map();
    for (const rule of this.#rules) {
      const { fault } = rule;
      if (fault.fault === "slow-connect") this.#lengths.set(rule, sampler(fault.delayMs, rule.random.fork("delay")));
      if (fault.fault !== "outage") continue;
      this.#lengths.set(rule, sampler(fault.forMs, rule.random.fork("for")));
      if (this.#listening && !waitsForEvent(rule)) this.#timers.push(schedule(rule, this.#clock, this.#startMs, () => this.#goAway(rule as Rule<OutageFault>)));
    }
  }

  #hits(kind: "websocket" | "http"): Rule<ConnectFault>[] {
    const passing = { type: "", totalBytes: 0, sinceMs: this.#clock.nowMs() - this.#startMs };
    return this.#rules.filter((rule) => {
      const { fault, trigger } = rule;
      if (fault.fault === "outage" && !waitsForEvent(rule)) return false;
      const concerned = fault.fault === "refuse" ? (fault.requests ?? "websocket") : "websocket";
      return (concerned === "all" || concerned === kind) && trigger.hits(passing);
    });
  }

  #note(rule: Rule<ConnectFault>, detail: string): void {
    this.#injected.add({ atMs: this.#clock.nowMs() - this.#epochMs, fault: rule.fault.fault, index: rule.index, eventType: "", detail });
  }
}

function destroyThis(this: Duplex): void {
  this.destroy();
}

function statusOf({ fault }: Rule<ConnectFault>): string {
  return fault.fault === "refuse" ? `HTTP ${fault.status ?? UNAVAILABLE}` : "";
}

function refusalOf(fault: RefuseFault): HttpError {
  const { status = UNAVAILABLE, retryAfterSeconds } = fault;
  const headers: Record<string, string> = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  return new HttpError(status, failureOf(fault, CODES[status]), headers);
}

/** Ends a TCP connection with a reset where that is possible; TLS connections are just cut off. */
export function resetSocket(socket: Duplex): void {
  const { resetAndDestroy } = socket as { resetAndDestroy?: () => void };
  try {
    if (resetAndDestroy === undefined) socket.destroy();
    else resetAndDestroy.call(socket);
  } catch {
    socket.destroy();
  }
}
