/**
 * The recursive half-band filter: 2:1 and 1:2 with the least delay. The reference in JavaScript is src/dsp/half-band.ts.
 *
 * It takes blocks of frames that begin at multiples of their length in the stream. Frames of a block that is not full are kept, and computed once more when the rest is
 * there, which changes nothing, since no lane depends on later ones.
 */
import { clean, copy, copyFrames, finite, INPUT, OUTPUT, SETTLE_BLOCKS, TRIAL } from "./areas";

/** Bytes of the recursion in a state: the latest vector before, between and after the four sections, then that of the odd chain's outputs. */
const CHAIN_BYTES: usize = 96;
/** Where a state of a half-band filter has the frames of the block that is not full, and their count (i32). */
const CHAIN_FRAMES: usize = CHAIN_BYTES;
const CHAIN_COUNT: usize = CHAIN_BYTES + 32;
/** Where it has the blocks since the last settlement (i32). */
const CHAIN_SETTLED: usize = CHAIN_COUNT + 4;

/** Whether all lanes are finite. */
function allFinite(x: v128): bool {
  return i32x4.all_true(f32x4.eq(f32x4.sub(x, x), f32x4.splat(0)));
}

/** Memory of a recursion, cleaned. */
function settle(state: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(state + i, clean(v128.load(state + i)));
}

/** The vector before `x` and `x` itself, one pair (frame of each chain) earlier. */
function delayed(before: v128, x: v128): v128 {
  return v128.shuffle<i64>(before, x, 1, 2);
}

/**
 * Two pairs of frames through an all-pass section, (c + z^-1) / (1 + c z^-1) in each lane, times 1 / c. Its recursion y[n] = x[n-1] + c (x[n] - y[n-1]), written
 * twice into itself, needs no output but y[n-2], so that the wait for a result is half as long: y[n] / c = x[n] - x[n-2] + (1 / c - c) x[n-1] + c^2 (y[n-2] / c).
 * `table` has 1 / c - c and c^2 as vectors.
 */
function section(table: usize, x: v128, before: v128, y: v128): v128 {
  return f32x4.add(f32x4.add(f32x4.mul(v128.load(table), delayed(before, x)), f32x4.sub(x, before)), f32x4.mul(v128.load(table, 16), y));
}

/**
 * `blocks` blocks of eight frames through both chains, even frames in one and odd frames in the other, and the means of their outputs. A section takes the vector
 * that the section before it gave in the round before: then the four of a round need not wait for each other. Three rounds fill the chain and three empty it.
 */
