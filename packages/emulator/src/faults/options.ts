/**
 * The check of a plan. A wrong one is the programmer's and throws at once, naming the place, what was given and what is allowed.
 */
import { integerOption, numberOption, requireKnown, requireObject, show } from "../option-checks.ts";
import { checkFields, count, distribution, type FieldCheck, ms, oneOrMore, words } from "./field-checks.ts";
import type { Fault, FaultKind, FaultPlan, FaultTrigger, LinkPlan, Malformation, ResolvedPlan } from "./plan.ts";
import { FAULT_PRESETS, type FaultPreset } from "./presets.ts";

/** Checks `value`, the option `faults`: a plan, or the name of a preset. @throws {TypeError | RangeError} */
export function resolvePlan(value: FaultPlan | FaultPreset, name = "faults"): ResolvedPlan {
  const plan: FaultPlan = typeof value === "string" ? { preset: value } : value;
  requireObject(name, plan);
  requireKnown(name, plan, ["preset", "out", "in", "faults"]);
  const base = plan.preset === undefined ? {} : presetNamed(plan.preset, typeof value === "string" ? name : `${name}.preset`);
  for (const way of ["out", "in"] as const) if (plan[way] !== undefined) checkLink(plan[way], `${name}.${way}`);
  const own = plan.faults ?? [];
  if (!Array.isArray(own)) throw new TypeError(`${name}.faults is ${show(own)}; allowed is an array of faults.`);
  for (const [i, fault] of own.entries()) checkFault(fault, `${name}.faults[${i}]`);
  // A copy, so that what is running does not change with the caller's object.
  return structuredClone({ out: plan.out ?? base.out ?? {}, in: plan.in ?? base.in ?? {}, faults: [...(base.faults ?? []), ...own] });
}

function presetNamed(preset: unknown, path: string): Omit<FaultPlan, "preset"> {
  if (typeof preset === "string" && Object.hasOwn(FAULT_PRESETS, preset)) return FAULT_PRESETS[preset as FaultPreset];
  throw new TypeError(`${path} is ${show(preset)}; allowed are ${Object.keys(FAULT_PRESETS).join(", ")}.`);
}

const flagOf = (allowed: readonly string[]): FieldCheck => {
  return (value, path) => {
    if (!allowed.includes(value as string)) throw new TypeError(`${path} is ${show(value)}; allowed are ${allowed.join(", ")}.`);
  };
};
const closeCode: FieldCheck = (value, path) => {
  const code = integerOption(path, value as number, 1000, 4999);
  // RFC 6455, section 7.4: these say how a connection ended and never stand in a close frame.
  if (code < 3000 && (code > 1014 || [1004, 1005, 1006].includes(code))) {
    throw new RangeError(
      `${path} is ${code}, which no close frame may carry; for 1006 use how: "fin" or "reset". Allowed are 1000 to 1003, 1007 to 1014 and 3000 to 4999.`,
    );
  }
};
const reason: FieldCheck = (value, path) => {
  words(value, path);
  const bytes = new TextEncoder().encode(value as string).length;
  if (bytes > 123) throw new RangeError(`${path} has ${bytes} bytes; allowed are at most 123, which is what a close frame holds.`);
};

/** A distribution whose numbers divide something, so that none of them may be 0. */
const speed: FieldCheck = (value, path) => {
  if (typeof value === "number") numberOption(path, value, 0.01, 1e6);
  else distribution(value, path);
};

function checkLink(value: LinkPlan, path: string): void {
  requireObject(path, value);
  const bytesPerSecond: FieldCheck = (given, at) => numberOption(at, given as number, 1, 1e12);
  checkFields(value, path, { "delayMs?": distribution, "bytesPerSecond?": bytesPerSecond, "order?": flagOf(["kept", "free"]) });
}

const failure = { "code?": words, "type?": words, "message?": words };

/** Fields of each fault besides `fault`, `when` and `times`. */
const FAULTS: Readonly<Record<FaultKind, Readonly<Record<string, FieldCheck>>>> = {
  stall: { "blocks?": flagOf(["out", "in", "both"]), forMs: distribution },
  disconnect: { "how?": flagOf(["close", "fin", "reset"]), "code?": closeCode, "reason?": reason },
  "half-open": {},
  "ignore-close": {},
  drop: {},
  duplicate: { "copies?": (value, path) => integerOption(path, value as number, 1, 1000) },
  reorder: { "behind?": count, "forMs?": ms },
  malform: {
    as: flagOf(Object.keys(malformations())),
    "bytes?": (value, path) => integerOption(path, value as number, 1, 64 * 1024 * 1024),
    "target?": flagOf(["itself", "copy"]),
  },
  error: { ...failure, "close?": closeCode },
  expire: {},
  "response-fails": { ...failure, "afterMs?": distribution },
  "slow-generation": { "speedUp?": speed, "thinkMs?": distribution, "pauses?": pauses },
  "commit-fails": failure,
  "transcription-fails": failure,
  refuse: {
    ...failure,
    "status?": (value, path) => integerOption(path, value as number, 400, 599),
    "retryAfterSeconds?": (value, path) => integerOption(path, value as number, 0, 86_400),
    "requests?": flagOf(["websocket", "http", "all"]),
  },
  "reset-connect": {},
  "hang-connect": {},
  "slow-connect": { delayMs: distribution },
  outage: { forMs: distribution },
};

