/**
 * The input of filters with taps: frame by frame dealt out to `streams` rows, behind the latest frames of earlier calls.
 */
import { BLOCK, clean, copy, copyFrames, INPUT, SUMS, WORK } from "./areas";

// The state of a filter: how far its rows are filled beyond the frames kept (i32), the frames of the group that is not complete, then the rows. A row has room
// for what is kept and for a whole call, so that the kept frames are moved once in several calls only. A single stream's state is the kept frames alone, which go to
// the work area and back in every call: they are few, and measured, that is cheaper.

/** Bytes of a state before its rows. */
function headBytes(streams: i32): usize {
  return 16 + (((<usize>streams + 3) & ~3) << 2);
}

/** Bytes from row to row. */
export function strideOf(streams: i32, kept: i32): usize {
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
export function deal(state: usize, streams: i32, kept: i32, start: i32, frames: i32): usize {
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
