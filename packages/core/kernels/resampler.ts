/**
 * The resampler's inner loops in WebAssembly SIMD. This is AssemblyScript; `node scripts/build.mjs kernels` compiles it into src/dsp/generated/kernels.ts. The
 * plain JavaScript kernels in src/dsp are the reference for every function here.
 *
 * One instance serves all resamplers of a thread. Calls never overlap, so the areas for input, output and work exist once; what a resampler keeps between calls
 * is a small state of its own, and what many have in common (taps) is stored once. Who lives where in memory beyond HEAP is decided by the caller.
 *
 * The same bits for every chunking: a lane of a vector adds the same products in the same order whatever its neighbours are. Recursions take blocks of frames
 * that begin at multiples of their length in the stream: frames of a block that is not full are kept and computed once more when the rest is there, which changes
 * nothing, since no lane depends on later ones. Loops run over whole vectors, so they read and write up to 15 frames (times the outputs of a group) past the end;
 * every area has room for that, and for the kept frames before its start.
 */

/** Where {@link poly} and {@link drift} leave the time of the next output: frames to wait, and the phase, as two f64. */
export const PARAMS: usize = 1024;
/** Frames that one call takes and gives at most. */
export const BLOCK: i32 = 1024;
/** The input of a call, f32. */
export const INPUT: usize = PARAMS + 128;
/** The output of a call, f32, and 192 frames of slack. */
export const OUTPUT: usize = INPUT + 4096 + 128;
/** Half-band sums before they are interleaved, or streams before they are dealt out further, f32. */
const SUMS: usize = OUTPUT + 4096 + 768;
/** The kept and the new frames of a single stream in a row, f32; the longest row is that from 192 to 8 kHz. */
const WORK: usize = SUMS + 4096 + 256;
/** A copy of a state, for blocks that are not full. */
const TRIAL: usize = WORK + 12288;
/** First byte that the caller hands out. */
export const HEAP: usize = TRIAL + 256;

/** The input in whole vectors; not finite and below 1e-25 (-500 dB, where products would soon be denormal and slow) become 0. */
function clean(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  return v128.and(x, v128.and(f32x4.ge(magnitude, f32x4.splat(1e-25)), f32x4.le(magnitude, f32x4.splat(3.4028234663852886e38))));
}

/** Not finite becomes 0, since a recursion would never lose it. */
function finite(x: v128): v128 {
  return v128.and(x, f32x4.eq(f32x4.sub(x, x), f32x4.splat(0)));
}

/** Copies whole vectors. */
function copy(from: usize, to: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, v128.load(from + i));
}

/** Copies whole frames. */
function copyFrames(from: usize, to: usize, frames: i32): void {
  for (let i: usize = 0; i < (<usize>frames) << 2; i += 4) store<f32>(to + i, load<f32>(from + i));
}

/**
 * Blocks of a recursion after which what is too small to be heard becomes 0, before it is denormal and slow. Counted in the stream, not in calls, so that chunks
 * change nothing.
 */
const SETTLE_BLOCKS: i32 = 16;

/** Whether all lanes are finite. */
function allFinite(x: v128): bool {
  return i32x4.all_true(f32x4.eq(f32x4.sub(x, x), f32x4.splat(0)));
}

/** Memory of a recursion, cleaned. */
function settle(state: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(state + i, clean(v128.load(state + i)));
}

// ---- recursive half-band filter ----

/** Bytes of the recursion in a state: the latest vector before, between and after the four sections, then that of the odd chain's outputs. */
const CHAIN_BYTES: usize = 96;
/** Where a state of a half-band filter has the frames of the block that is not full, and their count (i32). */
const CHAIN_FRAMES: usize = CHAIN_BYTES;
const CHAIN_COUNT: usize = CHAIN_BYTES + 32;
/** Where it has the blocks since the last settlement (i32). */
const CHAIN_SETTLED: usize = CHAIN_COUNT + 4;

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

// ---- recursive section at the lower rate, before or after an FIR filter ----

/** Bytes of a section's state: two numbers each of two systems of order 2 side by side. */
const SECTION_BYTES: usize = 16;
/**
 * Bytes of a section's table: vectors of what each of four inputs and of four numbers of the state adds to four outputs, and each of four inputs to the next state;
 * then what the first and what the second number of each system adds to both of its next ones.
 */
const SECTION_TABLE_BYTES: usize = 16 * 14;

function lane(x: v128, column: v128, sum: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, column));
}

