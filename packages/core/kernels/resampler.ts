/**
 * The resampler's inner loops in WebAssembly SIMD. This is AssemblyScript; `node scripts/build.mjs kernels` compiles it into src/dsp/generated/kernels.ts. The
 * plain JavaScript kernels in src/dsp are the reference for every function here.
 *
 * One instance serves all resamplers of a thread. Calls never overlap, so the areas for input, output and work exist once; what a resampler keeps between calls
 * is a small state of its own, and what many have in common (taps) is stored once. Who lives where in memory beyond HEAP is decided by the caller.
 *
 * The same bits for every chunking: a lane of a vector adds the same products in the same order whatever its neighbours are. Loops run over whole vectors, so
 * they read and write up to 15 frames (times the outputs of a group) past the end; every area has room for that.
 */

/** Where {@link poly} and {@link drift} leave the time of the next output: frames to wait, and the phase, as two f64. */
export const PARAMS: usize = 1024;
/** Frames that one call takes and gives at most. */
export const BLOCK: i32 = 1024;
/** The input of a call, f32. */
export const INPUT: usize = PARAMS + 64;
/** The output of a call, f32, and 192 frames of slack. */
export const OUTPUT: usize = INPUT + 4096 + 64;
/** Kept and new input in a row (or several), f32; the room for them. */
export const WORK: usize = OUTPUT + 4096 + 768;
export const WORK_BYTES: i32 = 32768;
/** Half-band sums before they are interleaved, f32. */
const SUMS: usize = WORK + 32768;
/** First byte that the caller hands out. */
export const HEAP: usize = SUMS + 4096 + 128;

/** The input in whole vectors; not finite and below 1e-25 (-500 dB, where products would soon be denormal and slow) become 0. */
function clean(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  return v128.and(x, v128.and(f32x4.ge(magnitude, f32x4.splat(1e-25)), f32x4.le(magnitude, f32x4.splat(3.4028234663852886e38))));
}

function copy(from: usize, to: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, v128.load(from + i));
}

// ---- recursive half-band filter: state is s0 to s4 as pairs of f64, then the odd frame that waits for its partner (f32) ----

/** Not finite becomes 0, since a recursion would never lose it. */
function finite(x: v128): v128 {
  return v128.and(x, f32x4.eq(f32x4.sub(x, x), f32x4.splat(0)));
}

/** A state between calls: what is too small to be heard becomes 0 long before it is denormal, which would be slow. No call is long enough to get there. */
function settled(s: v128): v128 {
  return v128.and(s, f64x2.gt(f64x2.abs(s), f64x2.splat(1e-100)));
}

/** Halves the rate; `start` is 0 when the first frame is an even one. Coefficients are pairs (odd chain, even chain). Returns the outputs. */
export function iirDown(state: usize, coefficients: usize, start: i32, frames: i32): i32 {
  const c0 = v128.load(coefficients);
  const c1 = v128.load(coefficients, 16);
  const c2 = v128.load(coefficients, 32);
  const c3 = v128.load(coefficients, 48);
  let s0 = v128.load(state);
  let s1 = v128.load(state, 16);
  let s2 = v128.load(state, 32);
  let s3 = v128.load(state, 48);
  let s4 = v128.load(state, 64);
  const half = f64x2.splat(0.5);
  store<f32>(INPUT - 4, load<f32>(state, 80));
  let from: usize = INPUT - (start === 0 ? 4 : 0);
  const count = (frames + 1 - start) >> 1;
  let to = OUTPUT;
  for (const end = OUTPUT + ((<usize>(count >> 1)) << 3); to < end; to += 8) {
    const pairs = finite(v128.load(from));
    const x = f64x2.promote_low_f32x4(pairs);
    const y1 = f64x2.add(f64x2.mul(c0, f64x2.sub(x, s1)), s0);
    const y2 = f64x2.add(f64x2.mul(c1, f64x2.sub(y1, s2)), s1);
    const y3 = f64x2.add(f64x2.mul(c2, f64x2.sub(y2, s3)), s2);
    const y4 = f64x2.add(f64x2.mul(c3, f64x2.sub(y3, s4)), s3);
    const u = f64x2.promote_low_f32x4(i64x2.shuffle(pairs, pairs, 1, 0));
    const z1 = f64x2.add(f64x2.mul(c0, f64x2.sub(u, y1)), x);
    const z2 = f64x2.add(f64x2.mul(c1, f64x2.sub(z1, y2)), y1);
    const z3 = f64x2.add(f64x2.mul(c2, f64x2.sub(z2, y3)), y2);
    const z4 = f64x2.add(f64x2.mul(c3, f64x2.sub(z3, y4)), y3);
    s0 = u;
    s1 = z1;
    s2 = z2;
    s3 = z3;
    s4 = z4;
    const sums = f64x2.add(i64x2.shuffle(y4, z4, 0, 2), i64x2.shuffle(y4, z4, 1, 3));
    v128.store64_lane(to, f32x4.demote_f64x2_zero(f64x2.mul(half, sums)), 0);
    from += 16;
  }
  if ((count & 1) !== 0) {
    const x = f64x2.promote_low_f32x4(finite(v128.load64_zero(from)));
    const y1 = f64x2.add(f64x2.mul(c0, f64x2.sub(x, s1)), s0);
    const y2 = f64x2.add(f64x2.mul(c1, f64x2.sub(y1, s2)), s1);
    const y3 = f64x2.add(f64x2.mul(c2, f64x2.sub(y2, s3)), s2);
    const y4 = f64x2.add(f64x2.mul(c3, f64x2.sub(y3, s4)), s3);
    s0 = x;
    s1 = y1;
    s2 = y2;
    s3 = y3;
    s4 = y4;
    store<f32>(to, <f32>(0.5 * (f64x2.extract_lane(y4, 0) + f64x2.extract_lane(y4, 1))));
  }
  v128.store(state, settled(s0));
  v128.store(state, settled(s1), 16);
  v128.store(state, settled(s2), 32);
  v128.store(state, settled(s3), 48);
  v128.store(state, settled(s4), 64);
  // A lone frame at the end is an odd one when an odd number follows the last even one.
  if (((start + frames) & 1) === 0) store<f32>(state, load<f32>(INPUT + ((<usize>(frames - 1)) << 2)), 80);
  return count;
}

