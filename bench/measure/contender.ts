/**
 * What a benchmark consists of: groups of contenders that do the same work. A contender is a recipe; its runner is made in a process (or a browser worker) of its own, so that
 * no contender meets another's inline caches or garbage.
 */

/** Where a contender comes from. `client` is a loop that a public voice client uses, written anew here from its behaviour. */
export type Origin = "sidetone" | "npm" | "client" | "runtime" | "native";

/** Something that does a group's work. */
export interface Contender {
  /** Unique in its group; letters, digits, dots, dashes and `@`. */
  readonly id: string;
  /** For tables. */
  readonly label: string;
  readonly origin: Origin;
  /** npm package whose version belongs into the report. */
  readonly package?: string;
  /** What a reader should know about it. */
  readonly note?: string;
  /** Left out by `--quick`. */
  readonly fullOnly?: boolean;
  /** Why it cannot run here, or undefined when it can. */
  unavailable?(): string | undefined;
  create(): Runner | Promise<Runner>;
}

/** A contender that is ready to work. */
export interface Runner {
  /** Does the work once and returns a small integer that depends on the result, so that the work cannot be optimised away (a fraction would be allocated). */
  call(): number;
  /** Measures itself, where CPU time is spent in another process: CPU nanoseconds per unit, once per round. `call` is not called then. */
  measure?(): number;
  /** Units (samples, bytes, seconds of audio) of one call; a fraction where it varies. */
  readonly unitsPerCall: number;
  /** Looks at the output before anything is timed. */
  check(): Verdict | Promise<Verdict>;
  /** Quality figures to stand beside the speed. */
  quality?(effort: Effort): Quality | Promise<Quality>;
}

/** What a check found. `wrong` contenders are not timed: a broken plug must not win. `flawed` ones do what they do in the field, and the table says what that is. */
export interface Verdict {
  readonly status: "right" | "flawed" | "wrong";
  readonly text: string;
}

/** How long to look. */
export type Effort = "quick" | "full";

/** Named figures; NaN where a figure does not apply. Curves are for charts. */
export interface Quality {
  readonly figures: Readonly<Record<string, number>>;
  readonly curves?: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

/** Contenders that do the same work, and the unit in which it is counted. */
export interface Group {
  /** Unique; `suite/what`. */
  readonly id: string;
  readonly suite: Suite;
  readonly title: string;
  /** What one unit is, singular. */
  readonly unit: string;
  /** Headings of the figures in {@link Quality}, in order, with their unit. */
  readonly figures?: readonly string[];
  /** Runs in browsers as well. */
  readonly browser?: boolean;
  /** Left out by `--quick`. */
  readonly fullOnly?: boolean;
  readonly contenders: readonly Contender[];
}

/** Share of a contender's time that a function itself took, children not counted. */
export interface ProfileRow {
  readonly name: string;
  /** 0 to 1. */
  readonly share: number;
}

export type Suite = "kernels" | "pcm" | "g711" | "base64" | "messages" | "ring" | "fused";

/** A right verdict. */
export function right(text: string): Verdict {
  return { status: "right", text };
}

/** A verdict that names what is wrong in the field. */
export function flawed(text: string): Verdict {
  return { status: "flawed", text };
}

/** A verdict that keeps a contender from being timed. */
export function wrong(text: string): Verdict {
  return { status: "wrong", text };
}