/** The four outputs for the frames `x`, in the state `s`. From +0 on, so that no output is -0, whose sign would depend on the frames after it. */
function sectionOutputs(table: usize, x: v128, s: v128): v128 {
  let y = lane(i32x4.shuffle(x, x, 0, 0, 0, 0), v128.load(table), f32x4.splat(0));
  y = lane(i32x4.shuffle(x, x, 1, 1, 1, 1), v128.load(table, 16), y);
  y = lane(i32x4.shuffle(x, x, 2, 2, 2, 2), v128.load(table, 32), y);
  y = lane(i32x4.shuffle(x, x, 3, 3, 3, 3), v128.load(table, 48), y);
  const early = lane(i32x4.shuffle(s, s, 1, 1, 1, 1), v128.load(table, 80), f32x4.mul(i32x4.shuffle(s, s, 0, 0, 0, 0), v128.load(table, 64)));
  const late = lane(i32x4.shuffle(s, s, 3, 3, 3, 3), v128.load(table, 112), f32x4.mul(i32x4.shuffle(s, s, 2, 2, 2, 2), v128.load(table, 96)));
  return f32x4.add(y, f32x4.add(early, late));
}

/** The state after the frames `x`. */
function sectionState(table: usize, x: v128, s: v128): v128 {
  const fresh = f32x4.add(
    lane(i32x4.shuffle(x, x, 1, 1, 1, 1), v128.load(table, 144), f32x4.mul(i32x4.shuffle(x, x, 0, 0, 0, 0), v128.load(table, 128))),
    lane(i32x4.shuffle(x, x, 3, 3, 3, 3), v128.load(table, 176), f32x4.mul(i32x4.shuffle(x, x, 2, 2, 2, 2), v128.load(table, 160))),
  );
  return lane(i32x4.shuffle(s, s, 1, 1, 3, 3), v128.load(table, 208), lane(i32x4.shuffle(s, s, 0, 0, 2, 2), v128.load(table, 192), fresh));
}

/**
 * `frames` frames from `at` on through a section of order 4, in place; those of a block that is not full leave the state as it is. `settled` blocks have passed since
 * the last settlement.
 */
function runSection(state: usize, table: usize, at: usize, frames: i32, settled: i32): void {
  let s = v128.load(state);
  for (let blocks = frames >> 2; blocks > 0; ) {
    const count = min(blocks, SETTLE_BLOCKS - settled);
    for (const end = at + ((<usize>count) << 4); at < end; at += 16) {
      const x = v128.load(at);
      v128.store(at, sectionOutputs(table, x, s));
      s = sectionState(table, x, s);
    }
    settled += count;
    if (settled === SETTLE_BLOCKS) {
      s = clean(s);
      settled = 0;
    }
    blocks -= count;
  }
  s = finite(s);
  v128.store(state, s);
  if ((frames & 3) !== 0) v128.store(at, sectionOutputs(table, v128.load(at), s));
}

/** `frames` frames from `at` (INPUT or OUTPUT) on through `sections` sections, in place. The state ends with the frames of a block that is not full. */
export function recurse(state: usize, table: usize, sections: i32, at: usize, frames: i32): void {
  const waiting = state + <usize>sections * SECTION_BYTES;
  const kept = load<i32>(waiting + 16);
  const settled = load<i32>(waiting + 20);
  const from = at - ((<usize>kept) << 2);
  const all = kept + frames;
  const rest = all & 3;
  const end = at + ((<usize>frames) << 2);
  for (let x = at; x < end; x += 16) v128.store(x, finite(v128.load(x)));
  copyFrames(waiting, from, kept);
  copyFrames(end - ((<usize>rest) << 2), waiting, rest);
  v128.store(end, f32x4.splat(0));
  for (let k = 0; k < sections; k++) runSection(state + <usize>k * SECTION_BYTES, table + <usize>k * SECTION_TABLE_BYTES, from, all, settled);
  store<i32>(waiting + 16, rest);
  store<i32>(waiting + 20, (settled + (all >> 2)) % SETTLE_BLOCKS);
}

// ---- filters whose vectors run over outputs: input dealt out to `streams` rows, frame by frame ----

// The state of such a filter: how far its rows are filled beyond the frames kept (i32), the frames of the group that is not complete, then the rows. A row has room
// for what is kept and for a whole call, so that the kept frames are moved once in several calls only. A single stream's state is the kept frames alone, which go to
// the work area and back in every call: they are few, and measured, that is cheaper.

