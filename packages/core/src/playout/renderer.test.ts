import { describe, expect, it } from "vitest";
import { PlaybackRenderer } from "./renderer.ts";

const MEDIA = 24_000;

function render(renderer: PlaybackRenderer, frames: number): Float32Array {
  const output = new Float32Array(frames);
  for (let i = 0; i < frames; i += 128) renderer.render(output.subarray(i, Math.min(frames, i + 128)));
  return output;
}

/** Where a click of one frame comes out, by centre of energy around the largest sample. */
function clickAt(samples: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < samples.length; i++) if (Math.abs(samples[i]) > Math.abs(samples[largest])) largest = i;
  let sum = 0;
  let weighted = 0;
  for (let i = Math.max(0, largest - 40); i < Math.min(samples.length, largest + 40); i++) {
    sum += samples[i] * samples[i];
    weighted += i * samples[i] * samples[i];
  }
  return weighted / sum;
}

describe("PlaybackRenderer", () => {
  for (const deviceRate of [8000, 16_000, 24_000, 44_100, 48_000, 96_000]) {
    it(`knows to the frame what is at the ear of a ${deviceRate} Hz device`, () => {
      const samples = new Float32Array(MEDIA);
      const clickFrame = 12_000;
      // A short bump instead of one sample, so that it survives the way down to 8 kHz with its centre in place.
      for (let i = -12; i <= 12; i++) samples[clickFrame + i] = Math.exp(-(i * i) / 30);
      const renderer = new PlaybackRenderer({ mediaRate: MEDIA, deviceRate });
      renderer.insert({ itemId: "a", contentIndex: 0, samples });
      renderer.endOfItem("a", 0);
      const output = render(renderer, Math.ceil(deviceRate * 1.2));
      const click = clickAt(output);

      const again = new PlaybackRenderer({ mediaRate: MEDIA, deviceRate });
      again.insert({ itemId: "a", contentIndex: 0, samples: samples.slice() });
      again.endOfItem("a", 0);
      again.clock.setLatency(30);
      const latencyFrames = deviceRate * 0.03;
      // Rendered up to the click plus the latency: the click is at the ear now.
      render(again, Math.round(click + latencyFrames));
      const position = again.positionAtEar();
      expect(position.sounding).toBe(true);
      expect(Math.abs(position.mediaFrames - clickFrame)).toBeLessThan(0.0005 * MEDIA);
      const [item] = again.flush().items;
      expect(Math.abs(item.heardMs - 500)).toBeLessThanOrEqual(1);
    });
  }

  it("plays every frame of the reply through the resampler, then is silent", () => {
    const samples = Float32Array.from({ length: MEDIA }, (_, i) => 0.5 * Math.sin((2 * Math.PI * 440 * i) / MEDIA));
    const renderer = new PlaybackRenderer({ mediaRate: MEDIA, deviceRate: 48_000 });
    renderer.insert({ itemId: "a", contentIndex: 0, samples });
    renderer.endOfItem("a", 0);
    const output = render(renderer, 96_000);
    let energy = 0;
    for (let i = 0; i < 48_100; i++) energy += output[i] * output[i];
    expect(Math.sqrt(energy / 48_000)).toBeCloseTo(0.5 / Math.SQRT2, 2);
    for (let i = 48_200; i < 96_000; i++) expect(Math.abs(output[i])).toBeLessThan(1e-6);
    expect(renderer.stats.playedFrames).toBe(MEDIA);
  });

  it("meters what it renders", () => {
    const renderer = new PlaybackRenderer({ mediaRate: MEDIA, deviceRate: 48_000 });
    renderer.insert({ itemId: "a", contentIndex: 0, samples: new Float32Array(MEDIA).fill(0.5) });
    render(renderer, 4800);
    expect(renderer.level.rms).toBeCloseTo(0.5, 2);
    renderer.flush();
    render(renderer, 4800);
    expect(renderer.level.peak).toBeLessThan(1e-3);
  });
});