/** The names of all faults. */
export const FAULT_KINDS = Object.keys(FAULTS) as readonly FaultKind[];

function malformations(): Record<Malformation, true> {
  return {
    truncated: true,
    "not-json": true,
    "not-object": true,
    empty: true,
    binary: true,
    "no-type": true,
    "wrong-types": true,
    "unknown-type": true,
    huge: true,
    "bad-base64": true,
    "odd-bytes": true,
    "empty-delta": true,
    "wrong-encoding": true,
    "wrong-rate": true,
  };
}

function pauses(value: unknown, path: string): void {
  requireObject(path, value);
  checkFields(value as object, path, { everyMs: interval, forMs: distribution, "count?": count });
}

/** A distribution of pauses that are repeated, which must not be all 0. */
function interval(value: unknown, path: string): void {
  distribution(value, path);
  if (value === 0) throw new RangeError(`${path} is 0; allowed is more, or what is repeated would not end.`);
}

const TRIGGER: Readonly<Record<keyof FaultTrigger, FieldCheck>> = {
  afterMs: ms,
  untilMs: ms,
  everyMs: interval,
  direction: flagOf(["out", "in"]),
  type: oneOrMore(words),
  nth: oneOrMore(count),
  every: count,
  probability: (value, path) => numberOption(path, value as number, 0, 1),
  afterBytes: (value, path) => integerOption(path, value as number, 1, 1e15),
  session: oneOrMore(count),
  connection: flagOf(["client", "sideband"]),
};

/** Conditions that make no sense for a kind of fault. */
function impossible(kind: FaultKind): readonly (keyof FaultTrigger)[] {
  switch (kind) {
    case "drop":
    case "duplicate":
    case "reorder":
      return ["everyMs"];
    case "malform":
      return ["everyMs", "direction"];
    case "error":
    case "expire":
      return ["connection"];
    case "response-fails":
    case "slow-generation":
    case "commit-fails":
    case "transcription-fails":
      return ["everyMs", "direction", "type", "afterBytes", "connection"];
    case "refuse":
    case "reset-connect":
    case "hang-connect":
    case "slow-connect":
      return ["everyMs", "direction", "type", "afterBytes", "connection", "session"];
    case "outage":
      return ["direction", "type", "afterBytes", "connection", "session"];
    default:
      return [];
  }
}

function checkFault(value: Fault, path: string): void {
  requireObject(path, value);
  const { fault, when, times, ...rest } = value;
  if (!Object.hasOwn(FAULTS, fault)) throw new TypeError(`${path}.fault is ${show(fault)}; allowed are ${Object.keys(FAULTS).join(", ")}.`);
  if (times !== undefined) count(times, `${path}.times`);
  checkFields(rest, path, FAULTS[fault], ["when", "times"]);
  if (when === undefined) return;
  const place = `${path}.when`;
  requireObject(place, when);
  const excluded = impossible(fault);
  const allowed = Object.keys(TRIGGER).filter((name) => !(excluded as readonly string[]).includes(name));
  requireKnown(`${place} of "${fault}"`, when, allowed);
  for (const [name, given] of Object.entries(when)) if (given !== undefined) TRIGGER[name as keyof FaultTrigger](given, `${place}.${name}`);
  if (when.everyMs !== undefined && concernsEvents(when)) {
    throw new TypeError(`${place} has everyMs together with conditions on events; allowed is either.`);
  }
  const { afterMs = 0, untilMs } = when;
  if (untilMs !== undefined && untilMs < afterMs) throw new RangeError(`${place}.untilMs is ${untilMs}, before afterMs, ${afterMs}; allowed is a later time.`);
}

/** Whether a trigger waits for events rather than for a time. */
export function concernsEvents(when: FaultTrigger): boolean {
  const { direction, type, nth, every, probability, afterBytes } = when;
  return [direction, type, nth, every, probability, afterBytes].some((condition) => condition !== undefined);
}
