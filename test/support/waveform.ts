/** Compares what was recorded with what should have been, sample by sample. All signals are mono Float32 at one rate. */

/** Pearson correlation of `length` samples of `a` from `aStart` and `b` from `bStart`; 0 when either is silent there. Outside an array there is silence. */
export function correlation(a: Float32Array, aStart: number, b: Float32Array, bStart: number, length: number): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < length; i++) {
    const x = a[aStart + i] ?? 0;
    const y = b[bStart + i] ?? 0;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

/** The offset `o` at which `template[i]` fits `signal[o + i]` best, and how well, searched from `from` to `to`. */
export function locate(template: Float32Array, signal: Float32Array, from = 0, to = signal.length): { offset: number; correlation: number } {
  let best = { offset: from, correlation: -1 };
  // Coarse: every other sample of every other offset would miss peaks of speech (fine structure of about 1 ms), so a thinned template at every offset.
  const step = Math.max(1, Math.floor(template.length / 600));
  const thin = Float32Array.from({ length: Math.floor(template.length / step) }, (_, i) => template[i * step]);
  const candidates: { offset: number; score: number }[] = [];
  for (let offset = from; offset < to; offset++) {
    let ab = 0;
    let bb = 1e-9;
    for (let i = 0; i < thin.length; i++) {
      const y = signal[offset + i * step] ?? 0;
      ab += thin[i] * y;
      bb += y * y;
    }
    candidates.push({ offset, score: ab / Math.sqrt(bb) });
  }
  candidates.sort((x, y) => y.score - x.score);
  for (const { offset } of candidates.slice(0, 200)) {
    const fit = correlation(template, 0, signal, offset, template.length);
    if (fit > best.correlation) best = { offset, correlation: fit };
  }
  return best;
}

/** Where the speech of `samples` begins and ends: first and last 10 ms block above `threshold` RMS, in samples. */
export function speechBounds(samples: Float32Array, rate: number, threshold = 0.01): { start: number; end: number } {
  const block = Math.round(rate / 100);
  let start = -1;
  let end = 0;
  for (let i = 0; i + block <= samples.length; i += block) {
    let energy = 0;
    for (let k = 0; k < block; k++) energy += samples[i + k] * samples[i + k];
    if (Math.sqrt(energy / block) < threshold) continue;
    if (start < 0) start = i;
    end = i + block;
  }
  return { start: Math.max(0, start), end };
}

/** How one signal sits in another, piece by piece. */
export interface Comparison {
  /** Correlation over the whole of the source at the first piece's offset. */
  readonly correlation: number;
  /** Offset of the source's start in the recording, in samples. */
  readonly offset: number;
  /** Largest change of the offset between pieces, in samples: 0 when nothing was lost or inserted. */
  readonly drift: number;
  /** Pieces that were loud enough to be located. */
  readonly pieces: number;
}

/** Finds `source` in `recording`: overall, and by pieces of 250 ms that are each located again within +-60 ms, so that a lost or inserted sample shows as drift. Looks from sample `from` of the recording on. */
export function compare(source: Float32Array, recording: Float32Array, rate: number, from = 0): Comparison {
  const { start, end } = speechBounds(source, rate);
  const piece = Math.round(rate / 4);
  const reach = Math.round(rate * 0.06);
  let first: { offset: number } | null = null;
  let drift = 0;
  let pieces = 0;
  for (let at = start; at + piece <= end; at += piece) {
    const template = source.subarray(at, at + piece);
    let energy = 0;
    for (const sample of template) energy += sample * sample;
    if (Math.sqrt(energy / piece) < 0.02) continue;
    if (first === null) {
      first = { offset: locate(template, recording, from).offset - at };
      pieces++;
      continue;
    }
    const expected = first.offset + at;
    const found = locate(template, recording, Math.max(0, expected - reach), expected + reach);
    drift = Math.max(drift, Math.abs(found.offset - expected));
    pieces++;
  }
  const offset = first?.offset ?? 0;
  return { offset, drift, pieces, correlation: correlation(source, 0, recording, offset, source.length) };
}
