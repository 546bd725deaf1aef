/** Ways to fill the holes that lost packets leave: Sidetone's first. All give their output as long as their input, and where that is late by design it is moved back. */
import { Concealer } from "@sidetone/core/dsp";
import { AppendixOne } from "./appendix-one.ts";

/** A way to do it. */
export interface Method {
  readonly id: string;
  readonly label: string;
  readonly note: string;
  /** `source` with those packets of `packet` frames concealed that `lost` names. Whole packets only; what follows is left out. */
  conceal(source: Float32Array, rate: number, packet: number, lost: readonly boolean[]): Float32Array;
}

/** Length of the fade of plain repetition: full for 10 ms, gone after 60. */
const FULL_MS = 10;
const GONE_MS = 60;
const SHORTEST_MS = 5;
const LONGEST_MS = 15;
const TEMPLATE_MS = 20;

/** The last period again and again, fading, without any overlap but one of 1 ms at the return. */
function repeatOnePeriod(source: Float32Array, rate: number, packet: number, lost: readonly boolean[]): Float32Array {
  const ms = (n: number) => Math.round((n * rate) / 1000);
  const output = source.slice(0, lost.length * packet);
  let hole = 0;
  let period = 0;
  const next = (at: number) => output[at - period * Math.ceil((hole + 1) / period)] * Math.min(1, Math.max(0, (ms(GONE_MS) - hole) / ms(GONE_MS - FULL_MS)));
  for (const [k, isLost] of lost.entries()) {
    const start = k * packet;
    if (isLost && hole === 0) period = periodBefore(output, start, ms(SHORTEST_MS), ms(LONGEST_MS), ms(TEMPLATE_MS));
    if (isLost) for (let i = start; i < start + packet; i++, hole++) output[i] = start < ms(LONGEST_MS + TEMPLATE_MS) ? 0 : next(i);
    else if (hole > 0) {
      const back = ms(1);
      for (let i = 0; i < back && start >= ms(LONGEST_MS + TEMPLATE_MS); i++, hole++) {
        const concealed = next(start + i);
        output[start + i] = concealed + ((output[start + i] - concealed) * (i + 0.5)) / back;
      }
      hole = 0;
    }
  }
  return output;
}

function periodBefore(samples: Float32Array, end: number, least: number, most: number, template: number): number {
  let best = Number.NEGATIVE_INFINITY;
  let found = most;
  for (let lag = least; lag <= most; lag++) {
    let product = 0;
    let power = 1e-9;
    for (let i = Math.max(lag, end - template); i < end; i++) {
      product += samples[i] * samples[i - lag];
      power += samples[i - lag] * samples[i - lag];
    }
    if (product / Math.sqrt(power) <= best) continue;
    best = product / Math.sqrt(power);
    found = lag;
  }
  return found;
}

function bySidetone(source: Float32Array, rate: number, packet: number, lost: readonly boolean[]): Float32Array {
  const concealer = new Concealer(rate);
  const output = source.slice(0, lost.length * packet);
  for (const [k, isLost] of lost.entries()) {
    if (isLost) concealer.conceal(output, k * packet, packet);
    else concealer.resume(output, k * packet, packet);
  }
  return output;
}

function byAppendixOne(source: Float32Array, rate: number, packet: number, lost: readonly boolean[]): Float32Array {
  const concealer = new AppendixOne(rate);
  const { frame, delay } = concealer;
  const late = new Float32Array(lost.length * packet + frame);
  for (let at = 0; at < lost.length * packet; at += frame) {
    const output = late.subarray(at, at + frame);
    if (lost[Math.floor(at / packet)]) concealer.lost(output);
    else concealer.good(source.subarray(at, at + frame), output);
  }
  // One frame more, so that the last samples come out.
  concealer.good(new Float32Array(frame), late.subarray(lost.length * packet));
  return late.slice(delay, delay + lost.length * packet);
}

function byZeros(source: Float32Array, _rate: number, packet: number, lost: readonly boolean[]): Float32Array {
  const output = source.slice(0, lost.length * packet);
  for (const [k, isLost] of lost.entries()) if (isLost) output.fill(0, k * packet, (k + 1) * packet);
  return output;
}

/** Everybody. */
export const METHODS: readonly Method[] = [
  { id: "sidetone", label: "sidetone", note: "Concealer; no delay", conceal: bySidetone },
  { id: "appendix-one", label: "G.711 Appendix I*", note: "written anew from its description; delays all by 3.75 ms", conceal: byAppendixOne },
  { id: "one-period", label: "one period, faded*", note: "the last period again, 10 to 60 ms; no delay", conceal: repeatOnePeriod },
  { id: "zeros", label: "zeros", note: "what most clients play", conceal: byZeros },
];
