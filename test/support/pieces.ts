/** Finds a signal in a recording piece by piece where silence may have come in between: what an underrun does. All signals are mono Float32 at one rate. */
import { correlate, similarity } from "sidetone/testing";

/** How a signal sits in a recording. */
export interface Pieces {
  /** Pieces of the signal. */
  readonly count: number;
  /** Indices of those that are not in the recording, in their order. */
  readonly lost: number[];
  /** Indices of those that cannot be told since silence or a splice lies in them: one or two in a row, behind which everything comes later than before. */
  readonly joints: number[];
  /** Where the first found piece begins in the recording, in samples. */
  readonly start: number;
  /** Where the last found piece ends in the recording, in samples. */
  readonly end: number;
  /** Silence between pieces, in samples: how much later the last piece came than it would have without. */
  readonly gaps: number;
}

/** Pieces that one joint may blur: that in which it lies, and the next by its fade. */
const JOINT_PIECES = 2;
/** ms in a piece. */
const PIECE_MS = 10;
/** Samples by which a piece may come early: the filter of a resampler that starts anew. */
const SLACK = 3;

/** Looks for every piece of `source` behind the one before, at most `reachMs` later than expected; from sample `from` of the recording on. */
export function findPieces(source: Float32Array, recording: Float32Array, rate: number, { reachMs = 1500, fit = 0.6, from = 0 } = {}): Pieces {
  const length = Math.round((rate * PIECE_MS) / 1000);
  const count = Math.ceil(source.length / length);
  const lost: number[] = [];
  const joints: number[] = [];
  /** Pieces not found since the last that was. */
  let missing: number[] = [];
  let start = -1;
  let first = 0;
  /** Offset of the source in the recording, by the last piece found. */
  let offset = 0;
  let end = 0;
  for (let i = 0; i < count; i++) {
    const at = i * length;
    // The last piece reaches back, so that it is as long as the others.
    const begin = Math.min(at, source.length - length);
    const template = source.subarray(begin, begin + length);
    const before = offset;
    let found = false;
    if (start >= 0) {
      let best = offset;
      let most = -1;
      for (let o = offset - SLACK; o <= offset + SLACK; o++) {
        const value = similarity(template, 0, recording, o + begin, length);
        if (value > most) [best, most] = [o, value];
      }
      found = most >= fit;
      if (found) offset = best;
    }
    if (!found) {
      const lowest = start < 0 ? from : offset + begin - SLACK;
      const highest = Math.min(recording.length - length, start < 0 ? Number.POSITIVE_INFINITY : lowest + (reachMs * rate) / 1000);
      const place = correlate(template, recording, { from: lowest, to: highest });
      found = place.score >= fit;
      if (found) offset = place.offset - begin;
    }
    if (!found) {
      missing.push(i);
      continue;
    }
    const isJoint = start >= 0 && missing.length <= JOINT_PIECES && offset > before + SLACK;
    (isJoint ? joints : lost).push(...missing);
    missing = [];
    if (start < 0) {
      start = offset + begin;
      first = offset;
    }
    end = offset + begin + length;
  }
  lost.push(...missing);
  return { count, lost, joints, start, end, gaps: offset - first };
}

/** Where `source`, which begins at sample `start` of the recording (with a fade of less than 20 ms), is cut by a fade of `fadeMs`: the last sample before it, counted in the source. */
export function findCutFrame(source: Float32Array, recording: Float32Array, rate: number, start: number, fadeMs: number): number {
  const window = Math.round(rate / 1000);
  for (let at = rate / 50; at + window < source.length; at += window / 8) {
    const i = Math.round(at);
    let ab = 0;
    let aa = 0;
    for (let k = 0; k < window; k++) {
      ab += source[i + k] * (recording[start + i + k] ?? 0);
      aa += source[i + k] ** 2;
    }
    // The middle of a raised cosine is where it passes through a half.
    if (ab / aa < 0.5) return i + window / 2 - (fadeMs * rate) / 2000;
  }
  return source.length;
}
