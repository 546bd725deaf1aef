/**
 * Checks what goes over the wire against the rules, entry by entry or as a whole log. It knows nothing of the emulator's inside: any log of a Realtime API session will
 * do, of a server of your own, of a fake, or of the service.
 */
import { booleanOption, requireKnown, show } from "../option-checks.ts";
import type { LogEntry } from "../record/log.ts";
import type { SessionRecord } from "../record/record.ts";
import {
  CONFORMANCE_DEFAULTS,
  type ConformanceOptions,
  type Finding,
  type ResolvedConformance,
  type Rule,
  type RuleDescription,
  type Violation,
} from "./rule.ts";
import { RULES } from "./rules/index.ts";
import { SessionState } from "./state/session-state.ts";
import { isObject, unreadableFields, type WireEvent } from "./wire-event.ts";

/** Values of the options that are names. */
const NAMES = {
  transport: ["websocket", "webrtc", "sip", "sideband"],
  rateLimits: ["after-response", "never", "any"],
} as const;

/** What the checker looks at: every rule's id, its sentence, and what is known of the service that it follows from. */
export const CONFORMANCE_RULES: readonly RuleDescription[] = Object.freeze(RULES.map(({ id, says, fact }) => Object.freeze({ id, says, fact })));

/** What the checker reads of a log entry. */
export type CheckedEntry = Pick<LogEntry, "atMs" | "direction" | "type" | "event" | "audioBytes">;

/** Checks one session while it runs. Memory grows with its items and events. */
export class ConformanceChecker {
  readonly #state: SessionState;
  readonly #byType = new Map<string, readonly Rule[]>();
  readonly #rules: readonly Rule[];
  readonly #violations: Violation[] = [];
  #index = 0;
  #ended = false;

  /** Starts before the first event. @throws {TypeError | RangeError} for a wrong option. */
  constructor(options: ConformanceOptions = {}) {
    const resolved = resolve(options);
    this.#state = new SessionState(resolved);
    this.#rules = RULES.filter(({ id }) => !resolved.except.includes(id));
  }

  /** What was found so far, in the order of the entries. */
  get violations(): readonly Violation[] {
    return this.#violations;
  }

  /** Takes the next entry and returns what it breaks. */
  add(entry: CheckedEntry): readonly Violation[] {
    const before = this.#violations.length;
    const { direction, atMs, audioBytes } = entry;
    const type = typeof entry.type === "string" ? entry.type : "(malformed)";
    // The entry says what it is, whatever its event says.
    const event: WireEvent | null = isObject(entry.event) ? { ...(entry.event as object), type } : null;
    if (direction === "in") this.#state.takeIn(event, type, atMs, audioBytes);
    else this.#out(event ?? { type }, atMs, audioBytes);
    this.#index++;
    return this.#violations.slice(before);
  }

  /** The session is over: `closeCode` is the WebSocket close code, `atMs` the time on the entries' clock, both where they are known. Returns all violations. */
  end({ closeCode = null, atMs }: { readonly closeCode?: number | null; readonly atMs?: number } = {}): readonly Violation[] {
    if (this.#ended) return this.#violations;
    this.#ended = true;
    this.#state.closeCode = closeCode;
    if (atMs !== undefined) this.#state.nowMs = atMs;
    for (const rule of this.#rules) this.#note(rule, rule.atEnd?.(this.#state), { type: "(end)" });
    return this.#violations;
  }

  #out(event: WireEvent, atMs: number, audioBytes: number): void {
    const state = this.#state;
    state.nowMs = atMs;
    state.audioBytes = audioBytes;
    // What cannot be read is told once, by the first rule; the others would only stumble over it.
    const readable = unreadableFields(event).length === 0;
    for (const rule of readable ? this.#rulesFor(event.type) : this.#rules.filter(({ id }) => id === "event-fields"))
      this.#note(rule, rule.check?.(event, state), event);
    if (readable) state.takeOut(event);
  }

  #rulesFor(type: string): readonly Rule[] {
    let rules = this.#byType.get(type);
    if (rules === undefined) {
      rules = this.#rules.filter(({ on = [] }) => on.includes("*") || on.includes(type));
      this.#byType.set(type, rules);
    }
    return rules;
  }

  #note({ id, says, fact }: Rule, finding: Finding, event: WireEvent): void {
    const problems = typeof finding === "string" ? [finding] : (finding ?? []);
    for (const problem of problems) {
      const eventId = typeof event.event_id === "string" ? event.event_id : null;
      this.#violations.push({ rule: id, says, fact, problem, index: this.#index, atMs: this.#state.nowMs, type: event.type, eventId });
    }
  }
}

/** Checks the log of one session from its first event on. `close` is how it ended, where that is known. @throws {TypeError | RangeError} for a wrong option. */
export function checkSession(
  entries: readonly CheckedEntry[],
  options: ConformanceOptions = {},
  close: { readonly code?: number; readonly atMs?: number } = {},
): readonly Violation[] {
  const checker = new ConformanceChecker(options);
  for (const entry of entries) checker.add(entry);
  return checker.end({ closeCode: close.code ?? null, ...(close.atMs === undefined ? {} : { atMs: close.atMs }) });
}

/**
 * Checks what an emulator recorded: every session whose log is whole. `options` go for all of them; the transport is the session's own.
 * @throws {TypeError | RangeError} for a wrong option.
 */
export function checkConformance(emulator: { readonly sessions: readonly SessionRecord[] }, options: ConformanceOptions = {}): readonly SessionViolation[] {
  return emulator.sessions
    .filter(({ log }) => log.dropped === 0)
    .flatMap(({ id, log, transport, closed }) =>
      checkSession(log.entries, { transport, ...options }, closed ?? {}).map((violation) => ({ ...violation, sessionId: id })),
    );
}

/** A rule that a session of an emulator broke. */
export interface SessionViolation extends Violation {
  /** `sess_...`. */
  readonly sessionId: string;
}

/** A violation as one line to read. */
export function describeViolation({ rule, says, problem, index, atMs, type, eventId }: Violation): string {
  return `${rule}: ${problem} (entry ${index}, ${atMs.toFixed(1)} ms, ${type}${eventId === null ? "" : ` ${eventId}`}). Rule: ${says}`;
}

function resolve(options: ConformanceOptions): ResolvedConformance {
  requireKnown("options", options, Object.keys(CONFORMANCE_DEFAULTS));
  const resolved = { ...CONFORMANCE_DEFAULTS, ...options };
  for (const [name, allowed] of Object.entries(NAMES)) {
    const value = resolved[name as keyof typeof NAMES];
    if (!(allowed as readonly string[]).includes(value)) throw new TypeError(`${name} is ${show(value)}; allowed are ${allowed.map(show).join(", ")}.`);
  }
  for (const name of ["vadFrameMs", "replyWithinMs"] as const) {
    const value = resolved[name];
    if (typeof value !== "number" || !(value >= 0)) throw new RangeError(`${name} is ${show(value)}; allowed are numbers from 0.`);
  }
  booleanOption("complete", resolved.complete);
  const known = RULES.map(({ id }) => id);
  const unknown = Array.isArray(resolved.except) ? resolved.except.find((id) => !known.includes(id)) : resolved.except;
  if (unknown !== undefined) throw new TypeError(`except is ${show(resolved.except)}; allowed is an array of ids of rules: ${known.join(", ")}.`);
  return resolved;
}