/** Doubles the rate. Coefficients are pairs (even chain, odd chain). */
export function iirUp(state: usize, coefficients: usize, frames: i32): void {
  const c0 = v128.load(coefficients);
  const c1 = v128.load(coefficients, 16);
  const c2 = v128.load(coefficients, 32);
  const c3 = v128.load(coefficients, 48);
  let s0 = v128.load(state);
  let s1 = v128.load(state, 16);
  let s2 = v128.load(state, 32);
  let s3 = v128.load(state, 48);
  let s4 = v128.load(state, 64);
  let from = INPUT;
  let to = OUTPUT;
  for (const end = INPUT + ((<usize>(frames >> 1)) << 3); from < end; from += 8) {
    const pair = finite(v128.load64_zero(from));
    const x = f64x2.promote_low_f32x4(i32x4.shuffle(pair, pair, 0, 0, 1, 1));
    const y1 = f64x2.add(f64x2.mul(c0, f64x2.sub(x, s1)), s0);
    const y2 = f64x2.add(f64x2.mul(c1, f64x2.sub(y1, s2)), s1);
    const y3 = f64x2.add(f64x2.mul(c2, f64x2.sub(y2, s3)), s2);
    const y4 = f64x2.add(f64x2.mul(c3, f64x2.sub(y3, s4)), s3);
    const u = f64x2.promote_low_f32x4(i32x4.shuffle(pair, pair, 1, 1, 0, 0));
    const z1 = f64x2.add(f64x2.mul(c0, f64x2.sub(u, y1)), x);
    const z2 = f64x2.add(f64x2.mul(c1, f64x2.sub(z1, y2)), y1);
    const z3 = f64x2.add(f64x2.mul(c2, f64x2.sub(z2, y3)), y2);
    const z4 = f64x2.add(f64x2.mul(c3, f64x2.sub(z3, y4)), y3);
    s0 = u;
    s1 = z1;
    s2 = z2;
    s3 = z3;
    s4 = z4;
    v128.store(to, i64x2.shuffle(f32x4.demote_f64x2_zero(y4), f32x4.demote_f64x2_zero(z4), 0, 2));
    to += 16;
  }
  if ((frames & 1) !== 0) {
    const x = f64x2.promote_low_f32x4(finite(v128.load32_splat(from)));
    const y1 = f64x2.add(f64x2.mul(c0, f64x2.sub(x, s1)), s0);
    const y2 = f64x2.add(f64x2.mul(c1, f64x2.sub(y1, s2)), s1);
    const y3 = f64x2.add(f64x2.mul(c2, f64x2.sub(y2, s3)), s2);
    const y4 = f64x2.add(f64x2.mul(c3, f64x2.sub(y3, s4)), s3);
    s0 = x;
    s1 = y1;
    s2 = y2;
    s3 = y3;
    s4 = y4;
    v128.store64_lane(to, f32x4.demote_f64x2_zero(y4), 0);
  }
  v128.store(state, settled(s0));
  v128.store(state, settled(s1), 16);
  v128.store(state, settled(s2), 32);
  v128.store(state, settled(s3), 48);
  v128.store(state, settled(s4), 64);
}

