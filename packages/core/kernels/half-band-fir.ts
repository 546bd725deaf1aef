/**
 * The symmetric half-band filter: 2:1 and 1:2, all frequencies delayed alike. Vectors run over outputs. The reference in JavaScript is src/dsp/half-band-fir.ts.
 */
import { OUTPUT, SUMS } from "./areas";
import { deal, strideOf } from "./history";

/**
 * `count` sums over `pairs` (a multiple of 8) pairs of frames around low[n] and low[n + 1], and half of middle[n] when there is one, in a row from `to` on. The
 * taps: every fourth from the innermost pair's on, every fourth from the next, and so on.
 */
function pairSums(taps: usize, pairs: i32, low: usize, middle: usize, to: usize, count: i32): void {
  for (let n = 0; n < count; n += 16) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    if (middle !== 0) {
      const half = f32x4.splat(0.5);
      s0 = f32x4.mul(half, v128.load(middle));
      s1 = f32x4.mul(half, v128.load(middle, 16));
      s2 = f32x4.mul(half, v128.load(middle, 32));
      s3 = f32x4.mul(half, v128.load(middle, 48));
      middle += 64;
    }
    let c = taps;
    // Every fourth pair at a time: then three of the four vectors on each side have been loaded for the pair before.
    for (let phase: usize = 0; phase < 16; phase += 4) {
      let before = low - phase;
      let after = low + 4 + phase;
      let b0 = v128.load(before);
      let b1 = v128.load(before, 16);
      let b2 = v128.load(before, 32);
      let b3 = v128.load(before, 48);
      let a0 = v128.load(after);
      let a1 = v128.load(after, 16);
      let a2 = v128.load(after, 32);
      let a3 = v128.load(after, 48);
      for (const stop = c + <usize>pairs; c < stop; c += 8) {
        let tap = v128.load32_splat(c);
        s0 = f32x4.add(s0, f32x4.mul(tap, f32x4.add(b0, a0)));
        s1 = f32x4.add(s1, f32x4.mul(tap, f32x4.add(b1, a1)));
        s2 = f32x4.add(s2, f32x4.mul(tap, f32x4.add(b2, a2)));
        s3 = f32x4.add(s3, f32x4.mul(tap, f32x4.add(b3, a3)));
        tap = v128.load32_splat(c, 4);
        b3 = v128.load(before - 16);
        a0 = v128.load(after, 64);
        s0 = f32x4.add(s0, f32x4.mul(tap, f32x4.add(b3, a1)));
        s1 = f32x4.add(s1, f32x4.mul(tap, f32x4.add(b0, a2)));
        s2 = f32x4.add(s2, f32x4.mul(tap, f32x4.add(b1, a3)));
        s3 = f32x4.add(s3, f32x4.mul(tap, f32x4.add(b2, a0)));
        before -= 32;
        after += 32;
        b2 = b0;
        b0 = v128.load(before);
        const b = b1;
        b1 = b3;
        b3 = b;
        a1 = a3;
        a3 = v128.load(after, 48);
        const a = a2;
        a2 = a0;
        a0 = a;
      }
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
    to += 64;
    low += 64;
  }
}

/** Halves the rate with a symmetric half-band filter; frames kept in each stream: twice `pairs`. Returns the outputs. */
export function firDown(state: usize, taps: usize, pairs: i32, start: i32, frames: i32): i32 {
  const kept = 2 * pairs;
  const base = deal(state, 2, kept, start, frames);
  const count = (frames + 1 - start) >> 1;
  const low = base + ((<usize>(kept + start - pairs)) << 2);
  pairSums(taps, pairs, low, low + strideOf(2, kept), OUTPUT, count);
  return count;
}

/** Doubles the rate with a symmetric half-band filter, whose taps come doubled; frames kept: twice `pairs`. */
export function firUp(state: usize, taps: usize, pairs: i32, frames: i32): void {
  const kept = 2 * pairs;
  const before = deal(state, 1, kept, 0, frames) + ((<usize>pairs) << 2);
  pairSums(taps, pairs, before, 0, SUMS, frames);
  for (let i: usize = 0; i < (<usize>frames) << 2; i += 16) {
    const even = v128.load(SUMS + i);
    const odd = v128.load(before + i, 4);
    v128.store(OUTPUT + 2 * i, i32x4.shuffle(even, odd, 0, 4, 1, 5));
    v128.store(OUTPUT + 2 * i, i32x4.shuffle(even, odd, 2, 6, 3, 7), 16);
  }
}
