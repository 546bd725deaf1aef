/**
 * A connection with faults: stands between a session and its wire, both ways. Outbound events pass the faults and then the link to the client; what the client sends
 * passes its own link first and the faults then. Between them lies what a network and a careless service can do.
 */
import type { EmulatorClock } from "../clock.ts";
import type { Random } from "../random.ts";
import type { Attachment, SessionWire, WireKind } from "../wire.ts";
import { type Draw, sampler } from "./distribution.ts";
import { EventFaults, type EventRule } from "./event-faults.ts";
import { Link } from "./link.ts";
import type { WireMessage } from "./malform.ts";
import type { DisconnectFault, ResolvedPlan, SessionFault, StallFault, WireFault } from "./plan.ts";
import { type Rule, rulesOf, schedule, waitsForEvent } from "./rules.ts";

/** What a faulty wire needs of its session. */
export interface WireHost {
  readonly clock: EmulatorClock;
  /** The session's number, from 1. */
  readonly ordinal: number;
  /** Writes down what was done. */
  note(rule: Rule, eventType: string, detail: string): void;
  /** A fault of the session happens now. */
  act(rule: Rule<SessionFault>, eventType: string): void;
}

const EVENT_KINDS = ["drop", "duplicate", "reorder", "malform", "stall", "disconnect", "half-open", "ignore-close", "error", "expire"] as const;
const NO_PLAN: ResolvedPlan = Object.freeze({ out: {}, in: {}, faults: [] });
const CLOSE_ABNORMAL = 1006;

/** One connection. */
export class FaultyWire implements SessionWire {
  readonly kind: WireKind;
  readonly #wire: SessionWire;
  readonly #host: WireHost;
  readonly #out: Link;
  readonly #in: Link;
  #outFaults: EventFaults;
  #inFaults: EventFaults;
  #timers: (() => void)[] = [];
  #attachment: Attachment | null = null;
  #silent = false;
  #gone = false;
  readonly #stallDraws = new WeakMap<Rule, Draw>();

  constructor(wire: SessionWire, host: WireHost) {
    this.kind = wire.kind;
    this.#wire = wire;
    this.#host = host;
    this.#out = new Link(host.clock);
    this.#in = new Link(host.clock);
    this.#outFaults = this.#newFaults("out", []);
    this.#inFaults = this.#newFaults("in", []);
  }

  /** The session's end of the connection as the network may use it. */
  attached(attachment: Attachment): Attachment {
    this.#attachment = attachment;
    return {
      receive: (data) => this.#in.pass(data !== null && this.#in.counts ? Buffer.byteLength(data) : 0, () => this.#inFaults.pass(data)),
      ended: (code, reason) => this.#networkEnded(code, reason),
    };
  }

