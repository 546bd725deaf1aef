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
import type { ConnectFault, FaultPlan, RefuseFault, ResolvedPlan } from "./plan.ts";
import type { FaultPreset } from "./presets.ts";
import { type Rule, rulesOf } from "./rules.ts";
import type { SessionFaultsOptions } from "./session-faults.ts";

/** The faults of an emulator, as tests and tools see them. */
export interface EmulatorFaultsRecord {
  /** What was done to connections before they had a session, oldest first; the rest is in the sessions' own lists. Of more than 10 000, the newest. */
  readonly injected: readonly InjectedFault[];
  /** Replaces the plan for connections and sessions from now on; sessions under way keep theirs. @throws {TypeError | RangeError} for a wrong plan. */
  set(plan: FaultPlan | FaultPreset): void;
}

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

const KINDS = ["refuse", "reset-connect", "hang-connect", "slow-connect"] as const;

/** All faults of one emulator. */
export class EmulatorFaults implements EmulatorFaultsRecord {
  readonly #random: Random;
  readonly #clock: EmulatorClock;
  readonly #epochMs: number;
  readonly #injected = new InjectedList();
  readonly #waiting = new Map<Duplex, () => void>();
  #plan: ResolvedPlan;
  #rules: Rule<ConnectFault>[] = [];
  #delays = new Map<Rule, Draw>();
  #startMs = 0;
  #sets = 0;

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
    this.#configure();
  }

  /** What the session of that number, from 1, starts with. */
  forSession(ordinal: number): SessionFaultsOptions {
    return { plan: this.#plan, random: this.#random.fork(`session-${ordinal}`), clock: this.#clock, epochMs: this.#epochMs, ordinal };
  }

  /** A WebSocket request on `socket`: served, refused, late, or never answered. */
  connecting(socket: Duplex, { serve, refuse }: Connecting): void {
    const rules = this.#hits("websocket");
    const delayMs = rules.reduce((total, rule) => total + (rule.fault.fault === "slow-connect" ? (this.#delays.get(rule) as Draw)() : 0), 0);
    for (const rule of rules) this.#note(rule, rule.fault.fault === "slow-connect" ? `${delayMs} ms` : statusOf(rule));
    const end = rules.find(({ fault }) => fault.fault !== "slow-connect");
    const run = () => {
      if (socket.destroyed) return;
      if (end === undefined) serve();
      else if (end.fault.fault === "refuse") refuse(refusalOf(end.fault));
      else if (end.fault.fault === "reset-connect") resetSocket(socket);
      else this.#hold(socket, () => {});
    };
    if (delayMs === 0) {
      run();
      return;
    }
    const cancel = this.#clock.after(delayMs, () => {
      this.#waiting.delete(socket);
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

  /** Lets go of connections that were never answered. */
  close(): void {
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
    // Without a reader, the end of a client that gives up would never be seen.
    socket.once("end", () => socket.destroy());
  }

  #configure(): void {
    const random = this.#random.fork(`connect-${this.#sets}`);
    this.#startMs = this.#clock.nowMs();
    this.#rules = rulesOf(this.#plan, KINDS, random);
    this.#delays = new Map();
    for (const rule of this.#rules) if (rule.fault.fault === "slow-connect") this.#delays.set(rule, sampler(rule.fault.delayMs, rule.random.fork("delay")));
  }

  #hits(kind: "websocket" | "http"): Rule<ConnectFault>[] {
    const passing = { type: "", totalBytes: 0, sinceMs: this.#clock.nowMs() - this.#startMs };
    return this.#rules.filter(({ fault, trigger }) => {
      const concerned = fault.fault === "refuse" ? (fault.requests ?? "websocket") : "websocket";
      return (concerned === "all" || concerned === kind) && trigger.hits(passing);
    });
  }

  #note(rule: Rule<ConnectFault>, detail: string): void {
    this.#injected.add({ atMs: this.#clock.nowMs() - this.#epochMs, fault: rule.fault.fault, index: rule.index, eventType: "", detail });
  }
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