// ---- filters whose vectors run over outputs: input dealt out to `streams` rows, frame by frame ----

/** Bytes from row to row in the work area. */
function strideOf(streams: i32, kept: i32, frames: i32): usize {
  return (<usize>((frames / streams + kept + 24) & ~3)) << 2;
}

/**
 * Puts what was kept and the new input into the work area. A row holds the latest `kept` frames of its stream, the last of them belonging to the group of
 * frames that has begun; `start` of that group's frames have come before.
 */
function deal(state: usize, streams: i32, kept: i32, start: i32, frames: i32): void {
  const stride = strideOf(streams, kept, frames);
  const keptBytes = (<usize>kept) << 2;
  for (let r = 0; r < streams; r++) copy(state + <usize>r * keptBytes, WORK + <usize>r * stride, keptBytes);
  const first = WORK + keptBytes - 4;
  const bytes = (<usize>frames) << 2;
  if (streams === 1) {
    for (let i: usize = 0; i < bytes; i += 16) v128.store(first + i, clean(v128.load(INPUT + i)));
    return;
  }
  for (let i: usize = 0; i < bytes; i += 16) v128.store(INPUT + i, clean(v128.load(INPUT + i)));
  if (streams === 2 && start === 0) {
    for (let i: usize = 0; i < bytes; i += 32) {
      const a = v128.load(INPUT + i);
      const b = v128.load(INPUT + i, 16);
      v128.store(first + (i >> 1), i32x4.shuffle(a, b, 0, 2, 4, 6));
      v128.store(first + stride + (i >> 1), i32x4.shuffle(a, b, 1, 3, 5, 7));
    }
    return;
  }
  for (let i = 0; i < streams && i < frames; i++) {
    let r = start + i;
    let to = first;
    if (r >= streams) {
      r -= streams;
      to += 4;
    }
    to += <usize>r * stride;
    for (let from = (<usize>i) << 2; from < bytes; from += (<usize>streams) << 2) {
      store<f32>(to, load<f32>(INPUT + from));
      to += 4;
    }
  }
}

/** Keeps the latest frames of each row for the next call. */
function keep(state: usize, streams: i32, kept: i32, start: i32, frames: i32): void {
  const stride = strideOf(streams, kept, frames);
  const shift = (<usize>((start + frames) / streams)) << 2;
  const keptBytes = (<usize>kept) << 2;
  for (let r = 0; r < streams; r++) copy(WORK + <usize>r * stride + shift, state + <usize>r * keptBytes, keptBytes);
}

/**
 * `outputs` rows of taps over `streams` streams: output p of each group of frames stands at or after the group's frame offsets[p]. A row has `taps` f32 (a
 * multiple of 8) for each stream: every fourth from the oldest frame's on, every fourth from the next, and so on. Returns the outputs.
 */
