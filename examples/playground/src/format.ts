/** Numbers as people read them. */

/** A duration: `340 ms`, `1.2 s`. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : seconds(ms);
}

/** A duration in seconds: `0.3 s`, `71.0 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A level: `−18 dB`, and a dash for silence. */
export function decibels(dbfs: number): string {
  return Number.isFinite(dbfs) ? `${dbfs <= -0.5 ? "−" : ""}${Math.abs(Math.round(dbfs))} dB` : "–";
}

/** A count with grouped digits. */
export function count(value: number): string {
  return value.toLocaleString("en");
}