/** Bytes of a state before its rows. */
function headBytes(streams: i32): usize {
  return 16 + (((<usize>streams + 3) & ~3) << 2);
}

/** Bytes from row to row. */
function strideOf(streams: i32, kept: i32): usize {
  return (<usize>((BLOCK / streams + kept + 28) & ~3)) << 2;
}

/** Bytes of the state of a filter over `streams` streams that needs the `kept` latest frames of each. */
export function historyBytes(streams: i32, kept: i32): i32 {
  if (streams === 1) return kept << 2;
  return <i32>(headBytes(streams) + <usize>streams * strideOf(streams, kept));
}

/**
 * Puts the new input into the rows, whole groups of `streams` frames at a time, from a group of which `start` frames were there before. Returns the address in the
 * first row where the latest `kept` frames before the first of these groups begin.
 */
function deal(state: usize, streams: i32, kept: i32, start: i32, frames: i32): usize {
  const keptBytes = (<usize>kept) << 2;
  if (streams === 1) {
    const bytes = (<usize>frames) << 2;
    copy(state, WORK, keptBytes);
    for (let x: usize = 0; x < bytes; x += 16) v128.store(WORK + keptBytes + x, clean(v128.load(INPUT + x)));
    copy(WORK + bytes, state, keptBytes);
    return WORK;
  }
  const all = start + frames;
  const stride = strideOf(streams, kept);
  const rows = state + headBytes(streams);
  const groups = all / streams;
  let filled = load<i32>(state);
  if (filled + groups >= BLOCK / streams + 1) {
    for (let r = 0; r < streams; r++) copy(rows + <usize>r * stride + ((<usize>filled) << 2), rows + <usize>r * stride, keptBytes);
    filled = 0;
  }
  store<i32>(state, filled + groups);
  const base = rows + ((<usize>filled) << 2);
  const to = base + keptBytes;
  const from = INPUT - ((<usize>start) << 2);
  const end = INPUT + ((<usize>frames) << 2);
  copyFrames(state + 16, from, start);
  if (streams === 2) {
    dealTwo(from, end, to, to + stride);
  } else if (streams === 3) {
    dealThree(from, end, to, stride);
  } else if (streams === 6) {
    const odd = SUMS + 2048 + 64;
    const bytes = ((end - from) >> 1) + 2;
    dealTwo(from, end, SUMS, odd);
    dealThree(SUMS, SUMS + bytes, to, 2 * stride);
    dealThree(odd, odd + bytes, to + stride, 2 * stride);
  } else {
    const step = (<usize>streams) << 2;
    for (let x = from; x < end; x += 16) v128.store(x, clean(v128.load(x)));
    for (let r: usize = 0; r < <usize>streams; r++) {
      let place = to + r * stride;
      for (let x = from + (r << 2); x < end; x += step) {
        store<f32>(place, load<f32>(x));
        place += 4;
      }
    }
  }
  copyFrames(from + ((<usize>(groups * streams)) << 2), state + 16, all - groups * streams);
  return base;
}

function dealTwo(from: usize, end: usize, even: usize, odd: usize): void {
  for (; from < end; from += 32) {
    const a = clean(v128.load(from));
    const b = clean(v128.load(from, 16));
    v128.store(even, i32x4.shuffle(a, b, 0, 2, 4, 6));
    v128.store(odd, i32x4.shuffle(a, b, 1, 3, 5, 7));
    even += 16;
    odd += 16;
  }
}

function dealThree(from: usize, end: usize, to: usize, stride: usize): void {
  for (; from < end; from += 48) {
    const a = clean(v128.load(from));
    const b = clean(v128.load(from, 16));
    const c = clean(v128.load(from, 32));
    v128.store(to, i32x4.shuffle(i32x4.shuffle(a, b, 0, 3, 6, 6), c, 0, 1, 2, 5));
    v128.store(to + stride, i32x4.shuffle(i32x4.shuffle(a, b, 1, 4, 7, 7), c, 0, 1, 2, 6));
    v128.store(to + 2 * stride, i32x4.shuffle(i32x4.shuffle(a, b, 2, 5, 5, 5), c, 0, 1, 4, 7));
    to += 16;
  }
}

/**
 * `outputs` rows of taps over `streams` streams. Output p of each group of frames stands at or after the group's frame `offsets[p]`; streams after that frame
 * give frames up to the group before. A row has `taps` f32 (a multiple of 4) for each stream: every fourth from the oldest frame's on, every fourth from the
 * next, and so on; `kept` is `taps`. Returns the outputs.
 */
