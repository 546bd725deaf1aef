/**
 * wavtools' `getFrequencies`: the spectrum of what an AnalyserNode hears, scaled from 0 to 1, by bins or by notes.
 *
 * Thread: the page. The device runs at its own rate, yet callers get the bins that they would have got at theirs: 4096 from 0 Hz to half of `sampleRate`. For that the
 * analyser looks at as long a stretch of time as at the caller's rate, and bins above half of it are left out.
 */

/** What to show: bins as they are, or the notes of eight octaves, or those that voices have (32 Hz to 2 kHz). */
export type AnalysisType = "frequency" | "music" | "voice";

/** A spectrum. */
export interface AudioAnalysisOutputType {
  /** Amplitude of each frequency, 0 at `minDecibels` or below, 1 at `maxDecibels` or above. */
  values: Float32Array<ArrayBuffer>;
  /** Frequencies in Hz. The same array every time. */
  frequencies: number[];
  /** What to write beside them: `"1025.39 Hz"`, or `"C#4"`. The same array every time. */
  labels: string[];
}

/** Frequencies and what they are called. */
interface Scale {
  readonly frequencies: number[];
  readonly labels: string[];
}

/** Length of wavtools' analysis, in samples at the caller's rate. */
const FFT_SIZE = 8192;
/** Longest analysis that the Web Audio API allows, in samples. */
const MOST_FFT_SIZE = 32768;
/** wavtools' smoothing from one reading to the next: a fraction. */
const SMOOTHING = 0.1;

const NOTES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
const OCTAVES = 8;
/** Hz of C1, nine semitones below A1, in equal temperament at A4 = 440 Hz. */
const C1_HZ = 55 / 2 ** (9 / 12);
/** Range of voices, in Hz. */
const VOICE_HZ = [32, 2000] as const;

const scales = new Map<string, Scale>();

/** An analyser for {@link getFrequencies}. */
export function analyserFor(context: BaseAudioContext, sampleRate: number): AnalyserNode {
  let fftSize = FFT_SIZE;
  while (fftSize < MOST_FFT_SIZE && fftSize / context.sampleRate < FFT_SIZE / sampleRate) fftSize *= 2;
  return new AnalyserNode(context, { fftSize, smoothingTimeConstant: SMOOTHING });
}

/** The spectrum at the moment, for a caller whose audio has `sampleRate` Hz. @throws {TypeError} for another type, {RangeError} for decibels out of order. */
export function getFrequencies(
  analyser: AnalyserNode,
  sampleRate: number,
  analysisType: AnalysisType,
  minDecibels: number,
  maxDecibels: number,
): AudioAnalysisOutputType {
  if (!["frequency", "music", "voice"].includes(analysisType)) {
    throw new TypeError(`analysisType is ${JSON.stringify(analysisType)}; allowed are "frequency", "music" and "voice".`);
  }
  if (!(minDecibels < maxDecibels)) throw new RangeError(`minDecibels is ${minDecibels} dB; allowed is less than maxDecibels, ${maxDecibels} dB.`);
  const data = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(data);
  const bins = toCallersBins(data, analyser.context.sampleRate, sampleRate);
  const scale = scaleOf(analysisType, sampleRate);
  const decibels = analysisType === "frequency" ? bins : byNotes(bins, sampleRate, scale.frequencies, minDecibels);
  return { values: decibels.map((value) => Math.max(0, Math.min((value - minDecibels) / (maxDecibels - minDecibels), 1))), ...scale };
}

/** The bins of an analysis of {@link FFT_SIZE} samples at `sampleRate`, in dB, each the loudest of the analyser's bins around it. */
export function toCallersBins(data: Float32Array, deviceRate: number, sampleRate: number): Float32Array<ArrayBuffer> {
  const bins = new Float32Array(FFT_SIZE / 2);
  const ratio = (sampleRate / FFT_SIZE / deviceRate) * data.length * 2;
  for (let i = 0; i < bins.length; i++) {
    const from = Math.max(0, Math.round((i - 0.5) * ratio));
    const to = Math.max(from + 1, Math.round((i + 0.5) * ratio));
    let most = Number.NEGATIVE_INFINITY;
    for (let k = from; k < to && k < data.length; k++) most = Math.max(most, data[k]);
    bins[i] = most;
  }
  return bins;
}

/** The loudest bin above each note and not above the next, in dB; at least `floor`. */
function byNotes(bins: Float32Array, sampleRate: number, notes: readonly number[], floor: number): Float32Array<ArrayBuffer> {
  const loudest = new Float32Array(notes.length).fill(floor);
  let note = -1;
  for (let i = 0; i < bins.length; i++) {
    const frequency = (i * sampleRate) / FFT_SIZE;
    while (note + 1 < notes.length && notes[note + 1] < frequency) note++;
    if (note >= 0) loudest[note] = Math.max(loudest[note], bins[i]);
  }
  return loudest;
}

/** Kept, since they are asked for in every animation frame and thousands of labels are not worth making each time. */
function scaleOf(analysisType: AnalysisType, sampleRate: number): Scale {
  const key = analysisType === "frequency" ? String(sampleRate) : analysisType;
  let scale = scales.get(key);
  if (scale === undefined) {
    scale = analysisType === "frequency" ? binScale(sampleRate) : noteScale(analysisType === "voice" ? VOICE_HZ : [0, Number.POSITIVE_INFINITY]);
    scales.set(key, scale);
  }
  return scale;
}

function binScale(sampleRate: number): Scale {
  const frequencies = Array.from({ length: FFT_SIZE / 2 }, (_, i) => (i * sampleRate) / FFT_SIZE);
  return { frequencies, labels: frequencies.map((frequency) => `${frequency.toFixed(2)} Hz`) };
}

function noteScale([least, most]: readonly [number, number]): Scale {
  const scale: Scale = { frequencies: [], labels: [] };
  for (let note = 0; note < OCTAVES * NOTES.length; note++) {
    const frequency = C1_HZ * 2 ** (note / NOTES.length);
    if (frequency <= least || frequency >= most) continue;
    scale.frequencies.push(frequency);
    scale.labels.push(`${NOTES[note % NOTES.length]}${1 + Math.floor(note / NOTES.length)}`);
  }
  return scale;
}
