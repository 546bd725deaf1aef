/**
 * Two distances between an original and what was made of it, for speech: NSIM after time stretching, and a distance over critical bands for concealed losses.
 *
 * NSIM is the neurogram similarity index measure (Hines and Harte, Speech Communication 54, 2012) on log-mel spectrograms in place of auditory nerve patterns, as ViSQOL
 * does it (Hines, Skoglund, Kokaram and Harte, EURASIP JASMP 2015): at each band and moment the means, variances and covariance of a 3 by 3 neighbourhood, weighed by a
 * Gaussian, say how like the two are; the index is the mean over all where there is sound. 1 is identical, 0 is unrelated.
 */

/** Bands of the mel spectrogram. */
const MEL_BANDS = 40;
/** Samples of a spectrum, and from one to the next, in ms. */
const WINDOW_MS = 25;
export const HOP_MS = 10;
/** Range that counts, in dB below the loudest cell of the original: ViSQOL's. Below is the noise of the recording, whose cells are like nothing, not even their neighbours. */
export const RANGE_DB = 45;
/** Upper edges of the first 18 critical bands in Hz (Zwicker, JASA 33, 1961); the last is cut short at 4000, and those from 100 Hz on are the 17 of telephone speech. */
const BARK_EDGES = [100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150, 3700, 4000];

/** Power spectrum of `real` (a power of two long), bins 0 to n/2, by a radix-2 transform; both arrays are overwritten. */
function powerSpectrum(real: Float64Array, imaginary: Float64Array): Float64Array {
  const n = real.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [real[i], real[j]] = [real[j], real[i]];
  }
  imaginary.fill(0);
  for (let size = 2; size <= n; size *= 2) {
    for (let k = 0; k < size / 2; k++) {
      const c = Math.cos((2 * Math.PI * k) / size);
      const s = -Math.sin((2 * Math.PI * k) / size);
      for (let a = k; a < n; a += size) {
        const b = a + size / 2;
        const re = real[b] * c - imaginary[b] * s;
        const im = real[b] * s + imaginary[b] * c;
        real[b] = real[a] - re;
        imaginary[b] = imaginary[a] - im;
        real[a] += re;
        imaginary[a] += im;
      }
    }
  }
  return Float64Array.from({ length: n / 2 + 1 }, (_, k) => real[k] * real[k] + imaginary[k] * imaginary[k]);
}

/** Power of `samples` under a Hann window of `length` samples around `centre`; silence outside the array. */
function spectrumAt(samples: Float32Array, centre: number, length: number): Float64Array {
  const size = 2 ** Math.ceil(Math.log2(length));
  const real = new Float64Array(size);
  const start = Math.round(centre - length / 2);
  for (let i = 0; i < length; i++) real[i] = (samples[start + i] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / length));
  return powerSpectrum(real, new Float64Array(size));
}

function mel(hz: number): number {
  return 2595 * Math.log10(1 + hz / 700);
}

/** Power in 40 triangular mel bands from 50 Hz to the Nyquist frequency or 8 kHz, around each of `centres`, in dB. */
export function melSpectrogram(samples: Float32Array, rate: number, centres: readonly number[]): Float64Array[] {
  const length = Math.round((WINDOW_MS * rate) / 1000);
  const size = 2 ** Math.ceil(Math.log2(length));
  const low = mel(50);
  const step = (mel(Math.min(8000, rate / 2)) - low) / (MEL_BANDS + 1);
  const places = Float64Array.from({ length: size / 2 + 1 }, (_, k) => (mel((k * rate) / size) - low) / step);
  return centres.map((centre) => {
    const bands = new Float64Array(MEL_BANDS).fill(1e-12);
    for (const [k, power] of spectrumAt(samples, centre, length).entries()) {
      const place = places[k];
      const band = Math.floor(place);
      if (band >= 1 && band <= MEL_BANDS) bands[band - 1] += power * (1 - (place - band));
      if (band >= 0 && band < MEL_BANDS) bands[band] += power * (place - band);
    }
    return bands.map((power) => 10 * Math.log10(power));
  });
}