export function group(state: usize, offsets: usize, rows: usize, outputs: i32, streams: i32, kept: i32, taps: i32, start: i32, frames: i32): i32 {
  deal(state, streams, kept, start, frames);
  const stride = strideOf(streams, kept, frames);
  const step = (<usize>outputs) << 2;
  let skipped = 0;
  while (skipped < outputs && load<i32>(offsets + ((<usize>skipped) << 2)) < start) skipped++;
  let count = 0;
  for (let p = 0; p < outputs; p++) {
    const offset = load<i32>(offsets + ((<usize>p) << 2));
    const begin = offset < start ? 1 : 0;
    const last = start + frames - 1 - offset;
    const end = last < 0 ? 0 : last / streams + 1;
    if (end > begin) count += end - begin;
    for (let q = begin; q < end; q += 16) {
      let c = rows;
      let a0 = f32x4.splat(0);
      let a1 = f32x4.splat(0);
      let a2 = f32x4.splat(0);
      let a3 = f32x4.splat(0);
      for (let r = 0; r < streams; r++) {
        const oldest = WORK + <usize>r * stride + ((<usize>(kept - taps + q)) << 2);
        // Every fourth tap at a time: then three of the four vectors have been loaded for the tap before.
        for (let x = oldest; x < oldest + 16; x += 4) {
          let next = x + 48;
          let x0 = v128.load(x);
          let x1 = v128.load(x, 16);
          let x2 = v128.load(x, 32);
          const stop = c + <usize>taps;
          do {
            const x3 = v128.load(next);
            let tap = v128.load32_splat(c);
            a0 = f32x4.add(a0, f32x4.mul(tap, x0));
            a1 = f32x4.add(a1, f32x4.mul(tap, x1));
            a2 = f32x4.add(a2, f32x4.mul(tap, x2));
            a3 = f32x4.add(a3, f32x4.mul(tap, x3));
            const x4 = v128.load(next, 16);
            tap = v128.load32_splat(c, 4);
            a0 = f32x4.add(a0, f32x4.mul(tap, x1));
            a1 = f32x4.add(a1, f32x4.mul(tap, x2));
            a2 = f32x4.add(a2, f32x4.mul(tap, x3));
            a3 = f32x4.add(a3, f32x4.mul(tap, x4));
            x0 = x2;
            x1 = x3;
            x2 = x4;
            c += 8;
            next += 32;
          } while (c < stop);
        }
      }
      let to = OUTPUT + ((<usize>(q * outputs + p - skipped)) << 2);
      if (outputs === 1) {
        v128.store(to, a0);
        v128.store(to, a1, 16);
        v128.store(to, a2, 32);
        v128.store(to, a3, 48);
      } else {
        for (let k = 0; k < 4; k++) {
          v128.store32_lane(to, a0, 0);
          v128.store32_lane(to + step, a0, 1);
          v128.store32_lane(to + 2 * step, a0, 2);
          v128.store32_lane(to + 3 * step, a0, 3);
          to += 4 * step;
          a0 = a1;
          a1 = a2;
          a2 = a3;
        }
      }
    }
    rows += (<usize>(taps * streams)) << 2;
  }
  keep(state, streams, kept, start, frames);
  return count;
}

/** `count` sums over `pairs` pairs of frames around low[n] and low[n + 1], and half of middle[n] when there is one, in a row from `to` on. */
function pairSums(taps: usize, pairs: i32, low: usize, middle: usize, to: usize, count: i32): void {
  const stop = taps + ((<usize>pairs) << 2);
  for (let n = 0; n < count; n += 16) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    if (middle !== 0) {
      const half = f32x4.splat(0.5);
      a0 = f32x4.mul(half, v128.load(middle));
      a1 = f32x4.mul(half, v128.load(middle, 16));
      a2 = f32x4.mul(half, v128.load(middle, 32));
      a3 = f32x4.mul(half, v128.load(middle, 48));
      middle += 64;
    }
    let before = low;
    let after = low + 4;
    for (let c = taps; c < stop; c += 4) {
      const tap = v128.load32_splat(c);
      a0 = f32x4.add(a0, f32x4.mul(tap, f32x4.add(v128.load(before), v128.load(after))));
      a1 = f32x4.add(a1, f32x4.mul(tap, f32x4.add(v128.load(before, 16), v128.load(after, 16))));
      a2 = f32x4.add(a2, f32x4.mul(tap, f32x4.add(v128.load(before, 32), v128.load(after, 32))));
      a3 = f32x4.add(a3, f32x4.mul(tap, f32x4.add(v128.load(before, 48), v128.load(after, 48))));
      before -= 4;
      after += 4;
    }
    v128.store(to, a0);
    v128.store(to, a1, 16);
    v128.store(to, a2, 32);
    v128.store(to, a3, 48);
    to += 64;
    low += 64;
  }
}

/** Halves the rate with a symmetric half-band filter; `kept` is twice `pairs`. Returns the outputs. */
export function firDown(state: usize, taps: usize, pairs: i32, start: i32, frames: i32): i32 {
  const kept = 2 * pairs;
  deal(state, 2, kept, start, frames);
  const count = (frames + 1 - start) >> 1;
  const newest = WORK + ((<usize>(kept - 1 + start)) << 2);
  const pairBytes = (<usize>pairs) << 2;
  pairSums(taps, pairs, newest - pairBytes, newest + strideOf(2, kept, frames) - pairBytes, OUTPUT, count);
  keep(state, 2, kept, start, frames);
  return count;
}

/** Doubles the rate with a symmetric half-band filter, whose taps come doubled; `kept` is twice `pairs`. */
export function firUp(state: usize, taps: usize, pairs: i32, frames: i32): void {
  const kept = 2 * pairs;
  deal(state, 1, kept, 0, frames);
  const before = WORK + ((<usize>(pairs - 1)) << 2);
  pairSums(taps, pairs, before, 0, SUMS, frames);
  for (let i: usize = 0; i < (<usize>frames) << 2; i += 16) {
    const even = v128.load(SUMS + i);
    const odd = v128.load(before + i, 4);
    v128.store(OUTPUT + 2 * i, i32x4.shuffle(even, odd, 0, 4, 1, 5));
    v128.store(OUTPUT + 2 * i, i32x4.shuffle(even, odd, 2, 6, 3, 7), 16);
  }
  keep(state, 1, kept, 0, frames);
}