  /** Takes a plan from now on. What is held back goes on; a connection that has fallen silent stays so. */
  configure(plan: ResolvedPlan, random: Random): void {
    for (const cancel of this.#timers.splice(0)) cancel();
    this.#outFaults.release();
    this.#inFaults.release();
    const own = this.kind === "sideband" ? "sideband" : "client";
    const { out, in: inbound } = own === "client" ? plan : NO_PLAN;
    this.#out.configure(out, random.fork("out"));
    this.#in.configure(inbound, random.fork("in"));
    const rules = rulesOf(plan, EVENT_KINDS, random, this.#host.ordinal).filter(({ fault }) => (fault.when?.connection ?? "client") === own);
    const ofEvents = rules.filter((rule) => !isMoment(rule) || waitsForEvent(rule));
    this.#outFaults = this.#newFaults("out", ofEvents);
    this.#inFaults = this.#newFaults("in", ofEvents);
    const startMs = this.#host.clock.nowMs();
    for (const rule of rules) {
      if (isWireRule(rule) && !waitsForEvent(rule)) this.#timers.push(schedule(rule, this.#host.clock, startMs, () => this.#happen(rule, "", "time")));
    }
  }

  send(text: string): void {
    if (!this.#silent) this.#outFaults.pass(text);
  }

  close(code: number, reason: string): void {
    if (this.#silent) {
      // Nothing gets through any more, so the session must not wait for an answer.
      this.#attachment?.ended(CLOSE_ABNORMAL, "");
      return;
    }
    this.#outFaults.release();
    this.#out.pass(0, () => this.#wire.close(code, reason));
  }

  drop(): void {
    this.#stop();
    this.#wire.drop();
  }

  /** The session is over: no more faults; what is under way to the client still arrives. */
  sessionEnded(): void {
    for (const cancel of this.#timers.splice(0)) cancel();
    if (this.#gone) this.#in.kill();
  }

  #newFaults(direction: "out" | "in", rules: readonly EventRule[]): EventFaults {
    return new EventFaults({
      clock: this.#host.clock,
      rules: rules.filter(({ fault }) => (fault.when?.direction ?? "out") === direction),
      emit: direction === "out" ? (message) => this.#transmit(message) : (message) => this.#attachment?.receive(typeof message === "string" ? message : null),
      act: (rule, eventType) => (isWireRule(rule) ? this.#happen(rule, eventType, direction) : this.#host.act(rule as Rule<SessionFault>, eventType)),
      note: (rule, eventType, detail) => this.#host.note(rule, eventType, detail),
    });
  }

  #transmit(message: WireMessage | null): void {
    if (message === null) return;
    const bytes = this.#out.counts ? Buffer.byteLength(message) : 0;
    this.#out.pass(bytes, () => {
      if (typeof message === "string") this.#wire.send(message);
      else if (this.#wire.control) this.#wire.control.sendBinary(message);
    });
  }

  /** A fault of this connection happens: at a time, or set off by an event of a direction. */
  #happen(rule: Rule<WireFault>, eventType: string, cause: "time" | "out" | "in"): void {
    if (this.#silent || this.#gone) return;
    const { fault } = rule;
    switch (fault.fault) {
      case "stall":
        this.#stall(rule as Rule<StallFault>, eventType);
        return;
      case "ignore-close":
        this.#host.note(rule, eventType, "");
        this.#wire.control?.ignoreClose();
        return;
      default: {
        // What an event to the client sets off comes behind the event; a close frame is in line in any case.
        const inLine = cause === "out" || (fault.fault === "disconnect" && (fault.how ?? "close") === "close");
        const run = () => (fault.fault === "disconnect" ? this.#disconnect(rule as Rule<DisconnectFault>, eventType) : this.#fallSilent(rule, eventType));
        if (inLine) this.#out.pass(0, run);
        else run();
      }
    }
  }

  #stall(rule: Rule<StallFault>, eventType: string): void {
    const { blocks = "both", forMs } = rule.fault;
    // One sampler per rule, so that a trace goes on from stall to stall.
    const draw = this.#stallDraws.get(rule) ?? sampler(forMs, rule.random.fork("for"));
    this.#stallDraws.set(rule, draw);
    const ms = draw();
    this.#host.note(rule, eventType, `${blocks} for ${ms} ms`);
    if (blocks !== "in") this.#out.stall(ms);
    if (blocks !== "out") this.#in.stall(ms);
  }

  #disconnect(rule: Rule<DisconnectFault>, eventType: string): void {
    const { how = "close", code = 1011, reason = "" } = rule.fault;
    this.#host.note(rule, eventType, how === "close" ? `close ${code}` : how);
    if (how === "close") {
      this.#wire.close(code, reason);
      return;
    }
    this.#stop();
    const { control } = this.#wire;
    if (control === undefined) this.#wire.drop();
    else if (how === "fin") control.fin();
    else control.reset();
  }

  #fallSilent(rule: Rule<WireFault>, eventType: string): void {
    this.#host.note(rule, eventType, "");
    this.#silent = true;
    this.#stop();
    this.#wire.control?.freeze();
  }

  /** Nothing more passes. */
  #stop(): void {
    for (const cancel of this.#timers.splice(0)) cancel();
    this.#out.kill();
    this.#in.kill();
  }

  #networkEnded(code: number, reason: string): void {
    this.#gone = true;
    for (const cancel of this.#timers.splice(0)) cancel();
    this.#out.kill();
    // What the client sent before it went comes first.
    const end = () => {
      this.#inFaults.release();
      this.#attachment?.ended(code, reason);
    };
    if (this.#in.length === 0) end();
    else this.#in.pass(0, end);
  }
}

function isWireRule(rule: Rule): rule is Rule<WireFault> {
  return ["stall", "disconnect", "half-open", "ignore-close"].includes(rule.fault.fault);
}

/** Whether a fault happens at a moment, rather than to an event. */
function isMoment(rule: Rule): boolean {
  return isWireRule(rule) || rule.fault.fault === "error" || rule.fault.fault === "expire";
}
