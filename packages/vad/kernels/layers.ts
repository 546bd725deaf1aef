/**
 * The layers. Vectors run along outputs: a weight is loaded once and meets an input that is the same in all lanes, at every time at which it is wanted, so that sums stay in
 * registers. Weights lie in the order in which they are read.
 */
import { FIRST, MAGNITUDES, SECOND } from "./areas";

function mulAdd(sum: v128, weights: v128, x: v128): v128 {
  return f32x4.add(sum, f32x4.mul(weights, x));
}

function rectified(x: v128): v128 {
  return f32x4.max(x, f32x4.splat(0));
}

/** 129 bins to 128 channels at four times, three taps, one time of zeros before and after; from MAGNITUDES to FIRST. Eight channels at a time. @returns the end of the weights. */
export function first(weights: usize): usize {
  let w = weights + 512;
  for (let group: usize = 0; group < 512; group += 32) {
    let a0 = v128.load(weights + group);
    let b0 = v128.load(weights + group, 16);
    let a1 = a0;
    let b1 = b0;
    let a2 = a0;
    let b2 = b0;
    let a3 = a0;
    let b3 = b0;
    for (let from = MAGNITUDES; from < MAGNITUDES + 2064; from += 16) {
      const x0 = v128.load32_splat(from);
      const x1 = v128.load32_splat(from, 4);
      const x2 = v128.load32_splat(from, 8);
      const x3 = v128.load32_splat(from, 12);
      let u = v128.load(w);
      let v = v128.load(w, 16);
      a1 = mulAdd(a1, u, x0);
      b1 = mulAdd(b1, v, x0);
      a2 = mulAdd(a2, u, x1);
      b2 = mulAdd(b2, v, x1);
      a3 = mulAdd(a3, u, x2);
      b3 = mulAdd(b3, v, x2);
      u = v128.load(w, 32);
      v = v128.load(w, 48);
      a0 = mulAdd(a0, u, x0);
      b0 = mulAdd(b0, v, x0);
      a1 = mulAdd(a1, u, x1);
      b1 = mulAdd(b1, v, x1);
      a2 = mulAdd(a2, u, x2);
      b2 = mulAdd(b2, v, x2);
      a3 = mulAdd(a3, u, x3);
      b3 = mulAdd(b3, v, x3);
      u = v128.load(w, 64);
      v = v128.load(w, 80);
      a0 = mulAdd(a0, u, x1);
      b0 = mulAdd(b0, v, x1);
      a1 = mulAdd(a1, u, x2);
      b1 = mulAdd(b1, v, x2);
      a2 = mulAdd(a2, u, x3);
      b2 = mulAdd(b2, v, x3);
      w += 96;
    }
    const to = FIRST + group;
    v128.store(to, rectified(a0));
    v128.store(to, rectified(b0), 16);
    v128.store(to, rectified(a1), 512);
    v128.store(to, rectified(b1), 528);
    v128.store(to, rectified(a2), 1024);
    v128.store(to, rectified(b2), 1040);
    v128.store(to, rectified(a3), 1536);
    v128.store(to, rectified(b3), 1552);
  }
  return w;
}

/** 128 channels at four times to 64 at two, three taps, every second time, zeros before; from FIRST to SECOND. Sixteen channels at a time. @returns the end of the weights. */
export function second(weights: usize): usize {
  let w = weights + 256;
  for (let group: usize = 0; group < 256; group += 64) {
    let a0 = v128.load(weights + group);
    let b0 = v128.load(weights + group, 16);
    let c0 = v128.load(weights + group, 32);
    let d0 = v128.load(weights + group, 48);
    let a1 = a0;
    let b1 = b0;
    let c1 = c0;
    let d1 = d0;
    for (let from = FIRST; from < FIRST + 512; from += 4) {
      const x0 = v128.load32_splat(from);
      const x1 = v128.load32_splat(from, 512);
      const x2 = v128.load32_splat(from, 1024);
      const x3 = v128.load32_splat(from, 1536);
      a1 = mulAdd(a1, v128.load(w), x1);
      b1 = mulAdd(b1, v128.load(w, 16), x1);
      c1 = mulAdd(c1, v128.load(w, 32), x1);
      d1 = mulAdd(d1, v128.load(w, 48), x1);
      let u = v128.load(w, 64);
      a0 = mulAdd(a0, u, x0);
      a1 = mulAdd(a1, u, x2);
      u = v128.load(w, 80);
      b0 = mulAdd(b0, u, x0);
      b1 = mulAdd(b1, u, x2);
      u = v128.load(w, 96);
      c0 = mulAdd(c0, u, x0);
      c1 = mulAdd(c1, u, x2);
      u = v128.load(w, 112);
      d0 = mulAdd(d0, u, x0);
      d1 = mulAdd(d1, u, x2);
      u = v128.load(w, 128);
      a0 = mulAdd(a0, u, x1);
      a1 = mulAdd(a1, u, x3);
      u = v128.load(w, 144);
      b0 = mulAdd(b0, u, x1);
      b1 = mulAdd(b1, u, x3);
      u = v128.load(w, 160);
      c0 = mulAdd(c0, u, x1);
      c1 = mulAdd(c1, u, x3);
      u = v128.load(w, 176);
      d0 = mulAdd(d0, u, x1);
      d1 = mulAdd(d1, u, x3);
      w += 192;
    }
    const to = SECOND + group;
    v128.store(to, rectified(a0));
    v128.store(to, rectified(b0), 16);
    v128.store(to, rectified(c0), 32);
    v128.store(to, rectified(d0), 48);
    v128.store(to, rectified(a1), 256);
    v128.store(to, rectified(b1), 272);
    v128.store(to, rectified(c1), 288);
    v128.store(to, rectified(d1), 304);
  }
  return w;
}

/** Every input to every output, `outputs` a multiple of 32; outputs below `least` become that. @returns the end of the weights. */
export function dense(weights: usize, from: usize, inputs: usize, to: usize, outputs: usize, least: f32): usize {
  const floor = f32x4.splat(least);
  const end = from + (inputs << 2);
  let w = weights + (outputs << 2);
  for (let group: usize = 0; group < outputs << 2; group += 128) {
    const bias = weights + group;
    let a = v128.load(bias);
    let b = v128.load(bias, 16);
    let c = v128.load(bias, 32);
    let d = v128.load(bias, 48);
    let e = v128.load(bias, 64);
    let f = v128.load(bias, 80);
    let g = v128.load(bias, 96);
    let h = v128.load(bias, 112);
    for (let at = from; at < end; at += 4) {
      const x = v128.load32_splat(at);
      a = mulAdd(a, v128.load(w), x);
      b = mulAdd(b, v128.load(w, 16), x);
      c = mulAdd(c, v128.load(w, 32), x);
      d = mulAdd(d, v128.load(w, 48), x);
      e = mulAdd(e, v128.load(w, 64), x);
      f = mulAdd(f, v128.load(w, 80), x);
      g = mulAdd(g, v128.load(w, 96), x);
      h = mulAdd(h, v128.load(w, 112), x);
      w += 128;
    }
    const out = to + group;
    v128.store(out, f32x4.max(a, floor));
    v128.store(out, f32x4.max(b, floor), 16);
    v128.store(out, f32x4.max(c, floor), 32);
    v128.store(out, f32x4.max(d, floor), 48);
    v128.store(out, f32x4.max(e, floor), 64);
    v128.store(out, f32x4.max(f, floor), 80);
    v128.store(out, f32x4.max(g, floor), 96);
    v128.store(out, f32x4.max(h, floor), 112);
  }
  return w;
}
