/**
 * What the fields of a plan may hold. Each check takes a value and its place, and throws what the programmer needs to read.
 */
import { integerOption, numberOption, requireKnown, requireObject, show } from "../option-checks.ts";

/** Longest time in a plan, in ms: one day. */
const MAX_MS = 86_400_000;
const MAX_COUNT = 1e9;

/** Checks one field; `path` is its place. @throws {TypeError | RangeError} */
export type FieldCheck = (value: unknown, path: string) => void;

/** A time in ms. */
export const ms: FieldCheck = (value, path) => numberOption(path, value as number, 0, MAX_MS);
/** A whole number from 1. */
export const count: FieldCheck = (value, path) => integerOption(path, value as number, 1, MAX_COUNT);
/** Any text. */
export const words: FieldCheck = (value, path) => {
  if (typeof value !== "string") throw new TypeError(`${path} is ${show(value)}; allowed is a string.`);
};
/** What `check` allows, or an array of it. */
export const oneOrMore = (check: FieldCheck): FieldCheck => {
  return (value, path) => {
    if (!Array.isArray(value)) return check(value, path);
    if (value.length === 0) throw new TypeError(`${path} is []; allowed is one value, or an array of at least one.`);
    for (const [i, entry] of value.entries()) check(entry, `${path}[${i}]`);
  };
};

const number: FieldCheck = (value, path) => numberOption(path, value as number, 0, MAX_MS);
const positive: FieldCheck = (value, path) => numberOption(path, value as number, 1e-6, MAX_MS);

/** Fields of each kind of distribution; those with `?` may be absent. */
const DISTRIBUTIONS: Readonly<Record<string, Readonly<Record<string, FieldCheck>>>> = {
  uniform: { min: number, max: number },
  normal: { mean: number, deviation: number, "min?": number, "max?": number },
  exponential: { mean: positive, "max?": number },
  lognormal: { median: number, sigma: number, "max?": number },
  pareto: { min: number, shape: positive, "max?": number },
  trace: {
    values: (value, path) => {
      if (!Array.isArray(value)) throw new TypeError(`${path} is ${show(value)}; allowed is an array of numbers.`);
      oneOrMore(number)(value, path);
    },
  },
  mix: {
    of: partsOf((part, path) => {
      requireObject(path, part);
      checkFields(part as object, path, { weight: number, value: distribution });
    }),
  },
  sum: { of: partsOf(distribution) },
};

function partsOf(check: FieldCheck): FieldCheck {
  return (value, path) => {
    if (!Array.isArray(value)) throw new TypeError(`${path} is ${show(value)}; allowed is an array.`);
    oneOrMore(check)(value, path);
    const weights = value.map((part) => (part as { weight?: number }).weight ?? 1);
    if (weights.every((weight) => weight === 0)) throw new RangeError(`${path} has no weight above 0; allowed is at least one.`);
  };
}

/** A number, or how it is drawn. */
export function distribution(value: unknown, path: string): void {
  if (typeof value === "number") return void numberOption(path, value, 0, MAX_MS);
  requireObject(path, value);
  const { type, ...rest } = value as { type?: string };
  const fields = Object.hasOwn(DISTRIBUTIONS, type ?? "") ? DISTRIBUTIONS[type as string] : undefined;
  if (fields === undefined)
    throw new TypeError(`${path}.type is ${show(type)}; allowed are ${Object.keys(DISTRIBUTIONS).join(", ")}, or a number in place of the object.`);
  checkFields(rest, path, fields);
  const { min, max } = rest as { min?: number; max?: number };
  if (min !== undefined && max !== undefined && min > max) throw new RangeError(`${path}.min is ${min} and ${path}.max ${max}; allowed is a min up to max.`);
}

/** `value` has these fields and no others; a name ends in `?` when it may be absent. */
export function checkFields(value: object, path: string, fields: Readonly<Record<string, FieldCheck>>, others: readonly string[] = []): void {
  const names = Object.keys(fields).map((name) => name.replace("?", ""));
  requireKnown(path, value, [...names, ...others]);
  for (const [key, check] of Object.entries(fields)) {
    const name = key.replace("?", "");
    const given = (value as Record<string, unknown>)[name];
    if (given !== undefined) check(given, `${path}.${name}`);
    else if (name === key) throw new TypeError(`${path} has no ${name}, which it needs.`);
  }
}
