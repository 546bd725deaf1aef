/**
 * Which voice activity detector a session gets: Silero's models, which the service uses, the one that listens to loudness only, or the programmer's own.
 */
import { SileroVad } from "@sidetone/vad";
import { loadSileroModel } from "@sidetone/vad/node";
import { show } from "../option-checks.ts";
import { EnergyVad } from "./energy.ts";
import type { Vad } from "./vad.ts";

/** A detector of the emulator's own: Silero's v6 (OpenAI's service), v5 (Azure's), or loudness only. */
export type VadName = "silero-v6" | "silero-v5" | "energy";

/** A detector by name, or a function that makes one for each session. */
export type VadOption = VadName | (() => Vad);

const FACTORIES: Readonly<Record<VadName, () => Vad>> = {
  "silero-v6": () => new SileroVad(loadSileroModel("v6")),
  "silero-v5": () => new SileroVad(loadSileroModel("v5")),
  energy: () => new EnergyVad(),
};

const NAMES = Object.keys(FACTORIES)
  .map((name) => `"${name}"`)
  .join(", ");

/** What makes detectors: as the option says, which may be null, else the `usual` one. A model of Silero's is read when its first detector is made. */
export function vadFactory(option: VadOption | null, usual: VadName): () => Vad {
  const choice = option ?? usual;
  return typeof choice === "function" ? choice : FACTORIES[choice];
}

/** `value` if it is a {@link VadOption}. @throws {TypeError} */
export function vadOption(option: string, value: VadOption): VadOption {
  if (typeof value === "function" || isName(value)) return value;
  throw new TypeError(`${option} is ${show(value)}; allowed are ${NAMES} and a function that returns a Vad.`);
}

/** `value` if it is a {@link VadName}. @throws {TypeError} */
export function vadNameOption(option: string, value: VadName): VadName {
  if (isName(value)) return value;
  throw new TypeError(`${option} is ${show(value)}; allowed are ${NAMES}.`);
}

function isName(value: unknown): value is VadName {
  return typeof value === "string" && Object.hasOwn(FACTORIES, value);
}
