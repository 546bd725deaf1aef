/**
 * Voice activity by energy over an adaptive noise floor. No model, no dependency: it tells speech from silence, hiss and hum in a quiet room, and takes any loud sound
 * for speech. Its probability crosses 0.5 where the level is `onsetDb` over the floor, and decays over a few frames so that a stop consonant is not a pause.
 */
import type { Vad } from "./vad.ts";

/** Tuning of {@link EnergyVad}; levels in dBFS (RMS of a full-scale square wave = 0). */
export const ENERGY_VAD_DEFAULTS = Object.freeze({
  /** Level over the noise floor at which the probability is one half, in dB. */
  onsetDb: 10,
  /** Level below which nothing counts as speech, in dBFS. */
  gateDb: -46,
  /** dB by which the probability goes from 0.5 to about 0.73. */
  slopeDb: 3,
  /** Noise floor before anything was heard, and its bounds, in dBFS. */
  initialFloorDb: -55,
  minFloorDb: -65,
  maxFloorDb: -30,
  /** Share of the way the floor falls to a quieter frame, per frame. */
  floorFall: 0.3,
  /** How fast the floor rises under a louder frame, in dB per frame of 32 ms (1 dB/s). */
  floorRiseDb: 0.032,
  /** Part of the previous frame's probability that a frame keeps at least. */
  release: 0.8,
});

/** Level of digital silence, in dBFS; stands for minus infinity. */
const SILENCE_DB = -100;

/** A {@link Vad} that listens to loudness only. */
export class EnergyVad implements Vad {
  #floorDb: number = ENERGY_VAD_DEFAULTS.initialFloorDb;
  #last = 0;

  process(frame: Float32Array): number {
    const { onsetDb, gateDb, slopeDb, minFloorDb, maxFloorDb, floorFall, floorRiseDb, release } = ENERGY_VAD_DEFAULTS;
    const level = levelDb(frame);
    const overDb = Math.min(level - this.#floorDb - onsetDb, level - gateDb);
    const moved = level < this.#floorDb ? this.#floorDb + floorFall * (level - this.#floorDb) : this.#floorDb + floorRiseDb;
    this.#floorDb = Math.min(maxFloorDb, Math.max(minFloorDb, moved));
    this.#last = Math.max(1 / (1 + Math.exp(-overDb / slopeDb)), this.#last * release);
    return this.#last;
  }

  reset(): void {
    this.#floorDb = ENERGY_VAD_DEFAULTS.initialFloorDb;
    this.#last = 0;
  }
}

/** RMS level of `frame` without its DC offset, in dBFS. */
function levelDb(frame: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (const sample of frame) {
    sum += sample;
    squares += sample * sample;
  }
  const mean = sum / frame.length;
  const power = squares / frame.length - mean * mean;
  return power <= 1e-10 ? SILENCE_DB : 10 * Math.log10(power);
}