function chainDown(state: usize, table: usize, from: usize, to: usize, blocks: i32): void {
  if (blocks === 0) return;
  let s0 = v128.load(state);
  let s1 = v128.load(state, 16);
  let s2 = v128.load(state, 32);
  let s3 = v128.load(state, 48);
  let s4 = v128.load(state, 64);
  let odd = v128.load(state, 80);
  const gain = v128.load(table, 128);
  const end = from + ((<usize>blocks) << 5);
  let y1: v128;
  let y2: v128;
  let y3: v128;
  let first: v128;
  let x = v128.load(from);
  if (blocks === 1) {
    y1 = section(table, x, s0, s1);
    y2 = section(table + 32, y1, s1, s2);
    y3 = section(table + 64, y2, s2, s3);
    first = section(table + 96, y3, s3, s4);
    s0 = v128.load(from, 16);
    s1 = section(table, s0, x, y1);
    s2 = section(table + 32, s1, y1, y2);
    s3 = section(table + 64, s2, y2, y3);
    s4 = section(table + 96, s3, y3, first);
  } else {
    y1 = section(table, x, s0, s1);
    s0 = x;
    x = v128.load(from, 16);
    y2 = section(table + 32, y1, s1, s2);
    s1 = y1;
    y1 = section(table, x, s0, y1);
    s0 = x;
    x = v128.load(from, 32);
    y3 = section(table + 64, y2, s2, s3);
    s2 = y2;
    y2 = section(table + 32, y1, s1, y2);
    s1 = y1;
    y1 = section(table, x, s0, y1);
    s0 = x;
    for (from += 48; from < end - 16; from += 32) {
      x = v128.load(from);
      first = section(table + 96, y3, s3, s4);
      s3 = y3;
      y3 = section(table + 64, y2, s2, y3);
      s2 = y2;
      y2 = section(table + 32, y1, s1, y2);
      s1 = y1;
      y1 = section(table, x, s0, y1);
      s0 = x;
      x = v128.load(from, 16);
      s4 = section(table + 96, y3, s3, first);
      s3 = y3;
      y3 = section(table + 64, y2, s2, y3);
      s2 = y2;
      y2 = section(table + 32, y1, s1, y2);
      s1 = y1;
      y1 = section(table, x, s0, y1);
      s0 = x;
      odd = means(gain, first, s4, odd, to);
      to += 16;
    }
    x = v128.load(from);
    first = section(table + 96, y3, s3, s4);
    s3 = y3;
    y3 = section(table + 64, y2, s2, y3);
    s2 = y2;
    y2 = section(table + 32, y1, s1, y2);
    s1 = y1;
    y1 = section(table, x, s0, y1);
    s0 = x;
    s4 = section(table + 96, y3, s3, first);
    s3 = y3;
    y3 = section(table + 64, y2, s2, y3);
    s2 = y2;
    y2 = section(table + 32, y1, s1, y2);
    s1 = y1;
    odd = means(gain, first, s4, odd, to);
    to += 16;
    first = section(table + 96, y3, s3, s4);
    s3 = y3;
    y3 = section(table + 64, y2, s2, y3);
    s2 = y2;
    s4 = section(table + 96, y3, s3, first);
    s3 = y3;
  }
  v128.store(state, s0);
  v128.store(state, s1, 16);
  v128.store(state, s2, 32);
  v128.store(state, s3, 48);
  v128.store(state, s4, 64);
  v128.store(state, means(gain, first, s4, odd, to), 80);
}

/** Stores four means of an even output and the odd one before it. Returns the odd outputs; `odd` are those of the four before. */
function means(gain: v128, first: v128, second: v128, odd: v128, to: usize): v128 {
  const a = f32x4.mul(gain, first);
  const b = f32x4.mul(gain, second);
  const next = i32x4.shuffle(a, b, 1, 3, 5, 7);
  v128.store(to, f32x4.add(i32x4.shuffle(a, b, 0, 2, 4, 6), i32x4.shuffle(odd, next, 3, 4, 5, 6)));
  return next;
}

/** `blocks` blocks of four frames, each into both chains, whose outputs are the new frames in turn. */
function chainUp(state: usize, table: usize, from: usize, to: usize, blocks: i32): void {
  let s0 = v128.load(state);
  let s1 = v128.load(state, 16);
  let s2 = v128.load(state, 32);
  let s3 = v128.load(state, 48);
  let s4 = v128.load(state, 64);
  const gain = v128.load(table, 128);
  for (const end = from + ((<usize>blocks) << 4); from < end; from += 16) {
    const frames = v128.load(from);
    let x = i32x4.shuffle(frames, frames, 0, 0, 1, 1);
    let y1 = section(table, x, s0, s1);
    let y2 = section(table + 32, y1, s1, s2);
    let y3 = section(table + 64, y2, s2, s3);
    const first = section(table + 96, y3, s3, s4);
    s0 = x;
    s1 = y1;
    s2 = y2;
    s3 = y3;
    v128.store(to, f32x4.mul(gain, first));
    x = i32x4.shuffle(frames, frames, 2, 2, 3, 3);
    y1 = section(table, x, s0, s1);
    y2 = section(table + 32, y1, s1, s2);
    y3 = section(table + 64, y2, s2, s3);
    s4 = section(table + 96, y3, s3, first);
    s0 = x;
    s1 = y1;
    s2 = y2;
    s3 = y3;
    v128.store(to, f32x4.mul(gain, s4), 16);
    to += 32;
  }
  v128.store(state, s0);
  v128.store(state, s1, 16);
  v128.store(state, s2, 32);
  v128.store(state, s3, 48);
  v128.store(state, s4, 64);
}

