/**
 * The layers. Vectors run along outputs: a weight is loaded once and meets an input that is the same in all lanes, at every time at which it is wanted, so that sums stay in
 * registers. Weights lie in the order in which they are read. Long sums are made of shorter ones, which loses less to rounding.
 */
import { FIRST, MAGNITUDES, SECOND } from "./areas";

function mulAdd(sum: v128, weights: v128, x: v128): v128 {
  return f32x4.add(sum, f32x4.mul(weights, x));
}

function addTo(to: usize, sum: v128): void {
  v128.store(to, f32x4.add(v128.load(to), sum));
}

/** Where sums begin. */
function begin(biases: usize, to: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, v128.load(biases + i));
}

/** What is below 0 becomes 0. */
export function rectify(at: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(at + i, f32x4.max(v128.load(at + i), f32x4.splat(0)));
}

/** 129 bins to 128 channels at four times, three taps, one time of zeros before and after; from MAGNITUDES to FIRST. Eight channels at a time. @returns the end of the weights. */
export function first(weights: usize): usize {
  for (let time: usize = 0; time < 2048; time += 512) begin(weights, FIRST + time, 512);
  let w = weights + 512;
  for (let group: usize = 0; group < 512; group += 32) {
    const to = FIRST + group;
    // Three times 43 bins.
    for (let part = MAGNITUDES; part < MAGNITUDES + 2064; part += 688) {
      let a0 = f32x4.splat(0);
      let b0 = a0;
      let a1 = a0;
      let b1 = a0;
      let a2 = a0;
      let b2 = a0;
      let a3 = a0;
      let b3 = a0;
      for (let from = part; from < part + 688; from += 16) {
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
      addTo(to, a0);
      addTo(to + 16, b0);
      addTo(to + 512, a1);
      addTo(to + 528, b1);
      addTo(to + 1024, a2);
      addTo(to + 1040, b2);
      addTo(to + 1536, a3);
      addTo(to + 1552, b3);
    }
  }
  rectify(FIRST, 2048);
  return w;
}

/** 128 channels at four times to 64 at two, three taps, every second time, zeros before; from FIRST to SECOND. Sixteen channels at a time. @returns the end of the weights. */
export function second(weights: usize): usize {
  begin(weights, SECOND, 256);
  begin(weights, SECOND + 256, 256);
  let w = weights + 256;
  for (let group: usize = 0; group < 256; group += 64) {
    const to = SECOND + group;
    // Four times 32 channels.
    for (let part = FIRST; part < FIRST + 512; part += 128) {
      let a0 = f32x4.splat(0);
      let b0 = a0;
      let c0 = a0;
      let d0 = a0;
      let a1 = a0;
      let b1 = a0;
      let c1 = a0;
      let d1 = a0;
      for (let from = part; from < part + 128; from += 4) {
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
      addTo(to, a0);
      addTo(to + 16, b0);
      addTo(to + 32, c0);
      addTo(to + 48, d0);
      addTo(to + 256, a1);
      addTo(to + 272, b1);
      addTo(to + 288, c1);
      addTo(to + 304, d1);
    }
  }
  rectify(SECOND, 512);
  return w;
}

/** Every input, a multiple of 32, to every output, a multiple of 32. @returns the end of the weights. */
export function dense(weights: usize, from: usize, inputs: usize, to: usize, outputs: usize): usize {
  begin(weights, to, outputs << 2);
  let w = weights + (outputs << 2);
  for (let out = to; out < to + (outputs << 2); out += 128) {
    for (let part = from; part < from + (inputs << 2); part += 128) {
      let a = f32x4.splat(0);
      let b = a;
      let c = a;
      let d = a;
      let e = a;
      let f = a;
      let g = a;
      let h = a;
      for (let at = part; at < part + 128; at += 4) {
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
      addTo(out, a);
      addTo(out + 16, b);
      addTo(out + 32, c);
      addTo(out + 48, d);
      addTo(out + 64, e);
      addTo(out + 80, f);
      addTo(out + 96, g);
      addTo(out + 112, h);
    }
  }
  return w;
}
