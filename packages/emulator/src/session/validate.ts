/**
 * Checks of what comes over the wire, as small functions that combine: each takes a value and its path, returns the value in the form that is kept, or throws a
 * {@link WireError} in the service's words. Fields that a check does not know are refused, as the service refuses them.
 */
import { WireError } from "../errors.ts";

/** A check of one value; `path` is its place in the message, such as `session.tools[0].name`. */
export type Check<T> = (value: unknown, path: string) => T;

/** What a check returns. */
export type Checked<C> = C extends Check<infer T> ? T : never;

/** An object as JSON has it. */
export type JsonObject = Record<string, unknown>;

/** Any value at all; for fields whose content means nothing to the emulator. */
export const anything: Check<unknown> = (value) => value;

/** A string, at most `maxLength` characters. */
export function text(maxLength = Number.POSITIVE_INFINITY): Check<string> {
  return (value, path) => {
    if (typeof value !== "string") throw invalidType(path, "a string", value);
    if (value.length <= maxLength) return value;
    const message = `Invalid '${path}': string too long. Expected a string with maximum length ${maxLength}, but got a string with length ${value.length} instead.`;
    throw new WireError(message, { code: "string_above_max_length", param: path });
  };
}

/** `true` or `false`. */
export const flag: Check<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw invalidType(path, "a boolean", value);
  return value;
};

/** A whole number from `min` to `max`. */
export function integer(min: number, max = Number.POSITIVE_INFINITY): Check<number> {
  return (value, path) => {
    if (!Number.isInteger(value)) throw invalidType(path, "an integer", value);
    return inRange("integer", value as number, path, min, max);
  };
}

/** A number from `min` to `max`. */
export function decimal(min: number, max: number): Check<number> {
  return (value, path) => {
    if (typeof value !== "number" || !Number.isFinite(value)) throw invalidType(path, "a decimal", value);
    return inRange("decimal", value, path, min, max);
  };
}

/** One of these strings. */
export function oneOf<const T extends string>(...allowed: T[]): Check<T> {
  return (value, path) => {
    if (typeof value !== "string") throw invalidType(path, `one of ${quoteList(allowed, "or")}`, value);
    if ((allowed as string[]).includes(value)) return value as T;
    throw new WireError(`Invalid value: '${value}'. Supported values are: ${quoteList(allowed, "and")}.`, { code: "invalid_value", param: path });
  };
}

/** What `check` allows, or null. */
export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null ? null : check(value, path));
}

/** An array of what `check` allows. */
export function list<T>(check: Check<T>): Check<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw invalidType(path, "an array", value);
    return value.map((entry, i) => check(entry, `${path}[${i}]`));
  };
}

/** An object with these fields; those in `required` must be there, all others may be absent, no further ones may be present. */
export function object<F extends Record<string, Check<unknown>>>(
  fields: F,
  required: readonly (keyof F & string)[] = [],
): Check<{ [K in keyof F]?: Checked<F[K]> }> {
  return (value, path) => {
    if (!isObject(value)) throw invalidType(path, "an object", value);
    const out: JsonObject = {};
    for (const [name, given] of Object.entries(value)) {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (check === undefined) throw new WireError(`Unknown parameter: '${join(path, name)}'.`, { code: "unknown_parameter", param: join(path, name) });
      out[name] = check(given, join(path, name));
    }
    for (const name of required) if (!(name in out)) throw missing(join(path, name));
    return out as { [K in keyof F]?: Checked<F[K]> };
  };
}

/** An object whose `type` field says which check holds for it. */
export function byType<T>(variants: Record<string, Check<T>>, field = "type"): Check<T> {
  return (value, path) => {
    if (!isObject(value)) throw invalidType(path, "an object", value);
    if (!(field in value)) throw missing(join(path, field));
    const type = oneOf(...Object.keys(variants))(value[field], join(path, field));
    return (variants[type] as Check<T>)(value, path);
  };
}

/** The error for an absent field. */
export function missing(path: string): WireError {
  return new WireError(`Missing required parameter: '${path}'.`, { code: "missing_required_parameter", param: path });
}

/** The error for a value of the wrong kind; `expected` with its article. */
export function invalidType(path: string, expected: string, value: unknown): WireError {
  return new WireError(`Invalid type for '${path}': expected ${expected}, but got ${kind(value)} instead.`, { code: "invalid_type", param: path });
}

/** Whether `value` is an object and neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function inRange(word: "integer" | "decimal", value: number, path: string, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  const [side, comparison, limit] = value < min ? ["below minimum", ">=", min] : ["above maximum", "<=", max];
  const message = `Invalid '${path}': ${word} ${side} value. Expected a value ${comparison} ${limit}, but got ${value} instead.`;
  throw new WireError(message, { code: value < min ? `${word}_below_min_value` : `${word}_above_max_value`, param: path });
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function quoteList(words: readonly string[], conjunction: string): string {
  const quoted = words.map((word) => `'${word}'`);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")}${quoted.length > 2 ? "," : ""} ${conjunction} ${quoted.at(-1)}`;
}

function kind(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "number") return Number.isInteger(value) ? "an integer" : "a decimal";
  return `a ${typeof value}`;
}