/**
 * `blocks` blocks through the half-band filter, eight frames to four when `down`, four to eight otherwise. Input that is not finite counts as 0: a recursion would
 * never lose it. (A look at the latest output, and doing it all again in that case, is cheaper than looking at every input.)
 */
function runChain(state: usize, table: usize, from: usize, to: usize, blocks: i32, down: bool): void {
  let settled = load<i32>(state + CHAIN_SETTLED);
  while (blocks > 0) {
    const count = min(blocks, SETTLE_BLOCKS - settled);
    const bytes = (<usize>count) << (down ? 5 : 4);
    copy(state, TRIAL, CHAIN_BYTES);
    chain(state, table, from, to, count, down);
    if (!allFinite(v128.load(state, 64))) {
      copy(TRIAL, state, CHAIN_BYTES);
      dropNotFinite(from, bytes);
      chain(state, table, from, to, count, down);
      // An absurd input may have overflowed. What is merely small stays: calls end here and there, and must change nothing.
      dropNotFinite(state, CHAIN_BYTES);
    }
    settled += count;
    if (settled === SETTLE_BLOCKS) {
      if (v128.any_true(f32x4.lt(f32x4.abs(v128.load(state, 64)), f32x4.splat(1e-20)))) settle(state, CHAIN_BYTES);
      settled = 0;
    }
    blocks -= count;
    from += bytes;
    to += (<usize>count) << (down ? 4 : 5);
  }
  store<i32>(state + CHAIN_SETTLED, settled);
}

function chain(state: usize, table: usize, from: usize, to: usize, blocks: i32, down: bool): void {
  if (down) chainDown(state, table, from, to, blocks);
  else chainUp(state, table, from, to, blocks);
}

function dropNotFinite(from: usize, bytes: usize): void {
  for (const end = from + bytes; from < end; from += 16) v128.store(from, finite(v128.load(from)));
}

/** The frames of a block that is not full: kept for the next call, and converted without leaving a trace. */
function tryChain(state: usize, table: usize, from: usize, to: usize, frames: i32, down: bool): void {
  store<i32>(state + CHAIN_COUNT, frames);
  if (frames === 0) return;
  dropNotFinite(from, 32);
  copyFrames(from, state + CHAIN_FRAMES, frames);
  copy(state, TRIAL, CHAIN_BYTES);
  chain(TRIAL, table, from, to, 1, down);
}

/** Halves the rate. Tables are for (even chain, odd chain) twice; after four sections come the gains. Returns the outputs. */
export function iirDown(state: usize, table: usize, frames: i32): i32 {
  const kept = load<i32>(state + CHAIN_COUNT);
  const from = INPUT - ((<usize>kept) << 2);
  const given = (kept + 1) >> 1;
  const to = OUTPUT - ((<usize>given) << 2);
  const all = kept + frames;
  const blocks = all >> 3;
  copyFrames(state + CHAIN_FRAMES, from, kept);
  runChain(state, table, from, to, blocks, true);
  tryChain(state, table, from + ((<usize>blocks) << 5), to + ((<usize>blocks) << 4), all & 7, true);
  return ((all + 1) >> 1) - given;
}

/** Doubles the rate. Tables are for (even outputs' chain, odd outputs' chain) twice; after four sections come the gains. */
export function iirUp(state: usize, table: usize, frames: i32): void {
  const kept = load<i32>(state + CHAIN_COUNT);
  const from = INPUT - ((<usize>kept) << 2);
  const to = OUTPUT - ((<usize>kept) << 3);
  const all = kept + frames;
  const blocks = all >> 2;
  copyFrames(state + CHAIN_FRAMES, from, kept);
  runChain(state, table, from, to, blocks, false);
  tryChain(state, table, from + ((<usize>blocks) << 4), to + ((<usize>blocks) << 5), all & 3, false);
}
