/**
 * Finds where in the source each piece of an output comes from, by waveform alone: a player's own counters are no evidence.
 *
 * Players copy: between faults an output is the source, sample for sample, at some lag. So the search keeps a lag for as long as it explains the output, in blocks of 5 ms, and looks
 * for another where it does not: first where the media would simply go on, then a pitch period or so away, then far. Runs at one lag that are long enough
 * to be no chance become segments, whose ends are then moved to the very sample. What lies between segments is silence, a fade, or sound that the source does not have.
 */

/** A stretch of output that is the source at one lag. Frames. */
export interface Segment {
  /** First frame of the output. */
  outputStart: number;
  /** Output frame after the last. */
  outputEnd: number;
  /** Output frame - media frame. */
  readonly lag: number;
}

/** 5 ms. */
const BLOCK_MS = 5;
/** A new lag is looked for with this much of the output, in ms; shorter pieces of speech fit at several places. */
const TEMPLATE_MS = 10;
/** Below one step of PCM16: digital silence. */
export const SILENT_BELOW = 3e-5;
/** What correlates less than this is not looked at more closely. */
const SAME = 0.965;
/** Where the search for a shifted continuation reaches: two of the longest pitch periods. */
const NEAR_MS = 45;
/** Where a piece belongs it is a copy: nearly every sample is the same. Vowels fit a period further on, too, but not to the sample. */
const COPIED = 0.6;
/** How far back a player may fall; ahead it may jump to what has arrived. */
const BACK_MS = 3000;
/** Blocks in a row at one lag that make a segment. */
const SOLID_BLOCKS = 3;
/** Two samples are the same when they differ by less: PCM16 rounding, and float arithmetic in mixers. */
export const SAME_WITHIN = 1.2e-4;
const UNKNOWN = Number.NaN;
const SILENCE = Number.NEGATIVE_INFINITY;

