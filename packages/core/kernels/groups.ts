/**
 * Filters for small ratios: vectors run over the outputs of as many groups of frames. The reference in JavaScript is src/dsp/fir-kernel.ts. A lane adds the same products
 * in the same order whatever its neighbours are.
 */
import { OUTPUT } from "./areas";
import { deal, strideOf } from "./history";

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