/**
 * NSIM of `processed` against `original`, both at `rate` Hz: the moment t of the former is compared with the moment `sourceOf(t)` of the latter (samples), so the
 * reference is the original with its time warped and its sound untouched. Moments for which `counts` says no are left out.
 */
export function nsim(
  original: Float32Array,
  processed: Float32Array,
  rate: number,
  sourceOf: (sample: number) => number,
  counts: (sample: number) => boolean = () => true,
): number {
  const hop = (HOP_MS * rate) / 1000;
  const centres = Array.from({ length: Math.floor(processed.length / hop) }, (_, k) => k * hop);
  const reference = melSpectrogram(original, rate, centres.map(sourceOf));
  const degraded = melSpectrogram(processed, rate, centres);
  const peak = Math.max(...reference.map((bands) => Math.max(...bands)));
  for (const spectrogram of [reference, degraded])
    for (const bands of spectrogram) for (let b = 0; b < MEL_BANDS; b++) bands[b] = Math.min(RANGE_DB, Math.max(0, bands[b] - peak + RANGE_DB));
  return similarity(reference, degraded, centres.map(counts));
}

/** Mean structural similarity of two spectrograms over neighbourhoods of 3 by 3, but for those where both are silent and those around moments that do not count. */
function similarity(a: readonly Float64Array[], b: readonly Float64Array[], counts: readonly boolean[]): number {
  const [c1, c2] = [(0.01 * RANGE_DB) ** 2, (0.03 * RANGE_DB) ** 2 / 2];
  const weights = [0.0113, 0.0838, 0.0113, 0.0838, 0.6193, 0.0838, 0.0113, 0.0838, 0.0113];
  const total = weights.reduce((sum, weight) => sum + weight);
  let sum = 0;
  let cells = 0;
  for (let t = 1; t + 1 < a.length; t++) {
    if (!counts[t]) continue;
    for (let band = 1; band + 1 < MEL_BANDS; band++) {
      let [ma, mb, aa, bb, ab] = [0, 0, 0, 0, 0];
      for (let k = 0; k < 9; k++) {
        const weight = weights[k] / total;
        const x = a[t - 1 + Math.floor(k / 3)][band - 1 + (k % 3)];
        const y = b[t - 1 + Math.floor(k / 3)][band - 1 + (k % 3)];
        ma += weight * x;
        mb += weight * y;
        aa += weight * x * x;
        bb += weight * y * y;
        ab += weight * x * y;
      }
      if (ma === 0 && mb === 0) continue;
      const [va, vb] = [Math.max(0, aa - ma * ma), Math.max(0, bb - mb * mb)];
      sum += ((2 * ma * mb + c1) / (ma * ma + mb * mb + c1)) * ((ab - ma * mb + c2) / (Math.sqrt(va * vb) + c2));
      cells++;
    }
  }
  return sum / cells;
}

/**
 * Distance in dB between `length` samples from `start` of two signals at `rate` Hz: root mean square over the 17 critical bands from 100 to 4000 Hz of the difference of
 * their levels, each not below -80 dBFS. Silence in place of speech is some 30 dB off.
 */
export function bandDistance(a: Float32Array, b: Float32Array, rate: number, start: number, length: number): number {
  const [x, y] = [a, b].map((samples) => {
    const power = spectrumAt(samples, start + length / 2, length);
    const size = (power.length - 1) * 2;
    const bands = new Float64Array(BARK_EDGES.length - 1);
    for (const [k, value] of power.entries()) {
      const hz = (k * rate) / size;
      const band = BARK_EDGES.findIndex((edge) => hz < edge) - 1;
      if (band >= 0) bands[band] += (value * 16) / (3 * length * length);
    }
    return bands.map((value) => Math.max(-80, 10 * Math.log10(value + 1e-30)));
  });
  return Math.sqrt(x.reduce((sum, level, k) => sum + (level - y[k]) ** 2, 0) / x.length);
}
