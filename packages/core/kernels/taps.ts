/**
 * The taps of a rate pair, interpolated from a filter's prototype: the first table comes on a thread whose JavaScript is still interpreted. The same operations
 * in the same order as in src/dsp/phase-table.ts, so the taps are the same to the bit. The samples are f64, the rows f32.
 */

/** Rows of taps by interpolation between the `length` samples; see buildPhaseTable. */
export function phaseRows(samples: usize, length: i32, rows: usize, taps: i32, rowCount: i32, phases: i32, step: f64, shift: f64, scale: f64): void {
  for (let row = 0; row < rowCount; row++) {
    let to = rows + ((<usize>((row + 1) * taps)) << 2);
    for (let tap = 0; tap < taps; tap++) {
      to -= 4;
      store<f32>(to, <f32>(interpolate(samples, length, (<f64>row / <f64>phases + <f64>tap) * step + shift) * scale));
    }
  }
}

function interpolate(samples: usize, length: i32, at: f64): f64 {
  const first = <i32>at - 3;
  if (first + 8 > length) return 0;
  const x = at - <f64>first;
  if (x === 3) return get(samples, first + 3);
  const w0 = 1 / x;
  const w1 = -7 / (x - 1);
  const w2 = 21 / (x - 2);
  const w3 = -35 / (x - 3);
  const w4 = 35 / (x - 4);
  const w5 = -21 / (x - 5);
  const w6 = 7 / (x - 6);
  const w7 = -1 / (x - 7);
  const early = w0 * get(samples, first) + w1 * get(samples, first + 1) + w2 * get(samples, first + 2) + w3 * get(samples, first + 3);
  const late = w4 * get(samples, first + 4) + w5 * get(samples, first + 5) + w6 * get(samples, first + 6) + w7 * get(samples, first + 7);
  return (early + late) / (w0 + w1 + w2 + w3 + w4 + w5 + w6 + w7);
}

function get(array: usize, index: i32): f64 {
  return load<f64>(array + ((<usize>index) << 3));
}
