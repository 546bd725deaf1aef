/** Values of flags, checked: whatever is wrong with one is a sentence that names the flag and what is allowed. */
import { usageError } from "./failure.ts";

/** ms in each unit that a duration may have. */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000 };

/** A duration such as `2s`, `1500ms` or `1.5m`, in ms. @throws {CliError} outside `least` to `most` ms, or without a unit. */
export function duration(flag: string, text: string, least: number, most: number): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m)$/.exec(text.trim()) ?? [];
  if (digits === undefined || unit === undefined) throw usageError(`--${flag} is "${text}"; give a number and a unit, for example 2s or 1500ms.`);
  const ms = Number(digits) * (UNITS[unit] as number);
  if (ms < least || ms > most) throw usageError(`--${flag} is ${text}; allowed are ${readable(least)} to ${readable(most)}.`);
  return ms;
}

/** A whole number, such as a port. @throws {CliError} outside `least` to `most`. */
export function integer(flag: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw usageError(`--${flag} is "${text}"; allowed are whole numbers from ${least} to ${most}.`);
  return value;
}

/** One of a few words. @throws {CliError} for any other. */
export function choice<Word extends string>(flag: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found === undefined) throw usageError(`--${flag} is "${text}"; allowed are ${words.join(", ")}.`);
  return found;
}

/** A text that is not empty. @throws {CliError} when it is. */
export function nonEmpty(flag: string, text: string): string {
  if (text.trim() === "") throw usageError(`--${flag} is empty; give it a value or leave it out.`);
  return text;
}

/** A `ws:` or `wss:` address. @throws {CliError} for anything else. */
export function webSocketUrl(flag: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw usageError(`--${flag} is "${text}", which is no URL; give one such as ws://127.0.0.1:4401/v1/realtime.`);
  if (url.protocol === "http:" || url.protocol === "https:")
    throw usageError(`--${flag} begins with ${url.protocol}//; write ${text.replace(/^http/, "ws")} instead.`);
  if (url.protocol !== "ws:" && url.protocol !== "wss:") throw usageError(`--${flag} begins with ${url.protocol}; it must be a ws: or wss: URL.`);
  return url.href;
}

/** The voices of the emulator. */
export const VOICES = ["echo", "tone"] as const;

function readable(ms: number): string {
  return ms < 1000 ? `${ms}ms` : `${ms / 1000}s`;
}
