/**
 * The list of what was done: so that a test can tell a fault from a mistake.
 */
import type { FaultKind } from "./plan.ts";

/** Most entries that are kept; the newest stay. */
const KEPT = 10_000;

/** One fault that happened. */
export interface InjectedFault {
  /** When, in ms since the emulator started. */
  readonly atMs: number;
  /** Which. */
  readonly fault: FaultKind;
  /** Its place in the plan's `faults`, from 0, those of the preset first. */
  readonly index: number;
  /** Type of the event that it happened to, or that set it off; empty when it was no event. */
  readonly eventType: string;
  /** What it came to, in words: `malform` says how, `stall` how long. */
  readonly detail: string;
}

/** A bounded list of faults. */
export class InjectedList {
  #entries: InjectedFault[] = [];

  /** The entries, oldest first. */
  get entries(): readonly InjectedFault[] {
    return this.#entries;
  }

  /** Adds an entry. */
  add(entry: InjectedFault): void {
    this.#entries.push(entry);
    if (this.#entries.length >= 2 * KEPT) this.#entries = this.#entries.slice(-KEPT);
  }
}