export function group(state: usize, offsets: usize, rows: usize, outputs: i32, streams: i32, taps: i32, start: i32, frames: i32): i32 {
  const base = deal(state, streams, taps, start, frames);
  const stride = strideOf(streams, taps);
  const step = (<usize>outputs) << 2;
  const half = (<usize>(taps >> 3)) << 3;
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
        const oldest = base + <usize>r * stride + ((<usize>(r <= offset ? q + 1 : q)) << 2);
        // Every fourth tap at a time: then three of the four vectors have been loaded for the tap before.
        for (let x = oldest; x < oldest + 16; x += 4) {
          let next = x + 48;
          let x0 = v128.load(x);
          let x1 = v128.load(x, 16);
          let x2 = v128.load(x, 32);
          for (const stop = c + half; c < stop; c += 8) {
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
            next += 32;
          }
          if ((taps & 4) !== 0) {
            const tap = v128.load32_splat(c);
            a0 = f32x4.add(a0, f32x4.mul(tap, x0));
            a1 = f32x4.add(a1, f32x4.mul(tap, x1));
            a2 = f32x4.add(a2, f32x4.mul(tap, x2));
            a3 = f32x4.add(a3, f32x4.mul(tap, v128.load(next)));
            c += 4;
          }
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
  return count;
}

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

// ---- filters whose vectors run along the taps: one dot product for each output ----

function horizontal(a: v128): f32 {
  const b = f32x4.add(a, i32x4.shuffle(a, a, 2, 3, 0, 1));
  return f32x4.extract_lane(b, 0) + f32x4.extract_lane(b, 1);
}

/** A row of `taps` (a multiple of 4) for each phase, the oldest frame's tap first; frames kept: `taps`. Returns the outputs. */
export function poly(state: usize, rows: usize, taps: i32, units: i32, stepFrames: i32, stepUnits: i32, wait: i32, phase: i32, frames: i32): i32 {
  const bytes = (<usize>taps) << 2;
  const base = deal(state, 1, taps, 0, frames);
  const stepBytes = (<usize>stepFrames) << 2;
  let to = OUTPUT;
  let oldest = base + ((<usize>(wait + 1)) << 2);
  const end = base + ((<usize>(frames + 1)) << 2);
  while (oldest < end) {
    let c = rows + <usize>phase * bytes;
    let x = oldest;
    const stop = c + bytes;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    for (; c + 16 < stop; c += 32) {
      a0 = f32x4.add(a0, f32x4.mul(v128.load(c), v128.load(x)));
      a1 = f32x4.add(a1, f32x4.mul(v128.load(c, 16), v128.load(x, 16)));
      x += 32;
    }
    if (c < stop) a0 = f32x4.add(a0, f32x4.mul(v128.load(c), v128.load(x)));
    store<f32>(to, horizontal(f32x4.add(a0, a1)));
    to += 4;
    oldest += stepBytes;
    phase += stepUnits;
    if (phase >= units) {
      phase -= units;
      oldest += 4;
    }
  }
  store<f64>(PARAMS, <f64>(<i32>(oldest - end) >> 2));
  store<f64>(PARAMS, <f64>phase, 8);
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
  const base = deal(state, 1, taps, 0, frames);
  let to = OUTPUT;
  while (wait < frames) {
    const place = phase * rowsPerUnit;
    const row = <i32>place;
    let c = rows + <usize>row * bytes;
    let x = base + ((<usize>(wait + 1)) << 2);
    const stop = c + bytes;
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    for (; c + 16 < stop; c += 32) {
      const x0 = v128.load(x);
      const x1 = v128.load(x, 16);
      a0 = f32x4.add(a0, f32x4.mul(v128.load(c), x0));
      a1 = f32x4.add(a1, f32x4.mul(v128.load(c, 16), x1));
      b0 = f32x4.add(b0, f32x4.mul(v128.load(c + bytes), x0));
      b1 = f32x4.add(b1, f32x4.mul(v128.load(c + bytes, 16), x1));
      x += 32;
    }
    if (c < stop) {
      const x0 = v128.load(x);
      a0 = f32x4.add(a0, f32x4.mul(v128.load(c), x0));
      b0 = f32x4.add(b0, f32x4.mul(v128.load(c + bytes), x0));
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
  return <i32>((to - OUTPUT) >> 2);
}
