/** Messages between the parent and the process of a contender. */
import type { Quality, Verdict } from "./contender.ts";

export type ToWorker = { readonly type: "batch" } | { readonly type: "end" };

export type ToParent =
  | { readonly type: "ready"; readonly verdict: Verdict; readonly quality?: Quality; readonly bytesPerCall: number }
  | { readonly type: "batch"; readonly nsPerUnit: number; readonly sink: boolean };