/** Normalised correlation of `length` samples; 0 where either is silent or outside. */
function match(output: Float32Array, at: number, source: Float32Array, from: number, length: number): number {
  if (from < 0 || from + length > source.length || at + length > output.length) return 0;
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < length; i++) {
    const x = output[at + i];
    const y = source[from + i];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

/** The source frame in [low, high] at which `length` samples of output from `at` on fit best. Looks at a few samples of each place first, at all of them where that is promising. */
function search(output: Float32Array, at: number, source: Float32Array, low: number, high: number, length: number): { from: number; fit: number } {
  const first = Math.max(0, Math.ceil(low));
  const last = Math.min(source.length - length, Math.floor(high));
  const stride = 7;
  const best = { from: -1, fit: 0 };
  let norm = 0;
  for (let i = 0; i < length; i += stride) norm += output[at + i] * output[at + i];
  for (let from = first; from <= last; from++) {
    let ab = 0;
    let bb = 0;
    for (let i = 0; i < length; i += stride) {
      const y = source[from + i];
      ab += output[at + i] * y;
      bb += y * y;
    }
    if (ab <= 0 || ab * ab < 0.8 * norm * bb) continue;
    const fit = match(output, at, source, from, length);
    if (fit > best.fit) {
      best.fit = fit;
      best.from = from;
    }
  }
  return best;
}

/**
 * The segments of `output` that are `source`, in the order of the output. Both mono at `rate` Hz. `arrived` says how many frames of the source the player had been given by an output
 * frame: nobody plays what has not come.
 */
export function alignSegments(
  output: Float32Array,
  source: Float32Array,
  rate: number,
  arrived: (outputFrame: number) => number = () => source.length,
): Segment[] {
  const frames = (ms: number) => Math.round((ms * rate) / 1000);
  const block = frames(BLOCK_MS);
  const template = frames(TEMPLATE_MS);
  const blocks = Math.floor(output.length / block);
  const lags = new Float64Array(blocks).fill(UNKNOWN);
  let lag = UNKNOWN;
  /** Media that has been played, as far as is known. */
  let mediaEnd = 0;
  let unknownBlocks = 0;
  for (let b = 0; b < blocks; b++) {
    const at = b * block;
    const silentUntil = leadingSilence(output, at, block);
    if (silentUntil === block) {
      lags[b] = SILENCE;
      continue;
    }
    if (!Number.isNaN(lag) && copied(at, at - lag, block)) {
      lags[b] = lag;
      mediaEnd = at - lag + block;
      unknownBlocks = 0;
      continue;
    }
    // Sound begins within this block or is new: what follows tells from where.
    const from = at + silentUntil;
    if (from + template > output.length) continue;
    const here = candidate(from, mediaEnd, Number.isNaN(lag) ? mediaEnd : from - lag, unknownBlocks);
    unknownBlocks++;
    if (here === undefined) continue;
    lag = from - here;
    lags[b] = lag;
    mediaEnd = here + block - silentUntil;
    unknownBlocks = 0;
  }
  return extended(output, source, solid(lags, block), rate);

  function candidate(from: number, goesOn: number, sameLag: number, misses: number): number | undefined {
    const near = frames(NEAR_MS);
    const last = arrived(from + template) - template;
    // Goes on where it stopped (a gap), or with a period more or less (a stretch); the block in which it stopped is known to half its length only.
    const ranges = [
      [goesOn - block - 2, goesOn + block + 2],
      [Math.min(goesOn, sameLag) - near, Math.max(goesOn, Math.min(sameLag, goesOn + near)) + near],
    ];
    // Far, and dear: only where the near has failed for a while, and then now and again.
    if (misses >= 2 && misses % 4 === 2) ranges.push([goesOn - frames(BACK_MS), last]);
    for (const [low, high] of ranges) {
      const { from: media, fit } = search(output, from, source, low, Math.min(high, last), template);
      if (fit >= SAME && copied(from, media, template)) return media;
    }
    return undefined;
  }

  function copied(from: number, media: number, length: number): boolean {
    let same = 0;
    for (let i = 0; i < length; i++) if (Math.abs(output[from + i] - source[media + i]) < SAME_WITHIN) same++;
    return same >= length * COPIED;
  }
}

function leadingSilence(output: Float32Array, at: number, length: number): number {
  let silent = 0;
  while (silent < length && Math.abs(output[at + silent]) < SILENT_BELOW) silent++;
  return silent;
}

/** Runs of one lag, of some length. Silence inside a run ends it. */
function solid(lags: Float64Array, block: number): Segment[] {
  const segments: Segment[] = [];
  for (let start = 0; start < lags.length; ) {
    let end = start + 1;
    while (end < lags.length && lags[end] === lags[start]) end++;
    if (Number.isFinite(lags[start]) && end - start >= SOLID_BLOCKS) segments.push({ outputStart: start * block, outputEnd: end * block, lag: lags[start] });
    start = end;
  }
  return segments;
}

/** Moves the ends of segments to where output and source part, and joins those of one lag that then touch. */
function extended(output: Float32Array, source: Float32Array, segments: readonly Segment[], rate: number): Segment[] {
  const reach = Math.round((rate * (SOLID_BLOCKS + 1) * BLOCK_MS) / 1000);
  const same = (i: number, lag: number) =>
    i >= 0 && i < output.length && i - lag >= 0 && i - lag < source.length && Math.abs(output[i] - source[i - lag]) < SAME_WITHIN;
  const joined: Segment[] = [];
  for (const segment of segments) {
    const { lag } = segment;
    let { outputStart, outputEnd } = segment;
    // The first and last block may be partly something else: inwards, then outwards.
    const inner = Math.round((rate * BLOCK_MS) / 1000);
    let inwards = outputStart;
    while (inwards < outputStart + inner && !steady(inwards, lag, 1)) inwards++;
    if (inwards < outputStart + inner) outputStart = inwards;
    let back = outputEnd;
    while (back > outputEnd - inner && !steady(back - 1, lag, -1)) back--;
    if (back > outputEnd - inner) outputEnd = back;
    const before = joined[joined.length - 1];
    const floor = Math.max(before?.outputEnd ?? 0, outputStart - reach);
    while (outputStart > floor && same(outputStart - 1, lag)) outputStart--;
    const ceiling = Math.min(output.length, outputEnd + reach);
    while (outputEnd < ceiling && same(outputEnd, lag)) outputEnd++;
    if (before && before.lag === lag && outputStart - before.outputEnd <= 2) before.outputEnd = outputEnd;
    else if (outputEnd > outputStart) joined.push({ outputStart, outputEnd, lag });
  }
  return joined;

  /** Whether the four samples from `i` on, in the direction of `step`, are the source's. */
  function steady(i: number, lag: number, step: number): boolean {
    return same(i, lag) && same(i + step, lag) && same(i + 2 * step, lag) && same(i + 3 * step, lag);
  }
}
