/**
 * The recurrent layer after its gates, and what follows it.
 */
import { GATES, STATE } from "./areas";

/** e^x to 2 units in the last place, for x limited to what has a normal result. A polynomial on the remainder of ln 2 (Cephes, expf). */
function exp(x: v128): v128 {
  const y = f32x4.min(f32x4.max(x, f32x4.splat(-87)), f32x4.splat(87));
  const n = f32x4.nearest(f32x4.mul(y, f32x4.splat(Mathf.LOG2E)));
  // ln 2 in two parts, of which the first times n is exact.
  let r = f32x4.sub(y, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

function tanh(x: v128): v128 {
  return f32x4.sub(f32x4.mul(f32x4.splat(2), sigmoid(f32x4.add(x, x))), f32x4.splat(1));
}

/** New hidden values and cells from the gates and the old cells. */
export function remember(): void {
  for (let i: usize = 0; i < 512; i += 16) {
    const input = sigmoid(v128.load(GATES + i));
    const forget = sigmoid(v128.load(GATES + i, 512));
    const candidate = tanh(v128.load(GATES + i, 1024));
    const output = sigmoid(v128.load(GATES + i, 1536));
    const cell = f32x4.add(f32x4.mul(forget, v128.load(STATE + i, 512)), f32x4.mul(input, candidate));
    v128.store(STATE + i, cell, 512);
    v128.store(STATE + i, f32x4.mul(output, tanh(cell)));
  }
}

/** The probability that the hidden values speak of. */
export function decide(weights: usize): f32 {
  let sum = f32x4.splat(0);
  for (let i: usize = 0; i < 512; i += 16) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(weights + i), f32x4.max(v128.load(STATE + i), f32x4.splat(0))));
  }
  sum = f32x4.add(sum, i32x4.shuffle(sum, sum, 2, 3, 0, 1));
  sum = f32x4.add(sum, i32x4.shuffle(sum, sum, 1, 0, 3, 2));
  return f32x4.extract_lane(sigmoid(f32x4.add(sum, v128.load32_splat(weights, 512))), 0);
}
