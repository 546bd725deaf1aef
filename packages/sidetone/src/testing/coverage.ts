/** What became of a reference, from the segments that were found of it: which of it is missing, and which came more than once. */
import type { Segment } from "./align.ts";
import type { Stretch } from "./gaps.ts";

/** What became of a reference, in its own samples. */
export interface Coverage {
  /** What no segment has, in order. */
  readonly missing: readonly Stretch[];
  /** What more than one segment has, in order. */
  readonly repeated: readonly Stretch[];
  /** Whether each segment goes on in the reference at or after the start of the one before. */
  readonly inOrder: boolean;
  /** Share of the reference that was rendered, 0 to 1; 1 for an empty one. */
  readonly share: number;
}

/** Sums up `segments` of a reference of `frames` samples. */
export function coverage(segments: readonly Segment[], frames: number): Coverage {
  const places = segments.map(({ outputStart, outputEnd, lag }) => ({ start: Math.max(0, outputStart - lag), end: Math.min(frames, outputEnd - lag) }));
  // How many segments have each stretch: +1 where one begins, -1 where it ends.
  const turns = places.flatMap(({ start, end }) => [
    { at: start, by: 1 },
    { at: end, by: -1 },
  ]);
  turns.push({ at: frames, by: 0 });
  turns.sort((a, b) => a.at - b.at);
  const missing: Stretch[] = [];
  const repeated: Stretch[] = [];
  let depth = 0;
  let from = 0;
  for (const { at, by } of turns) {
    if (at > from && depth !== 1) extend(depth === 0 ? missing : repeated, from, at);
    from = at;
    depth += by;
  }
  const lost = missing.reduce((sum, { start, end }) => sum + end - start, 0);
  const inOrder = places.every(({ start }, i) => i === 0 || start >= places[i - 1].start);
  return { missing, repeated, inOrder, share: frames === 0 ? 1 : 1 - lost / frames };
}

/** Adds a stretch, joined to the last where they touch. */
function extend(stretches: Stretch[], start: number, end: number): void {
  const last = stretches.at(-1);
  if (last?.end === start) stretches[stretches.length - 1] = { start: last.start, end };
  else stretches.push({ start, end });
}
