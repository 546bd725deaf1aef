/**
 * The recursion at the lower of two rates, before or after a filter with taps. The reference in JavaScript is src/dsp/recursion.ts; the matrices come from
 * src/dsp/wasm-recursion.ts. Blocks of four frames, as in half-band.ts.
 */
import { clean, copyFrames, finite, SETTLE_BLOCKS } from "./areas";

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
