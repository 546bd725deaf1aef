/** How near concealed speech comes to what was lost: levels in critical bands over the first 20 ms of each loss, beside silence and the last packet played again. */
import { describe, expect, it } from "vitest";
import { bandDistance } from "../../../../test/support/spectral.ts";
import { sequence, speech } from "../../../../test/support/speech.ts";
import { Concealer } from "./conceal.ts";

/** Quieter losses, in RMS, are pauses. */
const LEAST_RMS = 0.01;
/** Patterns of loss for each share, since the recordings are short. */
const PATTERNS = 40;

/** Mean distances in dB over the first packets lost in a row, of 20 ms, at a share of `loss`. */
function distances(rate: number, loss: number): { concealed: number; repeated: number; silent: number; losses: number } {
  const source = sequence(rate, speech("speech-a", rate), speech("speech-b", rate));
  const packet = rate / 50;
  const packets = Math.floor(source.length / packet);
  let seed = 12345;
  const sums = { concealed: 0, repeated: 0, silent: 0, losses: 0 };
  for (let pattern = 0; pattern < PATTERNS; pattern++) {
    const concealer = new Concealer(rate);
    const [concealed, repeated, silent] = [source.slice(), source.slice(), source.slice()];
    let lostBefore = false;
    for (let at = 0; at + packet <= packets * packet; at += packet) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const lost = at >= 4 * packet && seed / 2 ** 32 < loss;
      if (lost) {
        concealer.conceal(concealed, at, packet);
        repeated.copyWithin(at, at - packet, at);
        silent.fill(0, at, at + packet);
      } else concealer.resume(concealed, at, packet);
      const power = source.subarray(at, at + packet).reduce((sum, x) => sum + x * x, 0) / packet;
      if (lost && !lostBefore && Math.sqrt(power) >= LEAST_RMS) {
        sums.concealed += bandDistance(source, concealed, rate, at, packet);
        sums.repeated += bandDistance(source, repeated, rate, at, packet);
        sums.silent += bandDistance(source, silent, rate, at, packet);
        sums.losses++;
      }
      lostBefore = lost;
    }
  }
  const { losses } = sums;
  return { concealed: sums.concealed / losses, repeated: sums.repeated / losses, silent: sums.silent / losses, losses };
}

describe("concealed speech", () => {
  it.each([
    [8000, 0.05],
    [8000, 0.1],
    [24000, 0.05],
    [24000, 0.1],
  ])("at %i Hz and a loss of %f is within 6.9 dB, nearer than the last packet again, and far nearer than silence", (rate, loss) => {
    const { concealed, repeated, silent, losses } = distances(rate, loss);
    expect(losses).toBeGreaterThan(500);
    expect(concealed).toBeLessThan(6.9);
    expect(concealed).toBeLessThan(repeated - 0.4);
    expect(silent).toBeGreaterThan(25);
  });

  it("is measured by a distance that is 0 to itself and grows with a change of level as it should", () => {
    const source = speech("speech-a", 8000);
    const half = source.map((x) => x / 2);
    for (let at = 16000; at < 40000; at += 1600) {
      expect(bandDistance(source, source, 8000, at, 160)).toBe(0);
      expect(bandDistance(source, half, 8000, at, 160)).toBeLessThan(6.03);
    }
    expect(bandDistance(source, half, 8000, 20000, 160)).toBeCloseTo(6.02, 1);
  });
});
