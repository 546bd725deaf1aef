/**
 * Filter design in WebAssembly, for threads whose JavaScript is still interpreted: audio threads, where a resampler's construction must not take longer than a
 * quantum or two. The same bits as the steps in JavaScript. Any thread; on construction only.
 */
import type { DesignSteps } from "./filter-design.ts";
import { OVERSAMPLING } from "./filter-design.ts";
import type { FirDesign } from "./fir-kernel.ts";
import type { KernelMemory, Slice } from "./kernel-memory.ts";
import { paddedForRows, ROW_SHIFT, tapsFor } from "./phase-table.ts";

/** The steps of a design in `memory`. */
export function designSteps(memory: KernelMemory): DesignSteps {
  const { code } = memory;
  return {
    fft(re, im, { cos, sin }) {
      memory.lend([re, im, cos, sin], ([r, i, c, s]) => code.fft(r as number, i as number, c as number, s as number, re.length));
    },
    fold(cepstrum, response) {
      memory.lend([response, cepstrum], ([r, c]) => code.fold(c as number, cepstrum.length, r as number, response.length));
    },
  };
}

/** Rows of taps as {@link buildPhaseTable} makes them, shared under `key`. */
export function shareRows(memory: KernelMemory, key: string, { response, frameStep }: FirDesign, phases: number, rowCount: number): Slice {
  const taps = tapsFor(response, frameStep);
  return memory.share(key, rowCount * taps * 4, (rows) => {
    const padded = paddedForRows(response);
    const step = frameStep * OVERSAMPLING;
    memory.lend([padded], ([samples]) => memory.code.phaseRows(samples as number, padded.length, rows, taps, rowCount, phases, step, ROW_SHIFT, frameStep));
  });
}