// ---- filters whose vectors run along the taps: one dot product for each output ----

function horizontal(a: v128): f32 {
  const b = f32x4.add(a, i32x4.shuffle(a, a, 2, 3, 0, 1));
  return f32x4.extract_lane(b, 0) + f32x4.extract_lane(b, 1);
}

/** A row of `taps` (a multiple of 8) for each phase, the oldest frame's tap first; `kept` is `taps`. Returns the outputs. */
export function poly(state: usize, rows: usize, taps: i32, units: i32, stepFrames: i32, stepUnits: i32, wait: i32, phase: i32, frames: i32): i32 {
  const bytes = (<usize>taps) << 2;
  deal(state, 1, taps, 0, frames);
  let to = OUTPUT;
  while (wait < frames) {
    let c = rows + <usize>phase * bytes;
    let x = WORK + ((<usize>wait) << 2);
    const stop = c + bytes;
    let a0 = f32x4.mul(v128.load(c), v128.load(x));
    let a1 = f32x4.mul(v128.load(c, 16), v128.load(x, 16));
    let a2 = f32x4.splat(0);
    let a3 = a2;
    c += 32;
    x += 32;
    for (; c + 32 < stop; c += 64) {
      a2 = f32x4.add(a2, f32x4.mul(v128.load(c), v128.load(x)));
      a3 = f32x4.add(a3, f32x4.mul(v128.load(c, 16), v128.load(x, 16)));
      a0 = f32x4.add(a0, f32x4.mul(v128.load(c, 32), v128.load(x, 32)));
      a1 = f32x4.add(a1, f32x4.mul(v128.load(c, 48), v128.load(x, 48)));
      x += 64;
    }
    if (c < stop) {
      a2 = f32x4.add(a2, f32x4.mul(v128.load(c), v128.load(x)));
      a3 = f32x4.add(a3, f32x4.mul(v128.load(c, 16), v128.load(x, 16)));
    }
    store<f32>(to, horizontal(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3))));
    to += 4;
    wait += stepFrames;
    phase += stepUnits;
    if (phase >= units) {
      phase -= units;
      wait++;
    }
  }
  store<f64>(PARAMS, <f64>(wait - frames));
  store<f64>(PARAMS, <f64>phase, 8);
  keep(state, 1, taps, 0, frames);
  return <i32>((to - OUTPUT) >> 2);
}

/** As {@link poly}, with rows for evenly spaced phases, between which the outputs are interpolated; `rowsPerUnit` rows for one unit of the phase. */
export function drift(
  state: usize,
  rows: usize,
  taps: i32,
  rowsPerUnit: f64,
  units: f64,
  stepFrames: i32,
  stepUnits: f64,
  wait: i32,
  phase: f64,
  frames: i32,
): i32 {
  const bytes = (<usize>taps) << 2;
  deal(state, 1, taps, 0, frames);
  let to = OUTPUT;
  while (wait < frames) {
    const place = phase * rowsPerUnit;
    const row = <i32>place;
    let c = rows + <usize>row * bytes;
    let x = WORK + ((<usize>wait) << 2);
    const stop = c + bytes;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    for (; c < stop; c += 32) {
      const x0 = v128.load(x);
      const x1 = v128.load(x, 16);
      a0 = f32x4.add(a0, f32x4.mul(v128.load(c), x0));
      a1 = f32x4.add(a1, f32x4.mul(v128.load(c, 16), x1));
      b0 = f32x4.add(b0, f32x4.mul(v128.load(c + bytes), x0));
      b1 = f32x4.add(b1, f32x4.mul(v128.load(c + bytes, 16), x1));
      x += 32;
    }
    const before = horizontal(f32x4.add(a0, a1));
    const after = horizontal(f32x4.add(b0, b1));
    store<f32>(to, before + <f32>(place - <f64>row) * (after - before));
    to += 4;
    wait += stepFrames;
    phase += stepUnits;
    if (phase >= units) {
      phase -= units;
      wait++;
    }
  }
  store<f64>(PARAMS, <f64>(wait - frames));
  store<f64>(PARAMS, phase, 8);
  keep(state, 1, taps, 0, frames);
  return <i32>((to - OUTPUT) >> 2);
}
