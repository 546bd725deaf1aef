/** What a run leaves behind: everything that the reports are made of, and that another run can be compared with. */
import type { Suite } from "../measure/contender.ts";
import type { Outcome } from "../measure/race.ts";

/** One group's outcomes. */
export interface GroupResult {
  readonly id: string;
  readonly suite: Suite;
  readonly title: string;
  readonly unit: string;
  readonly figures: readonly string[];
  readonly outcomes: readonly Outcome[];
}

/** Where, when and how. */
export interface RunInfo {
  readonly date: string;
  readonly command: string;
  readonly runtime: string;
  readonly cpu: string;
  readonly cores: number;
  readonly os: string;
  /** Load averages over 1 and 5 minutes when the run began. */
  readonly load: readonly number[];
  readonly clock: string;
  readonly rounds: number;
  readonly batchMs: number;
  readonly seed: number;
  /** Package (or tool) -> version, or why it is missing. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface Results {
  readonly info: RunInfo;
  readonly groups: readonly GroupResult[];
}
