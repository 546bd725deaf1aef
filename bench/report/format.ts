/** Numbers as people read them. */

/** Three significant digits, without an exponent. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toString();
  if (size >= 10) return value.toFixed(1);
  if (size >= 0.1) return value.toFixed(2);
  return value === 0 ? "0" : value.toPrecision(2);
}

/** Nanoseconds per unit; per second of audio in microseconds, which is what people count in there. */
export function cost(ns: number, unit: string): string {
  return figure(isJourney(unit) ? ns / 1000 : ns);
}

/** The unit of {@link cost}. */
export function costUnit(unit: string): string {
  return isJourney(unit) ? "us per second of audio" : `ns per ${unit}`;
}

/** {@link cost} with a short unit. */
export function costWithUnit(ns: number, unit: string): string {
  return `${cost(ns, unit)} ${isJourney(unit) ? "us" : "ns"}`;
}

/** Streams that one core carries at `ns` of CPU per second of audio. */
export function streams(ns: number): number {
  return Math.floor(1e9 / ns);
}

/** Whether a group counts in seconds of audio. */
export function isJourney(unit: string): boolean {
  return unit === "second of audio";
}

/** Seconds as minutes and seconds. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
