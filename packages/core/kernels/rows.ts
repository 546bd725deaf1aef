/**
 * Filters for any ratio: vectors run along the taps, one dot product for each output. The reference in JavaScript is src/dsp/fir-kernel.ts.
 */
import { OUTPUT, PARAMS } from "./areas";
import { deal } from "./history";

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
